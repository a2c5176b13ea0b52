//! A problem as the protocol tells it, where there is no tool result to tell it in.

use rmcp::ErrorData;
use rmcp::model::ErrorCode;
use serde_json::json;

use crate::Problem;

/// `-32602` for what the caller can mend, `-32603` for what it cannot; the sentence and the
/// advice in the message, the stable code in the data.
pub(super) fn failure(problem: &Problem) -> ErrorData {
    let ours = matches!(
        problem.code.as_str(),
        "internal"
            | "database_unreachable"
            | "database_unable"
            | "database_setup"
            | "migration_failed"
            | "no_randomness"
    );
    let code = if ours { ErrorCode::INTERNAL_ERROR } else { ErrorCode::INVALID_PARAMS };
    ErrorData::new(code, problem.to_string(), Some(json!({ "code": problem.code })))
}

/// The stable code of a failure; of one of the protocol's own, its number.
pub(super) fn code(error: &ErrorData) -> String {
    let ours = error.data.as_ref().and_then(|data| data["code"].as_str());
    ours.map_or_else(|| format!("mcp_{}", error.code.0), str::to_owned)
}

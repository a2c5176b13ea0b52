//! `SHOW` of settings that help to read results and to write queries within the limits.

use pg_query::protobuf::VariableShowStmt;

use super::Checked;
use crate::Refusal;
use crate::refusal::RefusalCode::Setting;

/// Settings that say how values are written, how long and large a query may be, and what the
/// server's SQL can do. Left out: files, addresses, logins, logs, and settings with a dot,
/// among which is the scope of the rows that a caller may see.
const SETTINGS: [&str; 26] = [
    "bytea_output",
    "client_encoding",
    "datestyle",
    "default_text_search_config",
    "default_transaction_read_only",
    "extra_float_digits",
    "idle_in_transaction_session_timeout",
    "integer_datetimes",
    "intervalstyle",
    "jit",
    "lc_monetary",
    "lc_numeric",
    "lc_time",
    "lock_timeout",
    "max_identifier_length",
    "max_parallel_workers_per_gather",
    "search_path",
    "server_encoding",
    "server_version",
    "server_version_num",
    "standard_conforming_strings",
    "statement_timeout",
    "temp_file_limit",
    "timezone",
    "transaction_isolation",
    "work_mem",
];

/// That `show` names one harmless setting. The server looks at no letter's case.
pub(super) fn check(show: &VariableShowStmt) -> Checked {
    let VariableShowStmt { name } = show;
    if SETTINGS.contains(&name.to_ascii_lowercase().as_str()) {
        return Ok(());
    }
    let message = match name.as_str() {
        "all" => "SHOW ALL tells about the server; only some settings are open.".to_owned(),
        _ => format!("Setting `{name}` is not open."),
    };
    let hint = format!("Settings that are: {}.", SETTINGS.join(", "));
    // The name follows SHOW; the tree does not tell where.
    Err(Refusal::new(Setting, message, hint).at(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_sorted() {
        assert!(SETTINGS.is_sorted());
    }
}

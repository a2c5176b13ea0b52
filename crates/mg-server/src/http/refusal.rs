//! A problem as HTTP tells it: to programs as RFC 9457 has it, with our code and advice beside.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use mg_core::{Face, Role};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::Problem;

/// Media type of [`ProblemDocument`].
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// A problem, RFC 9457.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct ProblemDocument {
    /// Always about:blank: what kind it is, code tells.
    #[serde(rename = "type")]
    kind: String,
    /// The status in words.
    title: String,
    /// The HTTP status.
    #[schemars(range(min = 400, max = 599))]
    status: u16,
    /// What happened, one sentence.
    detail: String,
    /// A stable name of the kind, for programs.
    code: String,
    /// What to do about it.
    advice: String,
}

/// A problem as an answer to a program.
pub(super) fn problem(problem: &Problem) -> Response {
    refuse(Face::Rest, status(&problem.code), problem)
}

/// A problem under a status.
pub(super) fn refuse(face: Face, status: StatusCode, problem: &Problem) -> Response {
    if face == Face::Mcp {
        return (status, axum::Json(json!({ "error": problem }))).into_response();
    }
    let document = ProblemDocument {
        kind: "about:blank".to_owned(),
        title: status.canonical_reason().unwrap_or_default().to_owned(),
        status: status.as_u16(),
        detail: problem.message.clone(),
        code: problem.code.clone(),
        advice: problem.advice.clone(),
    };
    let mut response = (status, axum::Json(document)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The status of a problem of that code.
fn status(code: &str) -> StatusCode {
    match code {
        "unauthorized" => StatusCode::UNAUTHORIZED,
        "forbidden" | "logs_withheld" | "plan_withheld" => StatusCode::FORBIDDEN,
        "not_found" | "no_definition" => StatusCode::NOT_FOUND,
        "method_not_allowed" => StatusCode::METHOD_NOT_ALLOWED,
        "body_too_large" => StatusCode::PAYLOAD_TOO_LARGE,
        "body_not_json" => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "host_not_allowed" => StatusCode::MISDIRECTED_REQUEST,
        "origin_not_allowed" => StatusCode::FORBIDDEN,
        "rate_limited" | "too_many_at_once" | "too_many_streams" => StatusCode::TOO_MANY_REQUESTS,
        "database_unreachable" | "database_unable" | "database_busy" | "audit_behind" => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        "internal" | "database_setup" | "migration_failed" | "no_randomness" | "dag_wrong" => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
        code if code.starts_with("unknown_") => StatusCode::NOT_FOUND,
        code if code.starts_with("bad_") => StatusCode::BAD_REQUEST,
        code if CONFLICTS.contains(&code) => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// What cannot be done to something as it stands, and could at another time.
const CONFLICTS: [&str; 4] = ["schedule_exists", "schedule_of_code", "run_waits", "nothing_to_backfill"];

/// RFC 6750, section 3.1: `insufficient_scope`, with the scope that is needed.
pub(super) fn forbidden(face: Face, problem: &Problem, needed: Role) -> Response {
    let mut response = refuse(face, StatusCode::FORBIDDEN, problem);
    let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{needed}\"");
    if let Ok(challenge) = HeaderValue::from_str(&challenge) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

/// RFC 6750, section 3: no code when no token was shown, `invalid_token` when one was.
pub(super) fn unauthorized(face: Face, challenge: &'static str) -> Response {
    let problem = Problem::new(
        "unauthorized",
        "This needs a live bearer token.",
        "Send `Authorization: Bearer <token>`; the operator makes one with `mg token create`.",
    );
    let mut response = refuse(face, StatusCode::UNAUTHORIZED, &problem);
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    response
}

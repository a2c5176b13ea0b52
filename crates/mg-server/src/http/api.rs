//! The interface for programs: everything under `/api/v1`.
//!
//! An [`operation::Operation`] is one method of one path over one function of `app/`; [`all`] lists them, and router
//! and OpenAPI document are both made from that list. What the path, the query and the body say is one object of
//! arguments, held to one schema that knows all names there are.

mod alert;
mod backfill;
mod dag;
mod openapi;
mod operation;
mod reply;
mod request;
mod run;
mod schedule;
mod spider;
mod stream;
mod table;
mod worker;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use mg_core::{Clock, Face};
use serde_json::Value;

use super::door::{self, Door};
use super::{HttpOptions, endpoint, refusal, visitor};
use crate::Problem;
use crate::app::App;
use operation::AnyOperation;

/// Every operation, in the order of the document.
pub(super) fn all() -> Vec<AnyOperation> {
    vec![
        AnyOperation::of(dag::ListDags),
        AnyOperation::of(dag::GetDag),
        AnyOperation::of(dag::DrawDag),
        AnyOperation::of(dag::LaunchDag),
        AnyOperation::of(dag::PauseDag),
        AnyOperation::of(dag::ResumeDag),
        AnyOperation::of(run::list::ListRuns),
        AnyOperation::of(run::show::GetRun),
        AnyOperation::of(run::tasks::GetRunTasks),
        AnyOperation::of(run::graph::DrawRun),
        AnyOperation::of(run::logs::GetRunLogs),
        AnyOperation::of(run::search::SearchLogs),
        AnyOperation::of(run::cancel::CancelRun),
        AnyOperation::of(run::rerun::RetryRun),
        AnyOperation::of(run::rerun::MarkTask),
        AnyOperation::of(schedule::ListSchedules),
        AnyOperation::of(schedule::AddSchedule),
        AnyOperation::of(schedule::GetSchedule),
        AnyOperation::of(schedule::ChangeSchedule),
        AnyOperation::of(schedule::RemoveSchedule),
        AnyOperation::of(schedule::PauseSchedule),
        AnyOperation::of(schedule::ResumeSchedule),
        AnyOperation::of(backfill::DraftBackfill),
        AnyOperation::of(backfill::StartBackfill),
        AnyOperation::of(backfill::ListBackfills),
        AnyOperation::of(backfill::GetBackfill),
        AnyOperation::of(backfill::CancelBackfill),
        AnyOperation::of(spider::ListSpiders),
        AnyOperation::of(spider::LaunchScraper),
        AnyOperation::of(alert::ListAlerts),
        AnyOperation::of(worker::ListWorkers),
        AnyOperation::of(worker::ListPools),
        AnyOperation::of(worker::SetPool),
        AnyOperation::of(worker::ResetPool),
        AnyOperation::of(table::GetLineage),
    ]
}

/// The OpenAPI document, version 3.1, of all operations.
pub fn openapi() -> Value {
    openapi::document(&all())
}

/// The routes of all operations, and of the document that tells of them.
pub(super) fn router(app: &App, clock: Arc<dyn Clock>, options: &HttpOptions) -> Router {
    let door = Door::new(app, clock, Face::Rest);
    let mut router = Router::new();
    for operation in all() {
        router = router.route(operation.path, operation.route(app));
    }
    // On the routes alone: what does not exist is a 404 to everyone.
    let router = router.route_layer(from_fn_with_state(door, door::authenticate));
    let document = Arc::new(reply::Cached::json(&openapi(), "public, max-age=300"));
    let document = get(move |headers| async move { document.answer(&headers) });
    router
        .route(endpoint::OPENAPI, document)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(Arc::new(options.clone()), visitor::check))
        .layer(from_fn(secured))
}

async fn method_not_allowed() -> Response {
    let advice = "The Allow header and /api/v1/openapi.json tell what this path does.";
    refusal::problem(&Problem::new("method_not_allowed", "This path does not know that method.", advice))
}

/// What every answer says to a browser.
async fn secured(request: axum::extract::Request, next: axum::middleware::Next) -> Response {
    let mut response = next.run(request).await.into_response();
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // A drawing that is opened by itself runs nothing and loads nothing.
    let policy =
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

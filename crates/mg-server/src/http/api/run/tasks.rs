//! `GET /api/v1/runs/{run_id}/tasks`.

use axum::http::Method;
use mg_core::{OpContext, Role, RunId};

use super::super::operation::Operation;
use super::super::reply::Reply;
use super::OneRun;
use crate::Problem;
use crate::app::{self, App, RunTasks};

pub(in crate::http::api) struct GetRunTasks;

impl Operation for GetRunTasks {
    type Input = OneRun;
    type Output = RunTasks;
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/api/v1/runs/{run_id}/tasks";
    const NAME: &'static str = "get_run_tasks";
    const SUMMARY: &'static str =
        "Every task of a run in full, each time that it was begun, and the tables that they wrote";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, input: OneRun) -> Result<Reply, Problem> {
        Reply::json(&app::get_run_tasks(&ctx, &app, RunId(input.run_id)).await?)
    }
}

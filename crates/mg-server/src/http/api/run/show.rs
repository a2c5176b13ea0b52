//! `GET /api/v1/runs/{run_id}`.

use axum::http::Method;
use mg_core::{OpContext, Role, RunId};

use super::super::operation::Operation;
use super::super::reply::Reply;
use super::OneRun;
use crate::Problem;
use crate::app::{self, App, RunReport};

pub(in crate::http::api) struct GetRun;

impl Operation for GetRun {
    type Input = OneRun;
    type Output = RunReport;
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/api/v1/runs/{run_id}";
    const NAME: &'static str = "get_run";
    const SUMMARY: &'static str = "A run: its state, its tasks and the last lines of its log";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, input: OneRun) -> Result<Reply, Problem> {
        Reply::json(&app::get_run(&ctx, &app, RunId(input.run_id)).await?)
    }
}

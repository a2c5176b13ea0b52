//! `POST /api/v1/runs/{run_id}/cancel`.

use axum::http::Method;
use mg_core::{OpContext, Role, RunId};

use super::super::operation::Operation;
use super::super::reply::Reply;
use super::OneRun;
use crate::Problem;
use crate::app::{self, App, CancelReport};

pub(in crate::http::api) struct CancelRun;

impl Operation for CancelRun {
    type Input = OneRun;
    type Output = CancelReport;
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/api/v1/runs/{run_id}/cancel";
    const NAME: &'static str = "cancel_run";
    const SUMMARY: &'static str = "End a run before its time; of one that has ended nothing is changed";
    const ROLE: Role = Role::Editor;

    async fn call(ctx: OpContext, app: App, input: OneRun) -> Result<Reply, Problem> {
        Reply::json(&app::cancel_run(&ctx, &app, RunId(input.run_id)).await?)
    }
}

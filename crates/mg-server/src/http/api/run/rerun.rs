//! `POST /api/v1/runs/{run_id}/retry` and `…/tasks/{task}/mark`.

use axum::http::Method;
use mg_core::{OpContext, Role, RunId};
use mg_store::run::{Mark, Rerun};
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::operation::Operation;
use super::super::reply::Reply;
use crate::Problem;
use crate::app::{self, App, RerunReport};

pub(in crate::http::api) struct RetryRun;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct Input {
    /// Id of the run.
    #[schemars(range(min = 1))]
    run_id: i64,
    /// What is done once more: what failed and what was to follow it, or all of it. Of a task, see that.
    #[serde(default)]
    what: What,
    /// One task, with all that follows it, in the place of what.
    task: Option<String>,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum What {
    #[default]
    Failed,
    All,
}

impl Operation for RetryRun {
    type Input = Input;
    type Output = RerunReport;
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/api/v1/runs/{run_id}/retry";
    const NAME: &'static str = "retry_run";
    const SUMMARY: &'static str =
        "Do a run once more: from what failed on, all of it, or one task with what follows it";
    const ROLE: Role = Role::Editor;

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Reply, Problem> {
        let what = match (input.task, input.what) {
            (Some(task), _) => Rerun::Task(task),
            (None, What::Failed) => Rerun::Failed,
            (None, What::All) => Rerun::All,
        };
        Reply::json(&app::retry_run(&ctx, &app, RunId(input.run_id), &what).await?)
    }
}

pub(in crate::http::api) struct MarkTask;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct MarkInput {
    /// Id of the run.
    #[schemars(range(min = 1))]
    run_id: i64,
    /// Name of the task; what was made of a list is named `name[3]`.
    task: String,
    /// How it is to count; cancelled ends one that has not ended.
    state: MarkState,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum MarkState {
    Succeeded,
    Failed,
    Cancelled,
}

impl Operation for MarkTask {
    type Input = MarkInput;
    type Output = RerunReport;
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/api/v1/runs/{run_id}/tasks/{task}/mark";
    const NAME: &'static str = "mark_task";
    const SUMMARY: &'static str =
        "End a task by hand, or let it count as ended otherwise; what follows is decided anew";
    const ROLE: Role = Role::Editor;

    async fn call(ctx: OpContext, app: App, input: MarkInput) -> Result<Reply, Problem> {
        let mark = match input.state {
            MarkState::Succeeded => Mark::Succeeded,
            MarkState::Failed => Mark::Failed,
            MarkState::Cancelled => Mark::Cancelled,
        };
        Reply::json(&app::mark_task(&ctx, &app, RunId(input.run_id), &input.task, mark).await?)
    }
}

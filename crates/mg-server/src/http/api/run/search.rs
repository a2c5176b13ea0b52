//! `GET /api/v1/logs`.

use axum::http::Method;
use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::operation::Operation;
use super::super::reply::Reply;
use crate::Problem;
use crate::app::{self, App, FoundLines, LogQuestion};

pub(in crate::http::api) struct SearchLogs;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct Input {
    /// Of runs of this DAG.
    dag: Option<String>,
    /// Of this task; of one over a list, also of what was made of it.
    task: Option<String>,
    /// Of this level or a graver one.
    #[schemars(extend("enum" = ["debug", "info", "warn", "error"]))]
    level: Option<String>,
    /// With this text in message or fields, in whatever case.
    text: Option<String>,
    /// Said at this instant or later: RFC 3339, a day as 2026-11-21, or how long ago as 24h.
    since: Option<String>,
    /// The lines before this one: next_before of the page before.
    #[schemars(range(min = 1))]
    before: Option<i64>,
    /// How many at most.
    #[serde(default = "some")]
    #[schemars(range(min = 1, max = 1_000))]
    limit: u32,
}

fn some() -> u32 {
    200
}

impl Operation for SearchLogs {
    type Input = Input;
    type Output = FoundLines;
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/api/v1/logs";
    const NAME: &'static str = "search_logs";
    const SUMMARY: &'static str = "Lines of the logs of all runs, newest first";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Reply, Problem> {
        let Input { dag, task, level, text, since, before, limit } = input;
        let since = since.map(|text| app::parse_instant(&ctx, &text)).transpose()?;
        let question = LogQuestion { dag, task, level, text, since };
        Reply::json(&app::search_logs(&ctx, &app, &question, before, limit).await?)
    }
}

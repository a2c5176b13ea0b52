//! `GET /api/v1/runs/{run_id}/logs`: a page, or the whole as it is written.

use std::time::Duration;

use axum::http::Method;
use mg_core::{OpContext, Role, RunId};
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::operation::Operation;
use super::super::reply::Reply;
use super::super::stream;
use crate::Problem;
use crate::app::{self, App, LogPage, LogQuestion};

pub(in crate::http::api) struct GetRunLogs;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct Input {
    /// Id of the run.
    #[schemars(range(min = 1))]
    run_id: i64,
    /// Of this task; of one over a list, also of what was made of it.
    task: Option<String>,
    /// Of this level or a graver one.
    #[schemars(extend("enum" = ["debug", "info", "warn", "error"]))]
    level: Option<String>,
    /// With this text in message or fields, in whatever case.
    text: Option<String>,
    /// Said at this instant or later: RFC 3339, a day as 2026-11-21, or how long ago as 24h.
    since: Option<String>,
    /// The lines behind this one; 0 for the beginning.
    #[serde(default)]
    #[schemars(range(min = 0))]
    after: i64,
    /// How many at most; a stream has all.
    #[serde(default = "some")]
    #[schemars(range(min = 1, max = 1_000))]
    limit: u32,
    /// Answer with a stream of events, one a line, until the run has ended: `line` with the line as data and its id,
    /// `end` when all was told, `problem` when the stream breaks off.
    #[serde(default)]
    follow: bool,
    /// The id of the last event that was read, sent by a client that comes back: the lines behind it.
    #[schemars(range(min = 0))]
    last_event_id: Option<i64>,
}

fn some() -> u32 {
    200
}

impl Operation for GetRunLogs {
    type Input = Input;
    type Output = LogPage;
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/api/v1/runs/{run_id}/logs";
    const NAME: &'static str = "get_run_logs";
    const SUMMARY: &'static str = "The log of a run, page by page or as a stream";
    const ROLE: Role = Role::Viewer;
    const OTHER_MEDIA: &'static [&'static str] = &["text/event-stream"];
    const HEADERS: &'static [(&'static str, &'static str)] = &[("last_event_id", "Last-Event-ID")];

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Reply, Problem> {
        let Input { run_id, task, level, text, since, after, limit, follow, last_event_id } = input;
        let since = since.map(|text| app::parse_instant(&ctx, &text)).transpose()?;
        let question = LogQuestion { dag: None, task, level, text, since };
        let (run, after) = (RunId(run_id), last_event_id.unwrap_or(after));
        if follow {
            let lines = app::follow_run_log(&ctx, &app, run, &question, after).await?;
            return Ok(Reply::Events(stream::of_lines(ctx, app, lines)));
        }
        Reply::json(&app::get_run_logs(&ctx, &app, run, &question, after, limit, Duration::ZERO).await?)
    }
}

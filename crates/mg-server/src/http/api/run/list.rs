//! `GET /api/v1/runs`.

use axum::http::Method;
use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::operation::Operation;
use super::super::reply::Reply;
use crate::Problem;
use crate::app::{self, App, RunList, RunQuestion};

pub(in crate::http::api) struct ListRuns;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct Input {
    /// Of this DAG.
    dag: Option<String>,
    /// In this state; given several times, in one of them.
    #[serde(default)]
    #[schemars(schema_with = "app::run_states_schema")]
    state: Vec<String>,
    /// Asked for at this instant or later: RFC 3339, a day as 2026-11-21, or how long ago as 24h.
    since: Option<String>,
    /// How many at most.
    #[serde(default = "some")]
    #[schemars(range(min = 1, max = 200))]
    limit: u32,
    /// next_cursor of the page before; the filters must be the same as then.
    cursor: Option<String>,
}

fn some() -> u32 {
    50
}

impl Operation for ListRuns {
    type Input = Input;
    type Output = RunList;
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/api/v1/runs";
    const NAME: &'static str = "list_runs";
    const SUMMARY: &'static str = "The latest runs, newest first";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Reply, Problem> {
        let Input { dag, state, since, limit, cursor } = input;
        let since = since.map(|text| app::parse_instant(&ctx, &text)).transpose()?;
        let question = RunQuestion { dag, states: state, since, limit, cursor };
        Reply::json(&app::list_runs(&ctx, &app, &question).await?)
    }
}

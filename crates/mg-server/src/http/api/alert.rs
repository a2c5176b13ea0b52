//! Alerts.

use axum::http::Method;
use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::operation::Operation;
use super::reply::Reply;
use crate::Problem;
use crate::app::{self, AlertList, AlertQuestion, App};

pub(super) struct ListAlerts;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// About this DAG.
    dag: Option<String>,
    /// Of this kind; given several times, of one of them.
    #[serde(default)]
    #[schemars(schema_with = "app::alert_kinds_schema")]
    kind: Vec<String>,
    /// Found at this instant or later: RFC 3339, a day as 2026-11-21, or how long ago as 24h.
    since: Option<String>,
    /// How many at most.
    #[serde(default = "some")]
    #[schemars(range(min = 1, max = 200))]
    limit: u32,
}

fn some() -> u32 {
    50
}

impl Operation for ListAlerts {
    type Input = Input;
    type Output = AlertList;
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/api/v1/alerts";
    const NAME: &'static str = "list_alerts";
    const SUMMARY: &'static str =
        "The latest failures, missed deadlines, KPIs without fresh values and recoveries, and who was told";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Reply, Problem> {
        let since = input.since.map(|text| app::parse_instant(&ctx, &text)).transpose()?;
        let question = AlertQuestion { dag: input.dag, kinds: input.kind, since, limit: input.limit };
        Reply::json(&app::list_alerts(&ctx, &app, &question).await?)
    }
}

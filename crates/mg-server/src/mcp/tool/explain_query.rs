//! `explain_query`.

use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, McpTool};
use crate::Problem;
use crate::app::{self, App, QueryPlan};

pub(super) struct ExplainQuery;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// One query that run_sql would run, without EXPLAIN.
    #[schemars(example = &"select count(*) from analytics.fact_permis where code_commune = '77243'")]
    sql: String,
    /// Whether to run the query and measure it, within the same limits of time. Without it, it is only planned.
    #[schemars(example = false)]
    #[serde(default)]
    analyze: bool,
}

impl McpTool for ExplainQuery {
    type Input = Input;
    type Output = QueryPlan;
    const NAME: &'static str = "explain_query";
    const TITLE: &'static str = "Explain a query / Expliquer une requête";
    const DESCRIPTION: &'static str = "Gives the plan by which Postgres answers a query: scans, joins, indexes, \
        estimated rows and costs; with `analyze`, the real rows and milliseconds too. Use it when run_sql was too slow \
        or was stopped, before you rewrite the query.";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Answer, Problem> {
        let found = app::explain_query(&ctx, &app, &input.sql, input.analyze).await?;
        let mut text = found.plan.join("\n");
        text.push('\n');
        if found.truncated {
            text.push_str("The plan goes on: it is too long to be shown whole.\n");
        }
        Answer::new(&found, text)
    }
}

//! `explain_query`: how Postgres would answer a query, and what it takes.

use mg_core::OpContext;
use mg_gate::{Plan, PlanFormat};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::App;
use crate::Problem;

/// The plan of a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct QueryPlan {
    /// The plan, a step a line, indented as Postgres writes it. Costs are in the planner's units, times in milliseconds.
    pub plan: Vec<String>,
    /// Whether the query was run to measure it.
    pub analyzed: bool,
    /// Whether lines are missing, for the plan is very long.
    pub truncated: bool,
}

/// The plan of `sql`; with `analyze` it is run and measured, within the limits of a query.
pub async fn explain_query(
    ctx: &OpContext,
    app: &App,
    sql: &str,
    analyze: bool,
) -> Result<QueryPlan, Problem> {
    super::sql::withhold_plan(ctx)?;
    let admitted = app.admit(sql).await?;
    let plan = Plan { analyze, format: PlanFormat::Text };
    let explained = admitted.explain(plan).ok_or_else(|| {
        Problem::new(
            "not_a_query",
            "Only a query has a plan, and this is EXPLAIN or SHOW.",
            "Give the query itself, without EXPLAIN.",
        )
    })?;
    let rows = app.store.plan(&ctx.principal.scope, &explained, app.limits).await?;
    let lines = rows.rows.iter().filter_map(|row| row.first().and_then(Value::as_str));
    Ok(QueryPlan {
        plan: lines.map(str::to_owned).collect(),
        analyzed: analyze,
        truncated: rows.truncated.is_some(),
    })
}

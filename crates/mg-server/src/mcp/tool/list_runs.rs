//! `list_runs`.

use mg_core::{OpContext, Role};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;

use super::{Answer, McpTool};
use crate::Problem;
use crate::app::{self, App, RunList, RunQuestion, RunSummary};

pub(super) struct ListRuns;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Of this DAG.
    #[schemars(example = &"urbanisme")]
    dag: Option<String>,
    /// In one of these states; in any when left out.
    #[serde(default)]
    #[schemars(schema_with = "states")]
    states: Vec<String>,
    /// Asked for at this instant or later: RFC 3339, a day as 2026-11-21, or how long ago as 24h.
    #[schemars(example = &"24h")]
    since: Option<String>,
    /// How many at most.
    #[serde(default = "some")]
    #[schemars(range(min = 1, max = 200), example = 20)]
    limit: u32,
    /// next_cursor of the answer before; the rest must be the same as then.
    #[schemars(example = &"0000000714a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3")]
    cursor: Option<String>,
}

impl McpTool for ListRuns {
    type Input = Input;
    type Output = RunList;
    const NAME: &'static str = "list_runs";
    const TITLE: &'static str = "List runs / Lister les exécutions";
    const DESCRIPTION: &'static str = "Lists the latest runs, newest first: what each ran, why, how it stands, who asked for it. Use it to find \
        out what ran, or what failed; get_run tells all of one.";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Answer, Problem> {
        let since = input.since.map(|text| app::parse_instant(&ctx, &text)).transpose()?;
        let Input { dag, states, limit, cursor, .. } = input;
        let list = app::list_runs(&ctx, &app, &RunQuestion { dag, states, since, limit, cursor }).await?;
        let lines: String = list.runs.iter().map(line).collect();
        let more =
            list.next_cursor.as_ref().map(|cursor| format!("next_cursor: {cursor}\n")).unwrap_or_default();
        let text = format!("{} runs, newest first:\n{lines}{more}", list.runs.len());
        Answer::new(&list, text)
    }
}

fn some() -> u32 {
    20
}

fn states(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = app::run_states_schema(generator);
    schema.insert("examples".to_owned(), serde_json::json!([["failed"]]));
    schema.insert("description".to_owned(), "In one of these states; in any when left out.".into());
    schema
}

fn line(run: &RunSummary) -> String {
    let RunSummary { run_id, dag, state, cause, instant, requested_by, created_at, .. } = run;
    let instant = instant.as_ref().map(|instant| format!(" for {instant}")).unwrap_or_default();
    format!("- {run_id} {dag}: {state}, {cause}{instant} by {requested_by}, {created_at}\n")
}

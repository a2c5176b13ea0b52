//! `list_dags`.

use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, McpTool};
use crate::Problem;
use crate::app::{self, App, DagList, DagSummary};

pub(super) struct ListDags;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {}

impl McpTool for ListDags {
    type Input = Input;
    type Output = DagList;
    const NAME: &'static str = "list_dags";
    const TITLE: &'static str = "List DAGs / Lister les traitements";
    const DESCRIPTION: &'static str = "Lists the DAGs: what a run of each brings, when it runs by itself, which parameters it takes \
        (a JSON Schema), whether it is paused, and its last run. Use it before launch_dag, or to tell what runs when.";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, _input: Input) -> Result<Answer, Problem> {
        let list = app::list_dags(&ctx, &app).await?;
        let lines: String = list.dags.iter().map(line).collect();
        let text = format!("{} DAGs:\n{lines}", list.dags.len());
        Answer::new(&list, text)
    }
}

fn line(dag: &DagSummary) -> String {
    let DagSummary {
        name,
        doc,
        cron,
        zone,
        starts_when_changed,
        parameters,
        paused_by,
        next_instant,
        last_run,
        ..
    } = dag;
    let mut text = format!("- {name}: {doc}");
    if let (Some(cron), Some(zone)) = (cron, zone) {
        text.push_str(&format!(" Runs at `{cron}` ({zone})"));
        text.push_str(&next_instant.as_ref().map(|next| format!(", next {next}")).unwrap_or_default());
        text.push('.');
    }
    if !starts_when_changed.is_empty() {
        text.push_str(&format!(" Starts when {} changed.", starts_when_changed.join(", ")));
    }
    if let Some(by) = paused_by {
        text.push_str(&format!(" Paused by {by}: starts no run by itself."));
    }
    if let Some(run) = last_run {
        text.push_str(&format!(" Last run {}: {}.", run.run_id, run.state));
    }
    if let Some(parameters) = parameters {
        text.push_str(&format!(" Parameters: {}.", parameters["properties"]));
    }
    text.push('\n');
    text
}

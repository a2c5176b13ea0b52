//! `list_alerts`.

use mg_core::{OpContext, Role};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;

use super::{Answer, McpTool};
use crate::Problem;
use crate::app::{self, AlertList, AlertQuestion, AlertReport, App};

pub(super) struct ListAlerts;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// About this DAG.
    #[schemars(example = &"sitadel")]
    dag: Option<String>,
    /// Of one of these kinds; of any when left out.
    #[serde(default)]
    #[schemars(schema_with = "kinds")]
    kinds: Vec<String>,
    /// Found at this instant or later: RFC 3339, a day as 2026-11-21, or how long ago as 24h.
    #[schemars(example = &"7d")]
    since: Option<String>,
    /// How many at most.
    #[serde(default = "some")]
    #[schemars(range(min = 1, max = 200), example = 20)]
    limit: u32,
}

impl McpTool for ListAlerts {
    type Input = Input;
    type Output = AlertList;
    const NAME: &'static str = "list_alerts";
    const TITLE: &'static str = "List alerts / Lister les alertes";
    const DESCRIPTION: &'static str = "Lists what the platform found to be wrong, newest first: runs that failed or missed their deadline, KPIs \
        without fresh values, runs that recovered; and which channels were told, wait, or could not be told. Use it to find out \
        whether data can be trusted today; get_run and get_run_logs tell why a run failed.";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Answer, Problem> {
        let Input { dag, kinds, since, limit } = input;
        let since = since.map(|text| app::parse_instant(&ctx, &text)).transpose()?;
        let list = app::list_alerts(&ctx, &app, &AlertQuestion { dag, kinds, since, limit }).await?;
        let lines: String = list.alerts.iter().map(line).collect();
        let text = match list.alerts.len() {
            0 => "No alert of that kind was found.".to_owned(),
            count => format!("{count} alerts, newest first:\n{lines}"),
        };
        Answer::new(&list, text)
    }
}

fn some() -> u32 {
    20
}

fn kinds(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = app::alert_kinds_schema(generator);
    schema.insert("examples".to_owned(), serde_json::json!([["failure", "stale"]]));
    schema.insert("description".to_owned(), "Of one of these kinds; of any when left out.".into());
    schema
}

fn line(alert: &AlertReport) -> String {
    let AlertReport { kind, dag, since, .. } = alert;
    let about = match (&alert.run_id, &alert.kpi) {
        (Some(run), _) => format!(" run {run}"),
        (None, Some(kpi)) => format!(" KPI {kpi}"),
        (None, None) => String::new(),
    };
    let what = [&alert.task, &alert.code, &alert.sentence]
        .into_iter()
        .flatten()
        .cloned()
        .collect::<Vec<_>>()
        .join(": ");
    let what = if what.is_empty() { what } else { format!(" — {what}") };
    let marked = [("told", &alert.told), ("waiting", &alert.waiting), ("not told", &alert.given_up)];
    let channels: String = marked
        .into_iter()
        .filter(|(_, channels)| !channels.is_empty())
        .map(|(mark, channels)| format!("; {mark}: {}", channels.join(", ")))
        .collect();
    format!("- {kind} {dag}{about}, {since}{what}{channels}\n")
}

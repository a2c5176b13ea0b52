//! `list_kpis`.

use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Answer, McpTool};
use crate::Problem;
use crate::app::{self, App, KpiSummary};

pub(super) struct ListKpis;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    /// The KPIs, by name.
    kpis: Vec<KpiSummary>,
}

impl McpTool for ListKpis {
    type Input = Input;
    type Output = Output;
    const NAME: &'static str = "list_kpis";
    const TITLE: &'static str = "List indicators / Lister les indicateurs";
    const DESCRIPTION: &'static str = "Lists the KPIs (permits, dwellings, delays, sales, prices) with unit, grain, \
        definition, first and last period and data edition. Use it first, to find the name that get_indicator and \
        forecast_kpi take.";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, _input: Input) -> Result<Answer, Problem> {
        let kpis = app::list_kpis(&ctx, &app).await?;
        let lines = kpis.iter().map(|kpi| {
            let span = match (&kpi.first_period, &kpi.last_period, &kpi.edition) {
                (Some(first), Some(last), Some(edition)) => {
                    format!("{first} to {last}, data edition {edition}")
                }
                _ => "no values yet".to_owned(),
            };
            let KpiSummary { name, title_fr, title_en, unit, grain, description, .. } = kpi;
            format!("- {name}: {title_fr} / {title_en}; {unit}, by {grain}, {span}. {description}\n")
        });
        let text = format!("{} KPIs:\n{}", kpis.len(), lines.collect::<String>());
        Answer::new(&Output { kpis }, text)
    }
}

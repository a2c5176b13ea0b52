//! `forecast_kpi`.

use std::fmt::Write;

use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::table::number;
use super::{Answer, McpTool};
use crate::Problem;
use crate::app::{self, App, ForecastAnswer};

pub(super) struct ForecastKpi;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Name of the KPI, as list_kpis gives it.
    #[schemars(example = &"logements_autorises")]
    name: String,
    /// How many periods (months or quarters, as the KPI's grain), from the present one on. Without it, a year.
    #[schemars(example = 12)]
    horizon: Option<u32>,
    /// INSEE code or name of a commune. Without it, the whole territory.
    #[schemars(example = &"Lagny-sur-Marne")]
    commune: Option<String>,
}

impl McpTool for ForecastKpi {
    type Input = Input;
    type Output = ForecastAnswer;
    const NAME: &'static str = "forecast_kpi";
    const TITLE: &'static str = "Forecast an indicator / Prévoir un indicateur";
    const DESCRIPTION: &'static str = "Gives the forecast of a KPI, period by period, with 80 and 95 % intervals, the \
        model that won a backtest and its error. Use it for questions about the future; quote the interval with the \
        value.";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Answer, Problem> {
        let found =
            app::forecast_kpi(&ctx, &app, &input.name, input.horizon, input.commune.as_deref()).await?;
        let text = account(&found);
        Answer::new(&found, text)
    }
}

fn account(found: &ForecastAnswer) -> String {
    let error = found.mase.map_or("not tested".to_owned(), |mase| format!("backtest MASE {mase:.2}"));
    let mut text = format!(
        "{} / {} — {} ({}), forecast in {} after {} (data edition {}), model {} ({error}).{}\n\
         period | value | 80 % | 95 %\n",
        found.title_fr,
        found.title_en,
        found.zone_name,
        found.zone,
        found.unit,
        found.last_observed_period,
        found.edition,
        found.model,
        found.note.as_ref().map(|note| format!(" {note}")).unwrap_or_default(),
    );
    for step in &found.steps {
        let [value, low_80, high_80, low_95, high_95] =
            [step.value, step.low_80, step.high_80, step.low_95, step.high_95].map(number);
        let period = &step.period;
        let passed = if step.nowcast { " (passed, data incomplete)" } else { "" };
        writeln!(text, "{period}{passed} | {value} | {low_80} to {high_80} | {low_95} to {high_95}")
            .expect("writing into a string does not fail");
    }
    text
}

//! `forecast_kpi`.

use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::table::number;
use super::{Answer, McpTool};
use crate::Problem;
use crate::app::{self, App, FORECAST_LEVELS, ForecastAnswer, ForecastQuestion, ForecastStep, ZoneForecast};

pub(super) struct ForecastKpi;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Name of the KPI, as list_kpis gives it.
    #[schemars(example = &"logements_autorises")]
    name: String,
    /// How many periods (months or quarters, as the KPI's grain), from the present one on; list_kpis gives the most. Without it, a year.
    #[schemars(example = 12, range(min = 1))]
    horizon: Option<u32>,
    /// Names or INSEE codes of communes, as many as the territory has; ensemble is the whole. Without it, the whole territory.
    #[schemars(example = ["Lagny-sur-Marne", "77307"])]
    #[serde(default)]
    communes: Vec<String>,
    /// Levels of the intervals, percent. Without it, all that there are.
    #[schemars(example = [80], extend("items" = { "type": "integer", "enum": FORECAST_LEVELS }))]
    #[serde(default)]
    levels: Vec<u32>,
}

impl McpTool for ForecastKpi {
    type Input = Input;
    type Output = ForecastAnswer;
    const NAME: &'static str = "forecast_kpi";
    const TITLE: &'static str = "Forecast an indicator / Prévoir un indicateur";
    const DESCRIPTION: &'static str = "Gives the forecast of a KPI, period by period, for the whole territory or \
        several communes at once, with 80 and 95 % intervals, the model that won a backtest and its error. Use it \
        for questions about the future; quote the interval with the value.";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Answer, Problem> {
        let question = ForecastQuestion {
            name: &input.name,
            horizon: input.horizon,
            communes: &input.communes,
            levels: &input.levels,
        };
        let found = app::forecast_kpi(&ctx, &app, question).await?;
        let text = account(&found);
        Answer::new(&found, text)
    }
}

fn account(found: &ForecastAnswer) -> String {
    let ForecastAnswer { name, title_fr, title_en, unit, edition, horizon, grain, .. } = found;
    let zones: String = found.forecasts.iter().map(zone).collect();
    let without = match found.without_forecast.as_slice() {
        [] => String::new(),
        names => format!("\nNo forecast, for there was nothing to learn from: {}.\n", names.join(", ")),
    };
    format!(
        "{title_fr} / {title_en} ({name}), forecast in {unit}, data edition {edition}, made {}, horizon {horizon} \
         (grain {grain}). {}\n{zones}{without}",
        found.made_at, found.definition
    )
}

fn zone(found: &ZoneForecast) -> String {
    let ZoneForecast { zone, zone_name, model, last_observed_period, steps, .. } = found;
    let error = found.mase.map_or("not tested".to_owned(), |mase| format!("backtest MASE {mase:.2}"));
    let note = found.note.as_ref().map(|note| format!(" {note}")).unwrap_or_default();
    let levels = steps.first().map_or_else(String::new, |step| {
        step.intervals.iter().map(|interval| format!(" | {} %", interval.level)).collect()
    });
    let lines: String = steps.iter().map(line).collect();
    format!(
        "\n{zone_name} ({zone}), after {last_observed_period}, model {model} ({error}).{note}\n\
         period | value{levels}\n{lines}"
    )
}

fn line(step: &ForecastStep) -> String {
    let passed = if step.nowcast { " (passed, data incomplete)" } else { "" };
    let bounds = |low, high| format!(" | {} to {}", number(low), number(high));
    let intervals: String =
        step.intervals.iter().map(|interval| bounds(interval.low, interval.high)).collect();
    format!("{}{passed} | {}{intervals}\n", step.period, number(step.value))
}

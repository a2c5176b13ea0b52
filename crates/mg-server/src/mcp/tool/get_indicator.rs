//! `get_indicator`.

use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::table::number;
use super::{Answer, McpTool};
use crate::Problem;
use crate::app::{self, App, Indicator};

pub(super) struct GetIndicator;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Name of the KPI, as list_kpis gives it.
    #[schemars(example = &"logements_autorises")]
    name: String,
    /// The period, or a day in it: 2026-04, 2026-04-15, 2026-T2 or 2025. Without it, the last period that the source has completed.
    #[schemars(example = &"2026-04")]
    date: Option<String>,
    /// INSEE code or name of a commune. Without it, the whole territory.
    #[schemars(example = &"Lagny-sur-Marne")]
    commune: Option<String>,
}

impl McpTool for GetIndicator {
    type Input = Input;
    type Output = Indicator;
    const NAME: &'static str = "get_indicator";
    const TITLE: &'static str = "Get an indicator / Lire un indicateur";
    const DESCRIPTION: &'static str = "Gives the value of a KPI in one period, for a commune or the whole territory, \
        with unit, change over a year, number of records, data edition and definition. Use it for any question about \
        how many or how much; it knows what to leave out, which a query of your own may not.";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Answer, Problem> {
        let found =
            app::get_indicator(&ctx, &app, &input.name, input.date.as_deref(), input.commune.as_deref())
                .await?;
        let text = sentence(&found);
        Answer::new(&found, text)
    }
}

fn sentence(found: &Indicator) -> String {
    let change = found.year_before.as_ref().map_or_else(String::new, |before| {
        let percent = before.change_percent.map(|p| format!(" ({p:+.1} %)")).unwrap_or_default();
        let sign = if before.change >= 0.0 { "+" } else { "" };
        let (was, change) = (number(before.value), number(before.change));
        format!(" A year before ({}): {was}, change {sign}{change}{percent}.", before.period)
    });
    let provisional =
        if found.provisional { " PROVISIONAL: the source still completes this period." } else { "" };
    let late = if found.late { " The data are older than they should be." } else { "" };
    format!(
        "{} / {} — {} ({}), {}: {} {}, from {} records.{change}{provisional}{late} {} of {} communes have a value. \
         Data edition {}. {}",
        found.title_fr,
        found.title_en,
        found.zone_name,
        found.zone,
        found.period,
        number(found.value),
        found.unit,
        found.records,
        found.communes_with_value,
        found.communes,
        found.edition,
        found.definition,
    )
}

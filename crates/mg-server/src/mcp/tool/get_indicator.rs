//! `get_indicator`.

use std::fmt::Write;

use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::table::number;
use super::{Answer, McpTool};
use crate::Problem;
use crate::app::{self, App, Change, Indicator, ZoneValue};

pub(super) struct GetIndicator;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Name of the KPI, as list_kpis gives it.
    #[schemars(example = &"logements_autorises")]
    name: String,
    /// One period of the KPI's grain, or a day in it: 2026-04 or 2026-04-15 for a month, 2026-T2 for a quarter; no longer one. Without it, the last period that the source has completed.
    #[schemars(example = &"2026-04")]
    date: Option<String>,
    /// Names or INSEE codes of communes, as many as the territory has; ensemble is the whole. Without it, the whole territory.
    #[schemars(example = ["Lagny-sur-Marne", "77307"])]
    #[serde(default)]
    communes: Vec<String>,
}

impl McpTool for GetIndicator {
    type Input = Input;
    type Output = Indicator;
    const NAME: &'static str = "get_indicator";
    const TITLE: &'static str = "Get an indicator / Lire un indicateur";
    const DESCRIPTION: &'static str = "Gives the value of a KPI in one period, for the whole territory or several \
        communes at once, with unit, change since the previous period and over a year, number of records, data \
        edition, freshness and definition. Use it for any question about how many or how much; it knows what to \
        leave out, which a query of your own may not.";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Answer, Problem> {
        let date = input.date.as_deref();
        let found = app::get_indicator(&ctx, &app, &input.name, date, &input.communes).await?;
        let text = account(&found);
        Answer::new(&found, text)
    }
}

fn account(found: &Indicator) -> String {
    let mut text = format!(
        "{} / {} ({}), {}, in {}:\n",
        found.title_fr, found.title_en, found.name, found.period, found.unit
    );
    for value in &found.values {
        writeln!(text, "- {}", line(value, found)).expect("writing into a string does not fail");
    }
    if found.provisional {
        text.push_str("PROVISIONAL: the source still completes this period.\n");
    }
    let late = |late| if late { ", later than they should be" } else { "" };
    let fresh = found.freshness.as_ref().map_or_else(String::new, |fresh| {
        format!(", {} days old{}, loaded {}", fresh.age_days, late(fresh.late), fresh.loaded_at)
    });
    write!(
        text,
        "{} of {} communes have a value ({} %). Data edition {}{fresh}. {}",
        found.communes_with_value,
        found.communes,
        number(found.communes_with_value_percent),
        found.edition,
        found.definition,
    )
    .expect("writing into a string does not fail");
    text
}

fn line(value: &ZoneValue, found: &Indicator) -> String {
    let zone = format!("{} ({})", value.zone_name, value.zone);
    let Some(figure) = value.value else {
        return format!("{zone}: no value");
    };
    let records = value.records.map(|records| format!(", from {records} records")).unwrap_or_default();
    let previous = value.previous.map(|before| change(&found.previous_period, before)).unwrap_or_default();
    let year = value.year_before.map(|before| change(&found.year_before_period, before)).unwrap_or_default();
    format!("{zone}: {}{records}{previous}{year}", number(figure))
}

fn change(period: &str, before: Change) -> String {
    let percent = before.change_percent.map(|percent| format!(", {percent:+.1} %")).unwrap_or_default();
    let sign = if before.change > 0.0 { "+" } else { "" };
    format!("; {period}: {} ({sign}{}{percent})", number(before.value), number(before.change))
}

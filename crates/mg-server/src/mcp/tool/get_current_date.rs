//! `get_current_date`.

use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, McpTool};
use crate::Problem;
use crate::app::{self, App, CurrentDate};

pub(super) struct GetCurrentDate;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {}

impl McpTool for GetCurrentDate {
    type Input = Input;
    type Output = CurrentDate;
    const NAME: &'static str = "get_current_date";
    const TITLE: &'static str = "Get the date / Connaître la date";
    const DESCRIPTION: &'static str = "Gives the day and time in Paris, the ISO week, the present month, quarter and \
        year and the last ones that are over, in the form that get_indicator takes. Use it to turn `last month` or \
        `this quarter` into a date before you ask for one.";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, _app: App, _input: Input) -> Result<Answer, Problem> {
        let now = app::current_date(&ctx);
        let CurrentDate { date, time, time_zone, weekday, iso_week, month, quarter, year, .. } = &now;
        let over = &now.last_complete;
        let text = format!(
            "{weekday} {date}, {time} ({time_zone}, {}), week {iso_week}. Present periods: month {month}, quarter \
             {quarter}, year {year}. Over since: month {}, quarter {}, year {}. Sources complete their periods \
             later; list_kpis gives the last complete one of each KPI.",
            now.instant, over.month, over.quarter, over.year
        );
        Answer::new(&now, text)
    }
}

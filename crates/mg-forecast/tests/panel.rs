//! Rows in, series out.

#[path = "support/series.rs"]
mod support;

use chrono::NaiveDate;
use mg_core::Grain;
use mg_forecast::{ForecastError, Observation, Panel, Series, Settings, forecast};
use support::day;

fn row(zone: &str, period: NaiveDate, value: impl Into<Option<f64>>) -> Observation {
    Observation { zone: zone.to_owned(), period, value: value.into() }
}

#[test]
fn rows_in_any_order_make_a_complete_calendar() {
    let rows = [
        row("77243", day(2024, 4), 4.0),
        row("77058", day(2024, 2), 20.0),
        row("77243", day(2024, 1), 1.0),
        row("77058", day(2024, 3), None),
    ];
    let panel = Panel::from_rows(Grain::Month, rows).expect("a panel");
    assert_eq!(panel.zones(), ["77058", "77243"]);
    let lagny = panel.series("77243").expect("Lagny");
    assert_eq!((lagny.grain(), lagny.start().start()), (Grain::Month, day(2024, 1)));
    assert_eq!(lagny.values(), [Some(1.0), None, None, Some(4.0)]);
    // Zones share the panel's calendar, so that their forecasts start together.
    let bussy = panel.series("77058").expect("Bussy");
    assert_eq!(bussy.values(), [None, Some(20.0), None, None]);
    assert_eq!(bussy.next_period(), lagny.next_period());
    assert_eq!(panel.series("75056"), None);
}

#[test]
fn a_panel_feeds_a_forecast() {
    let rows = (0..40).flat_map(|quarter| {
        let period = day(2010 + quarter / 4, 1 + 3 * (quarter % 4) as u32);
        [row("a", period, f64::from(quarter)), row("b", period, f64::from(40 - quarter))]
    });
    let panel = Panel::from_rows(Grain::Quarter, rows).expect("a panel");
    let last = |zone: &str| {
        let series = panel.series(zone).expect("a zone");
        let forecast = forecast(&series, &Settings::new(4)).expect("a forecast");
        assert_eq!(forecast.steps[0].period, day(2020, 1));
        forecast.steps[3].value
    };
    assert!((last("a") - 43.0).abs() < 1.0 && (last("b") + 3.0).abs() < 1.0);
}

#[test]
fn two_values_for_one_cell_are_refused() {
    let rows = [row("a", day(2024, 1), 1.0), row("b", day(2024, 1), 1.0), row("a", day(2024, 1), 1.0)];
    let error = Panel::from_rows(Grain::Month, rows).expect_err("a refusal");
    assert!(
        matches!(error, ForecastError::Duplicate { zone, period } if zone == "a" && period == day(2024, 1))
    );
}

#[test]
fn a_day_inside_a_period_is_refused() {
    let error = Panel::from_rows(Grain::Quarter, [row("a", day(2024, 2), 1.0)]).expect_err("a refusal");
    assert!(matches!(error, ForecastError::OffCalendar { .. }));
    assert_eq!(error.to_string(), "zone a: 2024-02-01 does not start a quarter");
}

#[test]
fn values_that_are_no_numbers_are_refused() {
    for value in [f64::NAN, f64::INFINITY, 1e300] {
        let error = Panel::from_rows(Grain::Month, [row("a", day(2024, 1), value)]).expect_err("a refusal");
        assert!(matches!(error, ForecastError::BadValue { .. }));
        let start = mg_core::Period::holding(Grain::Month, day(2024, 1));
        assert!(matches!(Series::new(start, vec![Some(value)]), Err(ForecastError::BadValue { .. })));
    }
}

#[test]
fn no_row_and_an_endless_calendar_are_refused() {
    assert!(matches!(Panel::from_rows(Grain::Month, []), Err(ForecastError::NoRows)));
    let rows = [row("a", day(1, 1), 1.0), row("a", day(2024, 1), 1.0)];
    let error = Panel::from_rows(Grain::Month, rows).expect_err("a refusal");
    assert!(matches!(error, ForecastError::TooLong { periods: 24_277 }));
}

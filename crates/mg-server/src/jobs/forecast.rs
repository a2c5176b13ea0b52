//! `forecast_kpis`: from the KPI values to their forecasts.

use std::sync::Arc;

use chrono::NaiveDate;
use mg_core::{Clock, Grain, Period};
use mg_dags::jobs::{ForecastKpis, Forecasts};
use mg_flow::{Job, JobError, TaskContext};
use mg_forecast::{Forecast, Observation, Panel, Settings};
use mg_store::forecast::ForecastRow;
use mg_store::kpi::SeriesPoint;

use crate::Problem;
use crate::app::App;
use crate::model::Kpi;

/// Forecasts every KPI.
pub(super) struct ForecastJob {
    pub(super) app: App,
    pub(super) clock: Arc<dyn Clock>,
}

impl Job for ForecastJob {
    type Input = ForecastKpis;

    async fn run(&self, context: &TaskContext, _input: ForecastKpis) -> Result<Forecasts, JobError> {
        tokio::select! {
            outcome = self.forecast(context) => outcome.map_err(JobError::from),
            () = context.stopped() => Err(JobError::new("stopped", "the forecasts were stopped")),
        }
    }
}

impl ForecastJob {
    async fn forecast(&self, context: &TaskContext) -> Result<Forecasts, Problem> {
        let kpis = &self.app.models.kpis;
        let mut outcome = Forecasts { kpis: 0, series: 0, series_without: 0 };
        for (place, kpi) in kpis.iter().enumerate() {
            let known = self.app.store.kpi(&kpi.name).await?;
            if let Some(edition) = known.and_then(|known| known.edition) {
                let (series, failures) = self.forecast_one(kpi, &edition).await?;
                outcome.kpis += 1;
                outcome.series += series;
                outcome.series_without += failures.len();
                for failure in failures {
                    context.warn(&failure).await;
                }
            }
            context.progress(place as u64 + 1, kpis.len() as u64).await;
        }
        context.info(&format!("{} KPIs forecast, {} series", outcome.kpis, outcome.series)).await;
        Ok(outcome)
    }

    /// Forecasts every zone of a KPI; returns how many could be, and a line for each that not.
    async fn forecast_one(&self, kpi: &Kpi, edition: &str) -> Result<(usize, Vec<String>), Problem> {
        let points = self.app.store.settled_values(&kpi.name).await?;
        if points.is_empty() {
            self.app.store.replace_forecasts(&kpi.name, &[]).await?;
            return Ok((0, Vec::new()));
        }
        let (kpi_owned, edition) = (kpi.clone(), edition.to_owned());
        let present = Period::holding(kpi.grain, self.clock.today());
        let fitted = tokio::task::spawn_blocking(move || fit(&kpi_owned, present, &edition, points));
        let fitted = fitted.await.map_err(|error| {
            Problem::new(
                "model_panicked",
                format!("Forecasting {} broke off: {error}.", kpi.name),
                "Report it.",
            )
        })??;
        self.app.store.replace_forecasts(&kpi.name, &fitted.rows).await?;
        Ok((fitted.series, fitted.failures))
    }
}

/// The forecasts of a KPI's zones.
struct Fitted {
    rows: Vec<ForecastRow>,
    series: usize,
    failures: Vec<String>,
}

fn fit(kpi: &Kpi, present: Period, edition: &str, points: Vec<SeriesPoint>) -> Result<Fitted, Problem> {
    let last = points.iter().map(|point| point.period).max();
    let observations = points.into_iter().map(|point| Observation {
        zone: point.zone,
        period: point.period,
        value: Some(point.value),
    });
    let panel = Panel::from_rows(kpi.grain, observations).map_err(|error| {
        Problem::new("series_unusable", format!("The series of {} cannot be used: {error}.", kpi.name), "")
    })?;
    let settings = Settings {
        horizon: steps_needed(kpi, present, last),
        non_negative: kpi.forecast.non_negative,
        models: kpi.forecast.models.clone(),
    };
    let mut fitted = Fitted { rows: Vec::new(), series: 0, failures: Vec::new() };
    for zone in panel.zones() {
        let Some(series) = panel.series(&zone) else {
            continue;
        };
        match mg_forecast::forecast(&series, &settings) {
            Ok(forecast) => {
                fitted.series += 1;
                fitted.rows.extend(rows(kpi.grain, &zone, edition, &forecast));
            }
            Err(error) => fitted.failures.push(format!("{}, {zone}: no forecast, {error}", kpi.name)),
        }
    }
    Ok(fitted)
}

/// From the last complete period to the horizon, which is counted from the present one on.
fn steps_needed(kpi: &Kpi, present: Period, last: Option<NaiveDate>) -> u32 {
    let behind = last.map_or(0, |last| present.since(Period::holding(kpi.grain, last)) - 1);
    let steps = kpi.forecast.horizon.saturating_add(u32::try_from(behind).unwrap_or(0));
    steps.min(Settings::MAX_HORIZON)
}

fn rows<'a>(
    grain: Grain,
    zone: &'a str,
    edition: &'a str,
    forecast: &'a Forecast,
) -> impl Iterator<Item = ForecastRow> + 'a {
    forecast.steps.iter().zip(1..).map(move |(step, number)| ForecastRow {
        zone: zone.to_owned(),
        period: step.period,
        step: number,
        value: step.value,
        low_80: step.low_80,
        high_80: step.high_80,
        low_95: step.low_95,
        high_95: step.high_95,
        model: forecast.model.as_str().to_owned(),
        mase: forecast.mase,
        note: forecast.note.as_ref().map(ToString::to_string),
        // Steps are consecutive, so the last period seen is one before the first of them.
        last_period: Period::holding(grain, step.period).minus(number.unsigned_abs()).start(),
        edition: edition.to_owned(),
        made_at: chrono::DateTime::UNIX_EPOCH,
    })
}

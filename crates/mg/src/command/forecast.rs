//! `mg forecast`: what is expected of a KPI.

use std::process::ExitCode;

use mg_server::app::{ForecastAnswer, ForecastQuestion, ForecastStep, ZoneForecast, forecast_kpi};

use crate::cli::ForecastArgs;
use crate::config::Config;
use crate::platform::{Access, Platform};
use crate::show::{self, figure, outln};

/// Shows the forecast.
pub(super) async fn run(config: &Config, arguments: &ForecastArgs, json: bool) -> anyhow::Result<ExitCode> {
    let platform = Platform::open(config, "mg forecast", Access::Read).await?;
    let ForecastArgs { kpi, horizon, zone, level } = arguments;
    let question = ForecastQuestion { name: kpi, horizon: *horizon, communes: zone, levels: level };
    let found = forecast_kpi(&platform.operator(), &platform.app, question).await;
    platform.close().await?;
    let found = found?;
    if json {
        show::json(&found)?;
    } else {
        print(&found)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn print(found: &ForecastAnswer) -> anyhow::Result<()> {
    outln!("{} / {} ({})", found.title_fr, found.title_en, found.unit);
    for zone in &found.forecasts {
        print_zone(found, zone)?;
    }
    for zone in &found.without_forecast {
        outln!("{zone}: pas de prévision / no forecast");
    }
    Ok(())
}

fn print_zone(found: &ForecastAnswer, zone: &ZoneForecast) -> anyhow::Result<()> {
    let error = zone.mase.map_or("–".to_owned(), |mase| format!("{mase:.2}"));
    outln!(
        "{} ({}), modèle / model {}, MASE {error}, après / after {}, millésime / edition {}",
        zone.zone_name,
        zone.zone,
        zone.model,
        zone.last_observed_period,
        found.edition
    );
    if let Some(note) = &zone.note {
        outln!("  {note}");
    }
    let levels = zone.steps.first().into_iter().flat_map(|step| &step.intervals);
    let levels: Vec<String> = levels.map(|interval| format!("{} %", interval.level)).collect();
    let mut headers = vec!["Période", "Valeur"];
    headers.extend(levels.iter().map(String::as_str));
    let figures: Vec<usize> = (1..headers.len()).collect();
    let mut table = show::table(&headers, &figures);
    for step in &zone.steps {
        table.add_row(cells(step));
    }
    show::print(table)
}

fn cells(step: &ForecastStep) -> Vec<String> {
    let intervals = step.intervals.iter();
    let bounds = intervals.map(|interval| format!("{} – {}", figure(interval.low), figure(interval.high)));
    [step.period.clone(), figure(step.value)].into_iter().chain(bounds).collect()
}

//! `mg forecast`: what is expected of a KPI.

use std::process::ExitCode;

use mg_server::app::{ForecastAnswer, forecast_kpi};

use crate::cli::ForecastArgs;
use crate::config::Config;
use crate::platform::{Access, Platform};
use crate::show::{self, figure, outln};

/// Shows the forecast.
pub(super) async fn run(config: &Config, arguments: &ForecastArgs, json: bool) -> anyhow::Result<ExitCode> {
    let platform = Platform::open(config, "mg forecast", Access::Read).await?;
    let ForecastArgs { kpi, horizon, zone } = arguments;
    let found = forecast_kpi(&platform.operator(), &platform.app, kpi, *horizon, zone.as_deref()).await;
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
    let error = found.mase.map_or("–".to_owned(), |mase| format!("{mase:.2}"));
    outln!("{} / {} — {} ({})", found.title_fr, found.title_en, found.zone_name, found.zone);
    outln!(
        "  {}, modèle / model {}, MASE {error}, après / after {}, millésime / edition {}",
        found.unit,
        found.model,
        found.last_observed_period,
        found.edition
    );
    if let Some(note) = &found.note {
        outln!("  {note}");
    }
    let mut table = show::table(&["Période", "Valeur", "80 %", "95 %"], &[1, 2, 3]);
    for step in &found.steps {
        table.add_row([
            step.period.clone(),
            figure(step.value),
            format!("{} – {}", figure(step.low_80), figure(step.high_80)),
            format!("{} – {}", figure(step.low_95), figure(step.high_95)),
        ]);
    }
    show::print(table)
}

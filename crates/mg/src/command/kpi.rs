//! `mg kpi`: all KPIs at a glance, or one in full.

use std::process::ExitCode;

use comfy_table::Table;
use mg_core::OpContext;
use mg_server::app::{
    App, Change, ForecastQuestion, Indicator, KpiSummary, ZoneValue, forecast_kpi, get_indicator, list_kpis,
};

use crate::cli::KpiArgs;
use crate::config::Config;
use crate::platform::{Access, Platform};
use crate::show::{self, figure};

/// Shows one KPI, or all.
pub(super) async fn run(config: &Config, arguments: &KpiArgs, json: bool) -> anyhow::Result<ExitCode> {
    let platform = Platform::open(config, "mg kpi", Access::Read).await?;
    let shown = show_kpis(&platform, arguments, json).await;
    platform.close().await?;
    shown?;
    Ok(ExitCode::SUCCESS)
}

async fn show_kpis(platform: &Platform, arguments: &KpiArgs, json: bool) -> anyhow::Result<()> {
    let (ctx, app) = (platform.operator(), &platform.app);
    let KpiArgs { name, date, zone } = arguments;
    match name {
        Some(name) => {
            let found = get_indicator(&ctx, app, name, date.as_deref(), zone).await?;
            if json {
                show::json(&found)?;
            } else {
                show::print(in_full(&found))?;
            }
        }
        None if json => show::json(&list_kpis(&ctx, app).await?)?,
        None => show::print(overview(&ctx, app).await?)?,
    }
    Ok(())
}

/// Each KPI of the whole territory: last value, change over a year, next forecast.
pub(super) async fn overview(ctx: &OpContext, app: &App) -> anyhow::Result<Table> {
    let headers = ["Indicateur / KPI", "Période", "Valeur", "Unité", "Sur un an", "Prévision / next", "80 %"];
    let mut table = show::table(&headers, &[2, 4, 5]);
    for kpi in list_kpis(ctx, app).await? {
        let title = format!("{}\n{}", kpi.title_fr, kpi.name);
        let last = get_indicator(ctx, app, &kpi.name, None, &[]).await.ok();
        let value = last.as_ref().and_then(|last| Some((last, last.values.first()?)));
        let Some((last, whole)) = value else {
            table.add_row([title, "–".into(), "–".into(), kpi.unit, "–".into(), "–".into(), "–".into()]);
            continue;
        };
        let (next, interval) = next_forecast(ctx, app, &kpi).await.unwrap_or_else(none);
        table.add_row([
            title,
            last.period.clone(),
            whole.value.map_or_else(dash, figure),
            kpi.unit,
            percent(whole.year_before),
            next,
            interval,
        ]);
    }
    Ok(table)
}

/// The forecast of the present period.
async fn next_forecast(ctx: &OpContext, app: &App, kpi: &KpiSummary) -> Option<(String, String)> {
    let question =
        ForecastQuestion { name: &kpi.name, horizon: Some(1), levels: &[80], ..ForecastQuestion::default() };
    let forecast = forecast_kpi(ctx, app, question).await.ok()?;
    let step = forecast.forecasts.first()?.steps.last()?;
    let interval = step.intervals.first()?;
    let value = format!("{} ({})", figure(step.value), step.period);
    Some((value, format!("{} – {}", figure(interval.low), figure(interval.high))))
}

fn none() -> (String, String) {
    (dash(), dash())
}

fn dash() -> String {
    "–".to_owned()
}

fn percent(change: Option<Change>) -> String {
    let percent = change.and_then(|change| change.change_percent);
    percent.map_or_else(dash, |percent| format!("{percent:+.0} %"))
}

fn in_full(found: &Indicator) -> String {
    let mut lines = vec![format!("{} / {}, {}", found.title_fr, found.title_en, found.period)];
    for value in &found.values {
        let figure = value.value.map_or_else(dash, figure);
        lines.push(format!("  {} ({}): {figure} {}", value.zone_name, value.zone, found.unit));
        lines.extend(comparisons(found, value));
    }
    if found.provisional {
        lines.push("  provisoire / provisional: the source still completes this period".to_owned());
    }
    lines.push(format!(
        "  {} of {} communes, millésime / edition {}",
        found.communes_with_value, found.communes, found.edition
    ));
    lines.push(format!("  {}", found.definition));
    lines.join("\n")
}

/// What a value rests on, and the two that it is compared with.
fn comparisons(found: &Indicator, value: &ZoneValue) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(records) = value.records {
        lines.push(format!("    {records} enregistrements / records"));
    }
    for (words, period, change) in [
        ("période d'avant / period before", &found.previous_period, value.previous),
        ("un an avant / a year before", &found.year_before_period, value.year_before),
    ] {
        if let Some(before) = change {
            let was = figure(before.value);
            lines.push(format!("    {words} ({period}): {was}, {}", percent(change)));
        }
    }
    lines
}

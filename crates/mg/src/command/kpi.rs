//! `mg kpi`: all KPIs at a glance, or one in full.

use std::process::ExitCode;

use comfy_table::Table;
use mg_core::OpContext;
use mg_server::app::{App, Indicator, KpiSummary, forecast_kpi, get_indicator, list_kpis};

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
            let found = get_indicator(&ctx, app, name, date.as_deref(), zone.as_deref()).await?;
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
        let Ok(last) = get_indicator(ctx, app, &kpi.name, None, None).await else {
            table.add_row([title, "–".into(), "–".into(), kpi.unit, "–".into(), "–".into(), "–".into()]);
            continue;
        };
        let (next, interval) = next_forecast(ctx, app, &kpi).await.unwrap_or_else(none);
        table.add_row([
            title,
            last.period.clone(),
            figure(last.value),
            kpi.unit,
            change(&last),
            next,
            interval,
        ]);
    }
    Ok(table)
}

/// The forecast of the present period.
async fn next_forecast(ctx: &OpContext, app: &App, kpi: &KpiSummary) -> Option<(String, String)> {
    let forecast = forecast_kpi(ctx, app, &kpi.name, Some(1), None).await.ok()?;
    let step = forecast.steps.last()?;
    let value = format!("{} ({})", figure(step.value), step.period);
    Some((value, format!("{} – {}", figure(step.low_80), figure(step.high_80))))
}

fn none() -> (String, String) {
    ("–".to_owned(), "–".to_owned())
}

fn change(indicator: &Indicator) -> String {
    let percent = indicator.year_before.as_ref().and_then(|before| before.change_percent);
    percent.map_or_else(|| "–".to_owned(), |percent| format!("{percent:+.0} %"))
}

fn in_full(found: &Indicator) -> String {
    let mut lines = vec![
        format!("{} / {}", found.title_fr, found.title_en),
        format!(
            "  {} ({}), {}: {} {}",
            found.zone_name,
            found.zone,
            found.period,
            figure(found.value),
            found.unit
        ),
    ];
    if let Some(before) = &found.year_before {
        let (was, change) = (figure(before.value), change(found));
        lines.push(format!("  un an avant / a year before ({}): {was}, {change}", before.period));
    }
    if found.provisional {
        lines.push("  provisoire / provisional: the source still completes this period".to_owned());
    }
    lines.push(format!(
        "  {} enregistrements / records, {} of {} communes, millésime / edition {}",
        found.records, found.communes_with_value, found.communes, found.edition
    ));
    lines.push(format!("  {}", found.definition));
    lines.join("\n")
}

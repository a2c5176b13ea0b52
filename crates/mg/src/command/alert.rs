//! `mg alert`: do the channels work, and what was told.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::bail;
use mg_core::SystemClock;
use mg_server::alert::Channels;
use mg_server::app::{AlertQuestion, AlertReport, list_alerts};
use serde_json::json;

use crate::cli::AlertCommand;
use crate::config::Config;
use crate::platform::{self, Access, Platform};
use crate::show::{self, outln};

/// Tries the channels, or lists what was found.
pub(super) async fn run(config: &Config, command: &AlertCommand, json: bool) -> anyhow::Result<ExitCode> {
    match command {
        AlertCommand::Test { channel } => {
            let channels = platform::alert_channels(config, Arc::new(SystemClock))?;
            test(&channels, channel.as_deref(), json).await
        }
        AlertCommand::List { limit } => {
            let platform = Platform::open(config, "mg alert list", Access::Read).await?;
            let listed = list(&platform, *limit, json).await;
            platform.close().await?;
            listed
        }
    }
}

/// Each channel gets a message; one that does not is a failure of the command.
async fn test(channels: &Channels, only: Option<&str>, json: bool) -> anyhow::Result<ExitCode> {
    let mut names = channels.names();
    if names.is_empty() {
        bail!("no channel is configured: see [alerts] in mg.example.toml");
    }
    if let Some(only) = only {
        if !names.iter().any(|name| name == only) {
            bail!("no channel is named `{only}`; there are {}", names.join(", "));
        }
        names.retain(|name| name == only);
    }
    let mut results = Vec::new();
    for name in names {
        let failure = channels.test(&name).await.err().map(|failure| failure.reason);
        if !json {
            match &failure {
                None => outln!("✓ {name}"),
                Some(reason) => outln!("✗ {name}: {reason}"),
            }
        }
        results.push((name, failure));
    }
    let works = results.iter().all(|(_, failure)| failure.is_none());
    if json {
        let results: Vec<_> = results
            .iter()
            .map(|(channel, failure)| json!({ "channel": channel, "sent": failure.is_none(), "failure": failure }))
            .collect();
        show::json(&results)?;
    }
    Ok(if works { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn list(platform: &Platform, limit: u32, json: bool) -> anyhow::Result<ExitCode> {
    let question = AlertQuestion { limit, ..AlertQuestion::default() };
    let alerts = list_alerts(&platform.operator(), &platform.app, &question).await?.alerts;
    if json {
        show::json(&alerts)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = show::table(&["Since", "Kind", "DAG", "About", "What", "Told"], &[]);
    for alert in alerts {
        let (about, what, told) = (about(&alert), what(&alert), told(&alert));
        table.add_row([show::instant(&alert.since), alert.kind, alert.dag, about, what, told]);
    }
    show::print(table)?;
    Ok(ExitCode::SUCCESS)
}

fn about(alert: &AlertReport) -> String {
    let run = alert.run_id.map(|run| format!("run {run}"));
    run.or_else(|| alert.kpi.clone()).unwrap_or_default()
}

fn what(alert: &AlertReport) -> String {
    let parts = [&alert.task, &alert.code, &alert.sentence];
    parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(": ")
}

fn told(alert: &AlertReport) -> String {
    let marked = |channels: &[String], mark: &str| {
        channels.iter().map(|channel| format!("{mark} {channel}")).collect::<Vec<_>>()
    };
    [marked(&alert.told, "✓"), marked(&alert.waiting, "…"), marked(&alert.given_up, "✗")].concat().join("\n")
}

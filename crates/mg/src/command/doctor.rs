//! `mg doctor`: is the machine fit, and how to mend what is not.

mod standby;
mod upkeep;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use mg_crawl::guard::Guard;
use mg_crawl::{Browser, BrowserOptions};
use mg_store::{Cluster, ExternalLogins, PostgresBinaries, Store, StoreOptions};
use serde::Serialize;
use tokio::net::TcpListener;

use crate::config::Config;
use crate::show::outln;
use crate::{platform, show};

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    subject: &'static str,
    /// ok, warning or fault.
    verdict: &'static str,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

impl Finding {
    fn ok(subject: &'static str, found: impl Into<String>) -> Self {
        Self { subject, verdict: "ok", found: found.into(), mend: None }
    }

    fn warning(subject: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { subject, verdict: "warning", found: found.into(), mend: Some(mend.into()) }
    }

    fn fault(subject: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { subject, verdict: "fault", found: found.into(), mend: Some(mend.into()) }
    }
}

/// Looks at everything; the exit code says whether something is at fault.
pub(super) async fn run(config: &Config, json: bool) -> anyhow::Result<ExitCode> {
    let mut findings = database(config).await;
    findings.push(browser(config).await);
    findings.push(port(config).await);
    findings.push(data_folder(&config.data_dir));
    findings.push(models(config));
    if json {
        show::json(&findings)?;
    } else {
        print(&findings)?;
    }
    let fit = findings.iter().all(|finding| finding.verdict != "fault");
    Ok(if fit { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn database(config: &Config) -> Vec<Finding> {
    let database = &config.database;
    let Some(url) = &database.url else {
        let mut findings = vec![private_postgres(database.postgres_bin.as_deref())];
        findings.extend(running_database(&config.data_dir).await);
        return findings;
    };
    let logins =
        ExternalLogins { writer_url: database.writer_url.clone(), reader_url: database.reader_url.clone() };
    let options = match platform::store_options(config) {
        Ok(options) => options,
        Err(error) => {
            let mend = "Correct database.read_url, or take it away: queries then go to the primary.";
            return vec![Finding::fault("Standby", error.to_string(), mend)];
        }
    };
    match Store::attach_external(url, &logins, &options).await {
        Ok(store) => {
            let version = store.server_version().await.unwrap_or_default();
            let mut findings = vec![Finding::ok("Postgres", format!("DATABASE_URL, version {version}"))];
            let gaps = store.gaps().iter();
            findings.extend(gaps.map(|gap| {
                Finding::warning("Rights", gap.clone(), "Use a login with the right, or accept it knowingly.")
            }));
            findings.extend(standby::finding(&store).await);
            findings.extend(upkeep::findings(&store).await);
            store.close().await;
            findings
        }
        Err(error) => {
            let mend = "If it was never prepared: mg migrate. Else check DATABASE_URL, that the server runs, and the login's password.";
            vec![Finding::fault("Postgres", error.to_string(), mend)]
        }
    }
}

/// What the private Postgres says of itself, where one runs.
async fn running_database(data_dir: &Path) -> Vec<Finding> {
    let Ok(Some(attachment)) = Cluster::attach(data_dir) else {
        return Vec::new();
    };
    match Store::attach_private(&attachment.socket_dir, platform::DATABASE, &StoreOptions::default()).await {
        Ok(store) => {
            let findings = upkeep::findings(&store).await;
            store.close().await;
            findings
        }
        Err(error) => {
            let mend = "Try again in a moment; if it lasts, see what the process that owns the folder logs.";
            vec![Finding::warning("Upkeep", error.to_string(), mend)]
        }
    }
}

fn private_postgres(named: Option<&Path>) -> Finding {
    match PostgresBinaries::find(named) {
        Ok(found) => Finding::ok("Postgres", format!("programs of version {}", found.version())),
        Err(error) => Finding::fault(
            "Postgres",
            error.to_string(),
            "Debian: apt-get install postgresql; macOS: brew install postgresql@16; or set DATABASE_URL.",
        ),
    }
}

async fn browser(config: &Config) -> Finding {
    let mend = "Debian: apt-get install chromium; or set browser.executable. Only pages that a script fills need it.";
    let options = BrowserOptions {
        executable: config.browser.executable.clone(),
        no_sandbox: config.browser.no_sandbox,
        ..BrowserOptions::default()
    };
    match Browser::launch(&options, Arc::new(Guard::default())).await {
        Ok(browser) => {
            let version = browser.version().await;
            browser.close().await;
            version.map_or_else(
                |error| Finding::warning("Chromium", error.to_string(), mend),
                |version| Finding::ok("Chromium", version),
            )
        }
        Err(error) => Finding::warning("Chromium", error.to_string(), mend),
    }
}

async fn port(config: &Config) -> Finding {
    let address = format!("{}:{}", config.server.host, config.server.port);
    match TcpListener::bind(&address).await {
        Ok(_) => Finding::ok("Port", format!("{address} is free")),
        Err(error) if running(&config.data_dir).is_some() => {
            Finding::ok("Port", format!("{address} is in use, and this platform runs ({error})"))
        }
        Err(error) => {
            Finding::warning("Port", format!("{address}: {error}"), "Free it, or set server.port or --port.")
        }
    }
}

fn running(data_dir: &Path) -> Option<String> {
    let attachment = Cluster::attach(data_dir).ok()??;
    let tenant = attachment.tenant;
    let socket = attachment.socket_dir.display().to_string();
    Some(format!(
        "in use by `{}` (process {}, since {}); psql -h {socket} -U mg_reader mg",
        tenant.command, tenant.pid, tenant.since
    ))
}

fn data_folder(data_dir: &Path) -> Finding {
    let shown = data_dir.display();
    if let Some(tenant) = running(data_dir) {
        return Finding::ok("Data folder", format!("{shown} is {tenant}"));
    }
    let existed = data_dir.exists();
    let usable = std::fs::create_dir_all(data_dir).and_then(|()| tempfile::tempfile_in(data_dir).map(drop));
    if !existed {
        // Looking must leave nothing behind; a folder that was not made cannot be removed.
        let _ = std::fs::remove_dir(data_dir);
    }
    match usable {
        Ok(()) => Finding::ok("Data folder", format!("{shown} can be written")),
        Err(error) => Finding::fault(
            "Data folder",
            format!("{shown}: {error}"),
            "Give the right to write, or use --data.",
        ),
    }
}

fn models(config: &Config) -> Finding {
    match platform::models(config, &platform::gate()) {
        Ok(models) => Finding::ok("Models", format!("{} KPIs", models.kpis.len())),
        Err(error) => Finding::fault("Models", error.to_string(), "Correct the file at the line named."),
    }
}

fn print(findings: &[Finding]) -> anyhow::Result<()> {
    for finding in findings {
        let mark = match finding.verdict {
            "ok" => "✓",
            "warning" => "!",
            _ => "✗",
        };
        outln!("{mark} {:<12} {}", finding.subject, finding.found);
        if let Some(mend) = &finding.mend {
            outln!("  {:<12} → {mend}", "");
        }
    }
    Ok(())
}

//! `mg demo`: the whole platform in front of one's eyes.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use anyhow::Context;
use mg_core::{Clock, OpContext, Role, RunId, Scope};
use mg_portal::{Portal, PortalConfig};
use mg_server::app::launch_dag;
use mg_server::{TokenRequest, create_token, revoke_token};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{kpi, service};
use crate::cli::DemoArgs;
use crate::config::Config;
use crate::platform::{Access, Platform, announce_portal, withdraw_portal};
use crate::progress;
use crate::show::{self, outln};

const DAG: &str = "urbanisme";
/// The portal's data are always the same for one seed.
const SEED: u64 = 77;
const PORTAL_PORT: u16 = 8081;

/// Shows the main job, then serves until told to stop.
pub(super) async fn run(mut config: Config, arguments: &DemoArgs) -> anyhow::Result<ExitCode> {
    let stop = service::stop_signal()?;
    keep_apart(&mut config);
    let listener = listen(&mut config, arguments.port).await?;
    step(1, "Postgres privé / private Postgres");
    let mut platform = Platform::open(&config, "mg demo", Access::Own).await?;
    say(&format!("Postgres {}, {}", platform.app.store.server_version().await?, config.data_dir.display()));
    step(2, "Portail local / local open-data portal");
    let portal = start_portal(&platform).await?;
    let portal_url = Url::parse(&portal.url()).context("reading the portal's URL")?;
    say(&format!("{portal_url} joue Sitadel (DiDo) et DVF (geo-dvf); données synthétiques / synthetic data"));
    platform.use_portal(&portal_url)?;
    announce_portal(&config.data_dir, &portal_url)?;
    let worker = platform.start_worker().await?;
    let scheduler = platform.start_scheduler().await?;
    let shown = tokio::select! {
        shown = show(&config, &platform, listener, &stop) => shown,
        () = stop.cancelled() => Ok(()),
    };
    eprintln!("\nArrêt / stopping …");
    withdraw_portal(&config.data_dir);
    scheduler.stop().await;
    let ended = service::end(platform, worker).await;
    portal.stop().await;
    shown.and(ended)?;
    eprintln!("Tout est arrêté / everything is stopped.");
    Ok(ExitCode::SUCCESS)
}

async fn show(
    config: &Config,
    platform: &Platform,
    listener: TcpListener,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let ctx = platform.operator();
    let app = &platform.app;
    step(3, "DAG urbanisme: collecte, indicateurs, prévisions / collect, measure, forecast");
    let unfinished = app.store.unfinished_runs(DAG).await?;
    let run = match unfinished.last() {
        // Begun by a demo that was stopped in the middle; the worker has taken it up.
        Some(run) => Some(*run),
        None if app.store.has_succeeded(DAG).await? => None,
        None => Some(RunId(launch_dag(&ctx, app, DAG, Value::Null).await?.run_id)),
    };
    match run {
        Some(run) => {
            let report = progress::follow(&ctx, app, run).await?;
            if report.state != "succeeded" {
                eprintln!("  Run {run} {}: `mg dag run {DAG}` tries again.", report.state);
            }
        }
        None => say("déjà fait; `mg dag run urbanisme` collecte à nouveau / done before; that collects anew"),
    }
    step(4, "Indicateurs / KPIs");
    show::print(kpi::overview(&ctx, app).await?)?;
    step(5, "Service");
    connect(&ctx, config, platform, &service::url(&listener)?).await?;
    service::serve(config, platform, listener, stop.clone()).await
}

/// Synthetic data must not come among real ones: the demo has a folder and a database of its own.
fn keep_apart(config: &mut Config) {
    if config.data_dir == Config::default().data_dir {
        config.data_dir.push("demo");
    }
    if config.database.url.take().is_some() {
        eprintln!("DATABASE_URL n'est pas utilisée par la démo / the demo does not use it.");
    }
}

async fn listen(config: &mut Config, port: Option<u16>) -> anyhow::Result<TcpListener> {
    if let Some(port) = port {
        config.server.port = port;
        return service::listen(&config.server).await;
    }
    match service::listen(&config.server).await {
        Err(error) if service::is_taken(&error) => {
            let taken = config.server.port;
            config.server.port = 0;
            let listener = service::listen(&config.server).await?;
            let other = listener.local_addr()?.port();
            eprintln!(
                "Le port {taken} est pris, voici {other} / port {taken} is taken, {other} it is (--port chooses)."
            );
            Ok(listener)
        }
        listening => listening,
    }
}

async fn start_portal(platform: &Platform) -> anyhow::Result<Portal> {
    let communes = platform.app.models.territory.communes.clone();
    let today = Clock::today(platform.clock.as_ref());
    let start = |port| {
        let config = PortalConfig { communes: communes.clone(), today, seed: SEED };
        Portal::start(config, SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
    };
    match start(PORTAL_PORT).await {
        Ok(portal) => Ok(portal),
        // Taken: any other will do, nobody types it.
        Err(_) => {
            say(&format!("le port {PORTAL_PORT} est pris, un autre / port {PORTAL_PORT} is taken, another"));
            start(0).await.context("starting the local portal")
        }
    }
}

/// Fresh tokens, and how to use them.
async fn connect(ctx: &OpContext, config: &Config, platform: &Platform, url: &str) -> anyhow::Result<()> {
    let mut tokens = Vec::new();
    for role in [Role::Viewer, Role::Editor] {
        let name = format!("demo-{role}");
        // There is none on the first start.
        let _ = revoke_token(ctx, &platform.app.store, &name).await;
        let request = TokenRequest { name: &name, role, scope: Scope::All, days: None };
        tokens.push(create_token(ctx, &platform.app.store, request).await?.secret);
    }
    let mg = beside(config);
    let [viewer, editor] = tokens.as_slice() else {
        anyhow::bail!("there are two roles");
    };
    outln!(
        r#"  MCP (mg-data-mcp): {url}/mcp

  viewer (lit / reads):             {viewer}
  editor (lance aussi / launches):  {editor}

  Claude Code:
    claude mcp add --transport http mg-data-mcp {url}/mcp --header "Authorization: Bearer {viewer}"

  VS Code, .vscode/mcp.json:
    {{ "servers": {{ "mg-data-mcp": {{ "type": "http", "url": "{url}/mcp",
        "headers": {{ "Authorization": "Bearer {viewer}" }} }} }} }}

  curl:
    curl -s {url}/mcp -H "Authorization: Bearer {viewer}" \
      -H "Content-Type: application/json" -H "Accept: application/json, text/event-stream" \
      -d '{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"get_indicator","arguments":{{"name":"logements_autorises"}}}}}}'

  Dans un autre terminal / in another terminal:
    {mg} kpi
    {mg} sql "select etat, count(*) from fact_permis group by 1"

  Ctrl-C arrête tout / stops everything."#
    );
    Ok(())
}

/// The beginning of a command line that goes in beside this demo.
fn beside(config: &Config) -> String {
    let program = std::env::args().next().unwrap_or_else(|| "mg".to_owned());
    if config.data_dir == Config::default().data_dir {
        return program;
    }
    format!("{program} --data {}", config.data_dir.display())
}

fn step(number: u32, title: &str) {
    eprintln!("\n[{number}/5] {title}");
}

fn say(line: &str) {
    eprintln!("  {line}");
}

//! A whole platform: database, portal, worker and service, on loopback.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use chrono::{NaiveDate, NaiveTime};
use mg_core::{Clock, Face, FixedClock, OpContext, Principal, Role, RunId, Scope};
use mg_flow::{Worker, WorkerOptions};
use mg_gate::{Gate, Policy};
use mg_portal::{Portal, PortalConfig};
use mg_server::app::{self, App, CrawlOrder, CrawlSettings, RunReport};
use mg_server::model::Models;
use mg_server::spiders::DeclaredSpiders;
use mg_server::web::{BrowserSettings, Web};
use mg_server::{HttpOptions, TokenRequest, create_token};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use url::Url;

use crate::assembly::assembled;
use crate::{Agent, Era, TestDatabase};

/// The day that tests live in.
pub const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 11, 21).expect("a day of the calendar");

/// A platform that reads from a local portal.
pub struct TestPlatform {
    /// The use cases' tools.
    pub app: App,
    /// The portal that every spider reads from.
    pub portal: Portal,
    /// The database, under the app.
    pub database: TestDatabase,
    clock: Arc<dyn Clock>,
    worker: Option<Worker>,
    url: String,
    service: JoinHandle<()>,
}

impl TestPlatform {
    /// A platform with the built-in models, an empty database and a working worker.
    pub async fn start() -> anyhow::Result<Self> {
        mg_crawl::init_tls();
        let spiders = DeclaredSpiders::built_in()?;
        let tables = spiders.tables();
        let database = TestDatabase::start_with(&tables).await?;
        let clock: Arc<dyn Clock> = Arc::new(FixedClock(TODAY.and_time(NaiveTime::MIN).and_utc()));
        let gate = Gate::new(Policy::reading(["analytics", "kpi"]));
        let models = Models::built_in(&gate, &["sitadel", "dvf"])
            .map_err(|faults| anyhow::anyhow!("the built-in models are wrong: {faults:?}"))?;
        let portal_config =
            PortalConfig { communes: models.territory.communes.clone(), today: TODAY, seed: 77 };
        let portal = Portal::start(portal_config, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let base = Url::parse(&portal.url())?;
        let declared = spiders.all().iter().map(|spider| spider.name.clone()).collect::<Vec<_>>();
        let names = mg_spiders::all().into_iter().map(|spider| spider.info().name.to_owned()).chain(declared);
        let crawl = CrawlSettings {
            user_agent: "mg-platform (test)".to_owned(),
            timeout_ms: 20_000,
            body_limit_bytes: 64 << 20,
            concurrency: 4,
            bases: names.map(|name| (name, base.clone())).collect::<HashMap<String, Url>>(),
            allow: Vec::new(),
            agent_domains: Vec::new(),
            downloads: Some(database.folder().join("downloads")),
            download_limit_bytes: 1 << 20,
            browser: BrowserSettings::default(),
        };
        let app = assembled(&database.store, gate, models, crawl, spiders, &clock)?;
        app.install_models().await?;
        app.install_dags().await?;
        let jobs = mg_server::jobs(&app, &clock);
        let worker = Worker::start(app.store.clone(), jobs, WorkerOptions::default()).await?;
        let (url, service) = serve(&app, &clock).await?;
        Ok(Self { app, portal, database, clock, worker: Some(worker), url, service })
    }

    /// Points a spider at another base, as a configuration would.
    pub async fn point_spider(&mut self, spider: &str, base: &str) -> anyhow::Result<()> {
        let mut crawl = CrawlSettings::clone(&self.app.crawl);
        crawl.bases.insert(spider.to_owned(), Url::parse(base)?);
        self.app.web = Arc::new(Web::open(&crawl, self.app.web.spiders().clone(), Arc::clone(&self.clock))?);
        self.app.crawl = Arc::new(crawl);
        if let Some(worker) = self.worker.take() {
            worker.stop().await;
        }
        let jobs = mg_server::jobs(&self.app, &self.clock);
        self.worker = Some(Worker::start(self.app.store.clone(), jobs, WorkerOptions::default()).await?);
        self.service.abort();
        (self.url, self.service) = serve(&self.app, &self.clock).await?;
        Ok(())
    }

    /// A context of someone with `role`.
    pub fn context(&self, role: Role) -> OpContext {
        let principal =
            Principal { name: format!("a {role} of a test"), token: None, role, scope: Scope::All };
        OpContext::new(principal, Face::Cli, Arc::clone(&self.clock))
    }

    /// Where the service listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A fresh token.
    pub async fn token(&self, role: Role) -> anyhow::Result<String> {
        self.scoped_token(role, Scope::All).await
    }

    /// A fresh token, limited to `scope`.
    pub async fn scoped_token(&self, role: Role, scope: Scope) -> anyhow::Result<String> {
        let name = format!("{role} {}", self.app.store.tokens().await?.len());
        let request = TokenRequest { name: &name, role, scope, days: None };
        Ok(create_token(&self.context(Role::Editor), &self.app.store, request).await?.secret)
    }

    /// A real MCP client with a fresh token.
    pub async fn agent(&self, role: Role, era: Era) -> anyhow::Result<Agent> {
        Agent::connect(&format!("{}/mcp", self.url), &self.token(role).await?, era).await
    }

    /// Waits for a run to end.
    pub async fn finished(&self, run: RunId) -> anyhow::Result<RunReport> {
        let ctx = self.context(Role::Viewer);
        let ended = async {
            loop {
                let report = app::get_run(&ctx, &self.app, run).await?;
                if report.finished {
                    return anyhow::Ok(report);
                }
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(Duration::from_secs(180), ended).await.context("the run did not end within three minutes")?
    }

    /// Runs a DAG to a good end.
    pub async fn run_dag(&self, name: &str) -> anyhow::Result<RunReport> {
        let launch = app::launch_dag(&self.context(Role::Editor), &self.app, name, Value::Null).await?;
        let report = self.finished(RunId(launch.run_id)).await?;
        if report.state != "succeeded" {
            bail!("the run of {name} ended {}: {:?}", report.state, report.tasks);
        }
        Ok(report)
    }

    /// Runs a spider and waits for its end, good or bad.
    pub async fn crawl(
        &self,
        spider: &str,
        url: Option<&str>,
        edition: Option<&str>,
    ) -> anyhow::Result<RunReport> {
        let ctx = self.context(Role::Editor);
        let launch =
            app::launch_scraper(&ctx, &self.app, CrawlOrder { spider, url, edition, accept_fall: false })
                .await?;
        self.finished(RunId(launch.run_id)).await
    }

    /// The first column of the answer to a query, as text: what the reader sees.
    pub async fn column(&self, sql: &str) -> anyhow::Result<Vec<String>> {
        let answer = app::run_sql(&self.context(Role::Viewer), &self.app, sql, None).await?;
        let first = answer.rows.iter().filter_map(|row| row.first());
        Ok(first.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect())
    }

    /// Ends everything in order.
    pub async fn stop(mut self) {
        self.service.abort();
        if let Some(worker) = self.worker.take() {
            worker.stop().await;
        }
        self.app.calls.audit().close().await;
        self.app.store.close().await;
    }
}

async fn serve(app: &App, clock: &Arc<dyn Clock>) -> anyhow::Result<(String, JoinHandle<()>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("listening on loopback")?;
    let url = format!("http://{}", listener.local_addr()?);
    let options = HttpOptions {
        allowed_hosts: vec!["127.0.0.1".to_owned(), "localhost".to_owned()],
        allowed_origins: vec!["http://localhost:*".to_owned()],
    };
    let router = mg_server::router(app.clone(), Arc::clone(clock), &options);
    let service = tokio::spawn(async move {
        axum::serve(listener, router).await.expect("serving on loopback");
    });
    Ok((url, service))
}

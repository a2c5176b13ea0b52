//! Wiring: from a configuration to a platform that works.

mod access;
mod alerts;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use mg_core::{Clock, Face, OpContext, Principal, SystemClock};
use mg_flow::{Scheduler, SchedulerOptions, Worker, WorkerOptions};
use mg_gate::{Gate, Policy};
use mg_server::app::{
    App, AuditLog, AuditOptions, CallLimits, Calls, CrawlSettings, LogTails, SqlCache, SqlPages,
};
use mg_server::model::{ModelError, Models};
use mg_server::spiders::DeclaredSpiders;
use mg_server::web::{BrowserSettings, Web};
use mg_server::{JobKind, Problem};
use mg_store::query::Limits;
use mg_store::upkeep::Retention;
use mg_store::{Cluster, ClusterOptions, ExternalLogins, Store, StoreError, StoreOptions};
use url::Url;

pub(crate) use alerts::channels as alert_channels;

use crate::config::{Config, LimitsConfig};

/// Name of the database in a private cluster.
pub(crate) const DATABASE: &str = "mg";
/// In the data folder while a demo runs: where its portal is.
const PORTAL_FILE: &str = "portal.url";

/// How a command comes to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// It owns the data folder as long as it runs.
    Own,
    /// It goes in beside the process that owns it, or owns it for the moment.
    Borrow,
    /// As `Borrow`, and it changes nothing: no model is installed, no login made.
    Read,
}

/// A platform that works.
pub(crate) struct Platform {
    /// The use cases' tools.
    pub(crate) app: App,
    /// The clock of this process.
    pub(crate) clock: Arc<dyn Clock>,
    /// How this process executes tasks, if it does.
    pub(crate) work: WorkerOptions,
    cluster: Option<Cluster>,
    /// Whether another process owns the data folder and executes runs.
    pub(crate) attached: bool,
}

impl Platform {
    /// Opens the database, migrates it and installs models and DAGs.
    pub(crate) async fn open(config: &Config, command: &str, access: Access) -> anyhow::Result<Self> {
        let models = models(config, &gate())?;
        check_spiders(config)?;
        access::check(&config.access)?;
        let work = config.work.options()?;
        let mut crawl = crawl_settings(config);
        let spiders = declared_spiders(config)?;
        let (store, cluster, attached) = open_store(config, command, access, &spiders).await?;
        if attached && let Some(portal) = running_portal(&config.data_dir) {
            use_portal(&mut crawl, &spiders, &portal);
        }
        let gate = access::gate(&config.access, &store.masked_tables().await?)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let web =
            Web::open(&crawl, spiders, Arc::clone(&clock)).context("in the configuration, section crawl")?;
        let app = app(config, store, gate, models, (crawl, web));
        let platform = Self { app, clock, work, cluster, attached };
        // Models go in with what runs the platform, and not with whoever asks it something: a
        // KPI that the files of another folder do not name would go, with its values.
        if !platform.attached
            && access != Access::Read
            && let Err(problem) = platform.install().await
        {
            platform.close().await?;
            return Err(problem.into());
        }
        Ok(platform)
    }

    async fn install(&self) -> Result<(), Problem> {
        self.app.install_models().await?;
        self.app.install_dags().await
    }

    /// Makes every spider read from a local portal.
    pub(crate) fn use_portal(&mut self, portal: &Url) -> anyhow::Result<()> {
        let mut crawl = CrawlSettings::clone(&self.app.crawl);
        let spiders = self.app.web.spiders().clone();
        use_portal(&mut crawl, &spiders, portal);
        self.app.web = Arc::new(Web::open(&crawl, spiders, Arc::clone(&self.clock))?);
        self.app.crawl = Arc::new(crawl);
        Ok(())
    }

    /// The operator at the command line.
    pub(crate) fn operator(&self) -> OpContext {
        OpContext::new(Principal::operator(), Face::Cli, Arc::clone(&self.clock))
    }

    /// Starts to execute runs in this process.
    pub(crate) async fn start_worker(&self) -> anyhow::Result<Worker> {
        self.start_worker_of(&JobKind::ALL, self.work.clone()).await
    }

    /// Starts to execute tasks of these kinds in this process.
    pub(crate) async fn start_worker_of(
        &self,
        kinds: &[JobKind],
        options: WorkerOptions,
    ) -> anyhow::Result<Worker> {
        if self.cluster.is_some() {
            // One process a data folder: whoever was at work on it before is gone.
            self.app.store.reclaim_lost_tasks(Duration::ZERO).await?;
        }
        let jobs = mg_server::jobs_of(&self.app, &self.clock, kinds);
        Ok(Worker::start(self.app.store.clone(), jobs, options).await?)
    }

    /// Starts to make runs when their time has come. Any number of processes may do so.
    pub(crate) async fn start_scheduler(&self) -> anyhow::Result<Scheduler> {
        let dags = mg_dags::all()?;
        dags.check_jobs(&mg_server::jobs(&self.app, &self.clock))?;
        Ok(Scheduler::start(self.app.store.clone(), dags, SchedulerOptions::default()).await?)
    }

    /// Closes the database, and stops it if it is ours.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        self.app.web.close().await;
        self.app.calls.audit().close().await;
        self.app.store.close().await;
        match self.cluster {
            Some(cluster) => cluster.stop().await.context("stopping Postgres"),
            None => Ok(()),
        }
    }
}

/// The use cases' tools, as the configuration has them.
fn app(config: &Config, store: Store, gate: Gate, models: Models, (crawl, web): (CrawlSettings, Web)) -> App {
    let LimitsConfig {
        rows,
        bytes,
        cell_chars,
        timeout_ms,
        concurrency,
        requests_per_minute,
        slow_ms,
        cache_ttl_ms,
    } = config.limits;
    let retention_days = Some(config.audit.retention_days).filter(|days| *days > 0);
    let audit = AuditLog::start(store.clone(), gate.clone(), AuditOptions { retention_days, slow_ms });
    let signals = if config.work.poll_only { store.no_signals() } else { store.signals() };
    App {
        calls: Calls::new(CallLimits { concurrency, requests_per_minute }, audit),
        answers: SqlCache::new(Duration::from_millis(cache_ttl_ms)),
        pages: SqlPages::new(store.clone(), signals.clone()),
        signals,
        limits: Limits { rows, bytes, cell_chars, timeout_ms },
        models: Arc::new(models),
        crawl: Arc::new(crawl),
        web: Arc::new(web),
        tails: LogTails::new(store.clone()),
        retention: retention(config),
        store,
        gate,
    }
}

fn retention(config: &Config) -> Retention {
    let kept = |days: u32| Some(days).filter(|days| *days > 0);
    let retention = &config.retention;
    Retention {
        task_log_days: kept(retention.task_log_days),
        run_days: kept(retention.run_days),
        alert_days: kept(retention.alert_days),
        reject_days: kept(retention.reject_days),
        audit_days: kept(config.audit.retention_days),
    }
}

/// What the database is opened with, as the configuration has it.
pub(crate) fn store_options(config: &Config) -> Result<StoreOptions, StoreError> {
    let mut options = StoreOptions {
        masked_columns: config.access.masked_columns.clone(),
        standby: config.database.read_url.as_deref().map(str::parse).transpose()?,
        ..StoreOptions::default()
    };
    if let Some(connections) = config.database.reader_connections {
        options.reader_connections = connections;
    }
    Ok(options)
}

/// The gate in front of the models' own queries.
pub(crate) fn gate() -> Gate {
    Gate::new(Policy::reading(mg_store::catalog::READABLE_SCHEMAS))
}

/// The models that the configuration names.
pub(crate) fn models(config: &Config, gate: &Gate) -> anyhow::Result<Models> {
    let spiders = mg_spiders::all();
    let datasets: Vec<&str> = spiders.iter().map(|spider| spider.info().name).collect();
    let beside = Path::new("./models");
    let folder = config.models_dir.as_deref().or_else(|| beside.join("kpi").is_dir().then_some(beside));
    let models = match folder {
        Some(folder) => Models::read(folder, gate, &datasets),
        None => Models::built_in(gate, &datasets),
    };
    models.map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ModelError::to_string).collect();
        anyhow::anyhow!("the models are not right:\n  {}", faults.join("\n  "))
    })
}

/// The spiders that files declare: of the folder that the configuration names, of `./spiders`, or those
/// built in.
pub(crate) fn declared_spiders(config: &Config) -> anyhow::Result<DeclaredSpiders> {
    let beside = Path::new("./spiders");
    let folder = config.spiders_dir.as_deref().or_else(|| beside.is_dir().then_some(beside));
    let spiders = match folder {
        Some(folder) => DeclaredSpiders::read(folder),
        None => DeclaredSpiders::built_in(),
    };
    spiders.map_err(|fault| anyhow::anyhow!("the spiders are not right:\n  {fault}"))
}

/// Says where the portal of a running demo is, to commands that go in beside it.
pub(crate) fn announce_portal(data_dir: &Path, portal: &Url) -> anyhow::Result<()> {
    std::fs::write(data_dir.join(PORTAL_FILE), portal.as_str()).context("noting where the portal is")
}

/// Takes that back.
pub(crate) fn withdraw_portal(data_dir: &Path) {
    // Gone already is as good.
    let _ = std::fs::remove_file(data_dir.join(PORTAL_FILE));
}

/// Where the portal of a running demo is, if there is one.
pub(crate) fn running_portal(data_dir: &Path) -> Option<Url> {
    Url::parse(std::fs::read_to_string(data_dir.join(PORTAL_FILE)).ok()?.trim()).ok()
}

async fn open_store(
    config: &Config,
    command: &str,
    access: Access,
    spiders: &DeclaredSpiders,
) -> anyhow::Result<(Store, Option<Cluster>, bool)> {
    let database = &config.database;
    let options = StoreOptions { tables: spiders.tables(), ..store_options(config)? };
    if let Some(url) = &database.url {
        let logins = ExternalLogins {
            writer_url: database.writer_url.clone(),
            reader_url: database.reader_url.clone(),
        };
        let store = match access {
            Access::Read => Store::attach_external(url, &logins, &options).await?,
            Access::Own | Access::Borrow => Store::open_external(url, &logins, &options).await?,
        };
        return Ok((store, None, false));
    }
    if access != Access::Own
        && let Some(attachment) = Cluster::attach(&config.data_dir)?
    {
        let store =
            Store::attach_private(&attachment.socket_dir, DATABASE, &options).await.with_context(|| {
                format!("going in beside `{}` (process {})", attachment.tenant.command, attachment.tenant.pid)
            })?;
        return Ok((store, None, true));
    }
    let server = ClusterOptions { binaries: database.postgres_bin.clone(), disposable: false };
    let cluster = Cluster::start(&config.data_dir, command, &server).await?;
    // Left by a demo that was killed.
    withdraw_portal(&config.data_dir);
    match Store::open_private(cluster.socket_dir(), DATABASE, &options).await {
        Ok(store) => Ok((store, Some(cluster), false)),
        Err(error) => {
            cluster.stop().await?;
            Err(error.into())
        }
    }
}

/// Sections `spiders.NAME` name spiders: a base of a misspelt one would be left out in silence.
pub(crate) fn check_spiders(config: &Config) -> anyhow::Result<()> {
    let spiders = mg_spiders::all();
    let declared = declared_spiders(config)?;
    let declared = declared.all().iter().map(|spider| spider.name.as_str());
    let known: Vec<&str> = spiders.iter().map(|spider| spider.info().name).chain(declared).collect();
    match config.spiders.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => {
            anyhow::bail!("in the configuration: no spider is named `{name}`; there are {}", known.join(", "))
        }
        None => Ok(()),
    }
}

fn crawl_settings(config: &Config) -> CrawlSettings {
    let bases = config.spiders.iter().filter_map(|(name, spider)| Some((name.clone(), spider.base.clone()?)));
    CrawlSettings {
        user_agent: config.crawl.user_agent.clone(),
        timeout_ms: config.crawl.timeout_ms,
        body_limit_bytes: config.crawl.body_limit_mb << 20,
        concurrency: config.crawl.concurrency,
        bases: bases.collect(),
        allow: config.crawl.allow.clone(),
        agent_domains: config.crawl.agent_domains.clone(),
        downloads: Some(config.data_dir.join("downloads")),
        download_limit_bytes: config.crawl.download_limit_mb << 20,
        browser: BrowserSettings {
            executable: config.browser.executable.clone(),
            no_sandbox: config.browser.no_sandbox,
            browsers: config.browser.browsers,
            pages: config.browser.pages,
        },
    }
}

fn use_portal(crawl: &mut CrawlSettings, spiders: &DeclaredSpiders, portal: &Url) {
    let declared = spiders.all().iter().map(|spider| spider.name.clone());
    for name in mg_spiders::all().iter().map(|spider| spider.info().name.to_owned()).chain(declared) {
        crawl.bases.insert(name, portal.clone());
    }
}

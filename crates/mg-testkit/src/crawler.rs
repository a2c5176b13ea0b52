//! A worker that runs the declared spiders of one folder, and whoever asks it for a crawl: for crawls that
//! are measured, or killed.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use mg_core::{Clock, RunId, SystemClock};
use mg_dags::jobs::Crawl;
use mg_flow::{Dag, Dags, Requester, Worker, WorkerOptions, launch};
use mg_gate::{Gate, Policy};
use mg_server::app::{App, CrawlSettings};
use mg_server::model::Models;
use mg_server::spiders::DeclaredSpiders;
use mg_server::web::BrowserSettings;
use mg_server::{JobKind, jobs_of};
use mg_store::Store;
use serde_json::Value;
use tokio::time::sleep;

use crate::assembly::assembled;

const REQUESTER: Requester<'static> = Requester { principal: "a trial", face: "cli" };

/// A worker at work, as `mg work spiders` is one.
pub struct Crawler {
    app: App,
    worker: Worker,
}

impl Crawler {
    /// Works on `store`, which has the tables of `spiders`. The spiders reach the hosts that their files name,
    /// private ones too.
    pub async fn start(
        store: &Store,
        spiders: DeclaredSpiders,
        options: WorkerOptions,
    ) -> anyhow::Result<Self> {
        mg_crawl::init_tls();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let gate = Gate::new(Policy::reading(["analytics", "kpi"]));
        let models = Models::built_in(&gate, &["sitadel", "dvf"])
            .map_err(|faults| anyhow::anyhow!("the built-in models are wrong: {faults:?}"))?;
        let bases = spiders.all().iter().map(|spider| (spider.name.clone(), spider.base.clone()));
        let crawl = CrawlSettings {
            user_agent: "mg-platform (trial)".to_owned(),
            timeout_ms: 20_000,
            body_limit_bytes: 64 << 20,
            concurrency: 4,
            bases: bases.collect::<HashMap<_, _>>(),
            allow: Vec::new(),
            agent_domains: Vec::new(),
            downloads: None,
            download_limit_bytes: 0,
            browser: BrowserSettings::default(),
        };
        let app = assembled(store, gate, models, crawl, spiders, &clock)?;
        let jobs = jobs_of(&app, &clock, &[JobKind::Spiders]);
        let worker = Worker::start(store.clone(), jobs, options).await?;
        Ok(Self { app, worker })
    }

    /// Ends it in order: a crawl that it has in hand goes on elsewhere.
    pub async fn stop(self) {
        self.worker.stop().await;
        self.app.calls.audit().close().await;
    }
}

/// The spider whose file has this text, written into `folder` for it.
pub fn spider_of(folder: &Path, name: &str, text: &str) -> anyhow::Result<DeclaredSpiders> {
    std::fs::write(folder.join(name).with_extension("toml"), text).context("writing a spider")?;
    Ok(DeclaredSpiders::read(folder)?)
}

/// Asks for a crawl and nothing after it. Its worker may be lost so many times.
pub async fn ask_for_crawl(store: &Store, spider: &str, losses: u32) -> anyhow::Result<RunId> {
    let mut dag = Dag::new("crawl_alone", "Runs one spider.");
    dag.task("crawl", Crawl::all_of(spider.to_owned())).losses(losses);
    let dags = Dags::new([dag], [])?;
    let dag = dags.get("crawl_alone").context("the DAG")?;
    Ok(launch(store, dag, Value::Null, REQUESTER).await?)
}

/// Waits for the end of a run, which is to be a good one.
pub async fn succeeded(store: &Store, id: RunId) -> anyhow::Result<()> {
    let run = loop {
        let run = store.run(id).await?.context("the run is there")?;
        if run.finished_at.is_some() {
            break run;
        }
        sleep(Duration::from_millis(20)).await;
    };
    ensure!(run.state == "succeeded", "the run {}: {:?}", run.state, store.run_tasks(id).await?);
    Ok(())
}

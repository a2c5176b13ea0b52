//! The use cases' tools, put together as `mg` does it.

use std::sync::Arc;
use std::time::Duration;

use mg_core::Clock;
use mg_gate::Gate;
use mg_server::app::{
    App, AuditLog, AuditOptions, CallLimits, Calls, CrawlSettings, LogTails, SqlCache, SqlPages,
};
use mg_server::model::Models;
use mg_server::spiders::DeclaredSpiders;
use mg_server::web::Web;
use mg_store::Store;
use mg_store::query::Limits;
use mg_store::upkeep::Retention;

/// The tools of a platform on `store`, with the limits that tests live in.
pub(crate) fn assembled(
    store: &Store,
    gate: Gate,
    models: Models,
    crawl: CrawlSettings,
    spiders: DeclaredSpiders,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<App> {
    let web = Web::open(&crawl, spiders, Arc::clone(clock))?;
    let audit = AuditLog::start(store.clone(), gate.clone(), AuditOptions::default());
    let signals = store.signals();
    Ok(App {
        calls: Calls::new(CallLimits::default(), audit),
        answers: SqlCache::new(Duration::ZERO),
        pages: SqlPages::new(store.clone(), signals.clone()),
        signals,
        tails: LogTails::new(store.clone()),
        store: store.clone(),
        gate,
        models: Arc::new(models),
        limits: Limits { rows: 1_000, bytes: 1_000_000, cell_chars: 20_000, timeout_ms: 5_000 },
        crawl: Arc::new(crawl),
        web: Arc::new(web),
        retention: Retention::default(),
    })
}

//! A worker that crawls.

use std::path::Path;

use mg_core::{Clock, SystemClock};
use mg_flow::WorkerOptions;
use mg_server::spiders::DeclaredSpiders;
use mg_testkit::Crawler;
use tokio::signal::unix::{SignalKind, signal};

use crate::{opened, persistently};

/// Runs the spiders of `folder`, whose tables are there.
pub(crate) async fn crawl(socket: &Path, folder: &Path, options: WorkerOptions) -> anyhow::Result<()> {
    let mut told = signal(SignalKind::terminate())?;
    let spiders = DeclaredSpiders::read(folder)?;
    let store = opened(socket).await;
    let crawler = persistently(async || Crawler::start(&store, spiders.clone(), options.clone()).await).await;
    println!("ready {} {}", options.name.replace(' ', "_"), SystemClock.now().timestamp());
    told.recv().await;
    crawler.stop().await;
    Ok(())
}

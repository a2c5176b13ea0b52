//! Our contender: a worker as in production, and whoever asks it for a crawl of a declared spider.

use std::path::Path;

use mg_flow::WorkerOptions;
use mg_store::{Store, StoreOptions};
use mg_testkit::{Crawler, LinkedSite, ask_for_crawl, spider_of, succeeded};
use url::Url;

use super::rows::OURS;

/// What its spider is called.
const SPIDER: &str = "pages_liees";

/// Crawls the site at `base` into a new database of the cluster behind `socket_dir`. It says `begin` when
/// the crawl is asked for, and `end` when its rows are in the table.
pub(crate) async fn crawl(socket_dir: &Path, base: &Url, concurrency: u32) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let spiders = spider_of(folder.path(), SPIDER, &LinkedSite::spider(base, concurrency))?;
    let options = StoreOptions { tables: spiders.tables(), ..StoreOptions::default() };
    let store = Store::open_private(socket_dir, OURS, &options).await?;
    let crawler = Crawler::start(&store, spiders, WorkerOptions::default()).await?;
    println!("begin");
    let run = ask_for_crawl(&store, SPIDER, 0).await?;
    succeeded(&store, run).await?;
    println!("end");
    crawler.stop().await;
    store.close().await;
    Ok(())
}

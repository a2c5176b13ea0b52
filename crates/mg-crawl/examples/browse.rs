//! Opens a page, says the browser's process group, and stays until its input ends. The tests end it otherwise.
//!
//! `browse HOST:PORT URL`

use std::io::Read;
use std::sync::Arc;

use anyhow::Context;
use mg_crawl::browser::{BrowserPool, PoolOptions, Visit};
use mg_crawl::guard::{Guard, GuardOptions};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let allow = vec![arguments.next().context("the host and port to be allowed")?];
    let url = arguments.next().context("the URL to be opened")?;
    let guard = Guard::new(&GuardOptions { allow, ..GuardOptions::default() })?;
    let pool = BrowserPool::new(PoolOptions::default(), Arc::new(guard));
    pool.visit(&Visit::get(url.parse()?)).await?;
    for group in pool.process_groups().await {
        println!("{group}");
    }
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    pool.close().await;
    Ok(())
}

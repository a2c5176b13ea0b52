//! What is left of a browser when its owner ends, in order or not.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, ensure};
use mg_crawl::Browser;
use mg_crawl::browser::BrowserOptions;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

use super::{folder, pool, processes, site, until, visit};
use crate::site::PATIENCE;

#[tokio::test]
async fn kill_9_of_the_owner_leaves_no_process_and_the_next_browser_clears_the_folder() -> anyhow::Result<()>
{
    let site = site(&[("/", "<p>here</p>")]).await?;
    let mut owner = Command::new(program()?)
        .args([site.endpoint(), site.url("/").to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut lines = BufReader::new(owner.stdout.take().context("its output")?).lines();
    let line = timeout(PATIENCE, lines.next_line()).await??.context("it ended")?;
    let group = line.parse::<i32>()?;
    let left = folder(group).context("a browser with a folder")?;
    ensure!(processes(group).len() > 2, "{:?}", processes(group));
    owner.kill().await?;
    until("no process of the browser is left", || processes(group).is_empty()).await?;
    assert!(left.is_dir(), "nobody was there to remove it");
    Browser::launch(&BrowserOptions::default(), Default::default()).await?.close().await;
    assert!(!left.exists(), "{} is still there", left.display());
    Ok(())
}

#[tokio::test]
async fn an_orderly_end_leaves_neither_process_nor_folder() -> anyhow::Result<()> {
    let site = site(&[("/", "<p>here</p>")]).await?;
    let pool = pool(&[&site], 1)?;
    pool.visit(&visit(&site, "/")).await?;
    let group = *pool.process_groups().await.first().context("a browser")?;
    let folder = folder(group).context("a folder")?;
    pool.close().await;
    until("all its processes are gone", || processes(group).is_empty()).await?;
    until("its folder is gone", || !folder.exists()).await?;
    assert!(pool.visit(&visit(&site, "/")).await.is_err(), "a closed pool lends no page");
    Ok(())
}

#[tokio::test]
async fn a_pool_that_is_dropped_ends_its_browser() -> anyhow::Result<()> {
    let site = site(&[("/", "<p>here</p>")]).await?;
    let pool = pool(&[&site], 1)?;
    pool.visit(&visit(&site, "/")).await?;
    let group = *pool.process_groups().await.first().context("a browser")?;
    drop(pool);
    until("all its processes are gone", || processes(group).is_empty()).await
}

#[tokio::test]
async fn a_browser_says_why_it_does_not_start() -> anyhow::Result<()> {
    let executable = PathBuf::from("/bin/false");
    let options = BrowserOptions { executable: Some(executable), ..BrowserOptions::default() };
    let error = Browser::launch(&options, Default::default()).await.expect_err("that is no browser");
    assert_eq!(error.to_string(), "Chromium did not start: it ended without a word");
    Ok(())
}

/// `examples/browse`, which cargo builds beside the tests.
fn program() -> anyhow::Result<PathBuf> {
    let test = std::env::current_exe()?;
    let folder = test.parent().and_then(Path::parent).context("the build folder")?;
    let program = folder.join("examples").join("browse");
    ensure!(program.is_file(), "{} is not built: `cargo build -p mg-crawl --examples`", program.display());
    Ok(program)
}

//! Real Chromium, on sites of the test's own.

mod crash;
mod hostile;
mod killed;
mod pages;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::Html;
use axum::routing::{MethodRouter, get};
use mg_crawl::browser::{BrowserPool, PoolOptions, Visit};
use mg_crawl::guard::{Guard, GuardOptions};

use crate::site::{PATIENCE, Site};

/// A pool of one browser that reaches these sites besides the public web.
fn pool(sites: &[&Site], pages: usize) -> anyhow::Result<BrowserPool> {
    let allow = sites.iter().map(|site| site.endpoint()).collect();
    let guard = Guard::new(&GuardOptions { allow, ..GuardOptions::default() })?;
    Ok(BrowserPool::new(PoolOptions { pages, ..PoolOptions::default() }, Arc::new(guard)))
}

/// A visit with more patience than a busy machine takes.
fn visit(site: &Site, path: &str) -> Visit {
    Visit { timeout: PATIENCE, ..Visit::get(site.url(path)) }
}

fn html(text: &'static str) -> MethodRouter {
    get(async move || Html(text))
}

/// A site of HTML pages.
async fn site(pages: &[(&str, &'static str)]) -> anyhow::Result<Site> {
    let router = pages.iter().fold(Router::new(), |router, (path, text)| router.route(path, html(text)));
    Site::start(router).await
}

/// The processes of a group, each with its command line.
fn processes(group: i32) -> Vec<(i32, String)> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let found = entries.filter_map(Result::ok).filter_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        // After the name, which may hold anything, come the state, the parent and the group; a zombie is gone.
        let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        let living = fields.next()? != "Z";
        let in_group = fields.nth(1)?.parse() == Ok(group);
        let line = std::fs::read(entry.path().join("cmdline")).ok()?;
        (living && in_group).then(|| (pid, String::from_utf8_lossy(&line).replace('\0', " ")))
    });
    found.collect()
}

/// The folder that a browser's processes were started with.
fn folder(group: i32) -> Option<PathBuf> {
    let lines = processes(group).into_iter().map(|(_, line)| line);
    let data =
        lines.filter_map(|line| Some(line.split_once("--user-data-dir=")?.1.split(' ').next()?.to_owned()));
    data.map(PathBuf::from).next().and_then(|data| Some(data.parent()?.to_owned()))
}

/// Looks until it holds; fails when that takes longer than anything that works.
async fn until(what: &str, holds: impl Fn() -> bool) -> anyhow::Result<()> {
    let look = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, look).await.map_err(|_| anyhow::anyhow!("in vain waited until {what}"))
}

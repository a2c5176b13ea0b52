//! `mg spider try`.

use std::process::ExitCode;
use std::sync::Arc;

use mg_crawl::browser::Until;
use mg_crawl::declared::{Declared, Fills};
use mg_crawl::engine::Finish;
use mg_crawl::frontier::{Asked, Outcome};
use url::Url;

use super::report::{PageTried, Tried};
use super::{folder, report, web};
use crate::config::Config;

/// How much is read and shown.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    pub(super) pages: u64,
    pub(super) rows: usize,
}

/// Reads some pages and shows what came of them; fails when nothing was read.
pub(super) async fn run(
    config: &Config,
    name: &str,
    url: Option<&Url>,
    bounds: Bounds,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let spider = folder::named(config, name)?.spider(config)?;
    let spider = begun(spider, url)?;
    let mut options = spider.crawl_options();
    options.caps.pages = Some(bounds.pages);
    let spider = Arc::new(spider);
    let trial = web::crawl(config, spider.clone(), &[&spider.base], options, Until::Loaded).await?;
    if let Finish::Failed(error) = trial.summary.finish {
        return Err(error.into());
    }
    let mut fills = Fills::of(&spider.table);
    let mut tried = Tried::new(&spider, trial.summary.finish.code(), trial.summary.stats);
    for asked in trial.asked {
        take(&mut tried, &mut fills, asked);
    }
    tried.fills = fills.fills().to_vec();
    report::print(&tried, bounds.rows, json)?;
    Ok(if tried.records.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The spider at the page that the command line names, which it must be one of.
fn begun(spider: Declared, url: Option<&Url>) -> anyhow::Result<Declared> {
    let Some(url) = url else {
        let has_start =
            !(spider.start.is_empty() && spider.follow.sitemap.is_empty() && spider.follow.feed.is_empty());
        anyhow::ensure!(has_start, "spider {} is given its page: mg spider try {0} URL", spider.name);
        return Ok(spider);
    };
    let reads = url.host_str().is_some_and(|host| spider.reads_host(host));
    anyhow::ensure!(
        reads,
        "spider {} reads {}, and {url} is elsewhere: add its host to `domains`",
        spider.name,
        spider.domains.join(", ")
    );
    Ok(spider.starting_at(url.clone()))
}

fn take(tried: &mut Tried<'_>, fills: &mut Fills, asked: Asked) {
    let url = asked.request.url.to_string();
    let mut page = PageTried { url: url.clone(), label: asked.request.label, ..PageTried::default() };
    match asked.outcome {
        Outcome::Read(read) => {
            page.status = Some(read.status);
            page.size_bytes = read.size_bytes;
            page.records = read.items.len();
            page.rejects = read.rejects.len();
            for item in read.items {
                fills.count(&item.record);
                tried.records.push(item.record);
            }
            tried.rejects.extend(read.rejects.into_iter().map(|reject| (url.clone(), reject)));
        }
        Outcome::Given(code, reason) => page.given_up = Some(format!("{code}: {reason}")),
        // Nothing was read before, and what is to be tried again is no outcome yet.
        Outcome::Unchanged | Outcome::Again(..) => return,
    }
    tried.pages.push(page);
}

//! A crawl whose worker is killed, again and again, while it works.

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, ensure};
use mg_server::spiders::DeclaredSpiders;
use mg_testkit::{LinkedSite, ROWS_A_PAGE, TestDatabase, ask_for_crawl, spider_of, succeeded};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::time::timeout;
use url::Url;

use crate::process::{PATIENCE, Process};
use crate::{is_long, seed};

const SPIDER: &str = "pages_liees";
const PAGES: usize = 300;
const LONG_PAGES: usize = 5_000;
const KILLS: usize = 3;
const LONG_KILLS: usize = 30;
/// Requests at a time.
const CONCURRENCY: u32 = 8;

#[tokio::test(flavor = "multi_thread")]
async fn a_crawl_whose_worker_is_killed_stores_each_page_once_and_asks_again_only_for_what_was_in_flight()
-> anyhow::Result<()> {
    let (pages, kills) = if is_long() { (LONG_PAGES, LONG_KILLS) } else { (PAGES, KILLS) };
    let mut random = StdRng::seed_from_u64(seed()?);
    let trial = Trial::prepare(pages).await?;
    let run = ask_for_crawl(&trial.database.store, SPIDER, u32::try_from(kills)?).await?;
    let mut worker = trial.start_worker()?;
    // How often each page was in flight when a worker was killed.
    let mut in_flight = vec![0_u32; pages];
    for kill in 1..=kills {
        if kill == kills {
            // What it found is about to become rows.
            trial.asked(|count| count.pages == pages).await?;
        } else {
            let next = trial.site.count().requests + random.random_range(1..=pages / kills);
            trial.asked(|count| count.requests >= next).await?;
        }
        worker.signal("KILL").await?;
        worker.end().await?;
        for page in trial.in_flight().await? {
            in_flight[page] += 1;
        }
        worker = trial.start_worker()?;
    }
    timeout(PATIENCE, succeeded(&trial.database.store, run)).await.context("the crawl does not end")??;
    worker.terminate().await?;

    trial.each_page_is_stored_once().await?;
    let asked = |page| trial.site.times_asked(page);
    for (page, in_flight) in in_flight.iter().enumerate() {
        ensure!(
            (1..=1 + in_flight).contains(&asked(page)),
            "page {page}: {} times, {in_flight}",
            asked(page)
        );
    }
    let again: u32 = (0..pages).map(|page| asked(page) - 1).sum();
    println!("{pages} pages, {kills} kills: {again} requests were repeated");
    Ok(())
}

/// A site, and the database of its crawl.
struct Trial {
    site: Arc<LinkedSite>,
    pages: usize,
    database: TestDatabase,
    folder: TempDir,
}

impl Trial {
    async fn prepare(pages: usize) -> anyhow::Result<Self> {
        let site = LinkedSite::new(pages);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let base = Url::parse(&format!("http://{}", listener.local_addr()?))?;
        let router = site.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let folder = tempfile::tempdir()?;
        let spider = LinkedSite::spider(&base, CONCURRENCY);
        let spiders: DeclaredSpiders = spider_of(folder.path(), SPIDER, &spider)?;
        let database = TestDatabase::start_with(&spiders.tables()).await?;
        Ok(Self { site, pages, database, folder })
    }

    fn start_worker(&self) -> anyhow::Result<Process> {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let (socket, folder) = (text(self.database.socket_dir()), text(self.folder.path()));
        Process::start(&["crawl", &socket, &folder, "a crawler"], None)
    }

    async fn asked(&self, so_much: impl FnMut(&mg_testkit::Count) -> bool) -> anyhow::Result<()> {
        timeout(PATIENCE, self.site.until(so_much)).await.with_context(|| {
            format!("the site is not asked any more, after {:?} of {} pages", self.site.count(), self.pages)
        })
    }

    /// The pages that were handed out and whose outcome is not noted.
    async fn in_flight(&self) -> anyhow::Result<Vec<usize>> {
        let taken =
            "select substring(request ->> 'url' from '[0-9]+$') from mg.crawl_request where state = 'taken'";
        let taken = self.database.store.texts(taken).await?;
        Ok(taken.iter().map(|page| page.parse()).collect::<Result<_, _>>()?)
    }

    async fn each_page_is_stored_once(&self) -> anyhow::Result<()> {
        let text = |query| self.database.store.texts(query);
        let rows = self.pages * ROWS_A_PAGE as usize;
        let stored = "select concat_ws(' ', count(*), count(distinct reference), count(distinct titre))
                      from analytics.fact_page_liee";
        assert_eq!(text(stored).await?, [format!("{rows} {rows} {}", self.pages)]);
        let books = "select concat_ws(' ', finish_reason, pages, items) from mg.crawl";
        assert_eq!(text(books).await?, [format!("done {} {rows}", self.pages)]);
        let requests = "select concat_ws(' ', state, count(*)) from mg.crawl_request group by state";
        assert_eq!(text(requests).await?, [format!("read {}", self.pages)]);
        let revised = "select cle from analytics.revision";
        assert_eq!(text(revised).await?, Vec::<String>::new());
        let attempts = text("select max(attempt)::text from mg.task").await?;
        ensure!(attempts[0].parse::<usize>()? > 1, "no attempt was lost");
        Ok(())
    }
}

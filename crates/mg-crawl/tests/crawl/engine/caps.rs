//! A crawl that ends before its end: caps, cancelling, and a frontier that fails.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use futures::future::BoxFuture;
use mg_crawl::CrawlError;
use mg_crawl::engine::Finish;
use mg_crawl::frontier::{Frontier, Leased, MemoryFrontier, Outcome};
use mg_crawl::page::PageRequest;
use tokio::sync::Notify;

use super::site::{Site, answer};
use super::spider::Links;
use super::trial::Trial;

const PAGES: u32 = 200;

/// Each page leads to ten more, and has one item.
async fn tree(Path(number): Path<u32>) -> Response {
    let links: Vec<String> =
        (1..=10).map(|index| number * 10 + index).filter(|n| *n < PAGES).map(|n| format!("/{n}")).collect();
    let links: Vec<&str> = links.iter().map(String::as_str).collect();
    answer(&links, &[&format!("page {number}")])
}

fn router() -> Router {
    Router::new().route("/{number}", get(tree))
}

#[tokio::test]
async fn so_many_pages_and_not_one_more_and_the_rest_another_time() {
    let site = Site::serve(router()).await;
    let mut trial = Trial::at(&[site.authority()]);
    trial.options.caps.pages = Some(37);
    let came = trial.run(&[site.url("/0")]).await;
    assert!(matches!(came.finish, Finish::PageCap), "{:?}", came.finish);
    assert_eq!((came.stats.pages, site.asked().len()), (37, 37));

    trial.options.caps.pages = None;
    let rest = trial.run(&[site.url("/0")]).await;
    assert!(matches!(rest.finish, Finish::Done), "{:?}", rest.finish);
    assert_eq!(rest.stats.pages, u64::from(PAGES) - 37);
    assert_eq!(site.asked().len(), PAGES as usize, "a page was asked twice");
}

#[tokio::test]
async fn items_bytes_and_time_end_it_as_well() {
    let site = Site::serve(router()).await;
    let mut trial = Trial::at(&[site.authority()]);
    trial.options.caps.items = Some(20);
    let came = trial.run(&[site.url("/0")]).await;
    assert!(matches!(came.finish, Finish::ItemCap), "{:?}", came.finish);
    assert!((20..80).contains(&came.stats.items), "{}", came.stats.items);

    let mut trial = Trial::at(&[site.authority()]);
    trial.options.caps.bytes = Some(4_000);
    let came = trial.run(&[site.url("/0")]).await;
    assert!(matches!(came.finish, Finish::ByteCap), "{:?}", came.finish);
    assert!(came.stats.pages < u64::from(PAGES));

    let mut trial = Trial::at(&[site.authority()]);
    trial.options.caps.time = Some(Duration::ZERO);
    let came = trial.run(&[site.url("/0")]).await;
    assert!(matches!(came.finish, Finish::TimeCap), "{:?}", came.finish);
    assert!(came.stats.pages < u64::from(PAGES));
}

#[tokio::test]
async fn a_crawl_that_is_cancelled_stops_and_loses_nothing() {
    let (reached, open) = (Arc::new(Notify::new()), Arc::new(tokio::sync::Semaphore::new(60)));
    let (told, gate) = (reached.clone(), open.clone());
    let handler = move |path: Path<u32>| {
        let (told, gate) = (told.clone(), gate.clone());
        async move {
            match gate.try_acquire() {
                Ok(place) => place.forget(),
                // From here on no answer comes until the test opens the gate.
                Err(_) => {
                    told.notify_one();
                    gate.acquire().await.expect("an open gate").forget();
                }
            }
            tree(path).await
        }
    };
    let site = Site::serve(Router::new().route("/{number}", get(handler))).await;
    let mut trial = Trial::at(&[site.authority()]);
    let start = [site.url("/0")];
    let (cancel, reached) = (trial.cancel.clone(), reached);
    let (came, ()) = tokio::join!(trial.run(&start), async move {
        tokio::time::timeout(Duration::from_secs(30), reached.notified()).await.expect("the gate reached");
        cancel.cancel();
    });
    assert!(matches!(came.finish, Finish::Cancelled), "{:?}", came.finish);
    assert!(came.stats.pages <= 60);

    open.add_permits(10_000);
    trial.cancel = tokio_util::sync::CancellationToken::new();
    let rest = trial.run(&start).await;
    assert!(matches!(rest.finish, Finish::Done), "{:?}", rest.finish);
    let mut pages = [came.read(), rest.read()].concat();
    assert_eq!(pages.len(), PAGES as usize);
    pages.sort();
    pages.dedup();
    assert_eq!(pages.len(), PAGES as usize, "a page was read twice");
}

/// A frontier whose reports fail once some pages are in.
struct Failing(MemoryFrontier);

impl Frontier for Failing {
    fn add<'a>(&'a self, requests: Vec<(String, PageRequest)>) -> BoxFuture<'a, Result<(), CrawlError>> {
        self.0.add(requests)
    }

    fn take<'a>(&'a self, at_most: usize) -> BoxFuture<'a, Result<Vec<Leased>, CrawlError>> {
        self.0.take(at_most)
    }

    fn report<'a>(&'a self, _: Vec<(i64, Outcome)>) -> BoxFuture<'a, Result<(), CrawlError>> {
        let source = std::io::Error::other("the disk is full");
        Box::pin(async { Err(CrawlError::Io { attempted: "note a page", source }) })
    }

    fn next_due<'a>(&'a self) -> BoxFuture<'a, Result<Option<Duration>, CrawlError>> {
        self.0.next_due()
    }
}

#[tokio::test]
async fn a_frontier_that_fails_ends_the_crawl_and_is_told() {
    let site = Site::serve(router()).await;
    let trial = Trial::at(&[site.authority()]);
    let spider = Links::from(&[site.url("/0")]);
    let crawl = trial.crawl(spider, Arc::new(Failing(MemoryFrontier::default())));
    let came = trial.finish(crawl).await;
    match came.finish {
        Finish::Failed(error) => assert_eq!(error.to_string(), "cannot note a page: the disk is full"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_crawl_that_waits_for_its_last_pages_can_still_be_cancelled() {
    let reached = Arc::new(Notify::new());
    let told = reached.clone();
    let handler = move |Path(number): Path<u32>| {
        let told = told.clone();
        async move {
            match number {
                0 => answer(&["/1"], &["un", "deux"]),
                1 => answer(&[], &["trois"]),
                _ => {
                    told.notify_one();
                    std::future::pending().await
                }
            }
        }
    };
    let site = Site::serve(Router::new().route("/{number}", get(handler))).await;
    let mut trial = Trial::at(&[site.authority()]);
    trial.options.caps.items = Some(3);
    trial.options.page.timeout = Duration::from_secs(3_600);
    let cancel = trial.cancel.clone();
    let start = [site.url("/0"), site.url("/9")];
    let (came, ()) = tokio::join!(trial.run(&start), async move {
        tokio::time::timeout(Duration::from_secs(30), reached.notified()).await.expect("it was asked");
        cancel.cancel();
    });
    assert!(matches!(came.finish, Finish::Cancelled), "{:?}", came.finish);
}

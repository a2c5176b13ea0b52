//! What the engine is handed from outside: browsers and spiders, which may fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use futures::future::BoxFuture;
use mg_crawl::CrawlError;
use mg_crawl::browser::{BrowserPool, PoolOptions};
use mg_crawl::engine::{PoolRenderer, RenderFault, Rendered, Renderer};
use mg_crawl::page::{Engine, Page, PageRequest, PageSpider, Yield};
use url::Url;

use super::site::{Site, answer, page};
use super::spider::Links;
use super::trial::Trial;

/// Asks for its start pages with a browser.
struct ByBrowser(Links);

impl PageSpider for ByBrowser {
    fn name(&self) -> &str {
        "by_browser"
    }

    fn start(&self) -> Vec<PageRequest> {
        let start = self.0.start().into_iter();
        start.map(|request| PageRequest { engine: Engine::Browser, ..request }).collect()
    }

    fn parse(&self, page: &Page, found: &mut Yield) -> Result<(), CrawlError> {
        self.0.parse(page, found)
    }
}

/// A browser that crashes at first, panics on `/panique`, and fills its page by the second time.
#[derive(Default)]
struct Shaky {
    times: AtomicUsize,
}

impl Renderer for Shaky {
    fn render<'a>(&'a self, request: &'a PageRequest) -> BoxFuture<'a, Result<Rendered, RenderFault>> {
        Box::pin(async move {
            assert!(request.url.path() != "/panique", "the browser's own fault");
            if self.times.fetch_add(1, Ordering::SeqCst) == 0 {
                let reason = "the page crashed".to_owned();
                return Err(RenderFault { code: "browser_crashed", reason, passes: true });
            }
            let html = page(&[], &["remplie par un script"]);
            Ok(Rendered { url: request.url.clone(), status: 200, html })
        })
    }
}

#[tokio::test]
async fn a_page_that_needs_a_browser_is_given_up_without_one() {
    let site = Site::of(&[("/", page(&[], &[]))]).await;
    let came = Trial::at(&[site.authority()]).run_by(ByBrowser(Links::from(&[site.url("/")]))).await;
    assert_eq!(came.given("/").0, "browser_missing");
}

#[tokio::test]
async fn a_browser_that_crashes_is_tried_again_and_one_that_panics_ends_nothing() {
    let site = Site::of(&[]).await;
    let trial = Trial::at(&[site.authority()]);
    let start = [site.url("/"), site.url("/panique")];
    let crawl = trial.crawl(ByBrowser(Links::from(&start)), trial.frontier.clone());
    let came = trial.finish(crawl.with_renderer(Arc::new(Shaky::default()))).await;
    assert_eq!(came.items(), ["remplie par un script"]);
    assert_eq!((came.stats.retries, came.given("/panique").0), (1, "machine_failed"));
}

#[tokio::test]
async fn a_page_that_its_script_fills_is_read_by_chromium() {
    let script = "<script>document.querySelector('ul').innerHTML = '<li class=item>remplie</li>'</script>";
    let site = Site::of(&[("/", format!("<title>x</title><ul></ul>{script}"))]).await;
    let trial = Trial::at(&[site.authority()]);
    let guard = trial.client().guard().clone();
    let pool = Arc::new(BrowserPool::new(PoolOptions::default(), guard));
    let crawl = trial.crawl(ByBrowser(Links::from(&[site.url("/")])), trial.frontier.clone());
    let came = trial.finish(crawl.with_renderer(Arc::new(PoolRenderer::new(pool.clone())))).await;
    pool.close().await;
    assert_eq!(came.items(), ["remplie"], "{:?}", came.asked);
}

fn three_pages() -> Router {
    Router::new()
        .route("/{number}", get(async |Path(number): Path<u32>| answer(&[], &[&format!("page {number}")])))
}

#[tokio::test]
async fn a_spider_that_fails_on_a_page_loses_that_page_alone() {
    let site = Site::serve(three_pages()).await;
    let before = |page: &Page| match page.url.path() {
        "/1" => panic!("the spider's own fault"),
        "/2" => Err(CrawlError::Format { url: page.url.clone(), reason: "no table".to_owned() }),
        _ => Ok(()),
    };
    let start: Vec<Url> = ["/0", "/1", "/2"].map(|path| site.url(path)).to_vec();
    let spider = Links { start, before: Some(Arc::new(before)) };
    let came = Trial::at(&[site.authority()]).run_by(spider).await;
    assert_eq!(came.items(), ["page 0"]);
    assert_eq!(came.given("/1").0, "parse_failed");
    assert_eq!(came.given("/2").0, "format_changed");
}

#[tokio::test]
async fn a_spider_that_does_not_come_to_an_end_is_left_behind() {
    let site = Site::serve(three_pages()).await;
    let (release, stuck) = mpsc::channel::<()>();
    let stuck = Mutex::new(stuck);
    let before = move |page: &Page| {
        if page.url.path() == "/1" {
            // Until the test is over.
            let _ = stuck.lock().expect("one at a time").recv();
        }
        Ok(())
    };
    let start: Vec<Url> = ["/0", "/1", "/2"].map(|path| site.url(path)).to_vec();
    let spider = Links { start, before: Some(Arc::new(before)) };
    let mut trial = Trial::at(&[site.authority()]);
    trial.options.page.parsers = 1;
    trial.options.page.parse_timeout = Duration::from_millis(300);
    let came = trial.run_by(spider).await;
    assert_eq!(came.items(), ["page 0", "page 2"]);
    assert_eq!(came.given("/1").0, "parse_timeout");
    drop(release);
}

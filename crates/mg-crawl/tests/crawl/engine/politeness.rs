//! Rates, places, and being asked to wait.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::future::BoxFuture;
use mg_crawl::CrawlError;
use mg_crawl::engine::ThrottleOptions;
use mg_crawl::frontier::{MemoryPace, Pace};
use tokio::sync::Barrier;

use super::site::{Site, answer};
use super::trial::Trial;

/// The pace in memory, which tells what it was asked.
#[derive(Default)]
struct Watched {
    pace: MemoryPace,
    held: Mutex<Vec<Duration>>,
    booked: Mutex<Vec<(u32, Duration)>>,
}

impl Pace for Watched {
    fn book<'a>(
        &'a self,
        host: &'a str,
        count: u32,
        gap: Duration,
    ) -> BoxFuture<'a, Result<Duration, CrawlError>> {
        self.booked.lock().expect("its memory").push((count, gap));
        self.pace.book(host, count, gap)
    }

    fn hold_off<'a>(&'a self, host: &'a str, time: Duration) -> BoxFuture<'a, Result<(), CrawlError>> {
        self.held.lock().expect("its memory").push(time);
        self.pace.hold_off(host, time)
    }
}

fn many(site: &Site, count: u32) -> Vec<url::Url> {
    (0..count).map(|number| site.url(&format!("/{number}"))).collect()
}

#[tokio::test]
async fn requests_go_out_together_and_not_more_than_allowed() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (meeting, seen) = (Arc::new(Barrier::new(4)), most.clone());
    let handler = move |_: Path<u32>| {
        let (now, seen, meeting) = (now.clone(), seen.clone(), meeting.clone());
        async move {
            seen.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            // Nobody goes on until four have come: a crawl that asks fewer at a time hangs here.
            meeting.wait().await;
            now.fetch_sub(1, Ordering::SeqCst);
            answer(&[], &["lu"])
        }
    };
    let site = Site::serve(Router::new().route("/{number}", get(handler))).await;
    let mut trial = Trial::at(&[site.authority()]);
    trial.options.host.concurrency = 4;
    let came = trial.run(&many(&site, 40)).await;
    assert_eq!(came.stats.pages, 40);
    assert_eq!(most.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn instants_are_booked_in_blocks() {
    let site =
        Site::serve(Router::new().route("/{number}", get(async |_: Path<u32>| answer(&[], &[])))).await;
    let pace = Arc::new(Watched::default());
    let mut trial = Trial::at(&[site.authority()]);
    trial.pace = pace.clone();
    trial.options.host.gap = Duration::from_millis(4);
    let came = trial.run(&many(&site, 100)).await;
    assert_eq!(came.stats.pages, 100);
    let booked = pace.booked.lock().expect("its memory");
    assert!(booked.iter().all(|(_, gap)| *gap == Duration::from_millis(4)));
    assert!(booked.iter().map(|(count, _)| count).sum::<u32>() >= 100);
    assert!(booked.len() < 50, "{} questions for 100 requests", booked.len());
}

#[tokio::test]
async fn a_storm_of_429_is_waited_out() {
    let times = Arc::new(AtomicUsize::new(0));
    let stormy = move |Path(number): Path<u32>| {
        let calm = times.fetch_add(1, Ordering::SeqCst) >= 12;
        let text = format!("page {number}");
        let busy = (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "1")]);
        let answer: Response = if calm { answer(&[], &[&text]) } else { busy.into_response() };
        std::future::ready(answer)
    };
    let site = Site::serve(Router::new().route("/{number}", get(stormy))).await;
    let pace = Arc::new(Watched::default());
    let mut trial = Trial::at(&[site.authority()]);
    trial.pace = pace.clone();
    let came = trial.run(&many(&site, 30)).await;
    assert_eq!(came.items().len(), 30);
    assert_eq!((came.stats.retries, came.stats.responses[&429]), (12, 12));
    let held = pace.held.lock().expect("its memory");
    assert_eq!(*held, vec![Duration::from_secs(1); 12]);
}

#[tokio::test]
async fn a_host_that_asks_for_too_long_a_wait_is_given_up() {
    let busy = async |_: Path<u32>| (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "86400")]);
    let site = Site::serve(Router::new().route("/{number}", get(busy))).await;
    let mut trial = Trial::at(&[site.authority()]);
    trial.options.host.concurrency = 2;
    let came = trial.run(&many(&site, 40)).await;
    let asked = site.asked().len();
    assert!(asked <= 2, "{asked} requests");
    assert_eq!(came.stats.given["source_failed"], asked as u64);
    assert_eq!(came.stats.given["asked_to_wait"], 40 - asked as u64);
}

#[tokio::test]
async fn faults_make_the_gap_longer() {
    let bad = async |_: Path<u32>| StatusCode::BAD_GATEWAY;
    let site = Site::serve(Router::new().route("/{number}", get(bad))).await;
    let mut trial = Trial::at(&[site.authority()]);
    trial.options.host.attempts = 1;
    let longest = Duration::from_millis(150);
    trial.options.host.throttle = Some(ThrottleOptions { longest, ..ThrottleOptions::default() });
    let came = trial.run(&many(&site, 4)).await;
    assert_eq!(came.stats.hosts[0].delay_ms, 150);
}

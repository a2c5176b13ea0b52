//! A second edition of a site that was read before.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::Path;
use axum::http::header::{ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use mg_crawl::frontier::Outcome;

use super::site::{Site, answer};
use super::trial::Trial;

const DAY: &str = "Sat, 21 Nov 2026 08:00:00 GMT";

/// A chain of ten pages that know their validators, from the third on by date alone.
async fn known(path: Path<u32>, headers: HeaderMap) -> Response {
    let number = path.0;
    let tag = format!("\"p{number}\"");
    let same_tag = headers.get(IF_NONE_MATCH).is_some_and(|value| value == tag.as_str());
    let same_day = headers.get(IF_MODIFIED_SINCE).is_some_and(|value| value == DAY);
    if (number < 3 && same_tag) || (number >= 3 && same_day) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let next = format!("/{}", number + 1);
    let links: &[&str] = if number < 9 { &[&next] } else { &[] };
    let mut answer = answer(links, &["ligne"]);
    if number < 3 {
        answer.headers_mut().insert(ETAG, tag.parse().expect("a header"));
    } else {
        answer.headers_mut().insert(LAST_MODIFIED, DAY.parse().expect("a header"));
    }
    answer
}

#[tokio::test]
async fn a_site_that_has_not_changed_costs_304s() {
    let site = Site::serve(Router::new().route("/{number}", get(known))).await;
    let trial = Trial::at(&[site.authority()]);
    let first = trial.run(&[site.url("/0")]).await;
    assert_eq!((first.stats.pages, first.stats.unchanged), (10, 0));
    trial.frontier.begin_again();
    let second = trial.run(&[site.url("/0")]).await;
    assert_eq!((second.stats.pages, second.stats.unchanged), (0, 10));
    assert_eq!(second.stats.responses.get(&304), Some(&10));
    assert_eq!(second.stats.bytes, 0);
}

#[tokio::test]
async fn a_page_that_says_the_same_is_not_read_again() {
    let changed = Arc::new(AtomicUsize::new(0));
    let edition = changed.clone();
    let handler = move |Path(number): Path<u32>| {
        let text = if number == 1 { edition.load(Ordering::SeqCst) } else { 0 };
        let next = format!("/{}", number + 1);
        let links: &[&str] = if number < 2 { &[&next] } else { &[] };
        std::future::ready(answer(links, &[&format!("page {number}, édition {text}")]))
    };
    let site = Site::serve(Router::new().route("/{number}", get(handler))).await;
    let trial = Trial::at(&[site.authority()]);
    trial.run(&[site.url("/0")]).await;
    trial.frontier.begin_again();
    changed.store(1, Ordering::SeqCst);
    let second = trial.run(&[site.url("/0")]).await;
    assert_eq!(second.items(), ["page 1, édition 1"]);
    let unchanged = second.asked.iter().filter(|asked| asked.outcome == Outcome::Unchanged).count();
    assert_eq!(unchanged, 2);
}

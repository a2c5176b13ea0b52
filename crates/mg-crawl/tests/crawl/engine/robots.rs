//! robots.txt of every kind.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use mg_crawl::engine::RobotsPolicy;

use super::site::{Site, answer};
use super::trial::{Came, Trial};

/// A site with this robots.txt, an open page and a closed one.
async fn site_with(robots: impl IntoResponse + Clone + Send + Sync + 'static) -> Site {
    let router = Router::new()
        .route("/robots.txt", get(move || std::future::ready(robots.clone().into_response())))
        .route("/ouvert", get(async || answer(&["/ferme"], &["ouvert"])))
        .route("/ferme", get(async || answer(&[], &["fermé"])))
        .route("/detour", get(async || Redirect::temporary("/ferme")));
    Site::serve(router).await
}

async fn crawl(site: &Site) -> Came {
    Trial::at(&[site.authority()]).run(&[site.url("/ouvert"), site.url("/detour")]).await
}

#[tokio::test]
async fn what_it_forbids_is_not_asked_for_not_even_by_a_detour() {
    let site = site_with("User-agent: mg-platform\nDisallow: /ferme\n").await;
    let came = crawl(&site).await;
    assert_eq!(came.items(), ["ouvert"]);
    assert_eq!(came.given("/ferme"), ("robots_disallowed", "robots.txt forbids it by `Disallow: /ferme`"));
    assert_eq!(came.given("/detour").0, "robots_disallowed");
    assert_eq!((site.times("/ferme"), site.times_robots()), (0, 1));
}

#[tokio::test]
async fn a_file_that_is_not_there_forbids_nothing() {
    for status in [StatusCode::NOT_FOUND, StatusCode::FORBIDDEN, StatusCode::UNAUTHORIZED, StatusCode::GONE] {
        let came = crawl(&site_with(status).await).await;
        assert_eq!(came.stats.pages, 3, "{status}");
    }
    let came = crawl(&site_with("<!doctype html><title>Accueil</title>").await).await;
    assert_eq!(came.stats.pages, 3, "a page in its place");
}

#[tokio::test]
async fn a_file_that_cannot_be_had_forbids_everything() {
    let site = site_with(StatusCode::SERVICE_UNAVAILABLE).await;
    let came = crawl(&site).await;
    let (code, reason) = came.given("/ouvert");
    assert_eq!(code, "robots_unreachable");
    assert!(reason.contains("answered 503"), "{reason}");
    assert_eq!((site.asked().len(), site.times_robots()), (0, 4));
}

#[tokio::test]
async fn it_is_asked_for_again_before_that() {
    let times = Arc::new(AtomicUsize::new(0));
    let robots = move || {
        let first = times.fetch_add(1, Ordering::SeqCst) == 0;
        let answer: Response =
            if first { StatusCode::BAD_GATEWAY.into_response() } else { "Disallow:".into_response() };
        std::future::ready(answer)
    };
    let router =
        Router::new().route("/robots.txt", get(robots)).route("/", get(async || answer(&[], &["lu"])));
    let site = Site::serve(router).await;
    let came = Trial::at(&[site.authority()]).run(&[site.url("/")]).await;
    assert_eq!((came.items().len(), site.times_robots()), (1, 2));
}

#[tokio::test]
async fn its_redirects_are_followed() {
    let router = Router::new()
        .route("/robots.txt", get(async || Redirect::permanent("/r1")))
        .route("/r1", get(async || Redirect::temporary("/r2")))
        .route("/r2", get(async || "User-agent: *\nDisallow: /ferme"))
        .route("/ferme", get(async || answer(&[], &[])));
    let site = Site::serve(router).await;
    let came = Trial::at(&[site.authority()]).run(&[site.url("/ferme")]).await;
    assert_eq!(came.given("/ferme").0, "robots_disallowed");
}

#[tokio::test]
async fn of_a_file_that_is_too_long_the_beginning_counts() {
    let filler = "# rien\n".repeat(100_000);
    let came = crawl(&site_with(format!("User-agent: *\n{filler}Disallow: /ferme\n")).await).await;
    assert_eq!(came.stats.pages, 3);
    let came = crawl(&site_with(format!("User-agent: *\nDisallow: /ferme\n{filler}")).await).await;
    assert_eq!(came.stats.pages, 1);
}

#[tokio::test]
async fn its_delay_is_kept() {
    let site = site_with("User-agent: *\nCrawl-delay: 0.2\nDisallow:\n").await;
    let came = crawl(&site).await;
    assert_eq!((came.stats.pages, came.stats.hosts[0].delay_ms), (3, 200));

    let site = site_with("User-agent: *\nCrawl-delay: 86400\n").await;
    let mut trial = Trial::at(&[site.authority()]);
    trial.options.host.longest_crawl_delay = Duration::from_millis(20);
    let came = trial.run(&[site.url("/ouvert")]).await;
    assert_eq!((came.stats.pages, came.stats.hosts[0].delay_ms), (2, 20));
}

#[tokio::test]
async fn a_site_of_ours_may_be_read_without() {
    let site = site_with("User-agent: *\nDisallow: /").await;
    let mut trial = Trial::at(&[site.authority()]);
    trial.options.robots = RobotsPolicy::Ignored;
    let came = trial.run(&[site.url("/ouvert")]).await;
    assert_eq!((came.stats.pages, site.times_robots()), (2, 0));
}

//! Places without end that lead nowhere.

use axum::Router;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::get;
use mg_crawl::engine::Finish;
use serde::Deserialize;

use super::site::{Site, answer, page};
use super::trial::Trial;

#[derive(Deserialize)]
struct Session {
    sid: Option<u32>,
}

#[tokio::test]
async fn a_path_that_repeats_itself_is_left() {
    async fn deeper() -> Response {
        answer(&["x/", "y/"], &["fond"])
    }
    let router = Router::new().route("/", get(deeper)).route("/{*rest}", get(deeper));
    let site = Site::serve(router).await;
    let came = Trial::at(&[site.authority()]).run(&[site.url("/")]).await;
    // Paths of x and y with at most three of each: the sum over i, j ≤ 3 of (i + j) choose i.
    assert_eq!((came.finish.code(), came.stats.pages), ("done", 69));
    assert!(came.stats.dropped["path_repeats"] > 0);
}

#[tokio::test]
async fn a_session_in_every_link_is_found_out() {
    async fn shop(Query(session): Query<Session>) -> Response {
        let next = session.sid.unwrap_or_default() * 2;
        answer(&[&format!("/?sid={}", next + 1), &format!("/?sid={}", next + 2)], &["article"])
    }
    let site = Site::serve(Router::new().route("/", get(shop))).await;
    let mut trial = Trial::at(&[site.authority()]);
    trial.options.traps.queries = 40;
    let came = trial.run(&[site.url("/")]).await;
    assert!(matches!(came.finish, Finish::Done));
    assert_eq!(came.stats.pages, 41);
    assert_eq!(came.stats.given.get("trap"), Some(&42));
}

#[tokio::test]
async fn a_calendar_without_end_ends_and_a_long_list_does_not() {
    async fn month(Path(number): Path<u32>) -> Response {
        answer(&[&format!("/agenda/{}", number + 1)], &[])
    }
    async fn list(Path(number): Path<u32>) -> Response {
        let next = format!("/liste/{}", number + 1);
        let links: &[&str] = if number < 150 { &[&next] } else { &[] };
        answer(links, &["permis"])
    }
    let router = Router::new().route("/agenda/{number}", get(month)).route("/liste/{number}", get(list));
    let site = Site::serve(router).await;
    let mut trial = Trial::at(&[site.authority()]);
    trial.options.traps.barren = Some(20);
    let came = trial.run(&[site.url("/agenda/0"), site.url("/liste/0")]).await;
    let months = came.read().iter().filter(|path| path.starts_with("/agenda/")).count();
    assert_eq!(months, 21);
    assert_eq!(came.items().len(), 151);
    assert_eq!(came.stats.dropped.get("barren"), Some(&1));
}

#[tokio::test]
async fn depth_and_length_are_bounded() {
    async fn next(Path(number): Path<u32>) -> Response {
        answer(&[&format!("/{}", number + 1)], &[])
    }
    let site = Site::serve(Router::new().route("/{number}", get(next))).await;
    let mut trial = Trial::at(&[site.authority()]);
    trial.options.traps.depth = Some(4);
    let came = trial.run(&[site.url("/0")]).await;
    assert_eq!((came.stats.pages, came.stats.dropped.get("too_deep")), (5, Some(&1)));

    let long = format!("/?q={}", "x".repeat(3_000));
    let site = Site::of(&[("/", page(&[&long], &[]))]).await;
    let came = Trial::at(&[site.authority()]).run(&[site.url("/")]).await;
    assert_eq!(came.stats.dropped.get("url_too_long"), Some(&1));
}

#[tokio::test]
async fn a_flood_of_links_is_cut() {
    let many: Vec<String> = (0..300).map(|number| format!("/p/{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let links = page(&many, &[]);
    let router = Router::new()
        .route("/", get(move || std::future::ready(axum::response::Html(links.clone()))))
        .route("/p/{number}", get(async |_: Path<u32>| answer(&[], &[])));
    let site = Site::serve(router).await;
    let mut trial = Trial::at(&[site.authority()]);
    trial.options.page.links = 100;
    let came = trial.run(&[site.url("/")]).await;
    assert_eq!((came.stats.pages, came.stats.dropped.get("too_many_links")), (101, Some(&200)));
}

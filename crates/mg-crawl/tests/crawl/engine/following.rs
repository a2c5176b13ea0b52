//! Links, redirects and refreshes.

use axum::Router;
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use mg_crawl::client::Cookies;
use mg_crawl::engine::Finish;

use super::site::{Site, answer, page};
use super::trial::Trial;

#[tokio::test]
async fn a_pagination_is_read_to_its_end_and_each_page_once() {
    async fn list(Path(number): Path<u32>) -> Response {
        let details: Vec<String> = (0..5).map(|index| format!("/permis/{}", number * 5 + index)).collect();
        let mut links: Vec<&str> = details.iter().map(String::as_str).collect();
        let (next, first) = (format!("/liste/{}", number + 1), "/liste/0#haut");
        links.push(first);
        if number < 79 {
            links.push(&next);
        }
        answer(&links, &[])
    }
    async fn permit(Path(number): Path<u32>) -> Response {
        answer(&["/liste/0"], &[&format!("permis {number}")])
    }
    let router = Router::new().route("/liste/{number}", get(list)).route("/permis/{number}", get(permit));
    let site = Site::serve(router).await;
    let mut trial = Trial::at(&[site.authority()]);
    trial.options.traps.barren = None;
    let came = trial.run(&[site.url("/liste/0")]).await;
    assert!(matches!(came.finish, Finish::Done), "{:?}", came.finish);
    assert_eq!(came.stats.pages, 480);
    assert_eq!(came.items().len(), 400);
    assert_eq!(came.stats.responses.get(&200), Some(&480));
    let mut asked = site.asked();
    asked.sort();
    asked.dedup();
    assert_eq!((asked.len(), site.asked().len()), (480, 480), "a page was asked twice");
    assert_eq!(site.times_robots(), 1);
}

#[tokio::test]
async fn circles_come_to_an_end() {
    let pages = [
        ("/", page(&["/a", "/", "/b"], &[])),
        ("/a", page(&["/b", "/?"], &[])),
        ("/b", page(&["/a#x", "./b"], &["un"])),
    ];
    let site = Site::of(&pages).await;
    let came = Trial::at(&[site.authority()]).run(&[site.url("/"), site.url("/#again")]).await;
    assert_eq!(came.read(), ["/", "/a", "/b"]);
    assert_eq!(site.asked().len(), 3);
}

#[tokio::test]
async fn links_stay_in_the_domains_and_so_do_redirects() {
    let elsewhere = Site::of(&[("/", page(&[], &["étranger"]))]).await;
    let away = elsewhere.url("/").to_string();
    let links = page(&["/saut", "mailto:a@b.fr", &away], &[]);
    let router = Router::new()
        .route("/", get(move || std::future::ready(Html(links.clone()))))
        .route("/saut", get(move || std::future::ready(Redirect::temporary(&away))));
    let site = Site::serve(router).await;
    let came = Trial::at(&[site.authority(), elsewhere.authority()]).run(&[site.url("/")]).await;
    assert_eq!(came.given("/saut").0, "offsite");
    assert_eq!(came.stats.dropped.get("offsite"), Some(&1));
    assert_eq!(came.stats.dropped.get("scheme"), Some(&1));
    assert_eq!(elsewhere.asked().len() + elsewhere.times_robots(), 0);
}

#[tokio::test]
async fn a_redirect_to_a_private_place_is_refused() {
    async fn metadata() -> Redirect {
        Redirect::temporary("http://169.254.169.254/latest/meta-data/")
    }
    let site = Site::serve(Router::new().route("/", get(metadata))).await;
    let mut trial = Trial::at(&[site.authority()]);
    trial.options.domains = vec![site.authority(), "169.254.169.254".to_owned()];
    let came = trial.run(&[site.url("/")]).await;
    assert_eq!(came.given("/").0, "url_refused");
}

#[tokio::test]
async fn redirects_are_followed_and_their_number_is_bounded() {
    async fn hop(Path(left): Path<u32>) -> Response {
        match left {
            0 => answer(&[], &["au bout"]),
            _ => Redirect::permanent(&format!("/saut/{}", left - 1)).into_response(),
        }
    }
    let site = Site::serve(Router::new().route("/saut/{left}", get(hop))).await;
    let came = Trial::at(&[site.authority()]).run(&[site.url("/saut/10"), site.url("/saut/40")]).await;
    assert!(came.page("/saut/10").url.ends_with("/saut/0"));
    assert_eq!(came.given("/saut/40").0, "redirects_exceeded");
}

#[tokio::test]
async fn a_refresh_is_followed_as_a_redirect() {
    let to = |content: &str| format!("<html><head><meta http-equiv=refresh content=\"{content}\"></head>");
    let site = Site::of(&[
        ("/", to("0; url=/suite")),
        ("/suite", page(&[], &["suite"])),
        ("/tard", to("300; url=/suite") + "<li class=item>tard"),
        ("/rond", to("0; url=/rond2")),
        ("/rond2", to("0; url=/rond")),
        ("/soi", to("1") + "<li class=item>soi"),
    ])
    .await;
    let start = ["/", "/tard", "/rond", "/soi"].map(|path| site.url(path));
    let came = Trial::at(&[site.authority()]).run(&start).await;
    assert!(came.page("/").url.ends_with("/suite"));
    assert_eq!(came.items(), ["soi", "suite", "tard"]);
    assert_eq!(came.given("/rond").0, "redirects_exceeded");
    assert_eq!(site.times("/soi"), 2);
}

/// Shows a page to whoever comes with a cookie, and sends all others to fetch one.
async fn wall(headers: HeaderMap) -> Response {
    let has = headers.get(header::COOKIE).is_some_and(|cookie| cookie == "vu=1");
    if has {
        return answer(&[], &["derrière le mur"]);
    }
    let set = [(header::SET_COOKIE, "vu=1; Path=/"), (header::LOCATION, "/")];
    (StatusCode::FOUND, set).into_response()
}

#[tokio::test]
async fn a_cookie_wall_opens_to_who_keeps_cookies() {
    let site = Site::serve(Router::new().route("/", get(wall))).await;
    let mut trial = Trial::at(&[site.authority()]);
    trial.cookies = Cookies::Kept;
    assert_eq!(trial.run(&[site.url("/")]).await.items(), ["derrière le mur"]);
    let came = Trial::at(&[site.authority()]).run(&[site.url("/")]).await;
    assert_eq!(came.given("/").0, "redirects_exceeded");
}

#[tokio::test]
async fn spellings_of_one_page_are_asked_once() {
    async fn any(Query(_): Query<Vec<(String, String)>>) -> Response {
        answer(&["/p?b=2&a=1", "/p?a=1&b=2#x", "/%70?a=1&b=2", "/x/../p?a=1&b=2"], &[])
    }
    let site = Site::serve(Router::new().route("/", get(any)).route("/p", get(any))).await;
    let came = Trial::at(&[site.authority()]).run(&[site.url("/")]).await;
    assert_eq!((came.stats.pages, site.asked().len()), (2, 2));
}

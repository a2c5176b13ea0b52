//! What a visit brings.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::extract::WebSocketUpgrade;
use axum::extract::ws::Message;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, SET_COOKIE};
use mg_crawl::browser::{BrowserError, BrowserPool, Extent, PoolOptions, Resource, Step, Until, Visit};
use mg_crawl::guard::{Guard, GuardOptions};
use tokio::time::timeout;

use super::{html, pool, site, until, visit};
use crate::site::{PATIENCE, Sealed, Site};

#[tokio::test]
async fn a_page_is_read_as_its_scripts_left_it() -> anyhow::Result<()> {
    let filled = "<!doctype html><title>Liste</title><ul></ul><script>setTimeout(() => { \
        document.querySelector('ul').innerHTML = '<li class=late>Torcy</li>' }, 50)</script>";
    let moved = get(async || Redirect::temporary("/liste"));
    let missing = get(async || (StatusCode::NOT_FOUND, [(CONTENT_TYPE, "text/html")], "<p>none"));
    let router = Router::new().route("/", moved).route("/liste", html(filled)).route("/none", missing);
    let site = Site::start(router).await?;
    let pool = pool(&[&site], 2)?;
    let steps = vec![Step::Wait(Until::Selector("li.late".to_owned()))];
    let page = pool.visit(&Visit { steps, ..visit(&site, "/") }).await?;
    assert_eq!((page.url, page.status, page.media_type.as_str()), (site.url("/liste"), 200, "text/html"));
    assert!(page.html.starts_with("<!DOCTYPE html>\n<html>"), "{}", page.html);
    assert!(page.html.contains(r#"<li class="late">Torcy</li>"#), "{}", page.html);
    let missing = pool.visit(&visit(&site, "/none")).await?;
    assert_eq!((missing.status, missing.html.contains("none")), (404, true));
    pool.close().await;
    Ok(())
}

#[tokio::test]
async fn what_is_blocked_is_not_asked_for_and_the_page_loads_all_the_same() -> anyhow::Result<()> {
    let page = "<link rel=stylesheet href=/a.css><style>@font-face { font-family: f; src: url(/a.woff2) } \
        p { font-family: f }</style><img src=/a.png><video src=/a.mp4></video><p>text</p><script src=/a.js></script>";
    let site = site(&[("/", page)]).await?;
    let pool = pool(&[&site], 1)?;
    pool.visit(&visit(&site, "/")).await?;
    let asked = site.paths();
    assert!(asked.contains(&"/a.css".to_owned()) && asked.contains(&"/a.js".to_owned()), "{asked:?}");
    assert!(
        !asked.iter().any(|path| [".png", ".woff2", ".mp4"].iter().any(|end| path.ends_with(end))),
        "{asked:?}"
    );
    pool.visit(&Visit { blocked: vec![Resource::Stylesheet], ..visit(&site, "/") }).await?;
    site.asked_for("/a.png").await?;
    site.asked_for("/a.mp4").await?;
    assert_eq!(site.paths().iter().filter(|path| *path == "/a.css").count(), 1);
    Ok(())
}

#[tokio::test]
async fn a_page_is_clicked_and_scrolled() -> anyhow::Result<()> {
    let page = "<button hidden>plus</button><div style='height:2000px'></div><script> \
        const b = document.querySelector('button'); setTimeout(() => { b.hidden = false }, 50); \
        b.onclick = () => { document.title = 'clicked' }; let left = 3; \
        window.onscroll = () => { if (window.scrollY + window.innerHeight > document.documentElement.scrollHeight - 5 \
        && left-- > 0) document.body.insertAdjacentHTML('beforeend', '<div class=more style=\"height:2000px\"></div>') } \
        </script>";
    let site = site(&[("/", page)]).await?;
    let pool = pool(&[&site], 1)?;
    let steps = vec![
        Step::Click("button".to_owned()),
        Step::Wait(Until::Script("document.title === 'clicked'".to_owned())),
        Step::ScrollToEnd { at_most: 10 },
        Step::Wait(Until::NetworkIdle),
    ];
    let read = pool.visit(&Visit { steps, ..visit(&site, "/") }).await?;
    assert_eq!(read.html.matches("class=\"more\"").count(), 3, "{}", read.html);
    let once = vec![Step::ScrollToEnd { at_most: 1 }];
    let read = pool.visit(&Visit { steps: once, ..visit(&site, "/") }).await?;
    assert_eq!(read.html.matches("class=\"more\"").count(), 1, "{}", read.html);
    Ok(())
}

#[tokio::test]
async fn a_picture_shows_the_window_or_the_page() -> anyhow::Result<()> {
    let site = site(&[("/", "<body style='margin:0'><div style='height:3000px'>long</div>")]).await?;
    let pool = pool(&[&site], 1)?;
    for (extent, tall) in [(Extent::Window, false), (Extent::Page, true)] {
        let page = pool.visit(&Visit { screenshot: Some(extent), ..visit(&site, "/") }).await?;
        let png = page.screenshot.context("a picture")?;
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
        // Width and height stand in the header that every PNG begins with.
        let height = u32::from_be_bytes(png[20..24].try_into()?);
        assert_eq!(height == 3000, tall, "{extent:?}: {height}");
    }
    Ok(())
}

#[tokio::test]
async fn nothing_of_a_visit_is_left_for_the_next() -> anyhow::Result<()> {
    let router = Router::new().route("/", get(async || [(SET_COOKIE, "a=b")].into_response()));
    let site = Site::start(router).await?;
    let pool = pool(&[&site], 1)?;
    for _ in 0..2 {
        pool.visit(&visit(&site, "/")).await?;
    }
    let seen = site.seen();
    let cookies: Vec<_> =
        seen.iter().filter(|seen| seen.path == "/").map(|seen| seen.headers.get("cookie")).collect();
    assert_eq!(cookies, [None, None]);
    Ok(())
}

#[tokio::test]
async fn questions_and_downloads_hold_nothing_up() -> anyhow::Result<()> {
    let asks = "<script>alert('a'); confirm('b'); prompt('c'); document.title = 'went on'</script>";
    let file = get(async || ([(CONTENT_DISPOSITION, "attachment; filename=a.bin")], "bytes"));
    let site = Site::start(Router::new().route("/", html(asks)).route("/file", file)).await?;
    let pool = pool(&[&site], 1)?;
    let page = pool.visit(&visit(&site, "/")).await?;
    assert!(page.html.contains("went on"), "{}", page.html);
    let error = pool.visit(&visit(&site, "/file")).await.expect_err("a file is no page");
    assert!(matches!(error, BrowserError::NotOpened { .. }), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn websockets_go_through_the_proxy() -> anyhow::Result<()> {
    let page = "<script>const s = new WebSocket(`ws://${location.host}/ws`); \
        s.onmessage = event => { document.title = event.data }</script>";
    let socket = async |upgrade: WebSocketUpgrade| {
        upgrade.on_upgrade(async |mut socket| {
            let _ = socket.send(Message::text("heard")).await;
        })
    };
    let site = Site::start(Router::new().route("/", html(page)).route("/ws", get(socket))).await?;
    let steps = vec![Step::Wait(Until::Script("document.title === 'heard'".to_owned()))];
    pool(&[&site], 1)?.visit(&Visit { steps, ..visit(&site, "/") }).await?;
    Ok(())
}

#[tokio::test]
async fn a_certificate_that_nobody_signed_is_an_error() -> anyhow::Result<()> {
    let sealed = Sealed::start().await?;
    let guard =
        Guard::new(&GuardOptions { allow: vec![sealed.address.to_string()], ..GuardOptions::default() })?;
    let pool = BrowserPool::new(PoolOptions::default(), Arc::new(guard));
    let url = format!("https://{}/", sealed.address).parse()?;
    let error = pool.visit(&Visit { timeout: PATIENCE, ..Visit::get(url) }).await.expect_err("not trusted");
    assert!(
        matches!(&error, BrowserError::NotOpened { reason, .. } if reason.contains("ERR_CERT")),
        "{error:?}"
    );
    assert!(!error.is_passing());
    Ok(())
}

#[tokio::test]
async fn a_page_that_never_settles_is_given_up_and_says_what_it_waited_for() -> anyhow::Result<()> {
    let busy = "<p>here</p><script>const again = () => fetch('/').finally(again); again()</script>";
    let stuck = "<p>here</p><script>while (true) {}</script>";
    let site = site(&[("/busy", busy), ("/stuck", stuck), ("/", "<p>fine</p>")]).await?;
    let pool = pool(&[&site], 1)?;
    pool.visit(&visit(&site, "/")).await?;
    let short = Duration::from_secs(2);
    for (path, until) in [
        ("/busy", Until::NetworkIdle),
        ("/busy", Until::Selector("nav.menu".to_owned())),
        ("/busy", Until::Script("window.app.ready".to_owned())),
        ("/stuck", Until::Loaded),
    ] {
        let steps = vec![Step::Wait(until.clone())];
        let given_up = pool.visit(&Visit { steps, timeout: short, ..visit(&site, path) }).await;
        let error = given_up.expect_err("it never settles");
        assert!(matches!(error, BrowserError::Timeout { .. }) && error.is_passing(), "{until:?}: {error:?}");
        if let Until::Selector(selector) = until {
            assert!(error.to_string().contains(&selector), "{error}");
        }
        let next = pool.visit(&visit(&site, "/")).await?;
        assert!(next.html.contains("fine"));
    }
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_asked_of_a_page_is_said_at_once() -> anyhow::Result<()> {
    let site = site(&[("/", "<p>here</p>")]).await?;
    let pool = pool(&[&site], 1)?;
    for until in [Until::Selector("p[".to_owned()), Until::Script("1 +".to_owned())] {
        let steps = vec![Step::Wait(until)];
        let error =
            pool.visit(&Visit { steps, ..visit(&site, "/") }).await.expect_err("no selector, no script");
        assert!(matches!(error, BrowserError::Script { .. }) && !error.is_passing(), "{error:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_page_that_loads_or_grows_without_end_is_too_large() -> anyhow::Result<()> {
    let big = get(async || vec![b'a'; 4 << 20]);
    let loads = "<script>fetch('/big').then(r => r.text())</script><p>here</p>";
    let grows = "<script>document.write('a'.repeat(4 << 20))</script>";
    let router = Router::new().route("/big", big).route("/loads", html(loads)).route("/grows", html(grows));
    let site = Site::start(router).await?;
    let pool = pool(&[&site], 1)?;
    for path in ["/loads", "/grows"] {
        let steps = vec![Step::Wait(Until::NetworkIdle)];
        let visited = pool.visit(&Visit { steps, body_bytes: 1 << 20, ..visit(&site, path) }).await;
        assert!(matches!(visited, Err(BrowserError::TooLarge { .. })), "{path}: {visited:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_browser_is_replaced_after_its_pages_and_its_bytes() -> anyhow::Result<()> {
    let site = site(&[("/", "<p>here</p>")]).await?;
    let guard =
        Arc::new(Guard::new(&GuardOptions { allow: vec![site.endpoint()], ..GuardOptions::default() })?);
    let by_pages = PoolOptions { recycle_pages: 2, pages: 1, ..PoolOptions::default() };
    let by_bytes = PoolOptions { recycle_bytes: 1, pages: 1, ..PoolOptions::default() };
    for (options, alike) in [(by_pages, true), (by_bytes, false)] {
        let pool = BrowserPool::new(options, guard.clone());
        let mut groups = Vec::new();
        for _ in 0..3 {
            pool.visit(&visit(&site, "/")).await?;
            groups.extend(pool.process_groups().await);
        }
        assert_eq!((groups[0] == groups[1], groups[1] == groups[2]), (alike, false), "{groups:?}");
        until("the first browser has ended", || super::processes(groups[0]).is_empty()).await?;
    }
    Ok(())
}

#[tokio::test]
async fn pages_are_open_side_by_side_and_no_more_than_allowed() -> anyhow::Result<()> {
    let site = site(&[("/", "<p>here</p>")]).await?;
    let guard = Guard::new(&GuardOptions { allow: vec![site.endpoint()], ..GuardOptions::default() })?;
    let options = PoolOptions { browsers: 2, pages: 2, ..PoolOptions::default() };
    let pool = BrowserPool::new(options, Arc::new(guard));
    let one = visit(&site, "/");
    let pages = futures::future::join_all((0..12).map(|_| pool.visit(&one))).await;
    assert!(pages.iter().all(Result::is_ok), "{pages:?}");
    assert_eq!(pool.process_groups().await.len(), 2);
    Ok(())
}

#[tokio::test]
async fn who_goes_away_closes_the_page() -> anyhow::Result<()> {
    let (left, mut leaving) = tokio::sync::mpsc::unbounded_channel();
    let endless = get(async move || {
        let left = left.clone();
        // Dropped with the connection, and that with the page.
        let held = scopeguard(move || left.send(()).is_ok());
        let body = futures::stream::unfold(held, async |held| {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Some((Ok::<_, std::io::Error>("a"), held))
        });
        axum::body::Body::from_stream(body)
    });
    let opens = "<script>fetch('/endless').then(r => r.text())</script>";
    let router =
        Router::new().route("/", html(opens)).route("/endless", endless).route("/next", html("<p>next"));
    let site = Site::start(router).await?;
    let pool = pool(&[&site], 1)?;
    let steps = vec![Step::Wait(Until::Selector("never".to_owned()))];
    let waiting = Visit { steps, ..visit(&site, "/") };
    tokio::select! {
        visited = pool.visit(&waiting) => panic!("it ended: {visited:?}"),
        asked = site.asked_for("/endless") => asked?,
    }
    timeout(PATIENCE, leaving.recv()).await?.context("the page was closed")?;
    // Its place, the only one, is free again.
    assert!(pool.visit(&visit(&site, "/next")).await?.html.contains("next"));
    Ok(())
}

/// Runs something when it is dropped.
fn scopeguard<F: FnMut() -> bool>(run: F) -> impl Sized {
    struct Guarded<F: FnMut() -> bool>(F);
    impl<F: FnMut() -> bool> Drop for Guarded<F> {
        fn drop(&mut self) {
            (self.0)();
        }
    }
    Guarded(run)
}

//! Servers that fail, in part or for good.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use mg_crawl::engine::{CircuitOptions, Finish};

use super::raw::{RawSite, Reply, whole};
use super::site::{Site, answer, page};
use super::trial::Trial;

const PIECE: usize = 64 << 10;
const LARGE: u64 = 300 << 20;

/// A body of 300 MB, made as it is taken; counts what was taken of it.
fn large_body(taken: Arc<AtomicU64>) -> Body {
    let piece = Bytes::from(vec![b' '; PIECE]);
    let pieces = (0..LARGE / PIECE as u64).map(move |_| {
        taken.fetch_add(PIECE as u64, Ordering::SeqCst);
        Ok::<_, std::convert::Infallible>(piece.clone())
    });
    Body::from_stream(futures::stream::iter(pieces))
}

#[tokio::test]
async fn a_page_of_300_mb_is_refused_at_the_cap() {
    let taken = Arc::new(AtomicU64::new(0));
    let (streamed, said) = (taken.clone(), taken.clone());
    let router = Router::new()
        .route("/", get(async || answer(&["/coule", "/annonce", "/petit"], &[])))
        .route("/coule", get(move || std::future::ready(large_body(streamed.clone()).into_response())))
        .route(
            "/annonce",
            get(move || {
                let length = [(CONTENT_LENGTH, LARGE.to_string())];
                std::future::ready((length, large_body(said.clone())).into_response())
            }),
        )
        .route("/petit", get(async || answer(&[], &["petit"])));
    let site = Site::serve(router).await;
    let mut trial = Trial::at(&[site.authority()]);
    trial.options.page.body_limit_bytes = 2 << 20;
    let came = trial.run(&[site.url("/")]).await;
    assert_eq!(came.items(), ["petit"]);
    assert_eq!(came.given("/coule").0, "source_too_large");
    assert_eq!(came.given("/annonce").0, "source_too_large");
    // What the sockets hold besides is the machine's to say, and is a small part of the page.
    assert!(taken.load(Ordering::SeqCst) < LARGE / 4, "{} bytes were sent", taken.load(Ordering::SeqCst));
    assert!(came.stats.bytes < 3 << 20, "{} bytes were taken", came.stats.bytes);
    assert_eq!(came.stats.retries, 0);
}

#[tokio::test]
async fn slow_servers_hold_nobody_up() {
    let site = RawSite::serve(|path, _| match path {
        "/robots.txt" => whole("404 Not Found", ""),
        "/goutte" => Reply::Drip(b"HTTP/1.1 200 OK\r\nX-A: b\r\n".to_vec()),
        "/corps" => Reply::Drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n".to_vec()),
        "/muet" => Reply::ThenSilence(Vec::new()),
        "/moitie" => Reply::ThenSilence(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".to_vec()),
        _ => whole("200 OK", &page(&[], &["lu"])),
    })
    .await;
    let mut trial = Trial::at(&[site.authority()]);
    trial.options.page.timeout = Duration::from_millis(800);
    trial.options.host.attempts = 1;
    let slow = ["/goutte", "/corps", "/muet", "/moitie"];
    let start: Vec<_> = slow.iter().chain(&["/lu"]).map(|path| site.url(path)).collect();
    let came = trial.run(&start).await;
    assert_eq!(came.items(), ["lu"]);
    for path in slow {
        assert!(matches!(came.given(path).0, "source_timeout" | "source_unreachable"), "{path}");
    }
}

#[tokio::test]
async fn a_page_that_was_cut_off_is_asked_again_and_never_taken_for_whole() {
    const CUT: &[u8] =
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<li c\r\n";
    const SHORT: &[u8] =
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 500\r\n\r\n<li class=item>a</li>";
    let site = RawSite::serve(|path, before| match (path, before) {
        ("/robots.txt", _) => whole("404 Not Found", ""),
        ("/une-fois", 0) | ("/toujours", _) => Reply::Bytes(CUT.to_vec()),
        ("/court-une-fois", 0) | ("/court", _) => Reply::Bytes(SHORT.to_vec()),
        _ => whole("200 OK", &page(&[], &[path])),
    })
    .await;
    let mut trial = Trial::at(&[site.authority()]);
    trial.options.host.attempts = 2;
    let paths = ["/une-fois", "/toujours", "/court-une-fois", "/court"];
    let came = trial.run(&paths.map(|path| site.url(path))).await;
    assert_eq!(came.items(), ["/court-une-fois", "/une-fois"]);
    for path in ["/toujours", "/court"] {
        assert_eq!(came.given(path).0, "source_unreachable");
    }
    assert_eq!((site.times(), came.stats.retries), (8, 4));
}

#[tokio::test]
async fn what_passes_is_asked_again_and_what_does_not_is_not() {
    let times = Arc::new(AtomicUsize::new(0));
    let shaky = move || {
        let before = times.fetch_add(1, Ordering::SeqCst);
        let answer: Response = match before {
            0 => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            1 => StatusCode::REQUEST_TIMEOUT.into_response(),
            _ => answer(&[], &["enfin"]),
        };
        std::future::ready(answer)
    };
    let router = Router::new()
        .route("/", get(async || answer(&["/branlant", "/absent", "/interdit", "/passe"], &[])))
        .route("/branlant", get(shaky))
        .route("/interdit", get(async || StatusCode::FORBIDDEN))
        .route("/passe", get(async || StatusCode::BAD_GATEWAY));
    let site = Site::serve(router).await;
    let mut trial = Trial::at(&[site.authority()]);
    trial.options.host.attempts = 3;
    let came = trial.run(&[site.url("/")]).await;
    assert_eq!(came.items(), ["enfin"]);
    assert_eq!(came.given("/absent").0, "not_found");
    assert_eq!(came.given("/interdit").0, "forbidden");
    let (code, reason) = came.given("/passe");
    assert_eq!(code, "source_failed");
    assert!(reason.ends_with("answered 502, the last of 3 times"), "{reason}");
    assert_eq!((site.times("/absent"), site.times("/interdit"), site.times("/passe")), (1, 1, 3));
    assert_eq!((came.stats.retries, came.stats.given["not_found"]), (4, 1));
}

#[tokio::test]
async fn a_host_that_dies_is_given_up_and_not_hammered() {
    let site = RawSite::serve(|path, _| match path {
        "/robots.txt" => whole("404 Not Found", ""),
        _ => Reply::Bytes(Vec::new()),
    })
    .await;
    let mut trial = Trial::at(&[site.authority()]);
    trial.options.host.concurrency = 1;
    trial.options.host.circuit = CircuitOptions { faults: 4, wait: Duration::from_millis(20), openings: 3 };
    let start: Vec<_> = (0..60).map(|number| site.url(&format!("/{number}"))).collect();
    let came = trial.run(&start).await;
    assert!(matches!(came.finish, Finish::Done), "{:?}", came.finish);
    assert_eq!(came.stats.given["host_dead"], 60);
    assert_eq!(came.stats.requests, 6, "four that open it and two probes");
}

#[tokio::test]
async fn a_host_that_recovers_is_read_to_its_end() {
    let times = Arc::new(AtomicUsize::new(0));
    let shaky = move |Path(number): Path<u32>| {
        let well = times.fetch_add(1, Ordering::SeqCst) >= 5;
        let text = format!("page {number}");
        std::future::ready(if well { answer(&[], &[&text]) } else { StatusCode::BAD_GATEWAY.into_response() })
    };
    let site = Site::serve(Router::new().route("/{number}", get(shaky))).await;
    let mut trial = Trial::at(&[site.authority()]);
    trial.options.host.concurrency = 1;
    trial.options.host.circuit = CircuitOptions { faults: 4, wait: Duration::from_millis(20), openings: 4 };
    let start: Vec<_> = (0..12).map(|number| site.url(&format!("/{number}"))).collect();
    let came = trial.run(&start).await;
    assert_eq!(came.items().len(), 12);
    assert_eq!(came.stats.responses[&502], 5);
}

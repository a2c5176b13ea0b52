//! The guarded client.

use std::net::TcpListener as Canary;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::StreamExt;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_ENCODING, COOKIE, IF_NONE_MATCH, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use mg_crawl::client::{Client, ClientError, ClientOptions, Cookies, Limits};
use mg_crawl::guard::{Guard, GuardOptions, Refused};
use url::Url;

use crate::hostile::HOSTILE;
use crate::names::Names;
use crate::site::Site;

/// A sink for look-ups that lead nowhere (RFC 7535): public, and nothing answers there.
const NOWHERE: &str = "192.31.196.1";

fn guard(sites: &[&Site], names: Names) -> anyhow::Result<(Arc<Guard>, Arc<Names>)> {
    let names = Arc::new(names);
    let allow = sites.iter().map(|site| site.endpoint()).collect();
    let options = GuardOptions { allow, ..GuardOptions::default() };
    Ok((Arc::new(Guard::with_resolver(&options, names.clone())?), names))
}

fn client(sites: &[&Site]) -> anyhow::Result<Client> {
    Ok(Client::new(ClientOptions::default(), guard(sites, Names::default())?.0)?)
}

async fn site_with(
    path: &'static str,
    answer: impl IntoResponse + Clone + Send + Sync + 'static,
) -> anyhow::Result<Site> {
    Site::start(Router::new().route(path, get(async move || answer.clone()))).await
}

fn refused(answer: Result<mg_crawl::client::Response, ClientError>) -> Refused {
    match answer {
        Err(ClientError::Refused { reason, .. }) => reason,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn every_hostile_spelling_is_refused_at_first_and_behind_a_redirect() -> anyhow::Result<()> {
    let leads = async |query: axum::extract::RawQuery| Redirect::temporary(&query.0.unwrap_or_default());
    let site = Site::start(Router::new().route("/to", get(leads))).await?;
    let (guard, names) = guard(&[&site], Names::default())?;
    let client = Client::new(ClientOptions::default(), guard)?;
    for (text, rule) in HOSTILE {
        let url = Url::parse(text)?;
        // The site's own host is allowed, at its port.
        let here = url.host_str() == Some("127.0.0.1") && *rule == "address";
        let rule = if here { &"port" } else { rule };
        assert_eq!(refused(client.get(&url, &HeaderMap::new()).await).rule(), *rule, "{text}");
        // As a URL stands in a header: what is not ASCII is written out there.
        let through = site.url(&format!("/to?{url}"));
        assert_eq!(refused(client.get(&through, &HeaderMap::new()).await).rule(), *rule, "through {through}");
    }
    assert!(names.asked().is_empty(), "{:?}", names.asked());
    Ok(())
}

#[tokio::test]
async fn a_redirect_to_a_name_that_is_private_is_refused() -> anyhow::Result<()> {
    let site = site_with("/", Redirect::to("http://inner.example/secret")).await?;
    let names = Names::default().with("inner.example", &[&["10.0.0.1"]]);
    let (guard, names) = guard(&[&site], names)?;
    let client = Client::new(ClientOptions::default(), guard)?;
    let reason = refused(client.get(&site.url("/"), &HeaderMap::new()).await);
    assert_eq!(reason, Refused::Private("inner.example".to_owned()));
    assert_eq!(names.asked(), ["inner.example"]);
    Ok(())
}

#[tokio::test]
async fn a_name_that_turns_private_is_never_followed_there() -> anyhow::Result<()> {
    let canary = Canary::bind("127.0.0.1:0")?;
    canary.set_nonblocking(true)?;
    let port = canary.local_addr()?.port();
    let names = Arc::new(Names::default().with("rebind.example", &[&[NOWHERE], &["127.0.0.1"]]));
    let options = GuardOptions { ports: vec![port], ..GuardOptions::default() };
    let guard = Guard::with_resolver(&options, names.clone())?;
    let quick = ClientOptions { connect_timeout: Duration::from_millis(200), ..ClientOptions::default() };
    let client = Client::new(quick, Arc::new(guard))?;
    let url = Url::parse(&format!("http://rebind.example:{port}/"))?;
    let first = client.get(&url, &HeaderMap::new()).await.expect_err("nobody answers there");
    assert!(matches!(first, ClientError::Connection { .. } | ClientError::Timeout { .. }), "{first:?}");
    assert_eq!(names.asked().len(), 1, "one look-up serves both the judgement and the connection");
    let second = refused(client.get(&url, &HeaderMap::new()).await);
    assert_eq!(second, Refused::Private("rebind.example".to_owned()));
    assert!(canary.accept().is_err(), "somebody connected");
    Ok(())
}

#[tokio::test]
async fn a_connection_goes_where_the_one_look_up_said() -> anyhow::Result<()> {
    let site = site_with("/", "here").await?;
    let port = site.address.port();
    let names = Arc::new(Names::default().with("portal.lan", &[&["127.0.0.1"], &[NOWHERE]]));
    let options = GuardOptions { allow: vec![format!("portal.lan:{port}")], ..GuardOptions::default() };
    let client =
        Client::new(ClientOptions::default(), Arc::new(Guard::with_resolver(&options, names.clone())?))?;
    let url = Url::parse(&format!("http://portal.lan:{port}/"))?;
    for _ in 0..2 {
        assert_eq!(client.get(&url, &HeaderMap::new()).await?.bytes().await?, "here");
    }
    assert_eq!(names.asked().len(), 1, "the second request went over the connection of the first");
    Ok(())
}

#[tokio::test]
async fn credentials_stay_behind_and_conditions_travel() -> anyhow::Result<()> {
    let other = site_with("/", "there").await?;
    let to = other.url("/").to_string();
    let site = site_with("/", Redirect::permanent(&to)).await?;
    let names = [AUTHORIZATION, COOKIE, IF_NONE_MATCH, ACCEPT];
    let headers = names.clone().map(|name| (name, HeaderValue::from_static("x"))).into_iter().collect();
    let answer = client(&[&site, &other])?.get(&site.url("/"), &headers).await?;
    assert_eq!((answer.url(), answer.redirects().len()), (&other.url("/"), 1));
    assert_eq!(answer.redirects()[0].status, 308);
    let has = |site: &Site| names.clone().map(|name| site.seen()[0].headers.contains_key(name));
    assert_eq!(has(&site), [true; 4]);
    assert_eq!(has(&other), [false, false, true, true]);
    Ok(())
}

#[tokio::test]
async fn cookies_are_kept_over_hops_only_where_that_is_asked_for() -> anyhow::Result<()> {
    let enter = ([(SET_COOKIE, "wall=passed")], Redirect::to("/inside"));
    let inside = async |headers: HeaderMap| format!("{:?}", headers.get(COOKIE));
    let router = Router::new().route("/", get(async move || enter.clone())).route("/inside", get(inside));
    let site = Site::start(router).await?;
    let guard = guard(&[&site], Names::default())?.0;
    for (cookies, told) in [(Cookies::Ignored, "None"), (Cookies::Kept, r#"Some("wall=passed")"#)] {
        let client = Client::new(ClientOptions { cookies, ..ClientOptions::default() }, guard.clone())?;
        let answer = client.get(&site.url("/"), &HeaderMap::new()).await?;
        assert_eq!(answer.bytes().await?, told, "{cookies:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_chain_of_redirects_ends() -> anyhow::Result<()> {
    let site = site_with("/", Redirect::to("/")).await?;
    let error = client(&[&site])?.get(&site.url("/"), &HeaderMap::new()).await.expect_err("a loop");
    assert!(matches!(error, ClientError::TooManyRedirects { limit: 10, .. }), "{error:?}");
    assert_eq!(site.paths().len(), 11);
    Ok(())
}

#[tokio::test]
async fn any_status_is_an_answer() -> anyhow::Result<()> {
    let site = site_with("/", (StatusCode::NOT_MODIFIED, [("etag", "\"a\"")])).await?;
    let answer = client(&[&site])?.get(&site.url("/"), &HeaderMap::new()).await?;
    assert_eq!((answer.status().as_u16(), answer.headers()["etag"].to_str()?), (304, "\"a\""));
    let missing = client(&[&site])?.get(&site.url("/none"), &HeaderMap::new()).await?;
    assert_eq!(missing.status(), 404);
    Ok(())
}

#[tokio::test]
async fn bodies_come_unpacked() -> anyhow::Result<()> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    std::io::Write::write_all(&mut gzip, b"hello")?;
    let brotli = b"\x0b\x02\x80hello\x03".to_vec();
    // One raw block of five bytes in a frame that tells its length (RFC 8878).
    let zstd = b"\x28\xb5\x2f\xfd\x20\x05\x29\x00\x00hello".to_vec();
    for (encoding, body) in [("gzip", gzip.finish()?), ("br", brotli), ("zstd", zstd)] {
        let site = site_with("/", ([(CONTENT_ENCODING, encoding)], body)).await?;
        let answer = client(&[&site])?.get(&site.url("/"), &HeaderMap::new()).await?;
        assert_eq!(answer.bytes().await?, "hello", "{encoding}");
        let offered = site.seen()[0].headers["accept-encoding"].to_str()?.to_owned();
        assert!(offered.contains(encoding), "{offered}");
    }
    Ok(())
}

#[tokio::test]
async fn a_bomb_is_found_out_at_the_limit() -> anyhow::Result<()> {
    const LIMIT: u64 = 1 << 20;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    std::io::copy(&mut std::io::Read::take(std::io::repeat(0), 200 << 20), &mut gzip)?;
    // Blocks of 128 KiB that are one byte repeated: four bytes each.
    let mut zstd = b"\x28\xb5\x2f\xfd\x00\x58".to_vec();
    zstd.extend(b"\x02\x00\x10\x00".repeat(1600));
    for (encoding, body) in [("gzip", gzip.finish()?), ("zstd", zstd)] {
        let site = site_with("/", ([(CONTENT_ENCODING, encoding)], body)).await?;
        let limits = Limits { body_bytes: LIMIT, ..Limits::default() };
        let mut answer = client(&[&site])?.get_within(&site.url("/"), &HeaderMap::new(), limits).await?;
        let error = loop {
            match answer.chunk().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("{encoding}: all of it came"),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, ClientError::TooLarge { limit_bytes: LIMIT, .. }), "{encoding}: {error:?}");
        assert!(answer.read_bytes() < 2 * LIMIT, "{encoding}: {} unpacked", answer.read_bytes());
    }
    Ok(())
}

#[tokio::test]
async fn a_body_that_trickles_ends_in_time() -> anyhow::Result<()> {
    let trickle = async || {
        let bytes = futures::stream::unfold((), async |()| {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Some((Ok::<_, std::io::Error>("a"), ()))
        });
        Body::from_stream(bytes)
    };
    let site = Site::start(Router::new().route("/", get(trickle))).await?;
    let limits = Limits { total_timeout: Duration::from_millis(300), ..Limits::default() };
    let answer = client(&[&site])?.get_within(&site.url("/"), &HeaderMap::new(), limits).await?;
    let error = answer.bytes().await.expect_err("no end");
    assert!(matches!(error, ClientError::Timeout { .. }) && error.is_passing(), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn a_body_that_breaks_off_is_an_error() -> anyhow::Result<()> {
    let (go, gone) = tokio::sync::watch::channel(false);
    let broken = async move || {
        let mut gone = gone.clone();
        let breaks = futures::stream::once(async move {
            let _ = gone.wait_for(|gone| *gone).await;
            Err(std::io::Error::other("gone"))
        });
        Body::from_stream(futures::stream::iter([Ok("half")]).chain(breaks))
    };
    let site = Site::start(Router::new().route("/", get(broken))).await?;
    let mut answer = client(&[&site])?.get(&site.url("/"), &HeaderMap::new()).await?;
    assert_eq!(answer.chunk().await?.as_deref(), Some(&b"half"[..]));
    go.send(true)?;
    let error = answer.bytes().await.expect_err("half of it");
    assert!(matches!(error, ClientError::Body { .. }) && error.is_passing(), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn a_certificate_that_nobody_signed_is_refused() -> anyhow::Result<()> {
    let site = crate::site::Sealed::start().await?;
    let options = GuardOptions { allow: vec![site.address.to_string()], ..GuardOptions::default() };
    let client = Client::new(ClientOptions::default(), Arc::new(Guard::new(&options)?))?;
    let url = Url::parse(&format!("https://{}/", site.address))?;
    let error = client.get(&url, &HeaderMap::new()).await.expect_err("not trusted");
    assert!(matches!(error, ClientError::Connection { .. }), "{error:?}");
    assert!(error.to_string().contains("certificate"), "{error}");
    Ok(())
}

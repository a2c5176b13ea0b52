//! What a hostile URL and a hostile page get out of a browser: nothing.

use std::net::{TcpListener as Canary, UdpSocket};
use std::sync::Arc;

use axum::Router;
use axum::extract::RawQuery;
use axum::response::{Html, Redirect};
use axum::routing::get;
use mg_crawl::browser::{BrowserError, BrowserPool, PoolOptions, Step, Until, Visit};
use mg_crawl::guard::{Guard, GuardOptions};
use serde_json::json;

use super::{html, site};
use crate::hostile::HOSTILE;
use crate::names::Names;
use crate::site::{PATIENCE, Site};

/// Ways to write this machine's address and names that Chromium may be told to go to.
const SPELLINGS: &[&str] = &[
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "0.0.0.0",
    "127.127.127.127",
    "localhost",
    "localhost.",
    "a.localhost",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "rebind.example",
    "private.example",
];

fn pool(options: &GuardOptions, names: Names) -> anyhow::Result<(BrowserPool, Arc<Names>)> {
    let names = Arc::new(names);
    let guard = Guard::with_resolver(options, names.clone())?;
    Ok((BrowserPool::new(PoolOptions::default(), Arc::new(guard)), names))
}

fn refused(error: &BrowserError) -> Option<&'static str> {
    match error {
        BrowserError::Refused { reason, .. } => Some(reason.rule()),
        _ => None,
    }
}

#[tokio::test]
async fn every_hostile_spelling_is_refused_before_a_page_is_opened() -> anyhow::Result<()> {
    let (pool, names) = pool(&GuardOptions::default(), Names::default())?;
    for (text, rule) in HOSTILE {
        let error = pool.visit(&Visit::get(text.parse()?)).await.expect_err(text);
        assert_eq!(refused(&error), Some(*rule), "{text}: {error:?}");
    }
    assert!(names.asked().is_empty() && pool.process_groups().await.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_page_is_refused_where_it_leads_elsewhere_than_to_the_public_web() -> anyhow::Result<()> {
    let to = async |RawQuery(query): RawQuery| Redirect::temporary(&query.unwrap_or_default());
    let goes = async |RawQuery(query): RawQuery| {
        Html(format!("<script>location.href = {}</script>", json!(query.unwrap_or_default())))
    };
    let site = Site::start(Router::new().route("/to", get(to)).route("/goes", get(goes))).await?;
    let names = Names::default().with("private.example", &[&["10.1.2.3"]]);
    let options = GuardOptions { allow: vec![site.endpoint()], ..GuardOptions::default() };
    let (pool, _) = pool(&options, names)?;
    for target in [
        "http://169.254.169.254/latest/meta-data/",
        "http://0xa9fea9fe/",
        "https://127.0.0.1/",
        "http://[::ffff:169.254.169.254]/",
        "http://private.example/",
        "https://private.example/",
        "http://metadata.google.internal/",
    ] {
        for path in ["to", "goes"] {
            let steps = vec![Step::Wait(Until::Script("location.pathname !== '/goes'".to_owned()))];
            let url = site.url(&format!("/{path}?{target}"));
            let visited = pool.visit(&Visit { steps, timeout: PATIENCE, ..Visit::get(url) }).await;
            let error = visited.expect_err(target);
            assert!(
                matches!(refused(&error), Some("address" | "name" | "port")),
                "{path} {target}: {error:?}"
            );
        }
    }
    Ok(())
}

/// Tries every way out that a page has, in every spelling, then says so in its title.
const TRIES: &str = "<!doctype html><script>
    const settled = make => new Promise(resolve => { try { make(resolve) } catch { resolve() } });
    const element = (name, attribute) => url => settled(resolve => {
        const made = document.createElement(name);
        made.onload = made.onerror = resolve;
        made[attribute] = url;
        document.body.append(made);
    });
    const ways = [
        url => fetch(url, { mode: 'no-cors' }).catch(() => {}),
        url => fetch(url, { mode: 'no-cors', method: 'POST', body: 'x' }).catch(() => {}),
        url => settled(resolve => { new EventSource(url).onerror = resolve }),
        url => settled(resolve => {
            const socket = new WebSocket(url.replace('http', 'ws'));
            socket.onclose = socket.onerror = resolve;
        }),
        element('img', 'src'), element('script', 'src'), element('iframe', 'src'), element('video', 'src'),
        url => settled(resolve => {
            const made = document.createElement('link');
            made.rel = 'stylesheet'; made.onload = made.onerror = resolve; made.href = url;
            document.head.append(made);
        }),
        url => { navigator.sendBeacon(url, 'x'); return Promise.resolve() },
    ];
    const stun = async port => {
        const connection = new RTCPeerConnection({ iceServers: [{ urls: `stun:127.0.0.1:${port}` }] });
        connection.createDataChannel('x');
        const done = new Promise(resolve => {
            connection.onicegatheringstatechange = () => connection.iceGatheringState === 'complete' && resolve();
        });
        await connection.setLocalDescription(await connection.createOffer());
        await done;
    };
    const transport = port => settled(resolve => {
        const made = new WebTransport(`https://127.0.0.1:${port}/`);
        made.ready.then(resolve, resolve); made.closed.catch(() => {});
    });
    onload = async () => {
        const { spellings, tcp, udp } = JSON.parse(decodeURIComponent(location.search.slice(1)));
        const urls = spellings.map(host => `http://${host}:${tcp}/`);
        await Promise.all(urls.flatMap(url => ways.map(way => way(url))));
        await Promise.all([stun(udp), transport(udp)]);
        document.title = 'tried';
    };
</script><body></body>";

#[tokio::test]
async fn a_hostile_page_reaches_nothing_of_this_machine() -> anyhow::Result<()> {
    let canary = Canary::bind("127.0.0.1:0")?;
    canary.set_nonblocking(true)?;
    let (tcp, datagrams) = (canary.local_addr()?.port(), UdpSocket::bind("127.0.0.1:0")?);
    datagrams.set_nonblocking(true)?;
    let site = Site::start(Router::new().route("/", html(TRIES))).await?;
    let names = Names::default()
        .with("rebind.example", &[&["192.31.196.1"], &["127.0.0.1"]])
        .with("private.example", &[&["127.0.0.1"]]);
    // The canary's port is open, so that it is the address that is refused and not the port.
    let options = GuardOptions { ports: vec![80, tcp], allow: vec![site.endpoint()], domains: Vec::new() };
    let (pool, _) = pool(&options, names)?;
    let task = json!({ "spellings": SPELLINGS, "tcp": tcp, "udp": datagrams.local_addr()?.port() });
    let mut url = site.url("/");
    url.set_query(Some(&task.to_string()));
    let steps = vec![Step::Wait(Until::Script("document.title === 'tried'".to_owned()))];
    let tried = Visit { steps, timeout: PATIENCE, blocked: Vec::new(), ..Visit::get(url) };
    pool.visit(&tried).await?;
    assert!(canary.accept().is_err(), "somebody connected");
    assert!(datagrams.recv_from(&mut [0; 64]).is_err(), "a datagram came");

    // The same page, and a guard that allows the canary: it is not for want of trying.
    let options = GuardOptions { allow: vec![site.endpoint(), format!("127.0.0.1:{tcp}")], ..options };
    let (open, _) = self::pool(&options, Names::default())?;
    let connected = async {
        loop {
            if canary.accept().is_ok() {
                return anyhow::Ok(());
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        visited = open.visit(&tried) => panic!("nobody answers at the canary's: {visited:?}"),
        reached = tokio::time::timeout(PATIENCE, connected) => reached?,
    }
}

#[tokio::test]
async fn a_narrower_guard_holds_the_page_and_leaves_what_it_loads() -> anyhow::Result<()> {
    let other = site(&[("/", "<p>other</p>"), ("/frame", "<p>frame</p>")]).await?;
    let frame = format!("<iframe src={}></iframe>", other.url("/frame"));
    let goes = format!("<script>location.href = {}</script>", json!(other.url("/")));
    let to = other.url("/").to_string();
    let router = Router::new()
        .route("/frame", get(async move || Html(frame)))
        .route("/goes", get(async move || Html(goes)))
        .route("/to", get(async move || Redirect::to(&to)));
    let site = Site::start(router).await?;
    let options = GuardOptions { allow: vec![site.endpoint(), other.endpoint()], ..GuardOptions::default() };
    let (pool, _) = pool(&options, Names::default())?;
    let only = GuardOptions { allow: vec![site.endpoint()], ..GuardOptions::default() };
    let within = Some(Arc::new(Guard::new(&only)?));
    for path in ["/goes", "/to"] {
        let steps = vec![Step::Wait(Until::Selector("p".to_owned()))];
        let visit = Visit { steps, within: within.clone(), timeout: PATIENCE, ..Visit::get(site.url(path)) };
        let error = pool.visit(&visit).await.expect_err(path);
        assert!(refused(&error).is_some(), "{path}: {error:?}");
    }
    assert!(other.paths().is_empty(), "{:?}", other.paths());
    pool.visit(&Visit { within, timeout: PATIENCE, ..Visit::get(site.url("/frame")) }).await?;
    other.asked_for("/frame").await
}

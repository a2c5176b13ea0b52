//! The proxy that browsers go through, spoken to by hand.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use http::HeaderMap;
use mg_crawl::guard::{Guard, GuardOptions, Refused};
use mg_crawl::proxy::{Proxy, ProxyOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use url::Url;

use crate::hostile::HOSTILE;
use crate::names::Names;
use crate::site::{PATIENCE, Site};

async fn proxy(allow: &[String], names: Names) -> anyhow::Result<(Proxy, Arc<Names>)> {
    let names = Arc::new(names);
    let options = GuardOptions { allow: allow.to_vec(), ..GuardOptions::default() };
    let guard = Guard::with_resolver(&options, names.clone())?;
    Ok((Proxy::start(Arc::new(guard), ProxyOptions::default()).await?, names))
}

/// Says something to the proxy and gives all that it answers until it closes.
async fn said(proxy: &Proxy, words: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(proxy.address()).await?;
    stream.write_all(words.as_bytes()).await?;
    let mut answer = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut answer)).await??;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// A tunnel through the proxy, opened.
async fn tunnel(proxy: &Proxy, target: &str) -> anyhow::Result<TcpStream> {
    let mut stream = TcpStream::connect(proxy.address()).await?;
    stream.write_all(format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n").as_bytes()).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(timeout(PATIENCE, stream.read_u8()).await??);
    }
    anyhow::ensure!(head.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&head));
    Ok(stream)
}

/// Answers whatever it is told, until that ends.
async fn echo() -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let endpoint = listener.local_addr()?.to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = stream.split();
                let _ = tokio::io::copy(&mut from, &mut to).await;
            });
        }
    });
    Ok(endpoint)
}

#[tokio::test]
async fn every_hostile_spelling_is_refused_for_tunnels_and_for_plain_requests() -> anyhow::Result<()> {
    let (proxy, names) = proxy(&[], Names::default()).await?;
    for (text, rule) in HOSTILE {
        let url = Url::parse(text)?;
        // What the browser makes of a URL, and what somebody writes who does not go through a browser.
        let raw = text.split("//").nth(1).and_then(|rest| rest.split(['/', '\\']).next()).unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or(80);
        for host in [url.host_str().unwrap_or_default(), raw] {
            let target = if host.contains(':') && !host.ends_with(']') {
                host.to_owned()
            } else {
                format!("{host}:{port}")
            };
            let answer =
                said(&proxy, &format!("CONNECT {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                    .await?;
            let code = answer.split(' ').nth(1).unwrap_or("closed").to_owned();
            let refused = matches!(code.as_str(), "400" | "403" | "closed");
            // Without its credentials, the host of such a URL is harmless, and unknown here.
            let unknown = *rule == "credentials" && code == "502";
            assert!(refused || unknown || *rule == "scheme", "{text} as {target}: {answer}");
            assert!(code != "200", "{text} as {target}: {answer}");
        }
        let answer =
            said(&proxy, &format!("GET {url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).await?;
        let code = answer.split(' ').nth(1).unwrap_or("closed").to_owned();
        assert!(matches!(code.as_str(), "400" | "403" | "closed"), "{text}: {answer}");
    }
    let asked = names.asked();
    assert!(asked.iter().all(|name| name == "site.example"), "{asked:?}");
    Ok(())
}

#[tokio::test]
async fn a_refusal_is_said_and_noted() -> anyhow::Result<()> {
    let names = Names::default().with("inner.example", &[&["192.168.1.1"]]);
    let (proxy, _) = proxy(&[], names).await?;
    let answer = said(
        &proxy,
        "GET http://inner.example/a HTTP/1.1\r\nHost: inner.example\r\nConnection: close\r\n\r\n",
    )
    .await?;
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    assert!(answer.contains("proxy-status: mg; error=destination_ip_prohibited"), "{answer}");
    assert!(answer.contains("`inner.example` does not lead to the public web alone."), "{answer}");
    assert!(!answer.contains("192.168"), "{answer}");
    let noted = proxy.refusal(&Url::parse("http://inner.example/other")?);
    assert_eq!(noted, Some(Refused::Private("inner.example".to_owned())));
    assert_eq!(proxy.refusal(&Url::parse("https://inner.example/")?), None);
    Ok(())
}

#[tokio::test]
async fn a_plain_request_is_passed_on_as_the_server_expects_it() -> anyhow::Result<()> {
    let told = async |headers: HeaderMap| format!("{:?}", headers.get("host"));
    let site = Site::start(Router::new().route("/a", get(told))).await?;
    let (proxy, _) = proxy(&[site.endpoint()], Names::default()).await?;
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: elsewhere\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: x\r\n\
         Connection: close, X-Hop\r\nX-Hop: 1\r\nX-Kept: 1\r\n\r\n",
        site.url("/a?b=c")
    );
    let answer = said(&proxy, &request).await?;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains(&site.endpoint()), "{answer}");
    let seen = site.seen().remove(0);
    assert_eq!(seen.path, "/a?b=c");
    let has = ["x-kept", "x-hop", "proxy-connection", "proxy-authorization"]
        .map(|name| seen.headers.contains_key(name));
    assert_eq!(has, [true, false, false, false]);
    assert!(proxy.received_bytes() > 0);
    Ok(())
}

#[tokio::test]
async fn a_tunnel_carries_both_ways_and_ends_with_the_proxy() -> anyhow::Result<()> {
    let endpoint = echo().await?;
    let (proxy, _) = proxy(std::slice::from_ref(&endpoint), Names::default()).await?;
    let mut stream = tunnel(&proxy, &endpoint).await?;
    stream.write_all(b"hello").await?;
    let mut answer = [0; 5];
    timeout(PATIENCE, stream.read_exact(&mut answer)).await??;
    assert_eq!((&answer, proxy.received_bytes()), (b"hello", 5));
    let address = proxy.address();
    drop(proxy);
    // Closed or reset: nothing more comes.
    assert!(timeout(PATIENCE, stream.read_u8()).await?.is_err());
    let gone = async { while TcpStream::connect(address).await.is_ok() {} };
    timeout(PATIENCE, gone).await?;
    Ok(())
}

#[tokio::test]
async fn a_tunnel_in_which_nothing_moves_is_ended() -> anyhow::Result<()> {
    let endpoint = echo().await?;
    let guard = Guard::new(&GuardOptions { allow: vec![endpoint.clone()], ..GuardOptions::default() })?;
    let options = ProxyOptions { idle_timeout: Duration::from_millis(50), ..ProxyOptions::default() };
    let proxy = Proxy::start(Arc::new(guard), options).await?;
    let mut stream = tunnel(&proxy, &endpoint).await?;
    assert!(timeout(PATIENCE, stream.read_u8()).await?.is_err());
    Ok(())
}

#[tokio::test]
async fn connections_beyond_the_cap_are_closed_until_there_is_room() -> anyhow::Result<()> {
    let endpoint = echo().await?;
    let guard = Guard::new(&GuardOptions { allow: vec![endpoint.clone()], ..GuardOptions::default() })?;
    let options = ProxyOptions { connections: 1, ..ProxyOptions::default() };
    let proxy = Proxy::start(Arc::new(guard), options).await?;
    let first = tunnel(&proxy, &endpoint).await?;
    assert!(tunnel(&proxy, &endpoint).await.is_err(), "a second one was let in");
    drop(first);
    let again = async { while tunnel(&proxy, &endpoint).await.is_err() {} };
    timeout(PATIENCE, again).await?;
    Ok(())
}

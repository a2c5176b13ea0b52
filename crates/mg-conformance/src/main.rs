//! Test only: a server for the protocol's conformance suite, which `scripts/conformance.sh` runs.
//!
//! Two endpoints over one platform with a database of its own: the suite's fixtures behind the
//! platform's door, and the product as `mg serve` serves it. The suite cannot show a token, so
//! a layer outside of the door shows one for it; the door itself is the product's.
//!
//! The addresses are written to standard output, a name and a URL a line, once both answer. The
//! server ends when its standard input does.

mod fixture;

use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn};
use chrono::NaiveTime;
use mg_core::{Clock, FixedClock, Role};
use mg_server::{HttpOptions, Sessions, mcp_door};
use mg_testkit::{TODAY, TestPlatform};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use fixture::Fixtures;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    platform.run_dag("urbanisme").await?;
    let token = HeaderValue::from_str(&format!("Bearer {}", platform.token(Role::Editor).await?))?;
    let clock: Arc<dyn Clock> = Arc::new(FixedClock(TODAY.and_time(NaiveTime::MIN).and_utc()));
    let options = HttpOptions {
        allowed_hosts: vec!["127.0.0.1".to_owned(), "localhost".to_owned()],
        allowed_origins: vec!["http://localhost:*".to_owned(), "http://127.0.0.1:*".to_owned()],
    };
    let fixtures = Fixtures::new(&platform.app);
    let app = platform.app.clone();
    let fixtures = mcp_door(fixtures, Sessions::Allowed, &app, Arc::clone(&clock), &options);
    let product = mg_server::router(app, clock, &options);
    for (name, router) in [("fixtures", fixtures), ("product", product)] {
        println!("{name} {}/mcp", serve(router, token.clone()).await?);
    }
    let mut input = tokio::io::stdin();
    while input.read(&mut [0; 64]).await? > 0 {}
    platform.stop().await;
    Ok(())
}

/// Serves `router` to a suite that has no token.
async fn serve(router: Router, token: HeaderValue) -> anyhow::Result<String> {
    let show_token = move |mut request: Request, next: Next| {
        request.headers_mut().insert(header::AUTHORIZATION, token.clone());
        next.run(request)
    };
    let router = router.layer(from_fn(show_token));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("listening on loopback")?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}

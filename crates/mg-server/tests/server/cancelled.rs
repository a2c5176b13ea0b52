//! A client that goes away: what it asked for ends with it.

use std::num::NonZeroU32;
use std::time::Duration;

use mg_core::Role;
use mg_server::app::{CallLimits, Calls};
use mg_testkit::TestPlatform;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::wire::{Wire, clock, options, serve};

/// Longer than anybody waits, unless it is stopped.
const ENDLESS: &str = "select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b";

/// A platform where one call at a time is let in, so that a second one tells whether the first
/// is still under way; and where no statement runs out of time before the test does.
pub(crate) async fn one_at_a_time(platform: &TestPlatform) -> anyhow::Result<Wire> {
    let mut app = platform.app.clone();
    app.limits.timeout_ms = 3_600_000;
    let requests_per_minute = NonZeroU32::new(100_000).expect("not zero");
    let limits = CallLimits { concurrency: 1, requests_per_minute };
    app.calls = Calls::new(limits, app.calls.audit().clone());
    let url = serve(mg_server::router(app, clock(), &options())).await?;
    Ok(Wire::of(platform, Role::Viewer).await?.moved_to(&url))
}

/// Asks something quick until the answer says whether another call is under way.
pub(crate) async fn until_busy(wire: &Wire, busy: bool) -> anyhow::Result<()> {
    let asking = async {
        loop {
            let call = json!({ "name": "list_spiders", "arguments": {} });
            let answer = wire.ask("tools/call", call).await?;
            let text = answer["content"][0]["text"].as_str().unwrap_or_default().to_owned();
            if text.ends_with("[too_many_at_once]") == busy {
                return anyhow::Ok(());
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(120), asking).await?
}

pub(crate) fn endless(meta: &Value) -> Value {
    json!({ "name": "run_sql", "arguments": { "sql": ENDLESS }, "_meta": meta })
}

#[tokio::test]
async fn a_call_ends_when_its_client_hangs_up_before_the_answer() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let wire = one_at_a_time(&platform).await?;
    let caller = wire.clone();
    let call = tokio::spawn(async move { caller.send("tools/call", endless(&json!({}))).await });
    until_busy(&wire, true).await?;
    call.abort();
    until_busy(&wire, false).await?;
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_call_ends_when_its_client_closes_the_stream() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let wire = one_at_a_time(&platform).await?;
    let mut stream = wire.stream("tools/call", endless(&json!({ "progressToken": 1 }))).await?;
    let first = stream.message().await?;
    assert_eq!(first["method"], "notifications/progress", "{first}");
    until_busy(&wire, true).await?;
    let second = stream.message().await?;
    assert!(second["params"]["progress"].as_f64().is_some_and(|seconds| seconds >= 1.0), "{second}");
    drop(stream);
    until_busy(&wire, false).await?;
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn resources_and_prompts_count_as_calls() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let wire = one_at_a_time(&platform).await?;
    let stream = wire.stream("tools/call", endless(&json!({ "progressToken": 1 }))).await?;
    until_busy(&wire, true).await?;
    for (method, request) in [
        ("resources/read", json!({ "uri": "mg://stats" })),
        ("prompts/get", json!({ "name": "generate_report", "arguments": {} })),
    ] {
        let error = wire.refused(method, request).await?;
        assert_eq!(error["data"]["code"], "too_many_at_once", "{method}: {error}");
    }
    drop(stream);
    until_busy(&wire, false).await?;
    platform.stop().await;
    Ok(())
}

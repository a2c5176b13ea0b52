//! How much a token may ask, and what is answered from memory.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::time::Duration;

use anyhow::Context;
use mg_core::{Role, Scope};
use mg_server::app::{CallLimits, Calls, SqlCache};
use mg_testkit::TestPlatform;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::cancelled::{endless, one_at_a_time, until_busy};
use crate::wire::{Wire, clock, options, serve};

const DWELLINGS: &str = "select logements from fact_permis where code_commune = '77243'";

fn call(tool: &str, arguments: &Value) -> Value {
    json!({ "name": tool, "arguments": arguments })
}

#[tokio::test]
async fn calls_beyond_the_minutes_are_told_when_to_come_again_and_other_tokens_go_on() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let mut app = platform.app.clone();
    let requests_per_minute = NonZeroU32::new(3).context("not zero")?;
    let limits = CallLimits { requests_per_minute, ..CallLimits::default() };
    app.calls = Calls::new(limits, app.calls.audit().clone());
    let url = serve(mg_server::router(app, clock(), &options())).await?;
    let busy = Wire::of(&platform, Role::Viewer).await?.moved_to(&url).with_tasks();
    let other = Wire::of(&platform, Role::Viewer).await?.moved_to(&url);
    for _ in 0..3 {
        let answer = busy.ask("tools/call", call("get_current_date", &json!({}))).await?;
        assert_eq!(answer["isError"], false, "{answer}");
    }
    let refused = busy.ask("tools/call", call("get_current_date", &json!({}))).await?;
    let text = refused["content"][0]["text"].as_str().context("a text")?;
    assert!(text.starts_with("This token may call 3 times a minute. Call again in "), "{text}");
    assert!(text.ends_with("[rate_limited]"), "{text}");
    for (method, parameters) in [
        ("resources/read", json!({ "uri": "mg://schema" })),
        ("prompts/get", json!({ "name": "generate_report" })),
        ("tasks/get", json!({ "taskId": "0" })),
        (
            "completion/complete",
            json!({
                "ref": { "type": "ref/resource", "uri": "mg://kpis/{name}" },
                "argument": { "name": "name", "value": "" },
            }),
        ),
    ] {
        let error = busy.refused(method, parameters).await?;
        assert_eq!(error["data"]["code"], "rate_limited", "{method}: {error}");
        assert!(error["message"].as_str().is_some_and(|text| text.contains("Call again in ")), "{error}");
    }
    let free = other.ask("tools/call", call("get_current_date", &json!({}))).await?;
    assert_eq!(free["isError"], false, "{free}");
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_token_at_its_limit_of_calls_stands_in_no_others_way() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let busy = one_at_a_time(&platform).await?;
    let stream = busy.stream("tools/call", endless(&json!({ "progressToken": 1 }))).await?;
    until_busy(&busy, true).await?;
    let refused = busy.ask("tools/call", call("list_kpis", &json!({}))).await?;
    let text = refused["content"][0]["text"].as_str().context("a text")?;
    let expected =
        "This token has 1 calls under way, as many as it may. Wait for one to end. [too_many_at_once]";
    assert_eq!(text, expected);
    let other = busy.with_token(platform.token(Role::Viewer).await?);
    let answer = other.ask("tools/call", call("list_kpis", &json!({}))).await?;
    assert_eq!(answer["isError"], false, "{answer}");
    drop(stream);
    until_busy(&busy, false).await?;
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn an_answer_is_given_again_to_its_scope_until_the_data_change() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let mut app = platform.app.clone();
    app.answers = SqlCache::new(Duration::from_secs(3_600));
    let url = serve(mg_server::router(app, clock(), &options())).await?;
    // Nothing is kept before it can be heard that it is past.
    until(async || Ok(platform.app.signals.data().is_some())).await?;
    let of = async |communes: &[&str]| {
        let scope = match communes {
            [] => Scope::All,
            codes => Scope::Communes(codes.iter().map(|code| (*code).to_owned()).collect::<BTreeSet<_>>()),
        };
        Wire::at(&url, platform.scoped_token(Role::Viewer, scope).await?)
    };
    let (first, second) = (of(&[]).await?, of(&[]).await?);
    let (lagny, carnetin) = (of(&["77243"]).await?, of(&["77062"]).await?);
    let permit = "insert into analytics.fact_permis
                      (fichier, type_dau, num_dau, code_commune, etat, logements, millesime, source)
                  values ('logements', 'PC', '1', '77243', 'autorise', 21191, '2026-10', 'x') returning num_dau";
    assert_eq!(platform.app.store.texts(permit).await?, ["1"]);
    assert_eq!(rows(&first).await?, json!([[21_191]]));

    // A change that nothing tells of, so that memory and database differ.
    let change = "update analytics.fact_permis set logements = 7 returning num_dau";
    assert_eq!(platform.app.store.texts(change).await?, ["1"]);
    assert_eq!(platform.column(DWELLINGS).await?, ["7"], "the platform's own service keeps nothing");
    assert_eq!(rows(&first).await?, json!([[21_191]]));
    assert_eq!(rows(&second).await?, json!([[21_191]]), "tokens of one scope share it");
    assert_eq!(rows(&lagny).await?, json!([[7]]), "another scope does not");
    assert_eq!(rows(&carnetin).await?, json!([]));

    // A new edition does.
    platform.app.store.record_edition("sitadel", "2026-11", 1).await?;
    until(async || Ok(rows(&first).await? == json!([[7]]))).await?;
    assert_eq!(rows(&carnetin).await?, json!([]));
    platform.stop().await;
    Ok(())
}

async fn rows(wire: &Wire) -> anyhow::Result<Value> {
    let answer = wire.ask("tools/call", call("run_sql", &json!({ "sql": DWELLINGS }))).await?;
    Ok(answer["structuredContent"]["rows"].clone())
}

/// Waits until something is so.
async fn until(mut so: impl AsyncFnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let looking = async {
        while !so().await? {
            sleep(Duration::from_millis(10)).await;
        }
        anyhow::Ok(())
    };
    timeout(Duration::from_secs(20), looking).await.context("it did not become so")?
}

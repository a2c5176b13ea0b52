//! Subscriptions: who listens is told.

use mg_core::{Role, RunId};
use mg_server::app;
use mg_testkit::TestPlatform;
use serde_json::{Value, json};
use tokio::time::{Duration, timeout};

use crate::wire::{Stream, Wire};

async fn listen(wire: &Wire, uris: &[&str]) -> anyhow::Result<(Stream, Value)> {
    let request = json!({ "notifications": { "resourceSubscriptions": uris } });
    let mut stream = wire.stream("subscriptions/listen", request).await?;
    let acknowledged = stream.message().await?;
    assert_eq!(acknowledged["method"], "notifications/subscriptions/acknowledged", "{acknowledged}");
    Ok((stream, acknowledged["params"]["notifications"]["resourceSubscriptions"].clone()))
}

async fn updated(stream: &mut Stream) -> anyhow::Result<String> {
    let message = timeout(Duration::from_secs(180), stream.message()).await??;
    assert_eq!(message["method"], "notifications/resources/updated", "{message}");
    Ok(message["params"]["uri"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_run_and_the_kpis_that_it_measures_are_told() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let wire = Wire::of(&platform, Role::Viewer).await?;
    let (mut kpis, _) = listen(&wire, &["mg://kpis/mutations"]).await?;
    let editor = platform.context(Role::Editor);
    let run = RunId(app::launch_dag(&editor, &platform.app, "urbanisme", Value::Null).await?.run_id);
    let uri = format!("mg://runs/{run}");
    let (mut runs, accepted) = listen(&wire, &[&uri]).await?;
    assert_eq!(accepted, json!([uri]));
    loop {
        assert_eq!(updated(&mut runs).await?, uri);
        let read = wire.ask("resources/read", json!({ "uri": uri })).await?;
        let read: Value = serde_json::from_str(read["contents"][0]["text"].as_str().unwrap_or_default())?;
        if read["finished"] == true {
            break;
        }
    }
    assert_eq!(updated(&mut kpis).await?, "mg://kpis/mutations");
    // Who comes after the end is told at once.
    let (mut late, _) = listen(&wire, &[&uri]).await?;
    assert_eq!(updated(&mut late).await?, uri);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn only_what_changes_can_be_listened_to() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let wire = Wire::of(&platform, Role::Viewer).await?;
    let asked =
        ["mg://schema", "mg://kpis/mutations", "mg://tables/kpi.value", "file:///etc/passwd", "mg://runs/1"];
    let (stream, accepted) = listen(&wire, &asked).await?;
    assert_eq!(accepted, json!(["mg://kpis/mutations", "mg://runs/1"]));
    drop(stream);
    let many: Vec<String> = (1..200).map(|run| format!("mg://runs/{run}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let (stream, accepted) = listen(&wire, &many).await?;
    assert_eq!(accepted.as_array().map(Vec::len), Some(64), "one stream names no more");
    drop(stream);
    let request = json!({ "notifications": { "resourceSubscriptions": ["mg://runs/1"] } });
    let previous = wire.ask_previous("subscriptions/listen", request).await?;
    assert_eq!(previous["error"]["code"], -32601, "{previous}");
    platform.stop().await;
    Ok(())
}

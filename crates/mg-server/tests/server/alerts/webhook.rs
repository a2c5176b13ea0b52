//! Webhooks: the forms, the signature, and where we do not go.

use anyhow::{Context, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use mg_server::alert::WebhookForm;
use mg_testkit::{Hook, HookSink, TestDatabase};
use serde_json::json;
use sha2::Sha256;

use super::bed::{alerts, channels, fail_runs, let_time_pass, to_hook};

/// Key and secret of an example of the standard's own form.
const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

fn secret() -> String {
    format!("whsec_{}", STANDARD.encode(KEY))
}

/// What a receiver does: <https://www.standardwebhooks.com>.
fn is_authentic(hook: &Hook, key: &[u8]) -> bool {
    let (id, at) = (hook.header("webhook-id"), hook.header("webhook-timestamp"));
    let Some(signature) = hook.header("webhook-signature").strip_prefix("v1,") else { return false };
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(format!("{id}.{at}.{}", hook.body).as_bytes());
    STANDARD.decode(signature).is_ok_and(|signature| mac.verify_slice(&signature).is_ok())
}

#[tokio::test]
async fn a_failure_comes_as_version_one_and_signed() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let sink = HookSink::start().await?;
    let alerts = alerts(&database.store, to_hook(&sink, WebhookForm::Json, Some(&secret())))?;
    fail_runs(&database, "sitadel", 1)?;
    ensure!(alerts.tick().await?.sent == 1);
    let hook = &sink.received(1).await?[0];
    ensure!(is_authentic(hook, KEY), "{hook:?}");
    ensure!(!is_authentic(hook, b"another key"));
    let body = hook.json()?;
    ensure!(body["id"] == hook.header("webhook-id"), "{body}");
    let run = &body["alerts"][0]["last_run"];
    let expected = json!({
        "kind": "failure", "task": "permis", "kpi": null, "code": "portal_down",
        "message": "The portal answered <500> & nothing else.", "count": 1, "first_run": run, "last_run": run,
        "since": body["alerts"][0]["since"], "until": body["alerts"][0]["since"],
        "title_fr": format!("L'exécution {run} de sitadel a échoué"),
        "title_en": format!("Run {run} of sitadel failed in task permis (portal_down)."),
        "commands": [format!("mg run show {run}"), format!("mg run retry {run}")], "url": null,
    });
    ensure!(body["alerts"] == json!([expected]), "{body:#}");
    ensure!(body["version"] == 1 && body["test"] == false && body["dag"] == "sitadel" && body["untold"] == 0);
    ensure!(body["counts"] == json!({ "failure": 1, "deadline": 0, "stale": 0, "recovery": 0 }), "{body:#}");
    let since = body["alerts"][0]["since"].as_str().context("an instant")?;
    ensure!(chrono::DateTime::parse_from_rfc3339(since).is_ok(), "{since}");
    Ok(())
}

#[tokio::test]
async fn slack_gets_blocks_within_its_bounds() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let sink = HookSink::start().await?;
    let alerts = alerts(&database.store, to_hook(&sink, WebhookForm::Slack, None))?;
    fail_runs(&database, "sitadel", 1)?;
    alerts.tick().await?;
    let hook = &sink.received(1).await?[0];
    ensure!(hook.header("webhook-signature").is_empty());
    let body = hook.json()?;
    ensure!(body["text"].as_str().is_some_and(|text| text.contains("a échoué")), "{body:#}");
    ensure!(body["blocks"][0]["type"] == "header" && body["blocks"][1]["type"] == "section", "{body:#}");
    let section = body["blocks"][1]["text"]["text"].as_str().context("its text")?;
    ensure!(section.contains("answered &lt;500&gt; &amp; nothing"), "{section}");
    ensure!(section.contains("`mg run show ") && section.len() <= 3_000, "{section}");
    Ok(())
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_a_refusal_is_tried_again() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let (sink, elsewhere) = (HookSink::start().await?, HookSink::start().await?);
    sink.answer_next(307, Some(("location", elsewhere.url())))?;
    sink.answer_next(503, Some(("retry-after", "600")))?;
    let alerts = alerts(&database.store, to_hook(&sink, WebhookForm::Json, None))?;
    fail_runs(&database, "sitadel", 1)?;
    for _ in 0..2 {
        ensure!(alerts.tick().await?.failed == 1);
        ensure!(alerts.tick().await?.failed == 0, "it did not wait");
        let_time_pass(&database)?;
    }
    ensure!(alerts.tick().await?.sent == 1);
    ensure!(elsewhere.taken().is_empty());
    let hooks = sink.taken();
    let ids: Vec<&str> = hooks.iter().map(|hook| hook.header("webhook-id")).collect();
    ensure!(hooks.len() == 3 && ids.windows(2).all(|pair| pair[0] == pair[1]), "{ids:?}");
    Ok(())
}

#[tokio::test]
async fn a_webhook_that_is_not_there_is_told_without_its_address() -> anyhow::Result<()> {
    let sink = HookSink::start().await?;
    let mut settings = to_hook(&sink, WebhookForm::Slack, None);
    drop(sink);
    let webhook = settings.webhooks.get_mut("ops").context("the webhook")?;
    webhook.url.set_path("/services/T000/B000/very-secret");
    ensure!(!format!("{settings:?}").contains("very-secret"), "{settings:?}");
    let channels = channels(settings)?;
    let refused = channels.test("ops").await.expect_err("nobody listens");
    ensure!(!refused.reason.contains("very-secret") && !refused.reason.contains("/services"), "{refused}");
    ensure!(!format!("{channels:?}").contains("very-secret"));
    Ok(())
}

//! Alerts as they are listed to programs and agents.

use anyhow::ensure;
use mg_core::{Role, Scope};
use mg_server::alert::WebhookForm;
use mg_testkit::{Era, HookSink, SmtpOptions, SmtpSink, TestPlatform};
use serde_json::{Value, json};

use super::bed::{alerts, everything, fail_runs, to_hook, to_mail};
use crate::api::Program;
use crate::two_communes::OWN;

/// The channels of an alert that were told, wait, and were given up.
fn channels(alert: &Value) -> [&Value; 3] {
    [&alert["told"], &alert["waiting"], &alert["given_up"]]
}

#[tokio::test]
async fn what_was_found_is_listed_with_who_was_told_and_who_waits() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let (hook, mail) = (HookSink::start().await?, SmtpSink::start(SmtpOptions::default()).await?);
    let mut settings = to_hook(&hook, WebhookForm::Json, None);
    settings.mail = to_mail(&mail).mail;
    settings.routes.push(everything("mail:urbanisme@example.fr"));
    hook.answer_next(500, None)?;
    fail_runs(&platform.database, "sitadel", 1)?;
    let alerts = alerts(&platform.app.store, settings)?;
    let ticked = alerts.tick().await?;
    ensure!((ticked.found, ticked.sent, ticked.failed) == (1, 1, 1), "{ticked:?}");
    fail_runs(&platform.database, "dvf", 1)?;

    let admin = Program::of(&platform, Role::Admin).await?;
    let listed = admin.get("/alerts").await?;
    let alert = &listed["alerts"][0];
    ensure!(alert["kind"] == "failure" && alert["dag"] == "sitadel" && alert["run_id"] == 1, "{listed}");
    ensure!(alert["task"] == "permis" && alert["code"] == "portal_down", "{listed}");
    ensure!(
        channels(alert) == [&json!(["mail:urbanisme@example.fr"]), &json!(["ops"]), &json!([])],
        "{listed}"
    );

    // Found, and in the window of a channel: nobody was told of it.
    alerts.tick().await?;
    for (question, dags) in [
        ("", vec!["dvf", "sitadel"]),
        ("?dag=sitadel", vec!["sitadel"]),
        ("?kind=failure&kind=stale&limit=1", vec!["dvf"]),
        ("?kind=recovery", vec![]),
        ("?since=2999-01-01", vec![]),
    ] {
        let found = admin.get(&format!("/alerts{question}")).await?;
        let found: Vec<&Value> =
            found["alerts"].as_array().into_iter().flatten().map(|alert| &alert["dag"]).collect();
        ensure!(found == dags, "{question}: {found:?}");
    }
    let (status, problem) = admin.refused("/alerts?kind=failures").await?;
    ensure!(status == 400 && problem["code"] == "bad_arguments", "{problem}");

    // An address is an admin's to know; what went wrong, of those who hear of the whole territory.
    let viewer = Program::of(&platform, Role::Viewer).await?;
    let told = viewer.get("/alerts?dag=sitadel").await?;
    ensure!(told["alerts"][0]["told"] == json!(["mail:…@example.fr"]), "{told}");
    ensure!(told["alerts"][0]["sentence"].as_str().is_some_and(|said| said.contains("portal")), "{told}");
    let scope = Scope::Communes([OWN.to_owned()].into());
    let scoped = Program::with_token(&platform, platform.scoped_token(Role::Viewer, scope).await?)?;
    let told = scoped.get("/alerts?dag=sitadel").await?;
    ensure!(told["alerts"][0]["kind"] == "failure" && told["alerts"][0].get("sentence").is_none(), "{told}");

    let agent = platform.agent(Role::Viewer, Era::Current).await?;
    let answer = agent.call("list_alerts", json!({ "dag": "sitadel" })).await?;
    for said in ["failure sitadel run 1", "portal_down", "told: mail:…@example.fr", "waiting: ops"] {
        ensure!(answer.text.contains(said), "`{said}` is not in: {}", answer.text);
    }
    platform.stop().await;
    Ok(())
}

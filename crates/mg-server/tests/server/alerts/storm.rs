//! Many failures make few messages.

use anyhow::ensure;
use mg_server::alert::WebhookForm;
use mg_store::alert::AlertFilter;
use mg_testkit::{HookSink, TestDatabase};

use super::bed::{alerts, fail_runs, let_time_pass, to_hook};

#[tokio::test]
async fn three_hundred_failures_make_two_messages_that_count_them_all() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let sink = HookSink::start().await?;
    let alerts = alerts(&database.store, to_hook(&sink, WebhookForm::Json, None))?;
    // The first is told at once; those that come within the window wait for its end.
    fail_runs(&database, "sitadel", 1)?;
    alerts.tick().await?;
    for _ in 0..13 {
        fail_runs(&database, "sitadel", 23)?;
        alerts.tick().await?;
    }
    ensure!(sink.taken().len() == 1, "{} messages within a window", sink.taken().len());
    let_time_pass(&database)?;
    alerts.tick().await?;
    let hooks = sink.received(2).await?;
    ensure!(hooks.len() == 2);
    let digest = hooks[1].json()?;
    ensure!(
        digest["counts"]["failure"] == 299 && digest["alerts"].as_array().is_some_and(|all| all.len() == 1)
    );
    ensure!(digest["subject"] == "[mg] sitadel : 299 échecs", "{digest:#}");
    let told = &digest["alerts"][0];
    ensure!(told["count"] == 299 && told["first_run"] == 2 && told["last_run"] == 300, "{told:#}");
    let_time_pass(&database)?;
    alerts.tick().await?;
    ensure!(sink.taken().len() == 2, "nothing was left to tell");
    Ok(())
}

#[tokio::test]
async fn a_channel_that_is_down_has_one_message_waiting() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let sink = HookSink::start().await?;
    let alerts = alerts(&database.store, to_hook(&sink, WebhookForm::Json, None))?;
    for _ in 0..5 {
        sink.answer_next(500, None)?;
        fail_runs(&database, "sitadel", 10)?;
        alerts.tick().await?;
        let_time_pass(&database)?;
    }
    let waiting: Vec<_> = sink.taken().iter().map(|hook| hook.header("webhook-id").to_owned()).collect();
    ensure!(waiting.len() == 5 && waiting.iter().all(|id| *id == waiting[0]), "{waiting:?}");
    // It is back: what was waiting, and after a window all the rest in one.
    alerts.tick().await?;
    let_time_pass(&database)?;
    alerts.tick().await?;
    let hooks = sink.taken();
    let counts: Vec<_> = hooks[5..]
        .iter()
        .map(|hook| hook.json().map(|body| body["counts"]["failure"].clone()))
        .collect::<Result<_, _>>()?;
    ensure!(counts == [10, 40], "{counts:?}");
    Ok(())
}

#[tokio::test]
async fn a_message_that_fails_too_often_is_given_up_and_the_next_goes_its_way() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let sink = HookSink::start().await?;
    let alerts = alerts(&database.store, to_hook(&sink, WebhookForm::Json, None))?;
    fail_runs(&database, "sitadel", 1)?;
    sink.answer_next(410, None)?;
    ensure!(alerts.tick().await?.failed == 1);
    ensure!(database.store.alerts(&AlertFilter::default(), 1).await?[0].waiting == ["ops"]);
    database.execute("mg_owner", "update mg.alert_message set attempts = 29")?;
    let_time_pass(&database)?;
    sink.answer_next(410, None)?;
    ensure!(alerts.tick().await?.failed == 1);
    ensure!(database.store.alerts(&AlertFilter::default(), 1).await?[0].given_up == ["ops"]);
    let_time_pass(&database)?;
    ensure!(alerts.tick().await?.sent == 0, "it was tried again");
    fail_runs(&database, "sitadel", 1)?;
    ensure!(alerts.tick().await?.sent == 1);
    Ok(())
}

#[tokio::test]
async fn failures_of_many_kinds_are_cut_with_the_number_of_the_rest() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let sink = HookSink::start().await?;
    let alerts = alerts(&database.store, to_hook(&sink, WebhookForm::Slack, None))?;
    fail_runs(&database, "sitadel", 30)?;
    database.execute("mg_owner", "update mg.task set name = 'part ' || run_id")?;
    alerts.tick().await?;
    let body = sink.received(1).await?[0].json()?;
    let blocks = body["blocks"].as_array().map_or(0, Vec::len);
    // Header, twenty groups, the rest, footer.
    ensure!(
        blocks == 23
            && body["blocks"][21]["text"]["text"].as_str().is_some_and(|rest| rest.contains("10 autres"))
    );
    Ok(())
}

#[tokio::test]
async fn parts_of_a_task_that_was_spread_are_told_together() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let sink = HookSink::start().await?;
    let alerts = alerts(&database.store, to_hook(&sink, WebhookForm::Json, None))?;
    fail_runs(&database, "sitadel", 3)?;
    database.execute("mg_owner", "update mg.task set name = 'permis[' || run_id || ']'")?;
    alerts.tick().await?;
    let body = sink.received(1).await?[0].json()?;
    ensure!(body["alerts"][0]["count"] == 3 && body["alerts"][0]["task"] == "permis", "{body:#}");
    Ok(())
}

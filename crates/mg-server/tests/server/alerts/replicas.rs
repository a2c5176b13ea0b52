//! Several processes, and one that is lost at the worst moment.

use anyhow::ensure;
use mg_server::alert::WebhookForm;
use mg_testkit::{HookSink, SmtpOptions, SmtpSink, TestDatabase};

use super::bed::{DAGS, alerts, fail_runs, let_time_pass, to_hook, to_mail};

#[tokio::test]
async fn replicas_tell_each_event_once() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let sink = HookSink::start().await?;
    let settings = to_hook(&sink, WebhookForm::Json, None);
    let replicas: Vec<_> =
        (0..4).map(|_| alerts(&database.store, settings.clone())).collect::<anyhow::Result<_>>()?;
    for dag in DAGS {
        fail_runs(&database, dag, 25)?;
    }
    let mut at_work = tokio::task::JoinSet::new();
    for replica in replicas {
        at_work.spawn(async move {
            let mut found = 0;
            for _ in 0..5 {
                found += replica.tick().await?.found;
            }
            anyhow::Ok(found)
        });
    }
    let mut found = 0;
    while let Some(replica) = at_work.join_next().await {
        found += replica??;
    }
    ensure!(found == 100, "{found} events of 100");
    // What one replica found after the first message of a DAG was made waits for the next window.
    let_time_pass(&database)?;
    alerts(&database.store, settings)?.tick().await?;
    let mut told = 0;
    let mut ids = std::collections::HashSet::new();
    for hook in sink.taken() {
        ensure!(ids.insert(hook.header("webhook-id").to_owned()), "a message was sent twice");
        told += hook.json()?["counts"]["failure"].as_i64().unwrap_or_default();
    }
    ensure!(told == 100, "{told} events of 100 were told in {} messages", ids.len());
    Ok(())
}

#[tokio::test]
async fn a_process_that_is_lost_between_sending_and_noting_has_its_mail_sent_again() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let sink = SmtpSink::start(SmtpOptions::default()).await?;
    fail_runs(&database, "sitadel", 1)?;
    // The server has the mail, and its word does not come back before the process is gone.
    sink.keep_silent(1);
    let lost = alerts(&database.store, to_mail(&sink))?;
    let at_work = tokio::spawn(async move { lost.tick().await });
    sink.received(1).await?;
    at_work.abort();
    ensure!(at_work.await.is_err_and(|end| end.is_cancelled()));

    let other = alerts(&database.store, to_mail(&sink))?;
    ensure!(other.tick().await?.sent == 0, "it was taken from a process that may live");
    let_time_pass(&database)?;
    ensure!(other.tick().await?.sent == 1);
    let mails = sink.received(2).await?;
    let ids: Vec<String> =
        mails.iter().map(|mail| mail.header("Message-ID")).collect::<anyhow::Result<_>>()?;
    ensure!(mails.len() == 2 && ids[0] == ids[1], "{ids:?}");
    ensure!(mails[0].part("text/plain")? == mails[1].part("text/plain")?);
    let_time_pass(&database)?;
    ensure!(other.tick().await?.sent == 0 && sink.taken().len() == 2);
    Ok(())
}

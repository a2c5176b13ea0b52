//! E-mail: what it says, and that no password goes where it should not.

use anyhow::ensure;
use mg_server::alert::{AlertSettings, Credentials, MailTls, Secret};
use mg_store::alert::AlertFilter;
use mg_testkit::{SmtpOptions, SmtpSink, SmtpTls, TestDatabase, TestPlatform};
use url::Url;

use super::bed::{alerts, channels, everything, fail_runs, post, to_mail};

const ADDRESS: &str = "mail:urbanisme@example.fr";

fn login() -> (String, String) {
    ("mg".to_owned(), "mot de passe très secret".to_owned())
}

fn credentials() -> Credentials {
    let (username, password) = login();
    Credentials { username, password: Secret::new(password) }
}

#[tokio::test]
async fn a_run_that_fails_is_told_with_all_that_is_needed_to_act() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let tls = SmtpTls::new(false)?;
    let sink = SmtpSink::start(SmtpOptions { credentials: Some(login()), tls: Some(tls.clone()) }).await?;
    let mut mail = post(&sink, MailTls::Starttls);
    mail.ca_file = Some(tls.ca_file());
    mail.credentials = Some(credentials());
    let settings = AlertSettings {
        mail: Some(mail),
        routes: vec![everything(ADDRESS)],
        public_url: Some(Url::parse("https://mg.example.fr/outil/")?),
        ..AlertSettings::default()
    };
    let alerts = alerts(&platform.app.store, settings)?;
    let nothing_there = format!("{}/nothing-there.csv", platform.portal.url());
    let report = platform.crawl("sitadel", Some(&nothing_there), Some("2026-10")).await?;
    ensure!(report.state == "failed", "{report:?}");
    let failed = report.tasks.iter().find(|task| task.state == "failed").expect("a failed task");

    let ticked = alerts.tick().await?;
    ensure!((ticked.found, ticked.sent, ticked.failed) == (1, 1, 0), "{ticked:?}");
    let mails = sink.received(1).await?;
    let [mail] = mails.as_slice() else { anyhow::bail!("{mails:?}") };
    ensure!(mail.encrypted && mail.user.as_deref() == Some("mg"), "{mail:?}");
    ensure!(mail.from == "mg@example.fr" && mail.to == ["urbanisme@example.fr"], "{mail:?}");
    let run = report.run_id;
    ensure!(mail.header("Subject")? == format!("[mg] L'exécution {run} de {} a échoué", report.dag));
    ensure!(mail.header("Auto-Submitted")? == "auto-generated");
    ensure!(mail.header("Message-ID")?.ends_with("@example.fr>"));
    let code = failed.error_code.clone().expect("its code");
    let sentence = failed.error.clone().expect("its sentence");
    let link = format!("https://mg.example.fr/outil/api/v1/runs/{run}");
    let text = mail.part("text/plain")?;
    for said in [
        &format!("Tâche : {}", failed.name),
        &format!("Code : {code}"),
        &format!("Message : {sentence}"),
        &format!("mg run show {run} ; mg run retry {run}"),
        &link,
        &format!("Run {run} of {} failed in task {} ({code}).", report.dag, failed.name),
    ] {
        ensure!(text.contains(said.as_str()), "`{said}` is not in:\n{text}");
    }
    ensure!(mail.part("text/html")?.contains(&format!("<a href=\"{link}\">")));

    ensure!(alerts.tick().await?.sent == 0, "it was told twice");
    let told = platform.app.store.alerts(&AlertFilter::default(), 10).await?;
    ensure!(told.len() == 1 && told[0].told == [ADDRESS] && told[0].waiting.is_empty(), "{told:?}");
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn what_a_portal_said_does_not_become_markup() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let sink = SmtpSink::start(SmtpOptions::default()).await?;
    fail_runs(&database, "sitadel", 1)?;
    ensure!(alerts(&database.store, to_mail(&sink))?.tick().await?.sent == 1);
    let mail = &sink.received(1).await?[0];
    ensure!(mail.part("text/html")?.contains("answered &lt;500&gt; &amp; nothing else."));
    ensure!(mail.part("text/plain")?.contains("answered <500> & nothing else."));
    ensure!(!mail.encrypted);
    Ok(())
}

#[tokio::test]
async fn tls_from_the_first_byte_serves_as_well() -> anyhow::Result<()> {
    let tls = SmtpTls::new(true)?;
    let options = SmtpOptions { credentials: Some(login()), tls: Some(tls.clone()) };
    let sink = SmtpSink::start(options).await?;
    let mut mail = post(&sink, MailTls::Tls);
    mail.credentials = Some(credentials());
    let settings = |mail| AlertSettings {
        mail: Some(mail),
        routes: vec![everything(ADDRESS)],
        ..AlertSettings::default()
    };
    let refused = channels(settings(mail.clone()))?.test(ADDRESS).await.expect_err("nobody vouches for it");
    ensure!(sink.taken().is_empty() && !refused.reason.is_empty(), "{refused}");
    mail.ca_file = Some(tls.ca_file());
    channels(settings(mail))?.test(ADDRESS).await?;
    let mail = &sink.received(1).await?[0];
    ensure!(mail.encrypted && mail.header("Subject")?.contains("essai"));
    Ok(())
}

#[tokio::test]
async fn a_server_that_offers_no_tls_is_told_no_password() -> anyhow::Result<()> {
    let sink = SmtpSink::start(SmtpOptions { credentials: Some(login()), tls: None }).await?;
    let mut mail = post(&sink, MailTls::Starttls);
    mail.credentials = Some(credentials());
    let settings =
        AlertSettings { mail: Some(mail), routes: vec![everything(ADDRESS)], ..AlertSettings::default() };
    let refused = channels(settings)?.test(ADDRESS).await.expect_err("it must not go on in plain text");
    ensure!(sink.taken().is_empty() && sink.refused_logins() == 0, "{refused}");
    Ok(())
}

#[tokio::test]
async fn a_wrong_password_is_told_by_the_servers_code_and_not_shown() -> anyhow::Result<()> {
    let sink = SmtpSink::start(SmtpOptions { credentials: Some(login()), tls: None }).await?;
    let mut mail = post(&sink, MailTls::Plain);
    mail.credentials =
        Some(Credentials { username: "mg".to_owned(), password: Secret::new("hunter2-hunter2") });
    let settings =
        AlertSettings { mail: Some(mail), routes: vec![everything(ADDRESS)], ..AlertSettings::default() };
    ensure!(!format!("{settings:?}").contains("hunter2"), "{settings:?}");
    let refused = channels(settings)?.test(ADDRESS).await.expect_err("a wrong password");
    ensure!(refused.reason.contains("535") && !refused.reason.contains("hunter2"), "{refused}");
    ensure!(sink.refused_logins() > 0 && sink.taken().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_busy_is_given_the_same_mail_later() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let sink = SmtpSink::start(SmtpOptions::default()).await?;
    sink.refuse_next(1);
    fail_runs(&database, "sitadel", 1)?;
    let alerts = alerts(&database.store, to_mail(&sink))?;
    let ticked = alerts.tick().await?;
    ensure!((ticked.sent, ticked.failed) == (0, 1), "{ticked:?}");
    ensure!(database.store.alerts(&AlertFilter::default(), 1).await?[0].waiting.len() == 1);
    ensure!(alerts.tick().await?.sent == 0, "it did not wait");
    super::bed::let_time_pass(&database)?;
    ensure!(alerts.tick().await?.sent == 1);
    ensure!(
        sink.taken().len() == 1
            && database.store.alerts(&AlertFilter::default(), 1).await?[0].told.len() == 1
    );
    Ok(())
}

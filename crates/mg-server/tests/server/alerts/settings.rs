//! Settings that would tell nobody are refused, with the name in them.

use anyhow::ensure;
use mg_server::alert::{AlertSettings, Credentials, MailTls, RouteSettings, Secret, WebhookForm};
use mg_testkit::{HookSink, SmtpOptions, SmtpSink};

use super::bed::{channels, everything, post, to_hook};

#[tokio::test]
async fn what_would_tell_nobody_is_refused() -> anyhow::Result<()> {
    let sink = HookSink::start().await?;
    let settings = to_hook(&sink, WebhookForm::Json, None);
    let with = |route: RouteSettings| AlertSettings { routes: vec![route], ..settings.clone() };
    let named = |dags: &[&str], to: &[&str]| RouteSettings {
        dags: dags.iter().map(|&dag| dag.to_owned()).collect(),
        to: to.iter().map(|&to| to.to_owned()).collect(),
        ..everything("ops")
    };
    for (settings, said) in [
        (with(named(&["sitadelle"], &["ops"])), "sitadelle"),
        (with(named(&["*"], &["opps"])), "opps"),
        (with(named(&["*"], &[])), "`to`"),
        (with(named(&[], &["ops"])), "`dags`"),
        (with(named(&["*"], &["mail:someone@example.fr"])), "alerts.mail"),
        (to_hook(&sink, WebhookForm::Json, Some("whsec_*")), "base64"),
        (to_hook(&sink, WebhookForm::Json, Some("")), "empty"),
    ] {
        let refused = channels(settings).expect_err(said).to_string();
        ensure!(refused.contains(said), "{refused}");
    }
    Ok(())
}

#[tokio::test]
async fn an_address_must_be_one_and_a_password_does_not_cross_the_net_in_plain() -> anyhow::Result<()> {
    let sink = SmtpSink::start(SmtpOptions::default()).await?;
    let mail = |mail, to: &str| AlertSettings {
        mail: Some(mail),
        routes: vec![everything(to)],
        ..AlertSettings::default()
    };
    let refused = channels(mail(post(&sink, MailTls::Plain), "mail:someone")).expect_err("no address");
    ensure!(refused.to_string().contains("someone"), "{refused}");
    let mut far = post(&sink, MailTls::Plain);
    far.host = "smtp.example.fr".to_owned();
    ensure!(channels(mail(far.clone(), "mail:a@example.fr")).is_ok());
    far.credentials = Some(Credentials { username: "mg".to_owned(), password: Secret::new("x") });
    let refused = channels(mail(far, "mail:a@example.fr")).expect_err("in plain text");
    ensure!(refused.to_string().contains("plain text"), "{refused}");
    Ok(())
}

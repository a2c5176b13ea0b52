//! What these tests stand on: books to write into, and ways to be told.

use std::sync::Arc;
use std::time::Duration;

use mg_core::{Clock, FixedClock};
use mg_gate::{Gate, Policy};
use mg_server::alert::{
    AlertKind, AlertSettings, Alerts, Channels, MailSettings, MailTls, RouteSettings, Secret, WebhookForm,
    WebhookSettings,
};
use mg_server::model::Models;
use mg_store::Store;
use mg_testkit::{HookSink, SmtpSink, TODAY, TestDatabase};
use url::Url;

/// DAGs that routes of these tests may name.
pub(super) const DAGS: [&str; 4] = ["sitadel", "dvf", "veille", "menage"];

/// The clock of these tests.
pub(super) fn clock() -> Arc<dyn Clock> {
    Arc::new(FixedClock(TODAY.and_hms_opt(9, 0, 0).expect("an hour").and_utc()))
}

/// The channels of `settings`.
pub(super) fn channels(settings: AlertSettings) -> anyhow::Result<Channels> {
    Ok(Channels::new(settings, &DAGS.map(str::to_owned), clock())?)
}

/// What tells of `store` as `settings` say.
pub(super) fn alerts(store: &Store, settings: AlertSettings) -> anyhow::Result<Alerts> {
    let gate = Gate::new(Policy::reading(["analytics", "kpi"]));
    let models = Models::built_in(&gate, &["sitadel", "dvf"])
        .map_err(|faults| anyhow::anyhow!("the built-in models are wrong: {faults:?}"))?;
    Ok(Alerts::new(store.clone(), &models, channels(settings)?))
}

/// All events of all DAGs to `to`.
pub(super) fn everything(to: &str) -> RouteSettings {
    RouteSettings { dags: vec!["*".to_owned()], on: AlertKind::ALL.to_vec(), to: vec![to.to_owned()] }
}

/// Everything to the webhook `ops`.
pub(super) fn to_hook(sink: &HookSink, form: WebhookForm, secret: Option<&str>) -> AlertSettings {
    let url = Url::parse(sink.url()).expect("a URL");
    let webhook = WebhookSettings { url, form, secret: secret.map(Secret::new) };
    AlertSettings {
        webhooks: [("ops".to_owned(), webhook)].into(),
        routes: vec![everything("ops")],
        ..AlertSettings::default()
    }
}

/// Everything by mail to an address, over a connection that is not encrypted.
pub(super) fn to_mail(sink: &SmtpSink) -> AlertSettings {
    AlertSettings {
        mail: Some(post(sink, MailTls::Plain)),
        routes: vec![everything("mail:urbanisme@example.fr")],
        timeout: Duration::from_secs(30),
        ..AlertSettings::default()
    }
}

/// The mail server `sink`, as nobody in particular.
pub(super) fn post(sink: &SmtpSink, tls: MailTls) -> MailSettings {
    MailSettings {
        host: "localhost".to_owned(),
        port: sink.port(),
        tls,
        ca_file: None,
        credentials: None,
        from: "mg-platform <mg@example.fr>".to_owned(),
    }
}

/// Writes `count` runs of `dag` into the books that failed in their task `permis`.
pub(super) fn fail_runs(database: &TestDatabase, dag: &str, count: u32) -> anyhow::Result<()> {
    let sql = format!(
        "with made as (
            insert into mg.run (dag, parameters, state, requested_by, requested_through, started_at, finished_at)
            select '{dag}', '{{}}', 'failed', 'a test', 'cli', now(), clock_timestamp() from generate_series(1, {count})
            returning id
         )
         insert into mg.task (run_id, name, job, input, state, attempt, max_attempts, started_at, finished_at,
                              error_code, error)
         select id, 'permis', 'crawl', '{{}}', 'failed', 1, 1, now(), now(), 'portal_down',
                'The portal answered <500> & nothing else.'
         from made"
    );
    database.execute("mg_owner", &sql)
}

/// Lets the window of every channel and DAG pass, and what waits to be tried again be due.
pub(super) fn let_time_pass(database: &TestDatabase) -> anyhow::Result<()> {
    database.execute("mg_owner", "update mg.alert_lane set next_at = now()")?;
    database.execute("mg_owner", "update mg.alert_message set next_try_at = now()")
}

//! What is an event, and how often.

use anyhow::{Context, ensure};
use mg_server::alert::{AlertKind, AlertSettings, RouteSettings, WebhookForm};
use mg_testkit::{HookSink, TestDatabase};
use serde_json::Value;

use super::bed::{alerts, fail_runs, let_time_pass, to_hook};

#[tokio::test]
async fn a_run_that_failed_recovers_and_may_fail_again() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let sink = HookSink::start().await?;
    let alerts = alerts(&database.store, to_hook(&sink, WebhookForm::Json, None))?;
    let sequence = [
        ("failed", "failure", 1),
        ("running", "", 0),
        ("succeeded", "recovery", 1),
        ("running", "", 0),
        ("failed", "failure", 1),
    ];
    fail_runs(&database, "sitadel", 1)?;
    for (place, (state, kind, found)) in sequence.into_iter().enumerate() {
        if place > 0 {
            let end = if state == "running" { "null" } else { "clock_timestamp()" };
            let change = format!("update mg.run set state = '{state}', finished_at = {end}");
            database.execute("mg_owner", &change)?;
        }
        let ticked = alerts.tick().await?;
        ensure!(ticked.found == found, "{state} at place {place}: {ticked:?}");
        ensure!(alerts.tick().await?.found == 0, "{state} at place {place} was found twice");
        if found > 0 {
            let body = last(&sink)?;
            ensure!(body["alerts"][0]["kind"] == kind, "{body:#}");
        }
        let_time_pass(&database)?;
    }
    Ok(())
}

#[tokio::test]
async fn a_deadline_is_missed_once_whether_the_run_goes_on_or_ends_late() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let sink = HookSink::start().await?;
    let alerts = alerts(&database.store, to_hook(&sink, WebhookForm::Json, None))?;
    database.execute(
        "mg_owner",
        "insert into mg.run (dag, parameters, state, requested_by, requested_through, started_at, finished_at,
                             cancelled_by, deadline_at)
         values ('sitadel', '{}', 'running', 't', 'cli', now(), null, null, now() - interval '1 minute'),
                ('dvf', '{}', 'succeeded', 't', 'cli', now(), now(), null, now() - interval '1 minute'),
                ('veille', '{}', 'succeeded', 't', 'cli', now(), now(), null, now() + interval '1 minute'),
                ('veille', '{}', 'running', 't', 'cli', now(), null, null, now() + interval '1 hour'),
                ('veille', '{}', 'cancelled', 't', 'cli', now(), now(), 't', now() - interval '1 minute')",
    )?;
    database.execute(
        "mg_owner",
        "insert into mg.task (run_id, name, job, input, state, max_attempts, started_at)
         values (1, 'permis', 'crawl', '{}', 'running', 1, now()), (1, 'ventes', 'crawl', '{}', 'blocked', 1, null)",
    )?;
    ensure!(alerts.tick().await?.found == 2);
    ensure!(alerts.tick().await?.found == 0, "found twice");
    let told: Vec<Value> =
        sink.received(2).await?.iter().map(|hook| hook.json()).collect::<Result<_, _>>()?;
    let of = |dag: &str| told.iter().find(|body| body["dag"] == dag).context("it was not told");
    ensure!(of("sitadel")?["alerts"][0]["task"] == "permis" && of("dvf")?["counts"]["deadline"] == 1);
    ensure!(of("sitadel")?["alerts"][0]["commands"][1] == "mg run cancel 1");
    Ok(())
}

#[tokio::test]
async fn a_kpi_that_stands_still_is_told_once_a_standstill() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let sink = HookSink::start().await?;
    let alerts = alerts(&database.store, to_hook(&sink, WebhookForm::Json, None))?;
    ensure!(alerts.look_at_kpis().await? == 0, "what was never measured is not late");
    // By default a monthly KPI may be 120 days behind; sales say 330 in their file.
    database.execute(
        "mg_owner",
        "insert into kpi.definition (kpi, titre_fr, titre_en, description, unite, grain, bon_sens, jeu,
                                     periodes_provisoires, sql, empreinte, calcule_le)
         select kpi, '', '', '', '', 'month', 'neutre', jeu, 0, '', '', now() - make_interval(days => age)
         from (values ('permis_autorises', 'sitadel', 121), ('logements_autorises', 'sitadel', 1),
                      ('logements_commences', 'sitadel', 1), ('mutations', 'dvf', 200)) as k (kpi, jeu, age)",
    )?;
    database.execute(
        "mg_owner",
        "insert into kpi.value (kpi, zone, periode, valeur, effectif, provisoire, millesime)
         select kpi, 'ensemble', (now() - make_interval(days => age))::date, 1, 1, false, '2026-10'
         from (values ('logements_autorises', 160), ('logements_commences', 100), ('mutations', 300)) as v (kpi, age)",
    )?;
    ensure!(alerts.look_at_kpis().await? == 2);
    ensure!(alerts.look_at_kpis().await? == 0, "the same standstill was found twice");
    alerts.tick().await?;
    let body = last(&sink)?;
    let told: Vec<_> = body["alerts"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|told| (told["kpi"].as_str(), told["code"].as_str()))
        .collect();
    ensure!(body["dag"] == "sitadel" && body["counts"]["stale"] == 2, "{body:#}");
    ensure!(told.contains(&(Some("permis_autorises"), Some("not_measured"))), "{told:?}");
    ensure!(told.contains(&(Some("logements_autorises"), Some("no_new_value"))), "{told:?}");
    // Measured again without a later value: the same standstill.
    database.execute(
        "mg_owner",
        "update kpi.definition set calcule_le = now() where kpi = 'logements_autorises'",
    )?;
    ensure!(alerts.look_at_kpis().await? == 0);
    Ok(())
}

#[tokio::test]
async fn routes_choose_by_dag_and_kind() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let (sink, other) = (HookSink::start().await?, HookSink::start().await?);
    let route = |dag: &str, kind, to: &str| RouteSettings {
        dags: vec![dag.to_owned()],
        on: vec![kind],
        to: vec![to.to_owned()],
    };
    let mut settings = to_hook(&sink, WebhookForm::Json, None);
    let aside = to_hook(&other, WebhookForm::Json, None).webhooks.remove("ops").context("the other")?;
    settings.webhooks.insert("aside".to_owned(), aside);
    let settings = AlertSettings {
        routes: vec![
            route("sitadel", AlertKind::Failure, "ops"),
            // Named twice, told once.
            route("*", AlertKind::Failure, "aside"),
            route("dvf", AlertKind::Failure, "aside"),
            route("*", AlertKind::Deadline, "ops"),
        ],
        ..settings
    };
    let alerts = alerts(&database.store, settings)?;
    fail_runs(&database, "dvf", 2)?;
    alerts.tick().await?;
    ensure!(sink.taken().is_empty() && last(&other)?["counts"]["failure"] == 2);
    fail_runs(&database, "sitadel", 1)?;
    alerts.tick().await?;
    ensure!(last(&sink)?["dag"] == "sitadel" && last(&other)?["dag"] == "sitadel");
    ensure!(sink.taken().len() == 1 && other.taken().len() == 2);
    Ok(())
}

fn last(sink: &HookSink) -> anyhow::Result<Value> {
    sink.taken().last().context("nothing was told")?.json()
}

//! The DAGs that ship, executed over the local portal.

use std::collections::HashSet;

use anyhow::Context;
use mg_flow::{Dags, Requester, Scheduler};
use mg_portal::{List, Permit};
use mg_server::app::RunReport;
use mg_store::run::{Cause, TaskKind};
use mg_testkit::TestPlatform;
use serde_json::{Value, json};

use crate::reckoned::{self, PERMIT_LINES};

const EDITION: &str = "2026-11";
const COUNTED: &str = "select concat_ws('|', (select count(*) from analytics.fact_permis),
    (select count(*) from analytics.fact_mutation), (select count(*) from analytics.revision))";

/// How many elements of lists tasks were done for, and have succeeded.
const INSTANCES: &str =
    "select count(*)::text from mg.task where map_index is not null and state = 'succeeded'";

/// How many tasks a run has, all of which succeeded; a map is one.
fn succeeded(report: &RunReport) -> usize {
    assert!(report.tasks.iter().all(|task| task.state == "succeeded"), "{report:?}");
    report.tasks.len()
}

fn output<'a>(report: &'a RunReport, task: &str) -> &'a Value {
    let found = report.tasks.iter().find(|found| found.name == task);
    found.and_then(|found| found.output.as_ref()).unwrap_or_else(|| panic!("{task} gave nothing: {report:?}"))
}

fn number(permit: &Permit) -> &str {
    &permit.num_dau
}

#[tokio::test]
async fn the_jobs_of_every_dag_are_known() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let clock: std::sync::Arc<dyn mg_core::Clock> = std::sync::Arc::new(mg_core::SystemClock);
    mg_dags::all()?.check_jobs(&mg_server::jobs(&platform.app, &clock))?;
    let registered = platform.app.store.dags().await?;
    assert_eq!(registered.len(), mg_dags::all()?.iter().count());
    platform.stop().await;
    Ok(())
}

/// The one run that the scheduler makes now, once it has ended well: its DAG.
async fn follows(platform: &TestPlatform, dags: &Dags) -> anyhow::Result<String> {
    let made = Scheduler::tick(&platform.app.store, dags).await?;
    let [run] = made.as_slice() else { anyhow::bail!("made: {made:?}") };
    let report = platform.finished(*run).await?;
    anyhow::ensure!((report.cause.as_str(), report.state.as_str()) == ("data", "succeeded"), "{report:?}");
    Ok(report.dag)
}

#[tokio::test]
async fn sitadel_loads_the_four_lists_of_every_commune_and_a_second_run_changes_nothing() -> anyhow::Result<()>
{
    let platform = TestPlatform::start().await?;
    let store = &platform.app.store;
    let truth = platform.portal.truth();
    let dags = mg_dags::all()?;
    Scheduler::sync(store, &dags).await?;
    assert_eq!(Scheduler::tick(store, &dags).await?, [], "nothing has changed");
    let report = platform.run_dag("sitadel").await?;
    assert_eq!(succeeded(&report), 3);
    assert_eq!(store.texts(INSTANCES).await?, ["80"], "four lists of twenty communes");

    let mut expected: Vec<String> = List::ALL
        .into_iter()
        .zip(["logements", "locaux", "amenager", "demolir"])
        .flat_map(|(list, name)| {
            let permits = truth.list(list, EDITION).iter();
            permits.map(move |permit| {
                format!("{name}|{}|{}|{}", number(permit), permit.commune, permit.autorisation)
            })
        })
        .collect();
    expected.sort_unstable();
    assert!(expected.iter().filter(|line| !line.starts_with("logements")).count() > 500);
    let lines =
        "select concat_ws('|', fichier, num_dau, code_commune, date_autorisation) from analytics.fact_permis";
    let mut rows = store.texts(lines).await?;
    rows.sort_unstable();
    assert_eq!(rows, expected);
    // Of housing, every cell that the platform keeps.
    let housing: HashSet<String> = store.texts(PERMIT_LINES).await?.into_iter().collect();
    let lost = truth.permits(EDITION).iter().map(reckoned::permit_line).find(|line| !housing.contains(line));
    assert_eq!(lost, None);

    let edition = output(&report, "edition");
    assert_eq!((edition["edition"].as_str(), edition["sources"].as_u64()), (Some(EDITION), Some(80)));
    assert_eq!(edition["inserted"].as_u64(), Some(expected.len() as u64));
    let counted = store.texts(COUNTED).await?;
    let again = platform.run_dag("sitadel").await?;
    assert_eq!(output(&again, "edition")["inserted"].as_u64(), Some(0));
    assert_eq!(store.texts(COUNTED).await?, counted);

    // What starts when the edition, and then the values, have changed; once, for two runs of sitadel.
    assert_eq!(follows(&platform, &dags).await?, "indicateurs");
    assert_eq!(follows(&platform, &dags).await?, "previsions");
    assert_eq!(Scheduler::tick(store, &dags).await?, []);
    let measured = store.texts("select distinct millesime from kpi.value").await?;
    assert_eq!(measured, [EDITION]);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn dvf_loads_every_sale_file_by_file() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let report = platform.run_dag("dvf").await?;
    let expected = reckoned::mutations(platform.portal.truth()).count();
    let rows = platform.app.store.texts("select count(*)::text from analytics.fact_mutation").await?;
    assert_eq!(rows, [expected.to_string()]);
    let edition = output(&report, "edition");
    assert_eq!((edition["inserted"].as_u64(), succeeded(&report)), (Some(expected as u64), 3));
    let files = edition["sources"].as_u64().expect("a number").to_string();
    assert_eq!(platform.app.store.texts(INSTANCES).await?, [files], "a file a commune and year");
    platform.stop().await;
    Ok(())
}

/// No spider that ships has a source that changes daily: the list of them is given here.
#[tokio::test]
async fn what_a_night_brings_is_measured_and_forecast() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let (store, dags) = (&platform.app.store, mg_dags::all()?);
    Scheduler::sync(store, &dags).await?;
    let veille = dags.get("veille").context("the DAG")?;
    let mut night =
        veille.planned(Value::Null, Cause::Manual, Requester { principal: "a test", face: "cli" })?;
    let crawls = night.tasks.iter_mut().find(|task| task.name == "releves").context("its task")?;
    crawls.kind = TaskKind::Map { over: json!(["sitadel"]), width: None };
    let report = platform.finished(store.create_run(&night).await?).await?;
    assert_eq!(succeeded(&report), 2);

    assert_eq!(follows(&platform, &dags).await?, "indicateurs");
    assert_eq!(follows(&platform, &dags).await?, "previsions");
    assert_eq!(store.texts("select distinct millesime from kpi.value").await?, [EDITION]);
    assert_eq!(Scheduler::tick(store, &dags).await?, []);

    // What measures by itself starts nothing else.
    platform.crawl("sitadel", None, None).await?;
    assert_eq!(Scheduler::tick(store, &dags).await?, []);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_night_reads_what_changes_daily_and_tidies_up() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let report = platform.run_dag("veille").await?;
    assert_eq!(succeeded(&report), 2);
    let read = output(&report, "releves")["value"].as_array().expect("a list");
    let spiders: Vec<_> = read.iter().map(|crawled| crawled["spider"].as_str()).collect();
    assert_eq!(spiders, [Some("annonces")], "its file says when it is to be run");
    assert_eq!(succeeded(&platform.run_dag("menage").await?), 3);
    platform.stop().await;
    Ok(())
}

//! What is left, and what goes on, when `mg` is killed or told to stop in the middle of its work.

use std::time::Duration;

use anyhow::{Context, ensure};
use mg_portal::{Portal, Trouble, TroubleKind};
use mg_testkit::{Agent, Era};
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::time::sleep;

use crate::data_folder::{DataFolder, is_alive};
use crate::local_portal::{self, holds_what_was_served, read_from};
use crate::process::{Running, answer, mg, number, until};

/// The eleventh commune of the territory: ten come before it.
const HELD_UP: &str = "COMM=eq%3A77234";
/// The first run of a fresh database.
const RUN: i64 = 1;

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_load_is_taken_up_again_by_a_clean_start() -> anyhow::Result<()> {
    let (folder, portal) = (DataFolder::new()?, local_portal::start().await?);
    let run = in_the_middle_of_a_load(&folder, &portal).await?;
    let postmaster = folder.postmaster().context("a postmaster")?;
    run.signal("KILL");
    let (code, _) = run.end().await?;
    ensure!(code.is_none(), "it was to be killed, and ended with {code:?}");
    ensure!(is_alive(postmaster), "Postgres went with it: there is nothing to adopt");

    // A short command meets the orphan first: it adopts it, and stops it in order.
    ensure!(number(&folder, "select count(*) from fact_permis").await? > 0, "what was loaded is gone");
    ensure!(!is_alive(postmaster) && folder.postmaster().is_none(), "the orphan was left running");

    let report = finished_by_a_service(&folder, &portal).await?;
    ensure!(task(&report, "permis")?["attempt"] == 2, "{report}");
    let lost = report["log"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|line| line["level"] == "warn" && line["task"] == "permis");
    ensure!(lost, "the log does not tell of the lost process: {report}");
    portal.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminated_run_is_handed_back_and_finished_by_the_next_process() -> anyhow::Result<()> {
    let (folder, portal) = (DataFolder::new()?, local_portal::start().await?);
    let run = in_the_middle_of_a_load(&folder, &portal).await?;
    run.signal("TERM");
    let (code, said) = run.end().await?;
    ensure!(code == Some(1), "a run that did not end is no success: {code:?}");
    ensure!(said.iter().any(|line| line.contains(&format!("run {RUN} goes on"))), "{said:#?}");
    ensure!(folder.postmaster().is_none() && !folder.has_socket(), "Postgres was left running");
    ensure!(folder.processes().is_empty(), "left: {:?}", folder.processes());

    let report = finished_by_a_service(&folder, &portal).await?;
    ensure!(task(&report, "permis")?["attempt"] == 2, "{report}");
    portal.stop().await;
    Ok(())
}

/// Four moments; with MG_TRIALS=long forty.
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_moment_doubles_nothing_and_loses_nothing() -> anyhow::Result<()> {
    let moments =
        if std::env::var("MG_TRIALS").is_ok_and(|trials| trials == "long") { long() } else { short() };
    for moment in moments {
        killed_at(moment).await.with_context(|| format!("killed at {moment:?}"))?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_that_was_stopped_in_its_first_run_goes_on_with_it() -> anyhow::Result<()> {
    let folder = DataFolder::new()?;
    let mut first = Running::start(mg(&folder, &["demo", "--port", "0"]))?;
    first.said("running").await?;
    first.ctrl_c();
    let (code, said) = first.end().await?;
    ensure!(code == Some(0), "{code:?}: {said:#?}");
    ensure!(folder.postmaster().is_none() && folder.processes().is_empty(), "left: {:?}", folder.processes());

    let mut second = Running::start(mg(&folder, &["demo", "--port", "0"]))?;
    second.said("Ctrl-C arrête tout").await?;
    for done in ["  permis       done", "  ventes       done", "  indicateurs  done", "  previsions   done"] {
        second.said(done).await?;
    }
    ensure!(number(&folder, "select count(*) from kpi.forecast").await? > 0, "nothing was forecast");
    second.ctrl_c();
    let (code, said) = second.end().await?;
    ensure!(code == Some(0), "{code:?}: {said:#?}");
    Ok(())
}

/// `initdb` and `pg_ctl` are processes of their own: they outlive the `mg` that needed them.
#[tokio::test]
async fn a_kill_while_the_cluster_is_made_leaves_a_folder_that_starts() -> anyhow::Result<()> {
    for begun in ["data.unfinished", "data", "data/postmaster.pid"] {
        let folder = DataFolder::new()?;
        let first = Running::start(mg(&folder, &["migrate"]))?;
        let is_there = async || Ok(folder.has_of_its_cluster(begun).then_some(()));
        until("the cluster is begun", is_there).await?;
        first.signal("KILL");
        let (code, said) = first.end().await?;
        ensure!(code.is_none(), "it had ended before: {said:#?}");
        answer(&folder, &["migrate"]).await.with_context(|| format!("killed at {begun}"))?;
        let communes = number(&folder, "select count(*) from analytics.dim_commune").await?;
        ensure!(communes == 20, "{communes} communes");
        ensure!(folder.postmaster().is_none(), "Postgres was left running");
    }
    Ok(())
}

/// When a trial kills.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// As soon as the portal has answered so many requests. A whole run makes about 280.
    Requests(usize),
    /// As soon as this task is seen to run.
    Task(&'static str),
}

fn short() -> Vec<Moment> {
    vec![Moment::Requests(3), Moment::Requests(70), Moment::Task("indicateurs"), Moment::Task("previsions")]
}

fn long() -> Vec<Moment> {
    let requests = (1..=36).map(|number| Moment::Requests(number * 280 / 37));
    let tasks = ["indicateurs", "previsions"].into_iter().cycle().take(4).map(Moment::Task);
    requests.chain(tasks).collect()
}

async fn killed_at(moment: Moment) -> anyhow::Result<()> {
    let (folder, portal) = (DataFolder::new()?, local_portal::start().await?);
    let mut run = Running::start(the_run(&folder, &portal))?;
    match moment {
        Moment::Requests(count) => {
            let answered = async || Ok((portal.requests().len() >= count).then_some(()));
            until("the portal has answered enough", answered).await?;
        }
        Moment::Task(task) => drop(run.said(&format!("  {task:<12} ")).await?),
    }
    run.signal("KILL");
    let (code, said) = run.end().await?;
    ensure!(code.is_none(), "the run had ended before: {said:#?}");
    ensure!(folder.postmaster().is_some(), "there is nothing to adopt");
    finished_by_a_service(&folder, &portal).await?;
    portal.stop().await;
    Ok(())
}

fn the_run(folder: &DataFolder, portal: &Portal) -> Command {
    let mut command = mg(folder, &["dag", "run", "urbanisme"]);
    read_from(portal, &mut command);
    command
}

/// A run that has loaded some permits and waits for a portal that does not answer.
async fn in_the_middle_of_a_load(folder: &DataFolder, portal: &Portal) -> anyhow::Result<Running> {
    portal.trouble().play(Trouble {
        path_contains: HELD_UP.to_owned(),
        kind: TroubleKind::Slow { delay_ms: 3_600_000 },
        times: 1,
    });
    let mut run = Running::start(the_run(folder, portal))?;
    run.said("  permis ").await?;
    until("the portal keeps the load waiting", async || {
        Ok(portal.trouble().pending().is_empty().then_some(()))
    })
    .await?;
    until("some permits are loaded", async || {
        Ok((number(folder, "select count(*) from fact_permis").await? > 0).then_some(()))
    })
    .await?;
    Ok(run)
}

/// Starts a service on the folder, waits until it has finished the run, checks every fact and
/// KPI, and stops it in order. Gives the run's last report.
async fn finished_by_a_service(folder: &DataFolder, portal: &Portal) -> anyhow::Result<Value> {
    mg_crawl::init_tls();
    let mut command = mg(folder, &["serve", "--port", "0"]);
    read_from(portal, &mut command);
    let mut service = Running::start(command)?;
    let line = service.said("serving").await?;
    let url = line.split('"').find(|part| part.starts_with("http://")).context("where it serves")?;
    let token = answer(folder, &["token", "create", "a test", "--role", "viewer"]).await?;
    let agent = Agent::connect(url, token["token"].as_str().context("a token")?, Era::Current).await?;
    let report = loop {
        let report = agent.call("get_run", json!({ "run_id": RUN })).await?.structured;
        if report["finished"] == true {
            break report;
        }
        ensure!(!service.lines().iter().any(|line| line.contains("panicked")), "{:#?}", service.lines());
        sleep(Duration::from_millis(100)).await;
    };
    ensure!(report["state"] == "succeeded", "{report}");
    holds_what_was_served(folder, portal).await?;
    ensure!(
        number(folder, "select count(distinct kpi) from kpi.forecast").await? == 7,
        "forecasts are missing"
    );
    service.signal("TERM");
    let (code, said) = service.end().await?;
    ensure!(code == Some(0), "the service ended with {code:?}: {said:#?}");
    ensure!(folder.postmaster().is_none(), "Postgres was left running");
    Ok(report)
}

fn task<'a>(report: &'a Value, name: &str) -> anyhow::Result<&'a Value> {
    let tasks = report["tasks"].as_array().context("tasks")?;
    tasks.iter().find(|task| task["name"] == name).with_context(|| format!("no task {name}: {report}"))
}

//! `mg work`: a process that executes what others ask for, and a log that is followed from a third.

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::data_folder::DataFolder;
use crate::local_portal::{self, read_from};
use crate::process::{Running, answer, ended, mg, succeeded, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_executes_what_is_asked_for_beside_it_and_stops_in_order() -> anyhow::Result<()> {
    let (folder, portal) = (DataFolder::new()?, local_portal::start().await?);
    let mut command = mg(&folder, &["work", "--slots", "2", "--name", "une main"]);
    // What the command line says wins.
    command.env("MG__WORK__SLOTS", "7").env("MG__WORK__SILENCE_MS", "45000");
    read_from(&portal, &mut command);
    let mut worker = Running::start(command)?;
    worker.said("working").await?;

    let workers = answer(&folder, &["workers"]).await?;
    ensure!(workers[0]["name"] == "une main" && workers[0]["slots"] == 2, "{workers}");
    ensure!(workers[0]["silence_ms"] == 45_000, "{workers}");
    let report = answer(&folder, &["dag", "run", "collecte", "--set", "spider=sitadel"]).await?;
    ensure!(report["state"] == "succeeded", "{report}");
    let tasks = answer(&folder, &["run", "show", "1"]).await?;
    let by = tasks.pointer("/tasks/0/attempts/0/worker").and_then(Value::as_str).context("who did it")?;
    ensure!(by.contains("une main"), "{by}");

    // Followed to its end, one object a line.
    let mut follow = mg(&folder, &["run", "logs", "1", "--follow"]);
    follow.arg("--json");
    let said = succeeded(follow).await?.out;
    let lines: Vec<Value> = said.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    ensure!(lines.iter().any(|line| line["task"] == "previsions"), "{said}");

    worker.signal("TERM");
    let (code, said) = worker.end().await?;
    ensure!(code == Some(0), "{code:?}: {said:#?}");
    ensure!(folder.postmaster().is_none(), "Postgres was left running");
    portal.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_of_one_kind_leaves_the_rest_to_others() -> anyhow::Result<()> {
    let (folder, portal) = (DataFolder::new()?, local_portal::start().await?);
    let mut command = mg(&folder, &["work", "--only", "spiders"]);
    read_from(&portal, &mut command);
    let mut spiders = Running::start(command)?;
    spiders.said("working").await?;
    // Whoever asks what a run waits for is told.
    let asked = Running::start(mg(&folder, &["dag", "run", "menage"]))?;
    let told = until("the run says what it waits for", async || {
        let shown = ended(mg(&folder, &["run", "show", "1"])).await?;
        Ok((shown.code == Some(0)).then_some(shown.out))
    });
    let told = told.await?;
    ensure!(told.contains("No worker knows the job `verify_audit`"), "{told}");
    ensure!(told.contains("Start `mg work`"), "{told}");
    let mut command = mg(&folder, &["work", "--only", "kpis,upkeep", "--name", "calcul"]);
    read_from(&portal, &mut command);
    let mut rest = Running::start(command)?;
    rest.said("working").await?;

    let (code, said) = asked.end().await?;
    ensure!(code == Some(0), "{code:?}: {said:#?}");
    let report = answer(&folder, &["dag", "run", "collecte", "--set", "spider=sitadel"]).await?;
    ensure!(report["state"] == "succeeded", "{report}");
    let run = answer(&folder, &["run", "show", "2"]).await?;
    let by = |task: &str| {
        let tasks = run["tasks"].as_array()?;
        let found = tasks.iter().find(|found| found["name"] == task)?;
        found["attempts"][0]["worker"].as_str().map(str::to_owned)
    };
    ensure!(by("collecte").is_some_and(|worker| !worker.contains("calcul")), "{run}");
    ensure!(by("indicateurs").is_some_and(|worker| worker.contains("calcul")), "{run}");

    for worker in [rest, spiders] {
        worker.signal("TERM");
        let (code, said) = worker.end().await?;
        ensure!(code == Some(0), "{code:?}: {said:#?}");
    }
    portal.stop().await;
    Ok(())
}

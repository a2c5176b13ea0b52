//! Runs as programs see them.

use std::time::Duration;

use anyhow::Context;
use chrono::TimeDelta;
use mg_core::{Role, RunId};
use mg_server::app;
use mg_store::run::{NewRun, NewTask};
use mg_store::worker::NewWorker;
use mg_testkit::{Era, TestPlatform};
use serde_json::{Value, json};

use super::Program;

#[tokio::test]
async fn pages_of_runs_lead_to_all_of_them_and_to_none_twice() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let editor = platform.context(Role::Editor);
    for _ in 0..5 {
        let run = RunId(app::launch_dag(&editor, &platform.app, "urbanisme", Value::Null).await?.run_id);
        app::cancel_run(&editor, &platform.app, run).await?;
    }
    let program = Program::of(&platform, Role::Viewer).await?;
    let mut path = "/runs?limit=2&state=cancelled&dag=urbanisme".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = program.get(&path).await?;
        seen.extend(page["runs"].as_array().context("runs")?.iter().filter_map(|run| run["run_id"].as_i64()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/runs?limit=2&state=cancelled&dag=urbanisme&cursor={cursor}");
    }
    assert_eq!(seen, [5, 4, 3, 2, 1]);
    assert!(seen.len() == 5 && path.contains("cursor="), "there was more than one page");
    let cursor = path.rsplit('=').next().context("a cursor")?;
    let other = Program::of(&platform, Role::Viewer).await?;
    let question = format!("/runs?limit=2&state=cancelled&dag=urbanisme&cursor={cursor}");
    assert_eq!(other.refused(&question).await?.1["code"], "bad_cursor", "another token's");
    let (_, problem) = program.refused(&format!("/runs?cursor={cursor}")).await?;
    assert_eq!(problem["code"], "bad_cursor", "another question's");
    for (question, count) in
        [("?state=running", 0), ("?since=1h", 5), ("?since=2999-01-01", 0), ("?dag=other", 0)]
    {
        let found = program.get(&format!("/runs{question}")).await?;
        assert_eq!(found["runs"].as_array().map(Vec::len), Some(count), "{question}");
    }
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_run_that_nobody_takes_up_says_what_it_waits_for() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let store = &platform.app.store;
    store.register_pool("fermée", 0).await?;
    let unknown = NewTask::new("inconnue", "x", Value::Null);
    let held =
        NewTask { pool: Some("fermée".to_owned()), ..NewTask::new("tenue", "measure_kpis", json!({})) };
    let later = NewTask::new("suite", "x", Value::Null).after([0]);
    let new = NewRun::new("attente", "a test", "cli", vec![unknown, held, later]);
    let run = store.create_run(&new).await?;

    let program = Program::of(&platform, Role::Viewer).await?;
    for path in [format!("/runs/{run}"), format!("/runs/{run}/tasks")] {
        let told = program.get(&path).await?;
        let waits = |name: &str| {
            let tasks = told["tasks"].as_array().into_iter().flatten();
            tasks.filter(|task| task["name"] == name).map(|task| task["waits_for"].clone()).next()
        };
        let unknown = waits("inconnue").context("the task")?;
        assert_eq!(unknown["reason"], "unknown_job");
        assert_eq!(unknown["message"], "No worker knows the job `x`.");
        assert!(unknown["advice"].as_str().is_some_and(|advice| advice.contains("mg work")), "{unknown}");
        let held = waits("tenue").context("the task")?;
        assert_eq!(held["reason"], "closed_pool");
        assert!(held["advice"].as_str().is_some_and(|advice| advice.contains("mg pool set")), "{held}");
        assert_eq!(waits("suite"), Some(Value::Null), "it is not ready: {told}");
    }
    let agent = platform.agent(Role::Viewer, Era::Current).await?;
    let answer = agent.call("get_run", json!({ "run_id": run.0 })).await?;
    assert!(answer.text.contains("No worker knows the job `x`."), "{}", answer.text);

    // A worker that knows it comes.
    let knows = NewWorker { jobs: vec!["x".to_owned()], ..NewWorker::default() };
    store.register(&knows).await?;
    let told = program.get(&format!("/runs/{run}")).await?;
    assert_eq!(told["tasks"][0].get("waits_for"), None, "{told}");
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_run_with_a_deadline_says_when_it_is_due() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let store = &platform.app.store;
    let deadline = Some(Duration::from_hours(2));
    let tasks = vec![NewTask::new("a", "x", Value::Null)];
    let run =
        store.create_run(&NewRun { deadline, ..NewRun::new("tardive", "a test", "cli", tasks) }).await?;
    let kept = store.run(run).await?.context("the run")?;
    assert_eq!(kept.deadline_at.map(|due| due - kept.created_at), Some(TimeDelta::hours(2)));
    let due = kept.deadline_at.context("it is due")?.to_rfc3339();
    let told = Program::of(&platform, Role::Viewer).await?.get(&format!("/runs/{run}")).await?;
    assert_eq!(told["deadline_at"], due);
    let agent = platform.agent(Role::Viewer, Era::Current).await?;
    let answer = agent.call("get_run", json!({ "run_id": run.0 })).await?;
    assert_eq!(answer.structured["deadline_at"], due);
    assert!(answer.text.contains(&format!("Due by {due}")), "{}", answer.text);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_run_is_told_in_full_with_its_attempts() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let report = platform.run_dag("urbanisme").await?;
    let program = Program::of(&platform, Role::Viewer).await?;
    let run = program.get(&format!("/runs/{}", report.run_id)).await?;
    assert_eq!(run["state"], "succeeded");
    assert_eq!(run["finished"], true);
    let dag = platform.app.store.dag("urbanisme").await?.context("the DAG")?;
    assert_eq!(run["definition_hash"], dag.hash);
    assert_eq!(run.get("deadline_at"), None, "it has none");
    let whole = program.get(&format!("/runs/{}/tasks", report.run_id)).await?;
    let tasks = whole["tasks"].as_array().context("tasks")?;
    let named =
        |name: &str| tasks.iter().find(|task| task["name"] == name).with_context(|| whole.to_string());
    assert_eq!(named("indicateurs")?["after"], json!(["permis", "ventes"]));
    assert_eq!(named("permis")?["job"], "crawl");
    for task in tasks {
        let attempts = task["attempts"].as_array().context("attempts")?;
        let ended: Vec<&Value> = attempts.iter().map(|attempt| &attempt["outcome"]).collect();
        assert_eq!(ended, ["succeeded"], "{task}");
    }
    platform.stop().await;
    Ok(())
}

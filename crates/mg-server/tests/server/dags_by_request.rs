//! DAGs as programs see and launch them, and runs that are done once more.

use anyhow::Context;
use mg_core::{Role, RunId};
use mg_testkit::{Era, TestPlatform};
use reqwest::Method;
use serde_json::{Value, json};

use crate::api::{Program, problem};

#[tokio::test]
async fn a_dag_is_launched_with_its_parameters_and_not_twice_at_a_time() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let program = Program::of(&platform, Role::Editor).await?;
    let sales = format!("{}/geo-dvf/latest/csv/2025/communes/77/77243.csv", platform.portal.url());
    let body = json!({ "parameters": { "spider": "dvf", "url": sales } });
    let answer = program.request(Method::POST, "/dags/collecte/runs").json(&body).send().await?;
    assert_eq!((answer.status().as_u16(), &answer.headers()["Location"]), (202, &"/api/v1/runs/1".parse()?));
    let launch: Value = answer.json().await?;
    assert_eq!(launch["already_running"], false);
    let report = platform.finished(RunId(1)).await?;
    assert_eq!(report.state, "succeeded", "{report:?}");
    assert_eq!((&report.parameters["spider"], &report.parameters["url"]), (&json!("dvf"), &json!(sales)));

    for (dag, parameters, status, code) in [
        ("colecte", json!({}), 404, "unknown_dag"),
        ("collecte", json!({}), 400, "bad_parameters"),
        ("collecte", json!({ "spider": 3 }), 400, "bad_parameters"),
        ("urbanisme", json!({ "spider": "dvf" }), 400, "bad_parameters"),
    ] {
        let request = program.request(Method::POST, &format!("/dags/{dag}/runs"));
        let (found, refused) =
            problem(request.json(&json!({ "parameters": parameters })).send().await?).await?;
        assert_eq!((found, &refused["code"]), (status, &json!(code)), "{dag} {parameters}: {refused}");
    }
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn an_agent_reads_what_a_dag_takes_before_it_launches_it() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let agent = platform.agent(Role::Editor, Era::Current).await?;
    let tools = agent.tools().await?;
    let tool = tools.iter().find(|tool| tool.name == "launch_dag").context("launch_dag")?;
    let schema = Value::Object(tool.input_schema.as_ref().clone());
    let dags = schema["properties"]["dag"]["enum"].as_array().context("the names")?;
    assert!(dags.contains(&json!("collecte")) && dags.contains(&json!("urbanisme")), "{dags:?}");
    let taken = schema["properties"]["parameters"]["description"].as_str().context("what they take")?;
    assert!(
        taken.contains("collecte takes `spider`") && taken.contains("urbanisme takes nothing"),
        "{taken}"
    );
    let refused = agent.call("launch_dag", json!({ "dag": "collecte", "parameters": {} })).await?;
    assert!(refused.is_error && refused.text.contains("spider"), "{}", refused.text);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn what_failed_is_done_once_more_and_what_succeeded_is_kept() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let program = Program::of(&platform, Role::Editor).await?;
    let report = platform.run_dag("urbanisme").await?;
    let run = report.run_id;
    let kept = program.post(&format!("/runs/{run}/retry"), &json!({})).await?;
    assert_eq!((&kept["changed"], &kept["tasks"]), (&json!(false), &json!([])), "nothing failed");

    // By hand a task counts as failed; what follows it is decided anew.
    let marked =
        program.post(&format!("/runs/{run}/tasks/previsions/mark"), &json!({ "state": "failed" })).await?;
    assert_eq!(marked["state"], "failed", "{marked}");
    let retried = program.post(&format!("/runs/{run}/retry"), &json!({ "what": "failed" })).await?;
    assert_eq!(
        (&retried["tasks"], &retried["state"]),
        (&json!(["previsions"]), &json!("running")),
        "{retried}"
    );
    let report = platform.finished(RunId(run)).await?;
    assert_eq!(report.state, "succeeded", "{report:?}");
    let tasks = program.get(&format!("/runs/{run}/tasks")).await?;
    let attempts = |name: &str| {
        let task = tasks["tasks"].as_array()?.iter().find(|task| task["name"] == name)?;
        Some(task["attempts"].as_array()?.len())
    };
    assert_eq!((attempts("permis"), attempts("previsions")), (Some(1), Some(2)), "{tasks}");

    let request =
        program.request(Method::POST, &format!("/runs/{run}/retry")).json(&json!({ "task": "previson" }));
    let (status, refused) = problem(request.send().await?).await?;
    assert_eq!((status, &refused["code"]), (404, &json!("unknown_task")));
    assert!(refused["advice"].as_str().is_some_and(|advice| advice.contains("previsions")), "{refused}");
    let drawn = program.request(Method::GET, &format!("/runs/{run}/graph")).send().await?;
    assert_eq!(drawn.headers()["Content-Type"], "image/svg+xml");
    assert!(drawn.text().await?.contains("previsions"));
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_paused_dag_says_so_and_pools_and_workers_are_told() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    mg_dags::all()?.register(&platform.app.store).await?;
    let program = Program::of(&platform, Role::Editor).await?;
    program.post("/dags/urbanisme/pause", &json!({})).await?;
    assert!(program.get("/dags/urbanisme").await?["dag"]["paused_by"].is_string());
    program.post("/dags/urbanisme/resume", &json!({})).await?;
    assert!(program.get("/dags/urbanisme").await?["dag"]["paused_by"].is_null());
    let drawn = program.request(Method::GET, "/dags/urbanisme/graph?format=mermaid").send().await?;
    assert!(drawn.text().await?.starts_with("flowchart"));

    let set = program.request(Method::PUT, "/pools/portail").json(&json!({ "slots": 1 })).send().await?;
    assert_eq!(set.json::<Value>().await?["slots"], 1);
    let pools = program.get("/pools").await?;
    let portal = pools["pools"].as_array().context("pools")?.iter().find(|pool| pool["name"] == "portail");
    assert_eq!(portal.context("the portal's pool")?["slots"], 1);
    let (status, refused) =
        problem(program.request(Method::PUT, "/pools/portal").json(&json!({ "slots": 1 })).send().await?)
            .await?;
    assert_eq!((status, &refused["code"]), (404, &json!("unknown_pool")));
    let workers = program.get("/workers").await?;
    let jobs = workers["workers"][0]["jobs"].as_array().context("the platform's own worker")?;
    assert!(jobs.contains(&json!("crawl")), "{workers}");
    platform.stop().await;
    Ok(())
}

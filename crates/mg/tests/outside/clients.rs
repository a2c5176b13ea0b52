//! The agents of `clients/`, each with its own SDK, against a service and a scripted model: the
//! question that the platform is for, from an empty database to the figures.

mod program;
mod script;
mod scripted_model;
mod service;
mod wire;

use anyhow::{Context, bail, ensure};
use tokio::task::JoinSet;

use crate::process::ended;
use program::{ALL, CLAUDE, Program};
use script::NOWHERE;
use scripted_model::{KEY, ScriptedModel};
use service::Service;

#[tokio::test(flavor = "multi_thread")]
async fn each_agent_does_the_whole_job_or_says_what_is_in_its_way() -> anyhow::Result<()> {
    let service = Service::start().await?;
    ensure!(service.permits().await? == 0, "there is something to begin with");
    for (program, run) in ALL.iter().zip(1..) {
        runs_the_spider_and_tells_the_figures(program, run, &service).await.context(program.script)?;
    }
    ensure!(service.permits().await? == service.permits_served()?, "permits are missing");
    for program in &ALL {
        hands_a_refusal_to_its_model(program, &service).await.context(program.script)?;
    }
    says_what_is_wrong(&service).await?;
    service.stop().await
}

/// The question that a program asks by itself: it launches `run`, and follows it to its end.
async fn runs_the_spider_and_tells_the_figures(
    program: &Program,
    run: i64,
    service: &Service,
) -> anyhow::Result<()> {
    let model = ScriptedModel::start().await?;
    let told = ended(program.command(&service.url, &service.editor, &model, &[])?).await?;
    ensure!(told.code == Some(0), "{told:#?}");
    ensure!(!model.asked().is_empty(), "it asked another model");
    let mut calls = told.err.lines().filter_map(|line| line.strip_prefix("→ ")).map(tool_name);
    ensure!(calls.next() == Some("launch_scraper"), "{told:#?}");
    let then: Vec<&str> = calls.skip_while(|tool| *tool == "get_run").collect();
    ensure!(then == ["get_indicator", "forecast_kpi"], "{told:#?}");
    let end = told.err.lines().find(|line| line.contains("succeeded")).context("the run's end")?;
    ensure!(end.contains(&format!("Run {run} ")), "it did not follow run {run}: {told:#?}");
    service.figures().await?.told_in(&told.out)
}

/// With a question of the user's own and a token that only reads.
async fn hands_a_refusal_to_its_model(program: &Program, service: &Service) -> anyhow::Result<()> {
    let model = ScriptedModel::start().await?;
    let question = format!("Combien de logements à {NOWHERE} ?");
    let words: Vec<&str> = question.split(' ').collect();
    let told = ended(program.command(&service.url, &service.viewer, &model, &words)?).await?;
    ensure!(told.code == Some(0) && told.out.starts_with("Impossible : "), "{told:#?}");
    ensure!(told.out.contains(NOWHERE), "what the tool said is lost: {told:#?}");
    let asked = model.asked();
    let [first, second] = asked.as_slice() else { bail!("it asked {} times", asked.len()) };
    ensure!(first.question == question, "{first:?}");
    let offered = |name: &str| first.tools.iter().any(|tool| tool.name == name);
    ensure!(offered("run_sql") && !offered("launch_scraper"), "a viewer's model is offered {first:?}");
    let [refused] = second.results.as_slice() else { bail!("not one result: {second:?}") };
    ensure!(refused.is_error != Some(false), "it calls a refusal a success");
    Ok(())
}

/// A wrong key each provider's SDK tells in its own way. What is wrong before a model is asked,
/// all programs tell by the same lines.
async fn says_what_is_wrong(service: &Service) -> anyhow::Result<()> {
    let model = ScriptedModel::start().await?;
    let (url, viewer) = (service.url.as_str(), service.viewer.as_str());
    let mut cases = Vec::new();
    for program in &ALL {
        let mut wrong_key = program.command(url, viewer, &model, &[])?;
        wrong_key.env(program.key, "mistyped");
        cases.push((wrong_key, "invalid key"));
    }
    cases.push((CLAUDE.command("http://127.0.0.1:1/mcp", viewer, &model, &[])?, "MG_URL"));
    cases.push((CLAUDE.command(url, "", &model, &[])?, "MG_TOKEN is not set"));
    cases.push((CLAUDE.command(url, "mistyped", &model, &[])?, "answered 401"));
    let mut no_key = CLAUDE.command(url, viewer, &model, &[])?;
    no_key.env_remove(CLAUDE.key);
    cases.push((no_key, "ANTHROPIC_API_KEY is not set"));

    let mut telling = JoinSet::new();
    for (command, wanted) in cases {
        telling.spawn(async move { (ended(command).await, wanted) });
    }
    for (told, wanted) in telling.join_all().await {
        let told = told?;
        ensure!(told.code == Some(1) && told.out.is_empty(), "{told:#?}");
        let one_line = told.err.trim_end().lines().count() == 1 && told.err.starts_with("no answer: ");
        ensure!(one_line && told.err.contains(wanted), "not said: {wanted}: {told:#?}");
        ensure!(!told.err.contains(viewer) && !told.err.contains(KEY), "it tells a secret: {told:#?}");
    }
    ensure!(model.asked().is_empty(), "a model was asked all the same");
    Ok(())
}

/// The tool of a shown call.
fn tool_name(call: &str) -> &str {
    call.split_once(' ').map_or(call, |(tool, _)| tool)
}

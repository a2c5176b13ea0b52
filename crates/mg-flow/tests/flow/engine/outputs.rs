//! What tasks are given and what they leave: outputs, figures, tables.

use chrono::{DateTime, Utc};
use mg_core::RunId;
use mg_flow::{Backoff, Dag, Given, Job, JobError, JobInput, Jobs, Requester, TaskContext, launch};
use mg_store::Store;
use mg_testkit::TestDatabase;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::jobs::{ended, run_of, task, worker};

/// Gives what it is given.
struct Repeat;

#[derive(Serialize, Deserialize)]
struct RepeatInput {
    words: Vec<Given<String>>,
    at: Given<Option<DateTime<Utc>>>,
}

impl JobInput for RepeatInput {
    const JOB: &'static str = "repeat";
    type Output = String;
}

impl Job for Repeat {
    type Input = RepeatInput;

    async fn run(&self, context: &TaskContext, input: RepeatInput) -> Result<String, JobError> {
        let words: Vec<&str> = input.words.iter().map(|word| word.as_str()).collect();
        if let Some(at) = *input.at
            && at != context.instant()
        {
            return Err(JobError::new("two_instants", format!("{at} and {}", context.instant())));
        }
        Ok(words.join(" "))
    }
}

fn repeat(words: Vec<Given<String>>) -> RepeatInput {
    RepeatInput { words, at: None.into() }
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Asked {
    spider: String,
}

#[tokio::test]
async fn a_task_is_given_outputs_and_parameters_of_its_run() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let worker = worker(store, Jobs::default().with(Repeat)).await?;
    let mut dag = Dag::new("told", "Tells.");
    let spider: Given<String> = dag.parameters::<Asked>().field("spider");
    let edition = dag.task("edition", repeat(vec![spider.clone(), "2026-10".into()]));
    let file = dag.task("file", repeat(vec!["the file of".into(), edition.output()]));
    dag.task("said", repeat(vec![file.output(), "is".into(), edition.output(), "by".into(), spider]));
    let requester = Requester { principal: "a test", face: "cli" };
    let dag = dag.checked()?;
    let mut runs = Vec::new();
    for spider in ["sitadel", "dvf"] {
        runs.push((spider, launch(store, &dag, json!({ "spider": spider }), requester).await?));
    }
    for (spider, run) in runs {
        assert_eq!(ended(store, run).await?.state, "succeeded");
        let said = format!("the file of {spider} 2026-10 is {spider} 2026-10 by {spider}");
        assert_eq!(task(store, run, "said").await?.output, Some(said.into()));
    }
    worker.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_run_that_nobody_scheduled_is_for_when_it_was_asked_for() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let worker = worker(store, Jobs::default().with(Repeat)).await?;
    let mut dag = Dag::new("told", "Tells.");
    // Serialised, both are the same placeholder; the job fails if what stands for it is not its instant.
    let at = serde_json::to_value(dag.instant())?;
    dag.task("at", repeat(vec!["now".into()]));
    let mut definition = dag.checked()?;
    definition.tasks[0].input["at"] = at;
    let requester = Requester { principal: "a test", face: "cli" };
    let run = launch(store, &definition, json!({}), requester).await?;
    assert_eq!(ended(store, run).await?.state, "succeeded");
    worker.stop().await;
    Ok(())
}

/// Writes tables, and says how many rows; the first attempt fails behind it.
struct Load;

#[derive(Serialize, Deserialize)]
struct LoadInput {
    changed: u64,
}

impl JobInput for LoadInput {
    const JOB: &'static str = "load";
    type Output = ();
}

impl Job for Load {
    type Input = LoadInput;

    async fn run(&self, context: &TaskContext, input: LoadInput) -> Result<(), JobError> {
        for pages in [2, 5] {
            context.count("pages", pages);
        }
        context.count("rows_written", input.changed);
        context.wrote("analytics.fact_permis", Some(input.changed));
        if context.attempt() == 1 { Err(super::jobs::passing()) } else { Ok(()) }
    }
}

async fn loaded(store: &Store, changed: u64) -> anyhow::Result<RunId> {
    let mut dag = Dag::new("loaded", "Loads.");
    let at_once = Backoff { first_ms: 0, factor: 1.0, longest_ms: 0, jitter: false };
    dag.task("load", LoadInput { changed })
        .writes(["analytics.fact_permis", "analytics.reject"])
        .retries(1)
        .backoff(at_once);
    let run = run_of(store, dag).await?;
    assert_eq!(ended(store, run).await?.state, "succeeded");
    Ok(run)
}

#[tokio::test]
async fn figures_and_written_tables_are_those_of_the_attempt_that_succeeded() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let worker = worker(store, Jobs::default().with(Load)).await?;
    let changes = "select table_name || ' ' || version from mg.table_change order by 1";

    let run = loaded(store, 7).await?;
    assert_eq!(task(store, run, "load").await?.metrics, Some(json!({"pages": 7, "rows_written": 7})));
    let mut wrote: Vec<_> = store
        .run_writes(run)
        .await?
        .into_iter()
        .map(|wrote| (wrote.table_name, wrote.attempt, wrote.rows))
        .collect();
    wrote.sort();
    let expected = [("analytics.fact_permis", 2, Some(7)), ("analytics.reject", 2, None)];
    assert_eq!(wrote, expected.map(|(table, attempt, rows)| (table.to_owned(), attempt, rows)));
    // What was declared and not spoken of is taken to have changed.
    assert_eq!(store.texts(changes).await?, ["analytics.fact_permis 1", "analytics.reject 1"]);

    let nothing = loaded(store, 0).await?;
    assert_eq!(store.run_writes(nothing).await?.len(), 2);
    let unchanged = "a table of which no row changed starts nothing";
    assert_eq!(store.texts(changes).await?, ["analytics.fact_permis 1", "analytics.reject 2"], "{unchanged}");
    worker.stop().await;
    Ok(())
}

/// Gives a text of so many letters.
struct Long;

#[derive(Serialize, Deserialize)]
struct LongInput {
    letters: usize,
}

impl JobInput for LongInput {
    const JOB: &'static str = "long_text";
    type Output = String;
}

impl Job for Long {
    type Input = LongInput;

    async fn run(&self, _context: &TaskContext, input: LongInput) -> Result<String, JobError> {
        Ok("x".repeat(input.letters))
    }
}

#[tokio::test]
async fn an_output_that_is_too_large_to_keep_fails_its_task_for_good() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let worker = worker(store, Jobs::default().with(Long)).await?;
    let mut dag = Dag::new("long", "Long texts.");
    dag.task("fits", LongInput { letters: 1_000_000 }).retries(3);
    dag.task("large", LongInput { letters: 1 << 20 }).retries(3);
    let run = run_of(store, dag).await?;
    assert_eq!(ended(store, run).await?.state, "failed");
    assert_eq!(task(store, run, "fits").await?.state, "succeeded");
    let large = task(store, run, "large").await?;
    assert_eq!((large.error_code.as_deref(), large.attempt), (Some("output_too_large"), 1));
    worker.stop().await;
    Ok(())
}

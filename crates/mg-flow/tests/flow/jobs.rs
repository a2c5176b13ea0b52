//! Jobs to try a worker with, and runs of them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context;
use mg_core::RunId;
use mg_flow::{Dag, Job, JobError, JobInput, Jobs, Requester, TaskContext, Worker, WorkerOptions, launch};
use mg_store::Store;
use mg_store::run::{Run, Task};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::{sleep, timeout};

/// Long for a machine that does much else.
const DEADLINE: Duration = Duration::from_secs(60);

/// What was executed, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    pub(crate) fn note(&self, line: &str) {
        self.0.lock().expect("nobody panics while writing").push(line.to_owned());
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().expect("nobody panics while writing").clone()
    }
}

/// Notes its name, and gives how long it is.
pub(crate) struct Note(pub(crate) Diary);

#[derive(Serialize, Deserialize)]
pub(crate) struct NoteInput {
    pub(crate) name: String,
}

impl JobInput for NoteInput {
    const JOB: &'static str = "note";
    type Output = Noted;
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Noted {
    letters: usize,
}

impl Job for Note {
    type Input = NoteInput;

    async fn run(&self, _context: &TaskContext, input: NoteInput) -> Result<Noted, JobError> {
        self.0.note(&input.name);
        Ok(Noted { letters: input.name.len() })
    }
}

/// A task that notes `name`.
pub(crate) fn note(name: &str) -> NoteInput {
    NoteInput { name: name.to_owned() }
}

/// A DAG of one task.
pub(crate) fn one_task<I: JobInput>(name: &str, input: I) -> Dag {
    let mut dag = Dag::new("one", "One.");
    dag.task(name, input);
    dag
}

/// Fails in the way that it is told to.
pub(crate) struct Fail;

#[derive(Serialize, Deserialize)]
pub(crate) enum FailInput {
    Error { code: String, message: String },
    Panic(String),
}

impl JobInput for FailInput {
    const JOB: &'static str = "fail";
    type Output = ();
}

impl Job for Fail {
    type Input = FailInput;

    async fn run(&self, _context: &TaskContext, input: FailInput) -> Result<(), JobError> {
        match input {
            FailInput::Error { code, message } => Err(JobError::new(code, message)),
            FailInput::Panic(message) => panic!("{message}"),
        }
    }
}

/// Looks for work often, and loses no time at the end.
pub(crate) fn brisk() -> WorkerOptions {
    let often = Duration::from_millis(10);
    WorkerOptions { poll: often, watch: often, ..WorkerOptions::default() }
}

pub(crate) async fn worker(store: &Store, jobs: Jobs) -> anyhow::Result<Worker> {
    Ok(Worker::start(store.clone(), jobs, brisk()).await?)
}

/// Asks for a run of `dag`.
pub(crate) async fn run_of(store: &Store, dag: Dag) -> anyhow::Result<RunId> {
    let requester = Requester { principal: "a test", face: "cli" };
    Ok(launch(store, &dag.checked()?, json!({}), requester).await?)
}

/// The run, once it has ended.
pub(crate) async fn ended(store: &Store, run: RunId) -> anyhow::Result<Run> {
    reached(async || {
        let run = store.run(run).await?.context("the run is gone")?;
        Ok(run.finished_at.is_some().then_some(run))
    })
    .await
}

/// The task of that name.
pub(crate) async fn task(store: &Store, run: RunId, name: &str) -> anyhow::Result<Task> {
    let tasks = store.run_tasks(run).await?;
    tasks.into_iter().find(|task| task.name == name).with_context(|| format!("no task {name}"))
}

/// What `look` finds, once it finds something.
pub(crate) async fn reached<T>(look: impl AsyncFn() -> anyhow::Result<Option<T>>) -> anyhow::Result<T> {
    let found = async {
        loop {
            if let Some(found) = look().await? {
                return anyhow::Ok(found);
            }
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(DEADLINE, found).await.context("it never came to that")?
}

/// Waits for a signal, but not for ever.
pub(crate) async fn signalled(signal: &tokio::sync::Notify) -> anyhow::Result<()> {
    timeout(DEADLINE, signal.notified()).await.context("the signal never came")
}

//! What has gone wrong with other engines, tried with processes of this one.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use mg_core::RunId;
use mg_store::Store;
use mg_store::run::{Attempt, NewRun, NewTask};
use mg_testkit::TestDatabase;
use serde_json::json;

use crate::process::{Process, reached};
use crate::session::Session;

/// After which silence a worker of `trial hold` is given up.
const LEASE_MS: &str = "1000";

#[tokio::test]
async fn a_task_whose_process_dies_each_time_fails_in_the_end() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let held = Held::ask(&database, "deadly").await?;
    for attempt in 1..=NewTask::MAX_ATTEMPTS {
        // As the kernel ends a process for memory.
        let process = held.worker("w").await?;
        held.begun(attempt).await?;
        process.signal("KILL").await?;
        process.end().await?;
    }
    let survivor = held.worker("w").await?;
    held.ended("failed").await?;
    let attempts = held.attempts().await?;
    ensure!(attempts.len() == 3 && outcomes(&attempts) == ["lost"; 3], "{attempts:?}");
    // Whoever is there has time for others.
    let next = Held::ask(&database, "harmless").await?;
    next.release()?;
    next.ended("succeeded").await?;
    ensure!(held.attempts().await?.len() == 3, "it is tried again and again");
    survivor.terminate().await
}

#[tokio::test]
async fn a_worker_that_was_stopped_past_its_lease_cannot_end_what_another_has() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let held = Held::ask(&database, "held").await?;
    let stopped = held.worker("stopped").await?;
    held.begun(1).await?;
    stopped.signal("STOP").await?;
    let heir = held.worker("heir").await?;
    held.begun(2).await?;
    // Both may end now, and the one that was stopped does not know that it is not its task any more.
    held.release()?;
    stopped.signal("CONT").await?;
    held.ended("succeeded").await?;
    for process in [heir, stopped] {
        process.terminate().await?;
    }
    let attempts = held.attempts().await?;
    ensure!(outcomes(&attempts) == ["lost", "succeeded"], "{attempts:?}");
    let workers: Vec<&str> = attempts.iter().map(|attempt| attempt.worker.as_str()).collect();
    ensure!(workers == ["stopped", "heir"], "{attempts:?}");
    Ok(())
}

#[tokio::test]
async fn of_two_workers_of_one_name_one_dies_and_the_other_keeps_its_task() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let (one, other) = (Held::ask(&database, "one").await?, Held::ask(&database, "other").await?);
    let first = one.worker("mg on host").await?;
    one.begun(1).await?;
    // It has one slot, so the second takes the other.
    let second = other.worker("mg on host").await?;
    other.begun(1).await?;
    let names: Vec<String> = database.store.workers().await?.into_iter().map(|worker| worker.name).collect();
    ensure!(names == ["mg on host", "mg on host"], "{names:?}");

    first.signal("KILL").await?;
    first.end().await?;
    let heir = one.worker("heir").await?;
    one.begun(2).await?;
    ensure!(other.attempts().await?.len() == 1, "a task of the living one was taken");
    for held in [&one, &other] {
        held.release()?;
        held.ended("succeeded").await?;
    }
    ensure!(outcomes(&other.attempts().await?) == ["succeeded"], "it was not left to the living one");
    for process in [second, heir] {
        process.terminate().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_process_that_dies_between_a_jobs_end_and_its_note_leaves_a_task_to_be_done_again()
-> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let held = Held::ask(&database, "half").await?;
    let process = held.worker("dies").await?;
    held.begun(1).await?;
    // The job is done, and its end waits for the run, which somebody holds.
    let holding =
        Session::open(&database, &format!("begin; select from mg.run where id = {} for update;", held.run))?;
    reached("the run is held", async || seen(&database.store, HOLDS).await).await?;
    held.release()?;
    reached("the end waits for the run", async || seen(&database.store, WAITS).await).await?;
    process.signal("KILL").await?;
    process.end().await?;
    holding.end()?;

    let heir = held.worker("heir").await?;
    held.ended("succeeded").await?;
    let attempts = held.attempts().await?;
    ensure!(outcomes(&attempts) == ["lost", "succeeded"], "{attempts:?}");
    heir.terminate().await
}

/// A session that holds a run, and does nothing.
const HOLDS: &str = "
    select a.pid::text from pg_stat_activity a join pg_locks l on l.pid = a.pid
    where a.state = 'idle in transaction' and l.relation = 'mg.run'::regclass and l.mode = 'RowShareLock'";
/// One that waits for a lock.
const WAITS: &str = "select pid::text from pg_locks where not granted";

async fn seen(store: &Store, sessions: &'static str) -> anyhow::Result<Option<()>> {
    Ok((!store.texts(sessions).await?.is_empty()).then_some(()))
}

fn outcomes(attempts: &[Attempt]) -> Vec<&str> {
    attempts.iter().map(|attempt| attempt.outcome.as_deref().unwrap_or("open")).collect()
}

/// A run of one task, whose job ends when it is released.
struct Held<'a> {
    database: &'a TestDatabase,
    run: RunId,
    until: PathBuf,
}

impl<'a> Held<'a> {
    async fn ask(database: &'a TestDatabase, name: &str) -> anyhow::Result<Self> {
        let until = database.folder().join(name);
        let task = NewTask::new("hold", "hold", json!({ "until": until }));
        let run = database.store.create_run(&NewRun::new("held", "a trial", "cli", vec![task])).await?;
        Ok(Self { database, run, until })
    }

    /// A worker of one slot, which is at work.
    async fn worker(&self, name: &str) -> anyhow::Result<Process> {
        let socket = self.database.socket_dir().to_string_lossy().into_owned();
        let mut process = Process::start(&["hold", &socket, LEASE_MS, name], None)?;
        process.ready().await?;
        Ok(process)
    }

    /// Waits until the job of that attempt is at work.
    async fn begun(&self, attempt: i32) -> anyhow::Result<()> {
        reached("the attempt has begun", async || {
            let tasks = self.database.store.run_tasks(self.run).await?;
            let task = tasks.first().context("a task")?;
            let is_at_work =
                task.attempt == attempt && task.state == "running" && task.progress_done.is_some();
            Ok(is_at_work.then_some(()))
        })
        .await
    }

    fn release(&self) -> anyhow::Result<()> {
        Ok(std::fs::write(&self.until, "")?)
    }

    async fn ended(&self, state: &str) -> anyhow::Result<()> {
        let run = reached("the run has ended", async || {
            let run = self.database.store.run(self.run).await?.context("the run")?;
            Ok(run.finished_at.is_some().then_some(run))
        })
        .await?;
        ensure!(run.state == state, "{run:?}");
        Ok(())
    }

    async fn attempts(&self) -> anyhow::Result<Vec<Attempt>> {
        Ok(self.database.store.run_attempts(self.run).await?)
    }
}

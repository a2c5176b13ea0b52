//! Runs that nobody asks for: what schedulers promise, however many there are.
//!
//! The time that counts is the database's, which no test can set: what is to be due is laid back
//! instead, to before now.

mod backfills;
mod catchup;
mod changes;
mod once;
mod overlap;
mod requests;
mod triggers;

use chrono::Timelike;
use mg_core::{Clock, RunId, SystemClock};
use mg_flow::{Dag, Dags, Schedule, Scheduler, cron};
use mg_store::Store;
use mg_store::schedule::StoredSchedule;
use mg_testkit::TestDatabase;
use serde::{Deserialize, Serialize};

use crate::jobs::note;

/// What runs of `nightly` may be asked for.
#[derive(Serialize, Deserialize, schemars::JsonSchema)]
struct Asked {
    #[serde(default)]
    spider: Option<String>,
}

/// A DAG of one task with a schedule.
fn scheduled(name: &str, schedule: Schedule) -> Dag {
    let mut dag = Dag::new(name, "Tried here.").schedule(schedule);
    dag.parameters::<Asked>();
    dag.task("a", note("a"));
    dag
}

fn only(dag: Dag) -> anyhow::Result<Dags> {
    Ok(Dags::new([dag], [])?)
}

/// A database, and the DAG `nightly` with that schedule in it.
async fn nightly(schedule: Schedule) -> anyhow::Result<(TestDatabase, Dags)> {
    let database = TestDatabase::start().await?;
    let dags = only(scheduled("nightly", schedule))?;
    Scheduler::sync(&database.store, &dags).await?;
    Ok((database, dags))
}

async fn stored(store: &Store, name: &str) -> anyhow::Result<StoredSchedule> {
    Ok(store.schedule_named(name).await?.expect("the schedule is stored"))
}

/// Each hour, at a minute that is half an hour away: none comes while a test runs.
fn hourly() -> Schedule {
    let minute = (SystemClock.now().minute() + 30) % 60;
    cron(format!("{minute} * * * *"))
}

/// Lets the next instant of hourly schedules be the last that has passed, or one so many hours before.
fn lay_back(database: &TestDatabase, hours: u32) -> anyhow::Result<()> {
    let by = format!("interval '{} hours'", hours + 1);
    let set = format!("next_instant = next_instant - {by}, next_at = next_at - {by}");
    database.execute("mg_owner", &format!("update mg.schedule set {set} where next_at > now()"))
}

/// As [`lay_back`] to the last instant that has passed, as if all runs so far were of the day before.
fn another_hour(database: &TestDatabase) -> anyhow::Result<()> {
    database.execute("mg_owner", "update mg.run set instant = instant - interval '1 day'")?;
    lay_back(database, 0)
}

/// State, cause and whether it has an instant, of each run.
async fn runs(store: &Store) -> anyhow::Result<Vec<String>> {
    let runs = "select concat_ws(' ', dag, state, cause) from mg.run order by id";
    Ok(store.texts(runs).await?)
}

async fn state(store: &Store, run: RunId) -> anyhow::Result<String> {
    Ok(store.run(run).await?.expect("the run").state)
}

/// Why instants of a schedule were left out, and how many hours lie between first and last.
async fn skips(store: &Store) -> anyhow::Result<Vec<String>> {
    let skips = "select why || ' ' || extract(epoch from last_instant - first_instant)::int / 3600
                 from mg.schedule_skip order by id";
    Ok(store.texts(skips).await?)
}

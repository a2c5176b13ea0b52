//! The DAGs of a trial, in two generations.

use std::time::Duration;

use mg_flow::{Backoff, Dag, Dags, Pool, TriggerRule, any};

use crate::jobs::{Count, List, Seal, Total, Write};

/// How many of a map are at work at a time, in one run.
const WIDTH: u32 = 2;
/// How many are, in all runs.
const SLOTS: u32 = 5;

/// What a process of that generation knows.
pub(crate) fn dags(generation: u32) -> anyhow::Result<Dags> {
    Ok(Dags::new([parts(generation), followed()], [Pool::new("trial", SLOTS)])?)
}

/// A list, each element written by itself, and their sum; the next generation seals it.
fn parts(generation: u32) -> Dag {
    let mut dag = Dag::new("parts", format!("Writes parts, generation {generation}."));
    let list = dag.task("list", List { parts: 3 }).retries(30).backoff(soon());
    let written = dag
        .map("written", list.output(), |part| Write { part })
        .width(WIDTH)
        .pool("trial")
        .retries(30)
        .backoff(soon())
        .timeout(Duration::from_secs(60))
        .writes(["trial.effect"]);
    let total = dag.task("total", Total { parts: written.output() }).retries(30).backoff(soon());
    dag.task("after_all", Count {}).after(&total).rule(TriggerRule::AllDone).retries(30).backoff(soon());
    if generation > 1 {
        dag.task("seal", Seal { total: total.output() }).retries(30).backoff(soon());
    }
    dag
}

/// Starts when the other wrote.
fn followed() -> Dag {
    let mut dag = Dag::new("followed", "Follows what was written.").when_changed(any(["trial.effect"]));
    dag.task("count", Count {}).retries(30).backoff(soon());
    dag
}

/// What fails here fails because Postgres is away for a moment.
fn soon() -> Backoff {
    Backoff { first_ms: 100, factor: 1.5, longest_ms: 1_000, jitter: true }
}

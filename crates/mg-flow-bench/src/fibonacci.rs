//! The work: naive Fibonacci numbers, as jobs of a DAG.

use std::hint::black_box;

use mg_flow::{Dag, DagFaults, Dags, Job, JobError, JobInput, TaskContext};
use serde::{Deserialize, Serialize};

/// A task that takes some microseconds.
const SHORT: u32 = 10;
/// A task that takes about as long as Python needs for the thirty-third number.
const LONG: u32 = 39;

/// Which number to compute.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Number {
    place: u32,
}

impl JobInput for Number {
    const JOB: &'static str = "fibonacci";
    type Output = u64;
}

/// Computes a number.
pub(crate) struct Fibonacci;

impl Job for Fibonacci {
    type Input = Number;

    async fn run(&self, _context: &TaskContext, input: Number) -> Result<u64, JobError> {
        let computed = tokio::task::spawn_blocking(move || fibonacci(input.place)).await;
        computed.map_err(|error| JobError::new("panicked", error.to_string()))
    }
}

/// As slow as it is short: what is measured is that it takes its time.
fn fibonacci(place: u32) -> u64 {
    if place <= 1 {
        return place.into();
    }
    fibonacci(black_box(place - 1)) + fibonacci(black_box(place - 2))
}

/// The DAGs of the workloads: `scripts/bench/flow/workload.py` says how many tasks each has.
pub(crate) fn workloads() -> Result<Dags, DagFaults> {
    let dags = [
        ("warm_up", 4, SHORT, true),
        ("row_short", 40, SHORT, true),
        ("row_long", 10, LONG, true),
        ("wide_short", 400, SHORT, false),
    ];
    Dags::new(dags.map(|(name, tasks, place, in_a_row)| workload(name, tasks, place, in_a_row)), [])
}

fn workload(name: &str, tasks: u32, place: u32, in_a_row: bool) -> Dag {
    let mut dag = Dag::new(name, "Computes Fibonacci numbers.");
    let mut before = None;
    for number in 0..tasks {
        let mut this = dag.task(format!("task-{number}"), Number { place });
        if let Some(before) = before.filter(|_| in_a_row) {
            this = this.after(&before);
        }
        before = Some(this);
    }
    dag
}

//! Jobs that do a little arithmetic, as they are told to.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mg_flow::{Given, Job, JobError, JobInput, TaskContext};
use mg_store::Store;
use serde::{Deserialize, Serialize};
use tokio::sync::{Barrier, watch};
use tokio::time::sleep;

use crate::jobs::Diary;

/// Gives a list.
pub(super) struct List;

#[derive(Serialize, Deserialize)]
pub(super) struct ListInput {
    pub(super) numbers: Vec<u32>,
}

impl JobInput for ListInput {
    const JOB: &'static str = "list";
    type Output = Vec<u32>;
}

impl Job for List {
    type Input = ListInput;

    async fn run(&self, _context: &TaskContext, input: ListInput) -> Result<Vec<u32>, JobError> {
        Ok(input.numbers)
    }
}

/// Adds up.
pub(super) struct Sum;

#[derive(Serialize, Deserialize)]
pub(super) struct SumInput {
    pub(super) numbers: Given<Vec<u32>>,
}

impl JobInput for SumInput {
    const JOB: &'static str = "sum";
    type Output = u32;
}

impl Job for Sum {
    type Input = SumInput;

    async fn run(&self, _context: &TaskContext, input: SumInput) -> Result<u32, JobError> {
        Ok(input.numbers.iter().sum())
    }
}

/// Doubles a number; how that goes is the job's, of which there are several.
#[derive(Serialize, Deserialize)]
pub(super) struct DoubleInput {
    pub(super) number: Given<u32>,
}

impl JobInput for DoubleInput {
    const JOB: &'static str = "double";
    type Output = u32;
}

pub(super) fn double(number: impl Into<Given<u32>>) -> DoubleInput {
    DoubleInput { number: number.into() }
}

/// Doubles, and fails of a number as often as is laid up for it.
#[derive(Clone, Default)]
pub(super) struct Doubling {
    pub(super) diary: Diary,
    faults: Arc<Mutex<HashMap<u32, Vec<JobError>>>>,
}

impl Doubling {
    /// Lets the next attempts at `number` fail with these, the last one first.
    pub(super) fn failing(number: u32, faults: Vec<JobError>) -> Self {
        let doubling = Self::default();
        doubling.faults.lock().expect("nobody panics here").insert(number, faults);
        doubling
    }
}

impl Job for Doubling {
    type Input = DoubleInput;

    async fn run(&self, context: &TaskContext, input: DoubleInput) -> Result<u32, JobError> {
        let number = *input.number;
        self.diary.note(context.task());
        let fault = self.faults.lock().expect("nobody panics here").get_mut(&number).and_then(Vec::pop);
        fault.map_or(Ok(2 * number), Err)
    }
}

/// Doubles once so many are there at a time as it takes, and counts the most that were.
#[derive(Clone)]
pub(super) struct Meeting {
    barrier: Arc<Barrier>,
    present: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Meeting {
    pub(super) fn of(size: usize) -> Self {
        Self { barrier: Arc::new(Barrier::new(size)), present: Arc::default(), most: Arc::default() }
    }

    pub(super) fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }
}

impl Job for Meeting {
    type Input = DoubleInput;

    async fn run(&self, _context: &TaskContext, input: DoubleInput) -> Result<u32, JobError> {
        let present = self.present.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(present, Ordering::SeqCst);
        self.barrier.wait().await;
        self.present.fetch_sub(1, Ordering::SeqCst);
        Ok(2 * *input.number)
    }
}

/// Doubles a number once the one above it is doubled and kept; begins with `highest`.
pub(super) struct HighestFirst {
    pub(super) store: Store,
    pub(super) highest: u32,
}

impl Job for HighestFirst {
    type Input = DoubleInput;

    async fn run(&self, _context: &TaskContext, input: DoubleInput) -> Result<u32, JobError> {
        let number = *input.number;
        let above = (2 * (number + 1)).to_string();
        let kept = "select output::text from mg.task where job = 'double' and state = 'succeeded'";
        let mut above_is_kept = number == self.highest;
        while !above_is_kept {
            sleep(Duration::from_millis(10)).await;
            let kept =
                self.store.texts(kept).await.map_err(|error| JobError::new("unread", error.to_string()))?;
            above_is_kept = kept.contains(&above);
        }
        Ok(2 * number)
    }
}

/// Waits at a door, until that is opened or the job is told to stop.
#[derive(Clone)]
pub(super) struct AtDoor {
    /// What happened: `begun`, `done` or `stopped`, with the task's name.
    pub(super) diary: Diary,
    open: watch::Sender<bool>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Wait {}

impl JobInput for Wait {
    const JOB: &'static str = "wait";
    type Output = ();
}

impl AtDoor {
    pub(super) fn shut() -> Self {
        Self { diary: Diary::default(), open: watch::Sender::new(false) }
    }

    pub(super) fn open(&self) {
        self.open.send_replace(true);
    }

    /// Waits until a line is in the diary.
    pub(super) async fn noted(&self, line: &str) -> anyhow::Result<()> {
        crate::jobs::reached(async || Ok(self.diary.lines().iter().any(|noted| noted == line).then_some(())))
            .await
    }
}

impl Job for AtDoor {
    type Input = Wait;

    async fn run(&self, context: &TaskContext, _input: Wait) -> Result<(), JobError> {
        let mut door = self.open.subscribe();
        self.diary.note(&format!("begun {}", context.task()));
        tokio::select! {
            _ = door.wait_for(|open| *open) => {
                self.diary.note(&format!("done {}", context.task()));
                Ok(())
            }
            () = context.stopped() => {
                self.diary.note(&format!("stopped {}", context.task()));
                Err(JobError::new("stopped", "The job was told to stop."))
            }
        }
    }
}

/// A fault of a portal's, which may be gone the next time.
pub(super) fn passing() -> JobError {
    JobError::new("portal_down", "The portal answered 500.")
}

//! One attempt at a task, from its input to its noted end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mg_store::StoreError;
use mg_store::run::Backoff;
use mg_store::task::{ClaimedKind, ClaimedTask, Completion, Ended, Failure, LogLevel};
use rand::RngExt;
use serde_json::Value;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::Shop;
use crate::desk::{AtHand, Desk};
use crate::template::fill;
use crate::{JobError, TaskContext};

/// The longest list that a task is spread over.
const LONGEST_LIST: usize = 10_000;
/// The largest output that is kept with a task, bytes of JSON.
const LARGEST_OUTPUT: usize = 1 << 20;
/// How often an end that Postgres refuses for its content is tried again before the task fails for it.
const REFUSALS: u32 = 3;

/// What an attempt came to.
enum Outcome {
    Done(Value),
    /// To be done for each of these.
    Spread(Vec<Value>),
    Failed(JobError),
}

/// An attempt that lies on the desk and is yet to be executed. It is put there before anything else
/// is waited for: what a worker has and has not on its desk is handed back.
pub(super) fn begin(shop: &Arc<Shop>, task: ClaimedTask) -> impl Future<Output = ()> + Send + use<> {
    let task = Arc::new(task);
    let stop = shop.stop.child_token();
    let at_hand = Desk::put(&shop.desk, &task, stop.clone());
    execute(Arc::clone(shop), task, stop, at_hand)
}

async fn execute(shop: Arc<Shop>, task: Arc<ClaimedTask>, stop: CancellationToken, _at_hand: AtHand) {
    let context = TaskContext::new(shop.store.clone(), Arc::clone(&task), stop.clone(), shop.book.clone());
    let began = Instant::now();
    let outcome = match &task.kind {
        ClaimedKind::Map { over } => list(over, &task).map_or_else(Outcome::Failed, Outcome::Spread),
        ClaimedKind::Job | ClaimedKind::Branch => shop.attempt(&context, &task, &stop).await,
    };
    // What failed because everything stops did not fail: it is handed back.
    if matches!(outcome, Outcome::Failed(_)) && shop.stop.is_cancelled() {
        return;
    }
    let withdrawn = stop.is_cancelled() && !shop.stop.is_cancelled();
    if let (Outcome::Failed(error), false) = (&outcome, withdrawn && !is_timeout(&outcome)) {
        context.say(LogLevel::Error, &error.message, serde_json::json!({ "code": error.code })).await;
    }
    context.written().await;
    let ended = shop.end(&task, &context, &outcome).await;
    let seconds = began.elapsed().as_secs_f64();
    match ended {
        Ok(Ended::Ended) => {
            let state = if matches!(outcome, Outcome::Failed(_)) { "failed" } else { "succeeded" };
            tracing::info!(run = %task.run, task = task.name, state, seconds, "task ended");
        }
        Ok(Ended::Retried) => {
            tracing::info!(run = %task.run, task = task.name, seconds, "task failed, it is begun anew later");
        }
        Ok(Ended::Late) if withdrawn => {
            tracing::info!(run = %task.run, task = task.name, seconds, "task stopped, it was taken from here");
        }
        Ok(Ended::Late) => {
            tracing::warn!(run = %task.run, task = task.name, "ended late: another had taken it over");
        }
        Err(error) => {
            tracing::error!(run = %task.run, task = task.name, "its end could not be noted: {error}");
        }
    }
}

impl Shop {
    /// Lets the job do its work, unless it takes too long or will not stop when it is told to.
    async fn attempt(&self, context: &TaskContext, task: &ClaimedTask, stop: &CancellationToken) -> Outcome {
        let input = match fill(&task.input, &task.known) {
            Ok(input) => input,
            Err(error) => return Outcome::Failed(error),
        };
        let job = self.jobs.execute(context.clone(), &task.job, input);
        // A task of its own, so that a panic is caught and ends this task alone; and one that is
        // cut off together with this, else the job would go on while another worker does it again.
        let mut job = AbortOnDropHandle::new(tokio::spawn(job));
        let outcome = tokio::select! {
            ended = &mut job => ended
                .unwrap_or_else(|error| Err(JobError::new("panicked", format!("the job broke off: {error}")))),
            () = self.out_of_patience(stop) => Err(JobError::new("stopped", "the job would not stop")),
            limit = out_of_time(task.timeout) => {
                stop.cancel();
                let _ = tokio::time::timeout(self.options.grace, &mut job).await;
                Err(timed_out(limit))
            }
        };
        match outcome.and_then(presentable) {
            Ok(output) => Outcome::Done(output),
            Err(error) => Outcome::Failed(error),
        }
    }

    /// Ends when a job that was told to stop, while the worker goes on, has had its time for it.
    /// A worker that stops gives all its jobs that time itself.
    async fn out_of_patience(&self, stop: &CancellationToken) {
        stop.cancelled().await;
        if self.stop.is_cancelled() {
            return std::future::pending().await;
        }
        sleep(self.options.grace).await;
    }

    /// Notes how a task ended. While the database is away it is tried again: a task whose end
    /// is lost would count as running for as long as this worker lives.
    async fn end(
        &self,
        task: &ClaimedTask,
        context: &TaskContext,
        outcome: &Outcome,
    ) -> Result<Ended, StoreError> {
        let mut refusals = 0;
        loop {
            match self.end_once(task, context, outcome).await {
                Err(error) if self.stop.is_cancelled() => return Err(error),
                Err(error) if error.is_passing() => {
                    tracing::warn!(run = %task.run, task = task.name, "its end is not noted yet: {error}");
                }
                Err(error) if refusals == REFUSALS => {
                    let message = format!("its end could not be noted: {error}");
                    let failure = Failure { code: "end_refused", message: &message, again_after: None };
                    return self.store.fail_attempt(task, &failure).await;
                }
                Err(error) => {
                    refusals += 1;
                    tracing::warn!(run = %task.run, task = task.name, "its end is not noted yet: {error}");
                }
                ended => return ended,
            }
            self.pause(Duration::from_secs(1)).await;
        }
    }

    async fn end_once(
        &self,
        task: &ClaimedTask,
        context: &TaskContext,
        outcome: &Outcome,
    ) -> Result<Ended, StoreError> {
        let in_time = match outcome {
            Outcome::Done(output) => {
                let tally = context.tally();
                let metrics =
                    if tally.metrics.is_empty() { Value::Null } else { Value::Object(tally.metrics) };
                let completion = Completion { output, metrics: &metrics, wrote: &tally.wrote };
                self.store.complete_task_with(task, &completion).await?
            }
            Outcome::Spread(items) => self.store.spread_task(task, items).await?,
            Outcome::Failed(error) => {
                let again_after =
                    (!error.is_lasting).then(|| wait_before_retry(&task.backoff, task.failures));
                let failure = Failure { code: &error.code, message: &error.message, again_after };
                return self.store.fail_attempt(task, &failure).await;
            }
        };
        Ok(if in_time { Ended::Ended } else { Ended::Late })
    }
}

fn is_timeout(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed(error) if error.code == TIMED_OUT)
}

const TIMED_OUT: &str = "timed_out";

async fn out_of_time(limit: Option<Duration>) -> Duration {
    match limit {
        Some(limit) => {
            sleep(limit).await;
            limit
        }
        None => std::future::pending().await,
    }
}

fn timed_out(limit: Duration) -> JobError {
    JobError::new(TIMED_OUT, format!("the job took longer than {} s and was stopped", limit.as_secs_f64()))
}

/// The elements that a task is to be spread over.
fn list(over: &Value, task: &ClaimedTask) -> Result<Vec<Value>, JobError> {
    match fill(over, &task.known)? {
        Value::Array(items) if items.len() > LONGEST_LIST => Err(JobError::new(
            "list_too_long",
            format!("the list has {} elements, a task is spread over {LONGEST_LIST} at most", items.len()),
        )
        .lasting()),
        Value::Array(items) => Ok(items),
        _ => Err(JobError::new("not_a_list", "what the task is to be spread over is not a list").lasting()),
    }
}

/// An output that Postgres can keep.
fn presentable(output: Value) -> Result<Value, JobError> {
    let text = output.to_string();
    if text.len() > LARGEST_OUTPUT {
        let message = format!("the output has {} bytes, {LARGEST_OUTPUT} are kept at most", text.len());
        return Err(JobError::new("output_too_large", message).lasting());
    }
    if text.contains("\\u0000") {
        let message = "the output holds the character 0, which Postgres cannot keep";
        return Err(JobError::new("output_unwritable", message).lasting());
    }
    Ok(output)
}

/// See [`Backoff`]; `failures` is how often the task had failed before this attempt.
fn wait_before_retry(backoff: &Backoff, failures: i32) -> Duration {
    let longest = backoff.longest_ms as f64;
    let wait = (backoff.first_ms as f64 * backoff.factor.powi(failures)).clamp(0.0, longest);
    let part = if backoff.jitter { rand::rng().random_range(0.5..=1.0) } else { 1.0 };
    Duration::from_secs_f64(wait * part / 1_000.0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn waits_grow_to_the_longest_and_are_spread_within_half_of_it() {
        let even = Backoff { first_ms: 100, factor: 3.0, longest_ms: 1_000, jitter: false };
        let waits: Vec<u128> =
            (0..4).map(|failures| wait_before_retry(&even, failures).as_millis()).collect();
        assert_eq!(waits, [100, 300, 900, 1_000]);
        let spread = Backoff { jitter: true, ..even };
        let waits: Vec<u128> = (0..50).map(|_| wait_before_retry(&spread, 9).as_millis()).collect();
        assert!(waits.iter().all(|wait| (500..=1_000).contains(wait)), "{waits:?}");
        assert!(waits.iter().any(|wait| *wait != waits[0]));
        assert_eq!(wait_before_retry(&even, i32::MAX).as_millis(), 1_000);
    }

    #[test]
    fn an_output_that_cannot_be_kept_is_refused() {
        assert_eq!(presentable(json!({"a": "é"})), Ok(json!({"a": "é"})));
        assert_eq!(presentable(json!("a\0b")).expect_err("it is refused").code, "output_unwritable");
        let large = json!("x".repeat(LARGEST_OUTPUT));
        assert_eq!(presentable(large).expect_err("it is refused").code, "output_too_large");
    }
}

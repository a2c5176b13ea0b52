//! A worker: takes ready tasks, executes their jobs, ends them under the fence.

use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use mg_store::task::{ClaimedTask, LogLevel};
use mg_store::worker::WorkerId;
use mg_store::{Store, StoreError};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{interval, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::desk::Desk;
use crate::{JobError, Jobs, TaskContext};

/// How a worker works.
#[derive(Debug, Clone)]
pub struct WorkerOptions {
    /// Its name, for people.
    pub name: String,
    /// How many tasks it executes at a time.
    pub slots: usize,
    /// How long it waits before it looks for tasks again when there were none.
    pub poll: Duration,
    /// How often it looks whether what it executes was cancelled.
    pub watch: Duration,
    /// How often it says that it lives.
    pub heartbeat: Duration,
    /// After which silence a worker is given up for lost.
    pub silence: Duration,
    /// How long running jobs may take to stop.
    pub grace: Duration,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self {
            name: format!("mg {}", std::process::id()),
            slots: 4,
            poll: Duration::from_millis(200),
            watch: Duration::from_millis(500),
            heartbeat: Duration::from_secs(3),
            silence: Duration::from_secs(15),
            grace: Duration::from_secs(10),
        }
    }
}

/// A worker at work, until [`Worker::stop`].
#[derive(Debug)]
pub struct Worker {
    stop: CancellationToken,
    working: JoinHandle<()>,
}

/// What the loops of a worker share.
struct Shop {
    store: Store,
    jobs: Jobs,
    desk: Desk,
    options: WorkerOptions,
    stop: CancellationToken,
    // Changes when the worker was given up for lost and has registered anew.
    id: RwLock<WorkerId>,
}

impl Worker {
    /// Registers a worker and lets it work.
    pub async fn start(store: Store, jobs: Jobs, options: WorkerOptions) -> Result<Self, StoreError> {
        store.reclaim_lost_tasks(options.silence).await?;
        let id = RwLock::new(store.register_worker(&options.name).await?);
        let stop = CancellationToken::new();
        let shop = Arc::new(Shop { store, jobs, desk: Desk::default(), options, stop: stop.clone(), id });
        Ok(Self { stop, working: tokio::spawn(work(shop)) })
    }

    /// Takes no more tasks, lets running ones stop, and hands back what is undone.
    pub async fn stop(self) {
        self.stop.cancel();
        // The loop ends of itself; a panic in it was logged where it happened.
        let _ = self.working.await;
    }
}

async fn work(shop: Arc<Shop>) {
    let heart = tokio::spawn(beat(Arc::clone(&shop)));
    let eyes = tokio::spawn(watch(Arc::clone(&shop)));
    let names = shop.jobs.names();
    let mut running = JoinSet::new();
    while !shop.stop.is_cancelled() {
        while running.try_join_next().is_some() {}
        let claimed = if running.len() < shop.options.slots {
            shop.store.claim_task(shop.id(), &names).await
        } else {
            Ok(None)
        };
        match claimed {
            Ok(Some(task)) => {
                running.spawn(execute(Arc::clone(&shop), task));
            }
            Ok(None) => shop.pause(shop.options.poll).await,
            Err(error) => {
                tracing::warn!("no task could be claimed: {error}");
                shop.pause(Duration::from_secs(1)).await;
            }
        }
    }
    let all_ended = async { while running.join_next().await.is_some() {} };
    if timeout(shop.options.grace, all_ended).await.is_err() {
        tracing::warn!("jobs that would not stop were cut off; they will be done again");
        running.abort_all();
    }
    heart.abort();
    eyes.abort();
    if let Err(error) = shop.store.retire_worker(shop.id()).await {
        tracing::warn!("the worker could not sign off, others will notice: {error}");
    }
}

async fn beat(shop: Arc<Shop>) {
    let mut ticks = interval(shop.options.heartbeat);
    loop {
        ticks.tick().await;
        if let Err(error) = shop.beat_once().await {
            tracing::warn!("no heartbeat could be sent: {error}");
        }
    }
}

/// Tells jobs to stop whose task was cancelled, or given to another worker.
async fn watch(shop: Arc<Shop>) {
    let mut ticks = interval(shop.options.watch);
    loop {
        ticks.tick().await;
        let at_hand = shop.desk.attempts();
        if at_hand.is_empty() {
            continue;
        }
        match shop.store.lost_tasks(&at_hand).await {
            Ok(lost) => lost.into_iter().for_each(|task| shop.desk.stop(task)),
            Err(error) => tracing::warn!("running tasks could not be looked after: {error}"),
        }
    }
}

async fn execute(shop: Arc<Shop>, task: ClaimedTask) {
    let stop = shop.stop.child_token();
    let _at_hand = shop.desk.put(&task, stop.clone());
    let context = TaskContext::new(shop.store.clone(), task.clone(), stop.clone());
    let began = Instant::now();
    let job = shop.jobs.execute(context.clone(), &task.job, task.input.clone());
    // A task of its own, so that a panic is caught and ends this task alone; and one that is
    // cut off together with this, else the job would go on while another worker does it again.
    let job = AbortOnDropHandle::new(tokio::spawn(job));
    let outcome = tokio::select! {
        ended = job => ended
            .unwrap_or_else(|error| Err(JobError::new("panicked", format!("the job broke off: {error}")))),
        () = shop.out_of_patience(&stop) => Err(JobError::new("stopped", "the job would not stop")),
    };
    // What failed because everything stops did not fail: it is handed back.
    if outcome.is_err() && shop.stop.is_cancelled() {
        return;
    }
    let withdrawn = stop.is_cancelled() && !shop.stop.is_cancelled();
    if let (Err(error), false) = (&outcome, withdrawn) {
        context.log(LogLevel::Error, &error.message).await;
    }
    let ended = shop.end(&task, &outcome).await;
    let seconds = began.elapsed().as_secs_f64();
    match ended {
        Ok(true) => {
            let state = if outcome.is_ok() { "succeeded" } else { "failed" };
            tracing::info!(run = %task.run, task = task.name, state, seconds, "task ended");
        }
        Ok(false) if withdrawn => {
            tracing::info!(run = %task.run, task = task.name, seconds, "task stopped, its run was cancelled");
        }
        Ok(false) => {
            tracing::warn!(run = %task.run, task = task.name, "ended late: another had taken it over");
        }
        Err(error) => {
            tracing::error!(run = %task.run, task = task.name, "its end could not be noted: {error}");
        }
    }
}

impl Shop {
    fn id(&self) -> WorkerId {
        *self.id.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    async fn pause(&self, length: Duration) {
        tokio::select! {
            () = sleep(length) => {}
            () = self.stop.cancelled() => {}
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
        outcome: &Result<serde_json::Value, JobError>,
    ) -> Result<bool, StoreError> {
        loop {
            let ended = match outcome {
                Ok(output) => self.store.complete_task(task, output).await,
                Err(error) => self.store.fail_task(task, &error.code, &error.message).await,
            };
            match ended {
                Err(error) if !self.stop.is_cancelled() => {
                    tracing::warn!(run = %task.run, task = task.name, "its end is not noted yet: {error}");
                    self.pause(Duration::from_secs(1)).await;
                }
                ended => return ended,
            }
        }
    }

    async fn beat_once(&self) -> Result<(), StoreError> {
        if !self.store.heartbeat(self.id()).await? {
            let new = self.store.register_worker(&self.options.name).await?;
            *self.id.write().unwrap_or_else(std::sync::PoisonError::into_inner) = new;
            tracing::warn!("this worker had been given up for lost and has registered anew");
        }
        let reclaimed = self.store.reclaim_lost_tasks(self.options.silence).await?;
        if reclaimed > 0 {
            tracing::warn!(reclaimed, "tasks of a lost worker were taken back");
        }
        Ok(())
    }
}

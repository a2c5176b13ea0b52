//! A worker: takes ready tasks, executes their jobs, ends them under the fence.

mod attempt;
mod heart;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use mg_store::task::{Bound, Claim, ClaimedTask, Taker};
use mg_store::worker::{NewWorker, WorkerId};
use mg_store::{Ring, Store, StoreError};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::Jobs;
use crate::book::Book;
use crate::desk::Desk;

/// How a worker works.
#[derive(Debug, Clone)]
pub struct WorkerOptions {
    /// Its name, for people; two may have the same.
    pub name: String,
    /// The version of its binary, for people.
    pub version: String,
    /// How many tasks it executes at a time.
    pub slots: usize,
    /// The pools that it serves, `default` for tasks of none; without it, all.
    pub pools: Option<Vec<String>>,
    /// Whether it listens to Postgres for work; without that it polls alone, as engines and poolers
    /// without LISTEN need.
    pub listens: bool,
    /// How long it waits before it looks for tasks again when nobody called.
    pub poll: Duration,
    /// How often it looks whether what it executes was taken from it, when nobody called.
    pub watch: Duration,
    /// How often it says that it lives.
    pub heartbeat: Duration,
    /// Its lease: after which silence others give it up for lost. Several heartbeats.
    pub silence: Duration,
    /// How long running jobs may take to stop.
    pub grace: Duration,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self {
            name: format!("mg {}", std::process::id()),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            slots: 4,
            pools: None,
            listens: true,
            poll: Duration::from_secs(1),
            watch: Duration::from_secs(1),
            heartbeat: Duration::from_secs(2),
            silence: Duration::from_secs(10),
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
    names: Vec<String>,
    desk: Arc<Desk>,
    book: Book,
    options: WorkerOptions,
    stop: CancellationToken,
    /// Calls the loop that takes tasks.
    work: Notify,
    /// Calls the loop that looks after running tasks.
    taken: Notify,
    // Changes when the worker was given up for lost and has registered anew.
    id: RwLock<WorkerId>,
}

impl Worker {
    /// Registers a worker and lets it work.
    pub async fn start(store: Store, jobs: Jobs, options: WorkerOptions) -> Result<Self, StoreError> {
        store.reclaim_expired_tasks().await?;
        let mut names = jobs.names();
        names.sort_unstable();
        let id = RwLock::new(store.register(&options.registration(&names)).await?);
        let stop = CancellationToken::new();
        let shop = Arc::new(Shop {
            book: Book::open(store.clone()),
            store,
            jobs,
            names,
            desk: Arc::default(),
            options,
            stop: stop.clone(),
            work: Notify::new(),
            taken: Notify::new(),
            id,
        });
        Ok(Self { stop, working: tokio::spawn(work(shop)) })
    }

    /// Takes no more tasks, lets running ones stop, and hands back what is undone.
    pub async fn stop(self) {
        self.stop.cancel();
        // The loop ends of itself; a panic in it was logged where it happened.
        let _ = self.working.await;
    }
}

impl WorkerOptions {
    fn registration(&self, jobs: &[String]) -> NewWorker {
        NewWorker {
            name: self.name.clone(),
            jobs: jobs.to_vec(),
            pools: self.pools.clone().unwrap_or_default(),
            slots: i32::try_from(self.slots).unwrap_or(i32::MAX),
            version: self.version.clone(),
            silence: self.silence,
        }
    }
}

async fn work(shop: Arc<Shop>) {
    let loops = [
        AbortOnDropHandle::new(tokio::spawn(heart::beat(Arc::clone(&shop)))),
        AbortOnDropHandle::new(tokio::spawn(heart::look_after(Arc::clone(&shop)))),
        AbortOnDropHandle::new(tokio::spawn(listen(Arc::clone(&shop)))),
    ];
    let mut running = JoinSet::new();
    while !shop.stop.is_cancelled() {
        while running.try_join_next().is_some() {}
        let free = shop.options.slots.saturating_sub(running.len());
        match shop.take(free).await {
            Ok(claim) => {
                let before = running.len();
                for task in claim.begun {
                    running.spawn(attempt::begin(&shop, task));
                }
                for bound in &claim.bound {
                    if let Some(task) = shop.take_bound(bound).await {
                        running.spawn(attempt::begin(&shop, task));
                    }
                }
                if running.len() == before {
                    shop.wait(&mut running).await;
                }
            }
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
    drop(loops);
    shop.book.written().await;
    if let Err(error) = shop.store.retire_worker(shop.id()).await {
        tracing::warn!("the worker could not sign off, others will notice: {error}");
    }
}

/// Passes on what Postgres tells.
async fn listen(shop: Arc<Shop>) {
    let mut bell = shop.store.bell(shop.options.listens);
    loop {
        match bell.rung().await {
            Ring::Work => shop.work.notify_one(),
            Ring::Taken => {
                shop.taken.notify_one();
                shop.work.notify_one();
            }
        }
    }
}

impl Shop {
    fn id(&self) -> WorkerId {
        *self.id.read().unwrap_or_else(PoisonError::into_inner)
    }

    async fn take(&self, free: usize) -> Result<Claim, StoreError> {
        if free == 0 {
            return Ok(Claim::default());
        }
        let pools = self.options.pools.as_deref();
        let taker = Taker { worker: self.id(), jobs: &self.names, pools, at_most: free };
        self.store.claim_tasks(&taker).await
    }

    /// What cannot be had now is tried again with the rest.
    async fn take_bound(&self, bound: &Bound) -> Option<ClaimedTask> {
        let taken = self.store.claim_bound(self.id(), bound).await;
        taken.unwrap_or_else(|error| {
            tracing::warn!("a task could not be claimed: {error}");
            None
        })
    }

    /// Waits until there may be something to take: somebody called, a slot is free again, or it
    /// is time to look.
    async fn wait(&self, running: &mut JoinSet<()>) {
        tokio::select! {
            () = self.work.notified() => {}
            _ = running.join_next(), if !running.is_empty() => {}
            () = sleep(self.options.poll) => {}
            () = self.stop.cancelled() => {}
        }
    }

    async fn pause(&self, length: Duration) {
        tokio::select! {
            () = sleep(length) => {}
            () = self.stop.cancelled() => {}
        }
    }
}

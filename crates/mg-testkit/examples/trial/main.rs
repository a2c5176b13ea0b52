//! A process of the flow engine, for trials that end, stop and replace it.
//!
//!     trial work SOCKET GENERATION NAME     a worker on the private Postgres behind SOCKET
//!     trial schedule SOCKET GENERATION      a scheduler on it
//!     trial ask SOCKET GENERATION NAME      asks for work under that name, and ends
//!     trial crawl SOCKET FOLDER NAME        a worker that runs the spiders whose files lie in FOLDER
//!     trial hold SOCKET LEASE_MS NAME       a worker of one slot whose job holds on until it is released
//!
//! It says `ready`, the name and what its own clock shows once it is at work. SIGTERM stops it in
//! order, and it ends as soon as its input does: nothing is left of a trial that was broken off.
//! DAGs and jobs of generation 2 are those of the next version of a binary.

mod ask;
mod crawl;
mod dags;
mod effect;
mod jobs;

use std::env;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use anyhow::bail;
use mg_core::{Clock, SystemClock};
use mg_flow::{Jobs, Scheduler, SchedulerOptions, Worker, WorkerOptions};
use mg_store::{Store, StoreOptions};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(3);
    });
    let many = tokio::runtime::Runtime::new()?;
    match words[..] {
        ["work", socket, generation, name] => {
            let jobs = jobs::known(Path::new(socket), generation.parse()?);
            many.block_on(work(Path::new(socket), jobs, options(name)))
        }
        ["schedule", socket, generation] => many.block_on(schedule(Path::new(socket), generation.parse()?)),
        ["ask", socket, generation, name] => many.block_on(async {
            let store = opened(Path::new(socket)).await;
            ask::ask(&store, &dags::dags(generation.parse()?)?, name).await
        }),
        ["crawl", socket, folder, name] => {
            many.block_on(crawl::crawl(Path::new(socket), Path::new(folder), options(name)))
        }
        ["hold", socket, lease_ms, name] => {
            let silence = Duration::from_millis(lease_ms.parse()?);
            let options = WorkerOptions { slots: 1, silence, ..options(name) };
            many.block_on(work(Path::new(socket), Jobs::default().with(jobs::Hold), options))
        }
        _ => bail!("there is no such process"),
    }
}

fn options(name: &str) -> WorkerOptions {
    WorkerOptions {
        name: name.to_owned(),
        slots: 3,
        poll: Duration::from_millis(200),
        watch: Duration::from_millis(200),
        heartbeat: Duration::from_millis(300),
        silence: Duration::from_secs(3),
        ..WorkerOptions::default()
    }
}

async fn work(socket: &Path, jobs: Jobs, options: WorkerOptions) -> anyhow::Result<()> {
    let mut told = signal(SignalKind::terminate())?;
    let store = opened(socket).await;
    let worker =
        persistently(async || Ok(Worker::start(store.clone(), jobs.clone(), options.clone()).await?)).await;
    println!("ready {} {}", options.name.replace(' ', "_"), SystemClock.now().timestamp());
    told.recv().await;
    worker.stop().await;
    Ok(())
}

async fn schedule(socket: &Path, generation: u32) -> anyhow::Result<()> {
    let mut told = signal(SignalKind::terminate())?;
    let dags = dags::dags(generation)?;
    let store = opened(socket).await;
    let options = SchedulerOptions { longest_wait: Duration::from_millis(200) };
    let scheduler =
        persistently(async || Ok(Scheduler::start(store.clone(), dags.clone(), options.clone()).await?))
            .await;
    println!("ready scheduler {}", SystemClock.now().timestamp());
    told.recv().await;
    scheduler.stop().await;
    Ok(())
}

async fn opened(socket: &Path) -> Store {
    persistently(async || Ok(Store::open_private(socket, "mg", &StoreOptions::default()).await?)).await
}

/// Tries until it succeeds, as whoever starts services anew does: Postgres may be away.
async fn persistently<T>(begin: impl AsyncFn() -> Result<T, anyhow::Error>) -> T {
    loop {
        match begin().await {
            Ok(begun) => return begun,
            Err(error) => {
                eprintln!("not yet: {error:#}");
                sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

//! Our contender: a worker and a scheduler, as in production, and whoever asks them for runs.

use std::env;
use std::io;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use mg_flow::{Jobs, Requester, Scheduler, SchedulerOptions, Worker, WorkerOptions, launch};
use mg_store::{Store, StoreOptions};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::fibonacci::{self, Fibonacci};

const REQUESTER: Requester<'static> = Requester { principal: "a benchmark", face: "cli" };

/// When things happened, in seconds since 1970.
#[derive(Debug, Serialize)]
struct Times {
    triggered: f64,
    ended: f64,
    /// Of each task when it began and ended.
    tasks: Vec<(f64, f64)>,
}

/// Works on the database `BENCH_DATABASE` behind the socket in `BENCH_SOCKET`, `slots` tasks at a
/// time, until its input ends. Says `ready`; then each line of the input is the name of a workload,
/// which is launched and answered, once it has ended, with its times as a line of JSON.
pub(crate) async fn work(slots: usize) -> anyhow::Result<()> {
    let socket_dir = env::var("BENCH_SOCKET").context("BENCH_SOCKET")?;
    let database = env::var("BENCH_DATABASE").context("BENCH_DATABASE")?;
    let store = Store::open_private(Path::new(&socket_dir), &database, &StoreOptions::default()).await?;
    let options = WorkerOptions { slots, ..WorkerOptions::default() };
    let scheduler =
        Scheduler::start(store.clone(), fibonacci::workloads()?, SchedulerOptions::default()).await?;
    let worker = Worker::start(store.clone(), Jobs::default().with(Fibonacci), options).await?;
    println!("ready");
    let mut orders = orders();
    while let Some(name) = orders.recv().await {
        println!("{}", serde_json::to_string(&execute(&store, &name?).await?)?);
    }
    scheduler.stop().await;
    worker.stop().await;
    store.close().await;
    Ok(())
}

/// The lines of the input, until it ends.
fn orders() -> mpsc::Receiver<io::Result<String>> {
    let (tell, told) = mpsc::channel(1);
    // No task of the runtime's, which would wait for the next line when all else has failed.
    std::thread::spawn(move || {
        for line in io::stdin().lines() {
            if tell.blocking_send(line).is_err() {
                return;
            }
        }
    });
    told
}

/// Has a workload executed, by whichever worker takes its tasks.
async fn execute(store: &Store, name: &str) -> anyhow::Result<Times> {
    let dags = fibonacci::workloads()?;
    let dag = dags.get(name).with_context(|| format!("there is no workload `{name}`"))?;
    let triggered = seconds(store.now().await?);
    let id = launch(store, dag, Value::Null, REQUESTER).await?;
    let run = loop {
        let run = store.run(id).await?.context("the run is there")?;
        if run.finished_at.is_some() {
            break run;
        }
        // A question of some microseconds: it costs the run next to nothing.
        sleep(Duration::from_millis(20)).await;
    };
    ensure!(run.state == "succeeded", "{name} {}", run.state);
    let ended = run.finished_at.map(seconds).context("the run has ended")?;
    let tasks = store.run_tasks(id).await?;
    let times = tasks.iter().map(|task| Some((seconds(task.started_at?), seconds(task.finished_at?))));
    let tasks = times.collect::<Option<_>>().context("a task has no times")?;
    Ok(Times { triggered, ended, tasks })
}

fn seconds(moment: DateTime<Utc>) -> f64 {
    moment.timestamp_micros() as f64 / 1e6
}

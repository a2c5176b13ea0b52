//! Turns: a number of callers on one server for some seconds.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use tokio::runtime::Runtime;
use tokio::task::LocalSet;

use super::bed::Bed;
use super::caller::{Caller, find};
use super::contender::Contender;
use super::request;
use super::settings::Settings;
use super::workload::Workload;
use crate::process::{own_kilobytes, processor_time};

/// An answer may differ from the one that was checked by so many bytes, for a duration in it.
const TOLERANCE: usize = 64;

/// What one turn showed.
pub(super) struct Slice {
    /// Calls a second.
    pub(super) rate: f64,
    /// The median of a call, milliseconds.
    pub(super) p50_ms: f64,
    /// What 99 of 100 calls stay under, milliseconds.
    pub(super) p99_ms: f64,
    /// Processor time of the server a call, microseconds.
    pub(super) server_us: f64,
    /// Processor time of its Postgres backends a call, microseconds.
    pub(super) postgres_us: f64,
    /// What its Postgres backends held of their own at the end, megabytes.
    pub(super) postgres_mb: f64,
}

/// Holds one answer to each query against what Postgres itself says.
pub(super) async fn check(contender: &Contender, workload: &Workload) -> anyhow::Result<()> {
    let mut caller = Caller::connect(contender).await?;
    for query in &workload.queries {
        let body = caller.call(&request::call(contender, caller.session.as_deref(), &query.sql)).await?;
        let answer = String::from_utf8_lossy(&body);
        ensure!(!is_error(&body), "{answer}");
        let mut rest = answer.as_ref();
        for text in &query.expected {
            let place =
                rest.find(text.as_str()).with_context(|| format!("no {text} in its place: {answer:.800}"))?;
            rest = &rest[place + text.len()..];
        }
    }
    Ok(())
}

/// One turn of `count` callers. The first of a server has the whole warm-up.
pub(super) fn slice(
    runtime: &Runtime,
    bed: &Bed,
    contender: &Contender,
    workload: &Workload,
    count: usize,
    round: usize,
    settings: &Settings,
) -> anyhow::Result<Slice> {
    let warm_up = if round == 0 { settings.warm_up } else { settings.warm_up / 4 };
    let mut crowd = runtime.block_on(Crowd::gather(contender, workload, count))?;
    runtime.block_on(crowd.call_for(warm_up))?;
    let before = Cost::so_far(bed, contender)?;
    let mut calls = runtime.block_on(crowd.call_for(settings.turn))?;
    let after = Cost::so_far(bed, contender)?;
    ensure!(!calls.is_empty(), "no call ended within {:?}", settings.turn);
    calls.sort_unstable();
    // Every caller had one more call under way when the turn was over; it was paid for too.
    let paid_for = (calls.len() + count) as f64;
    let per_call = |spent: Duration| spent.as_secs_f64() * 1e6 / paid_for;
    let at = |share: f64| calls[(calls.len() as f64 * share) as usize].as_secs_f64() * 1e3;
    Ok(Slice {
        rate: calls.len() as f64 / settings.turn.as_secs_f64(),
        p50_ms: at(0.5),
        p99_ms: at(0.99),
        server_us: per_call(after.server.saturating_sub(before.server)),
        postgres_us: per_call(after.postgres_since(&before)),
        postgres_mb: after.postgres_kb as f64 / 1024.0,
    })
}

/// What a server and its Postgres backends have cost.
struct Cost {
    server: Duration,
    postgres: HashMap<u32, Duration>,
    postgres_kb: u64,
}

impl Cost {
    fn so_far(bed: &Bed, contender: &Contender) -> anyhow::Result<Self> {
        let server = processor_time(contender.pid)?;
        let backends = bed.backends(&contender.logins)?;
        // A backend may end between the listing and the look.
        let times = backends.iter().filter_map(|&pid| Some((pid, processor_time(pid).ok()?)));
        let postgres_kb = backends.iter().filter_map(|&pid| own_kilobytes(pid).ok()).sum();
        Ok(Self { server, postgres: times.collect(), postgres_kb })
    }

    /// The backends' time since `before`; one that began after it counts whole.
    fn postgres_since(&self, before: &Self) -> Duration {
        let earlier = |pid| before.postgres.get(pid).copied().unwrap_or_default();
        self.postgres.iter().map(|(pid, time)| time.saturating_sub(earlier(pid))).sum()
    }
}

/// Callers with their requests.
struct Crowd {
    callers: Vec<Ready>,
}

struct Ready {
    caller: Caller,
    requests: Vec<Vec<u8>>,
    sizes: Rc<Vec<usize>>,
    next: usize,
}

impl Crowd {
    async fn gather(contender: &Contender, workload: &Workload, count: usize) -> anyhow::Result<Self> {
        let mut first = Caller::connect(contender).await?;
        let mut sizes = Vec::new();
        for query in &workload.queries {
            let request = request::call(contender, first.session.as_deref(), &query.sql);
            sizes.push(first.call(&request).await?.len());
        }
        let sizes = Rc::new(sizes);
        let mut callers = Vec::new();
        for place in 0..count {
            let caller = Caller::connect(contender).await?;
            let session = caller.session.as_deref();
            let requests = workload.queries.iter().map(|query| request::call(contender, session, &query.sql));
            callers.push(Ready {
                requests: requests.collect(),
                caller,
                sizes: Rc::clone(&sizes),
                next: place,
            });
        }
        Ok(Self { callers })
    }

    /// Calls for `time`, and how long each call took that ended within it.
    async fn call_for(&mut self, time: Duration) -> anyhow::Result<Vec<Duration>> {
        let end = Instant::now() + time;
        let tasks = LocalSet::new();
        let at_work: Vec<_> =
            self.callers.drain(..).map(|ready| tasks.spawn_local(ready.until(end))).collect();
        let mut calls = Vec::new();
        tasks
            .run_until(async {
                for task in at_work {
                    let (ready, its_calls) = task.await??;
                    self.callers.push(ready);
                    calls.extend(its_calls);
                }
                anyhow::Ok(())
            })
            .await?;
        Ok(calls)
    }
}

impl Ready {
    async fn until(mut self, end: Instant) -> anyhow::Result<(Self, Vec<Duration>)> {
        let mut calls = Vec::new();
        loop {
            let place = self.next % self.requests.len();
            self.next += 1;
            let began = Instant::now();
            let body = self.caller.call(&self.requests[place]).await?;
            let ended = Instant::now();
            let size = self.sizes[place];
            ensure!(
                !is_error(&body) && body.len().abs_diff(size) <= TOLERANCE,
                "an answer of {} bytes where {size} were right: {:.800}",
                body.len(),
                String::from_utf8_lossy(&body)
            );
            if ended > end {
                return Ok((self, calls));
            }
            calls.push(ended - began);
        }
    }
}

/// Whether an answer is one, as JSON-RPC or as the tool says. A long one is looked at only
/// at both ends.
fn is_error(body: &[u8]) -> bool {
    let ends = [&body[..body.len().min(256)], &body[body.len().saturating_sub(256)..]];
    ends.iter().any(|end| find(end, b"\"isError\":true").is_some() || find(end, b"\"error\":{").is_some())
}

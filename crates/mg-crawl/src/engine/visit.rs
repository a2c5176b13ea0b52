//! One request: fetched, read, and its outcome sent on its way.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::dispatch::Event;
use super::fault::{Fault, Verdict};
use super::fetch::{Got, RawPage, Trip, fetch};
use super::read::read;
use super::report::Reported;
use super::scope::{Dropped, host_key};
use super::shared::Shared;
use super::stats::Tally;
use crate::frontier::{Leased, Outcome};

/// Where a request's host stands in the crawl's list.
pub(super) type HostIndex = usize;

/// What a request tells when its page has come, or has not: its host can be asked again.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) host: HostIndex,
    pub(super) trip: Trip,
    pub(super) verdict: Verdict,
    /// How long the host asks to be left alone.
    pub(super) hold: Option<Duration>,
}

/// The ways out of a request.
#[derive(Clone)]
pub(super) struct Lines {
    pub(super) events: mpsc::UnboundedSender<Event>,
    pub(super) outcomes: mpsc::Sender<Reported>,
}

/// Asks for one page, reads it and sends its outcome to the frontier.
pub(super) async fn visit(shared: Arc<Shared>, lines: Lines, host: HostIndex, leased: Leased) -> Tally {
    let id = leased.id;
    let mut trip = Trip::default();
    let fetching = AssertUnwindSafe(fetch(&shared, &leased, &mut trip)).catch_unwind().await;
    let got = fetching.unwrap_or_else(|_| {
        let reason = format!("the engine broke down on {}", leased.request.url);
        Err(Fault::ours("machine_failed", reason))
    });
    let verdict = trip.verdict(&got);
    let hold = hold(&shared, &leased, &got, verdict).await;
    // Nobody listens where the crawl is over; then this task is as well.
    let _ = lines.events.send(Event::Answered(Answered { host, trip, verdict, hold }));
    let (outcome, dropped) = match got {
        Ok(Got::Page(page)) => parse(&shared, leased, *page).await,
        Ok(Got::Unchanged) => (Outcome::Unchanged, Dropped::new()),
        Err(fault) => {
            let host = &shared.options.host;
            let outcome = fault.outcome(&leased.request.url, leased.tried, host.attempts, host.longest_wait);
            (outcome, Dropped::new())
        }
    };
    tracing::debug!(id, outcome = word(&outcome), "a request has ended");
    let tally = Tally::of(&outcome, dropped);
    let _ = lines.outcomes.send((id, outcome)).await;
    tally
}

/// Tells all workers that the host asks to be left alone.
async fn hold(
    shared: &Shared,
    leased: &Leased,
    got: &Result<Got, Fault>,
    verdict: Verdict,
) -> Option<Duration> {
    let asked = got.as_ref().err()?.asked.filter(|_| verdict == Verdict::Overloaded)?;
    let longest = shared.options.host.longest_wait;
    let told = shared.pace.hold_off(host_key(&leased.request.url), asked.min(longest)).await;
    if let Err(error) = told {
        tracing::warn!("other workers could not be told to leave a host alone: {error}");
    }
    Some(asked)
}

async fn parse(shared: &Arc<Shared>, leased: Leased, page: RawPage) -> (Outcome, Dropped) {
    // Nobody closes it, so nothing but a place is waited for.
    let _place = shared.parsers.acquire().await;
    let (spider, scope) = (shared.spider.clone(), shared.scope.clone());
    let (url, now) = (page.url.clone(), shared.clock.now());
    let reading = tokio::task::spawn_blocking(move || read(spider.as_ref(), &scope, leased, page, now));
    let given = |code, reason| (Outcome::Given(code, reason), Dropped::new());
    match timeout(shared.options.page.parse_timeout, reading).await {
        Ok(Ok(read)) => read,
        Ok(Err(_)) => given("parse_failed", format!("the spider broke down on {url}")),
        // A thread cannot be stopped; it is left behind, and its place given to another.
        Err(_) => given("parse_timeout", format!("the spider did not come to an end with {url}")),
    }
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Read(_) => "read",
        Outcome::Unchanged => "unchanged",
        Outcome::Again(..) => "again",
        Outcome::Given(code, _) => code,
    }
}

//! One host of a crawl: what waits for it, and when the next may begin.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::circuit::{Circuit, Permit};
use super::options::HostOptions;
use super::slots::{Slot, Slots};
use super::stats::HostStats;
use super::throttle::Throttle;
use crate::frontier::Leased;
use crate::robots::RobotsRules;

/// Instants are booked for this long at once, so that a worker that stops wastes no more.
const BLOCK: Duration = Duration::from_secs(1);
const BLOCK_SLOTS: usize = 128;
/// With fewer left the next block is booked, so that nobody waits for the answer.
const BLOCK_AHEAD: usize = 16;
/// Paths whose queries are counted; a site with more of them is no trap of this kind.
const PATHS_COUNTED: usize = 50_000;

/// One host of a crawl.
#[derive(Debug)]
pub(super) struct Host {
    /// What all workers call it.
    pub(super) key: String,
    /// Requests on their way to it.
    pub(super) fetching: usize,
    /// How many were begun.
    pub(super) requests: u64,
    queue: VecDeque<Leased>,
    rules: Rules,
    slots: Slots,
    booking: bool,
    throttle: Throttle,
    circuit: Circuit,
    held: Option<Instant>,
    given_up: Option<(&'static str, String)>,
    queries: HashMap<u64, u32>,
    most_queries: u32,
    options: HostOptions,
}

#[derive(Debug)]
enum Rules {
    Unknown,
    Asked,
    Known(Arc<RobotsRules>),
}

/// What is to be done for a host.
#[derive(Debug)]
pub(super) enum Step {
    /// Its robots.txt is to be read.
    AskRules(Leased),
    /// Instants are to be booked.
    Book(u32, Duration),
    /// A request may begin.
    Begin(Leased),
    /// A request will not be asked: a code and why.
    Give(Leased, &'static str, String),
    /// Nothing before this instant.
    Wait(Instant),
    /// Nothing until something else happens.
    Idle,
}

impl Host {
    pub(super) fn new(key: &str, options: &HostOptions, most_queries: u32) -> Self {
        Self {
            key: key.to_owned(),
            fetching: 0,
            requests: 0,
            queue: VecDeque::new(),
            rules: Rules::Unknown,
            slots: Slots::default(),
            booking: false,
            throttle: Throttle::new(options),
            circuit: Circuit::new(options.circuit),
            held: None,
            given_up: None,
            queries: HashMap::new(),
            most_queries,
            options: options.clone(),
        }
    }

    pub(super) fn push(&mut self, leased: Leased) {
        self.queue.push_back(leased);
    }

    pub(super) fn waiting(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn stats(&self) -> HostStats {
        HostStats {
            host: self.key.clone(),
            requests: self.requests,
            in_work: self.fetching as u64,
            waiting: self.queue.len() as u64,
            delay_ms: u64::try_from(self.throttle.gap().as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// What was waiting; it will not be asked now.
    pub(super) fn empty(&mut self) -> impl Iterator<Item = Leased> {
        self.queue.drain(..)
    }

    /// What is to be done now. To be asked again until it waits or idles.
    pub(super) fn step(&mut self, now: Instant) -> Step {
        let Some(first) = self.queue.front() else {
            return Step::Idle;
        };
        if let Some((code, reason)) = self.refusal(first) {
            return self.queue.pop_front().map_or(Step::Idle, |leased| Step::Give(leased, code, reason));
        }
        match self.rules {
            Rules::Unknown => {
                self.rules = Rules::Asked;
                return Step::AskRules(first.clone());
            }
            Rules::Asked => return Step::Idle,
            Rules::Known(_) => {}
        }
        if let Some(step) = self.pause(now) {
            return step;
        }
        if let Some((count, gap)) = self.to_book() {
            self.booking = true;
            return Step::Book(count, gap);
        }
        if self.fetching >= self.options.concurrency {
            return Step::Idle;
        }
        match self.slots.take(now, self.throttle.gap()) {
            Slot::Now => self.begin(),
            Slot::At(instant) => Step::Wait(instant),
            // What was left has become stale: the next step books.
            Slot::None if !self.booking => self.step(now),
            Slot::None => Step::Idle,
        }
    }

    fn refusal(&self, first: &Leased) -> Option<(&'static str, String)> {
        if let Some(given_up) = &self.given_up {
            return Some(given_up.clone());
        }
        let url = &first.request.url;
        match &self.rules {
            Rules::Known(rules) if !rules.allows(url) => {
                let code = if rules.is_unreachable() { "robots_unreachable" } else { "robots_disallowed" };
                Some((code, rules.why_not(url)))
            }
            _ => None,
        }
    }

    fn pause(&mut self, now: Instant) -> Option<Step> {
        match self.circuit.permit(now) {
            Permit::Granted => {}
            Permit::After(instant) => return Some(Step::Wait(instant)),
            Permit::Undecided | Permit::Never => return Some(Step::Idle),
        }
        self.held.filter(|until| *until > now).map(Step::Wait)
    }

    fn to_book(&self) -> Option<(u32, Duration)> {
        let (left, waiting) = (self.slots.left(), self.queue.len());
        if self.booking || left >= waiting || left > BLOCK_AHEAD {
            return None;
        }
        let gap = self.throttle.gap();
        let of_a_block = BLOCK.as_micros().checked_div(gap.as_micros()).unwrap_or(u128::MAX);
        let most = usize::try_from(of_a_block).unwrap_or(BLOCK_SLOTS).clamp(1, BLOCK_SLOTS);
        if left > 0 && most < BLOCK_AHEAD {
            return None;
        }
        // Instants without a gap are nobody's loss: enough of them for a while.
        let count = if gap.is_zero() { most } else { (waiting - left).min(most) };
        u32::try_from(count).ok().map(|count| (count, gap))
    }

    fn begin(&mut self) -> Step {
        let Some(leased) = self.queue.pop_front() else {
            return Step::Idle;
        };
        if leased.tried == 0 && self.is_one_query_too_many(&leased) {
            let reason = format!("{} has more than {} queries", leased.request.url.path(), self.most_queries);
            return Step::Give(leased, "trap", reason);
        }
        self.circuit.begin();
        self.fetching += 1;
        self.requests += 1;
        Step::Begin(leased)
    }

    fn is_one_query_too_many(&mut self, leased: &Leased) -> bool {
        let url = &leased.request.url;
        if url.query().is_none() {
            return false;
        }
        let mut hasher = DefaultHasher::new();
        url.path().hash(&mut hasher);
        let path = hasher.finish();
        if self.queries.len() >= PATHS_COUNTED && !self.queries.contains_key(&path) {
            return false;
        }
        let count = self.queries.entry(path).or_default();
        *count += 1;
        *count > self.most_queries
    }

    /// Its robots.txt was read, or is not to be.
    pub(super) fn know(&mut self, rules: Arc<RobotsRules>) {
        if let Some(delay) = rules.crawl_delay() {
            self.throttle.at_least(delay.min(self.options.longest_crawl_delay));
        }
        self.rules = Rules::Known(rules);
    }

    /// Instants were booked.
    pub(super) fn booked(&mut self, first: Instant, count: u32, gap: Duration) {
        self.booking = false;
        self.slots.add(first, count, gap);
    }

    /// It answered, with a success or a refusal of its own making.
    pub(super) fn answered(&mut self, latency: Duration, success: bool) {
        self.throttle.answered(latency, success);
        self.circuit.well();
    }

    /// It failed; the time for which it is to be left alone, if any.
    pub(super) fn failed(&mut self, now: Instant) -> Option<Duration> {
        self.throttle.failed();
        let wait = self.circuit.fault(now);
        if self.circuit.permit(now) == Permit::Never {
            self.give_up("host_dead", "the host failed too often in a row, and is given up".to_owned());
        }
        if wait.is_some() {
            self.slots.clear();
        }
        wait
    }

    /// It is asked too much: it gets less, and its circuit is not concerned.
    pub(super) fn overloaded(&mut self) {
        self.throttle.failed();
        self.circuit.well();
    }

    /// What became of a request says nothing about it.
    pub(super) fn unconcerned(&mut self, now: Instant) {
        self.circuit.withdrawn(now);
    }

    /// It is to be left alone for so long.
    pub(super) fn hold(&mut self, now: Instant, time: Duration) {
        if time > self.options.longest_wait {
            let reason = format!("the host asks to be left alone for {} s", time.as_secs());
            self.give_up("asked_to_wait", reason);
            return;
        }
        self.held = self.held.max(Some(now + time));
        self.slots.clear();
    }

    fn give_up(&mut self, code: &'static str, reason: String) {
        tracing::warn!(host = self.key, "{reason}");
        self.given_up.get_or_insert((code, reason));
    }
}

//! The tasks of a crawl.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinSet};

use super::Event;
use super::hosts::Hosts;
use crate::engine::host::Step;
use crate::engine::scope::Dropped;
use crate::engine::shared::Shared;
use crate::engine::stats::Tally;
use crate::engine::visit::{HostIndex, Lines, visit};
use crate::frontier::{Leased, Outcome};
use crate::robots::RobotsRules;

/// The tasks of a crawl: one for each request, and the questions to hosts and pace.
pub(super) struct Work {
    visits: JoinSet<Tally>,
    /// The request of each task.
    ids: HashMap<Id, i64>,
    questions: JoinSet<()>,
    lines: Option<Lines>,
    /// Outcomes that are on their way to the frontier. A report may be heard of before its task's end.
    unreported: i64,
    given: Vec<Tally>,
    /// Requests whose task broke down.
    broken: Vec<i64>,
}

impl Work {
    pub(super) fn new(lines: Lines) -> Self {
        Self {
            visits: JoinSet::new(),
            ids: HashMap::new(),
            questions: JoinSet::new(),
            lines: Some(lines),
            unreported: 0,
            given: Vec::new(),
            broken: Vec::new(),
        }
    }

    /// Requests in work.
    pub(super) fn count(&self) -> usize {
        self.visits.len() + self.given.len() + self.broken.len()
    }

    pub(super) fn unreported(&self) -> i64 {
        self.unreported
    }

    pub(super) fn reported(&mut self, count: usize) {
        self.unreported -= i64::try_from(count).unwrap_or(i64::MAX);
    }

    /// Does what a host asks for; the URL of a request that it begins.
    pub(super) async fn take_step(
        &mut self,
        shared: &Arc<Shared>,
        hosts: &Hosts,
        host: HostIndex,
        step: Step,
    ) -> Option<String> {
        match step {
            Step::Begin(leased) => return self.begin(shared, host, leased),
            Step::Give(leased, code, reason) => self.give(leased.id, code, reason).await,
            Step::AskRules(leased) => self.ask_rules(shared, host, leased),
            Step::Book(count, gap) => self.book(shared, host, hosts[host].key.clone(), count, gap),
            Step::Wait(_) | Step::Idle => {}
        }
        None
    }

    fn begin(&mut self, shared: &Arc<Shared>, host: HostIndex, leased: Leased) -> Option<String> {
        let lines = self.lines.clone()?;
        let (id, url) = (leased.id, leased.request.url.as_str().to_owned());
        let task = self.visits.spawn(visit(shared.clone(), lines, host, leased));
        self.ids.insert(task.id(), id);
        Some(url)
    }

    async fn give(&mut self, id: i64, code: &'static str, reason: String) {
        let Some(lines) = &self.lines else { return };
        let outcome = Outcome::Given(code, reason);
        self.given.push(Tally::of(&outcome, Dropped::new()));
        // The reporter waits for nobody here, so there is always room in time; it ends only with us.
        let _ = lines.outcomes.send((id, outcome)).await;
    }

    fn ask_rules(&mut self, shared: &Arc<Shared>, host: HostIndex, leased: Leased) {
        let Some(lines) = self.lines.clone() else { return };
        let shared = shared.clone();
        self.questions.spawn(async move {
            let rules = match &shared.robots {
                Some(robots) => robots.rules(&leased.request.url).await,
                None => Arc::new(RobotsRules::everything()),
            };
            let _ = lines.events.send(Event::Rules(host, rules));
        });
    }

    fn book(&mut self, shared: &Arc<Shared>, host: HostIndex, key: String, count: u32, gap: Duration) {
        let Some(lines) = self.lines.clone() else { return };
        let shared = shared.clone();
        self.questions.spawn(async move {
            let event = match shared.pace.book(&key, count, gap).await {
                Ok(away) => Event::Booked(host, count, gap, away),
                Err(error) => Event::Failed(error),
            };
            let _ = lines.events.send(event);
        });
    }

    /// Tells all workers to leave a host alone.
    pub(super) fn hold_off(&mut self, shared: &Arc<Shared>, key: String, time: Duration) {
        let shared = shared.clone();
        self.questions.spawn(async move {
            if let Err(error) = shared.pace.hold_off(&key, time).await {
                tracing::warn!("other workers could not be told to leave a host alone: {error}");
            }
        });
    }

    /// The next request that ends; `None` where none is in work. May be dropped and asked again.
    pub(super) async fn ended(&mut self) -> Option<Tally> {
        while self.questions.try_join_next().is_some() {}
        if let Some(tally) = self.given.pop() {
            self.unreported += 1;
            return Some(tally);
        }
        match self.visits.join_next_with_id().await? {
            Ok((task, left)) => {
                self.ids.remove(&task);
                self.unreported += 1;
                Some(left)
            }
            // Stopped: it stays among those that are handed back.
            Err(error) if error.is_cancelled() => Some(Tally::default()),
            Err(error) => {
                tracing::error!("a request broke down: {error}");
                self.broken.extend(self.ids.remove(&error.id()));
                Some(Tally::default())
            }
        }
    }

    /// Reports the requests whose task broke down.
    pub(super) async fn give_broken(&mut self) {
        for id in std::mem::take(&mut self.broken) {
            self.give(id, "machine_failed", "the engine broke down on this page".to_owned()).await;
        }
    }

    /// Stops all requests where they stand.
    pub(super) fn stop(&mut self) {
        self.visits.abort_all();
        self.questions.abort_all();
    }

    /// The requests that came to no end.
    pub(super) fn take_unended(&mut self) -> Vec<i64> {
        self.ids.drain().map(|(_, id)| id).collect()
    }

    /// Nothing more will be reported.
    pub(super) fn close(&mut self) {
        self.questions.abort_all();
        self.lines = None;
    }
}

//! The hosts of a crawl, each in its turn.

use std::collections::{HashMap, VecDeque};
use std::ops::{Index, IndexMut};

use tokio::time::Instant;

use crate::engine::host::{Host, Step};
use crate::engine::options::{CrawlOptions, HostOptions};
use crate::engine::scope::{host_key, origin};
use crate::engine::stats::HostStats;
use crate::engine::visit::HostIndex;
use crate::frontier::Leased;

/// As many are shown.
const SHOWN: usize = 20;

/// The hosts of a crawl.
pub(super) struct Hosts {
    hosts: Vec<Host>,
    known: HashMap<String, HostIndex>,
    /// Those with requests that wait, in turn.
    turn: VecDeque<HostIndex>,
    waiting: usize,
    options: HostOptions,
    most_queries: u32,
}

impl Hosts {
    pub(super) fn new(options: &CrawlOptions) -> Self {
        Self {
            hosts: Vec::new(),
            known: HashMap::new(),
            turn: VecDeque::new(),
            waiting: 0,
            options: options.host.clone(),
            most_queries: options.traps.queries,
        }
    }

    pub(super) fn push(&mut self, leased: Leased) {
        let url = &leased.request.url;
        let index = match self.known.get(origin(url)) {
            Some(index) => *index,
            None => {
                self.known.insert(origin(url).to_owned(), self.hosts.len());
                self.hosts.push(Host::new(host_key(url), &self.options, self.most_queries));
                self.hosts.len() - 1
            }
        };
        if self.hosts[index].waiting() == 0 {
            self.turn.push_back(index);
        }
        self.hosts[index].push(leased);
        self.waiting += 1;
    }

    /// What is to be done now, with room for so many requests; and the instant at which there is more.
    pub(super) fn steps(
        &mut self,
        now: Instant,
        mut room: usize,
    ) -> (Vec<(HostIndex, Step)>, Option<Instant>) {
        let mut steps = Vec::new();
        let mut wake: Option<Instant> = None;
        let mut resting = 0;
        while room > 0 && resting < self.turn.len() {
            let Some(index) = self.turn.pop_front() else { break };
            let step = self.hosts[index].step(now);
            match &step {
                Step::Wait(instant) => {
                    wake = Some(wake.map_or(*instant, |wake| wake.min(*instant)));
                    resting += 1;
                }
                Step::Idle => resting += 1,
                Step::AskRules(_) | Step::Book(..) => resting = 0,
                Step::Give(..) => (self.waiting, resting) = (self.waiting - 1, 0),
                Step::Begin(_) => {
                    (self.waiting, resting) = (self.waiting - 1, 0);
                    room -= 1;
                }
            }
            if self.hosts[index].waiting() > 0 {
                self.turn.push_back(index);
            }
            if !matches!(step, Step::Wait(_) | Step::Idle) {
                steps.push((index, step));
            }
        }
        (steps, wake)
    }

    /// Requests that wait for their turn.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Requests on their way.
    pub(super) fn fetching(&self) -> usize {
        self.hosts.iter().map(|host| host.fetching).sum()
    }

    /// What was waiting; it will not be asked now.
    pub(super) fn empty(&mut self) -> impl Iterator<Item = Leased> {
        self.waiting = 0;
        self.turn.clear();
        self.hosts.iter_mut().flat_map(Host::empty)
    }

    pub(super) fn stats(&self) -> Vec<HostStats> {
        let mut shown: Vec<&Host> = self.hosts.iter().collect();
        shown.sort_by_key(|host| std::cmp::Reverse(host.requests));
        shown.truncate(SHOWN);
        shown.into_iter().map(Host::stats).collect()
    }
}

impl Index<HostIndex> for Hosts {
    type Output = Host;

    fn index(&self, index: HostIndex) -> &Host {
        &self.hosts[index]
    }
}

impl IndexMut<HostIndex> for Hosts {
    fn index_mut(&mut self, index: HostIndex) -> &mut Host {
        &mut self.hosts[index]
    }
}

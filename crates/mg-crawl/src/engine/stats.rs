//! What a crawl did: live, and at its end.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::scope::Dropped;
use crate::CrawlError;
use crate::frontier::Outcome;

/// What a crawl did so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Stats {
    /// Time since it began, milliseconds.
    pub elapsed_ms: u64,
    /// Requests that were begun, retries included, redirects and robots.txt not.
    pub requests: u64,
    /// Answers by status, redirects included.
    pub responses: BTreeMap<u16, u64>,
    /// Bytes of bodies, unpacked.
    pub bytes: u64,
    /// Pages read.
    pub pages: u64,
    /// Pages that were as they had been.
    pub unchanged: u64,
    /// Records.
    pub items: u64,
    /// What was no record.
    pub rejects: u64,
    /// Requests that are to be tried again.
    pub retries: u64,
    /// Requests that will not be asked again, by code.
    pub given: BTreeMap<&'static str, u64>,
    /// Links that were not followed, by reason; doublets are not counted.
    pub dropped: BTreeMap<&'static str, u64>,
    /// Requests in work: on their way or being read.
    pub in_work: u64,
    /// Requests that wait: here, and in the frontier where it knows.
    pub waiting: u64,
    /// Pages a second, of the last seconds.
    pub pages_per_second: f64,
    /// The request that was begun last.
    pub current_url: Option<String>,
    /// The hosts with the most requests.
    pub hosts: Vec<HostStats>,
}

/// One host of a crawl.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HostStats {
    /// Its name, and its port where it is not the usual one.
    pub host: String,
    /// Requests that were begun.
    pub requests: u64,
    /// On their way.
    pub in_work: u64,
    /// Waiting for their turn.
    pub waiting: u64,
    /// The time left between two requests, milliseconds.
    pub delay_ms: u64,
}

/// How a crawl ended.
#[derive(Debug)]
pub enum Finish {
    /// Nothing was left to ask.
    Done,
    /// It was cancelled.
    Cancelled,
    /// It read as many pages as it may.
    PageCap,
    /// It made as many records as it may.
    ItemCap,
    /// It fetched as many bytes as it may.
    ByteCap,
    /// It took as long as it may.
    TimeCap,
    /// The frontier or the pace failed it.
    Failed(CrawlError),
}

/// What a crawl did in all.
#[derive(Debug)]
pub struct Summary {
    /// How it ended.
    pub finish: Finish,
    /// What it did.
    pub stats: Stats,
}

impl Finish {
    /// A stable name of the kind, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::PageCap => "page_cap",
            Self::ItemCap => "item_cap",
            Self::ByteCap => "byte_cap",
            Self::TimeCap => "time_cap",
            Self::Failed(_) => "failed",
        }
    }
}

impl Stats {
    pub(super) fn responded(&mut self, statuses: &[u16], bytes: u64) {
        for status in statuses {
            *self.responses.entry(*status).or_default() += 1;
        }
        self.bytes += bytes;
    }

    pub(super) fn ended(&mut self, tally: Tally) {
        self.pages += u64::from(tally.read);
        self.unchanged += u64::from(tally.unchanged);
        self.retries += u64::from(tally.again);
        self.items += tally.items;
        self.rejects += tally.rejects;
        if let Some(code) = tally.given {
            *self.given.entry(code).or_default() += 1;
        }
        for (reason, count) in tally.dropped {
            *self.dropped.entry(reason).or_default() += count;
        }
    }

    /// What came of requests: `read` pages and those that were as they had been.
    pub(super) fn pages_done(&self) -> u64 {
        self.pages + self.unchanged
    }
}

/// What one request adds to the stats.
#[derive(Debug, Default)]
pub(super) struct Tally {
    read: bool,
    unchanged: bool,
    again: bool,
    items: u64,
    rejects: u64,
    given: Option<&'static str>,
    dropped: Dropped,
}

impl Tally {
    pub(super) fn of(outcome: &Outcome, dropped: Dropped) -> Self {
        let tally = Self { dropped, ..Self::default() };
        match outcome {
            Outcome::Read(page) => Self {
                read: true,
                items: page.items.len() as u64,
                rejects: page.rejects.len() as u64,
                ..tally
            },
            Outcome::Unchanged => Self { unchanged: true, ..tally },
            Outcome::Again(..) => Self { again: true, ..tally },
            Outcome::Given(code, _) => Self { given: Some(code), ..tally },
        }
    }
}

/// Pages a second over the last snapshots.
#[derive(Debug, Default)]
pub(super) struct Rate {
    marks: std::collections::VecDeque<(Duration, u64)>,
}

impl Rate {
    const WINDOW: Duration = Duration::from_secs(5);

    /// Notes that `pages` were read `elapsed` after the beginning, and gives the rate.
    pub(super) fn note(&mut self, elapsed: Duration, pages: u64) -> f64 {
        while self.marks.len() > 1 && self.marks[1].0 + Self::WINDOW < elapsed {
            self.marks.pop_front();
        }
        let (since, before) = self.marks.front().copied().unwrap_or_default();
        self.marks.push_back((elapsed, pages));
        let seconds = (elapsed.saturating_sub(since)).as_secs_f64();
        if seconds > 0.0 { (pages - before) as f64 / seconds } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_of_the_last_seconds() {
        let (mut rate, at) = (Rate::default(), Duration::from_secs);
        assert_eq!(rate.note(at(0), 0), 0.0);
        assert_eq!(rate.note(at(2), 200), 100.0);
        for second in 3..=20 {
            rate.note(at(second), 200);
        }
        assert_eq!(rate.note(at(21), 200), 0.0);
    }
}

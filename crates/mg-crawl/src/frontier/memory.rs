//! A frontier for one process: for a trial of a spider, and for tests.

use std::collections::{BTreeSet, BinaryHeap, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::time::Instant;

use super::{Frontier, Leased, Outcome, ReadPage, Validators};
use crate::CrawlError;
use crate::page::PageRequest;

/// Worth asking again after this, where all that is left is handed out.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// A request that was asked, and its outcome for good.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// What was asked for.
    pub request: PageRequest,
    /// What became of it; never [`Outcome::Again`].
    pub outcome: Outcome,
}

/// Keeps a crawl in memory: what is to be asked, and the outcomes until they are drained.
#[derive(Debug, Default)]
pub struct MemoryFrontier {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// What this crawl has heard of.
    known: HashSet<String>,
    /// Requests by number, until their outcome.
    open: HashMap<i64, Open>,
    due: BinaryHeap<(i32, std::cmp::Reverse<i64>)>,
    later: BTreeSet<(Instant, i64)>,
    leased: HashSet<i64>,
    asked: Vec<Asked>,
    /// What pages said when they were read, for the next edition.
    read: HashMap<String, Remembered>,
    next_id: i64,
}

#[derive(Debug)]
struct Open {
    fingerprint: String,
    request: PageRequest,
    tried: u32,
}

#[derive(Debug)]
struct Remembered {
    validators: Validators,
    follow: Vec<(String, PageRequest)>,
}

impl MemoryFrontier {
    /// Gives the outcomes since it was last asked, in the order they came.
    pub fn drain(&self) -> Vec<Asked> {
        std::mem::take(&mut self.inner().asked)
    }

    /// Begins a new edition: every page is to be asked again, by a conditional request where it was
    /// read before.
    pub fn begin_again(&self) {
        let mut inner = self.inner();
        let read = std::mem::take(&mut inner.read);
        *inner = Inner { read, next_id: inner.next_id, ..Inner::default() };
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Each change below leaves nothing half done where it could panic.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn add(&mut self, requests: Vec<(String, PageRequest)>) {
        for (fingerprint, request) in requests {
            if self.known.insert(fingerprint.clone()) {
                self.next_id += 1;
                self.due.push((request.priority, std::cmp::Reverse(self.next_id)));
                self.open.insert(self.next_id, Open { fingerprint, request, tried: 0 });
            }
        }
    }

    fn take(&mut self, at_most: usize) -> Vec<Leased> {
        let now = Instant::now();
        while let Some((_, id)) = self.later.first().copied().filter(|(due, _)| *due <= now) {
            self.later.pop_first();
            self.make_due(id);
        }
        let count = at_most.min(self.due.len());
        (0..count).filter_map(|_| self.due.pop().and_then(|(_, id)| self.lease(id.0))).collect()
    }

    fn make_due(&mut self, id: i64) {
        if let Some(open) = self.open.get(&id) {
            self.due.push((open.request.priority, std::cmp::Reverse(id)));
        }
    }

    fn lease(&mut self, id: i64) -> Option<Leased> {
        let open = self.open.get(&id)?;
        self.leased.insert(id);
        let known = self.read.get(&open.fingerprint);
        let validators = known.map(|known| known.validators.clone()).unwrap_or_default();
        Some(Leased { id, tried: open.tried, request: open.request.clone(), validators })
    }

    fn note(&mut self, id: i64, outcome: Outcome) {
        if !self.leased.remove(&id) {
            return;
        }
        if let Outcome::Again(wait, _) = &outcome {
            if let Some(open) = self.open.get_mut(&id) {
                open.tried += 1;
                self.later.insert((Instant::now() + *wait, id));
            }
            return;
        }
        let Some(Open { fingerprint, request, .. }) = self.open.remove(&id) else {
            return;
        };
        match &outcome {
            Outcome::Read(page) => self.remember(fingerprint, page),
            Outcome::Unchanged => {
                let follow = self.read.get(&fingerprint).map(|known| known.follow.clone());
                self.add(follow.unwrap_or_default());
            }
            Outcome::Again(..) | Outcome::Given(..) => {}
        }
        self.asked.push(Asked { request, outcome });
    }

    fn remember(&mut self, fingerprint: String, page: &ReadPage) {
        self.add(page.follow.clone());
        let validators = Validators { hash: Some(page.hash.clone()), ..page.validators.clone() };
        self.read.insert(fingerprint, Remembered { validators, follow: page.follow.clone() });
    }
}

impl Frontier for MemoryFrontier {
    fn add<'a>(&'a self, requests: Vec<(String, PageRequest)>) -> BoxFuture<'a, Result<(), CrawlError>> {
        Box::pin(async move {
            self.inner().add(requests);
            Ok(())
        })
    }

    fn take<'a>(&'a self, at_most: usize) -> BoxFuture<'a, Result<Vec<Leased>, CrawlError>> {
        Box::pin(async move { Ok(self.inner().take(at_most)) })
    }

    fn report<'a>(&'a self, outcomes: Vec<(i64, Outcome)>) -> BoxFuture<'a, Result<(), CrawlError>> {
        Box::pin(async move {
            let mut inner = self.inner();
            for (id, outcome) in outcomes {
                inner.note(id, outcome);
            }
            Ok(())
        })
    }

    fn next_due<'a>(&'a self) -> BoxFuture<'a, Result<Option<Duration>, CrawlError>> {
        Box::pin(async move {
            let inner = self.inner();
            if !inner.due.is_empty() {
                return Ok(Some(Duration::ZERO));
            }
            let later = inner.later.first().map(|(due, _)| due.saturating_duration_since(Instant::now()));
            Ok(later.or((!inner.leased.is_empty()).then_some(ASK_AGAIN)))
        })
    }

    fn hand_back<'a>(&'a self, ids: Vec<i64>) -> BoxFuture<'a, Result<(), CrawlError>> {
        Box::pin(async move {
            let mut inner = self.inner();
            for id in ids {
                if inner.leased.remove(&id) {
                    inner.make_due(id);
                }
            }
            Ok(())
        })
    }

    fn waiting<'a>(&'a self) -> BoxFuture<'a, Result<Option<u64>, CrawlError>> {
        Box::pin(async move {
            let inner = self.inner();
            Ok(Some((inner.due.len() + inner.later.len()) as u64))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::QueryOrder;

    fn request(path: &str, priority: i32) -> (String, PageRequest) {
        let url = url::Url::parse(&format!("http://portail{path}")).expect("a URL");
        let request = PageRequest { priority, ..PageRequest::get(url, "") };
        (request.fingerprint(QueryOrder::Ignored), request)
    }

    fn paths(leased: &[Leased]) -> Vec<&str> {
        leased.iter().map(|leased| leased.request.url.path()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn requests_are_known_once_and_ordered() {
        let frontier = MemoryFrontier::default();
        let all = vec![request("/a", 0), request("/b", 0), request("/a", 9), request("/urgent", 1)];
        frontier.add(all).await.expect("added");
        assert_eq!(paths(&frontier.take(2).await.expect("leased")), ["/urgent", "/a"]);
        assert_eq!(paths(&frontier.take(9).await.expect("leased")), ["/b"]);
        assert_eq!(frontier.next_due().await.expect("due"), Some(ASK_AGAIN));
    }

    #[tokio::test(start_paused = true)]
    async fn a_retry_waits_its_time_and_counts() {
        let frontier = MemoryFrontier::default();
        frontier.add(vec![request("/a", 0)]).await.expect("added");
        let leased = frontier.take(1).await.expect("leased");
        let wait = Duration::from_secs(3);
        frontier.report(vec![(leased[0].id, Outcome::Again(wait, "503".to_owned()))]).await.expect("noted");
        assert_eq!(frontier.next_due().await.expect("due"), Some(wait));
        assert_eq!(frontier.take(1).await.expect("leased"), []);
        tokio::time::advance(wait).await;
        assert_eq!(frontier.take(1).await.expect("leased")[0].tried, 1);
    }

    #[tokio::test]
    async fn what_is_handed_back_is_due_and_what_was_reported_is_not() {
        let frontier = MemoryFrontier::default();
        frontier.add(vec![request("/a", 0), request("/b", 0)]).await.expect("added");
        let ids: Vec<i64> = frontier.take(2).await.expect("leased").iter().map(|leased| leased.id).collect();
        let given = Outcome::Given("not_found", String::new());
        frontier.report(vec![(ids[0], given)]).await.expect("noted");
        frontier.hand_back(ids).await.expect("taken back");
        assert_eq!(paths(&frontier.take(9).await.expect("leased")), ["/b"]);
        assert_eq!(frontier.drain().len(), 1);
    }
}

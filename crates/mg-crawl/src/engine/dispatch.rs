//! The crawl's loop: takes requests from the frontier, begins them as each host allows, and ends when
//! nothing is left or enough was done. It alone holds the state of the hosts; tasks tell it what they saw.

mod hosts;
mod refill;
mod work;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::fault::Verdict;
use super::report::report;
use super::shared::Shared;
use super::stats::{Finish, Rate, Stats, Summary};
use super::visit::{Answered, HostIndex, Lines};
use crate::CrawlError;
use crate::robots::RobotsRules;
use hosts::Hosts;
use refill::Refill;
use work::Work;

/// How often it is told how the crawl stands.
const TOLD_EVERY: Duration = Duration::from_millis(500);
/// The frontier's last report is waited for so long.
const LAST_REPORT: Duration = Duration::from_secs(60);

/// What tasks tell the loop.
#[derive(Debug)]
pub(super) enum Event {
    /// A page has come, or has not.
    Answered(Answered),
    /// A host's robots.txt was read.
    Rules(HostIndex, Arc<RobotsRules>),
    /// Instants were booked at a host: how many, how far apart, and how far away the first is.
    Booked(HostIndex, u32, Duration, Duration),
    /// So many outcomes are with the frontier.
    Reported(usize),
    /// The frontier or the pace failed.
    Failed(CrawlError),
}

/// A crawl at work.
pub(super) struct Dispatch {
    shared: Arc<Shared>,
    hosts: Hosts,
    work: Work,
    refill: Refill,
    events: mpsc::UnboundedReceiver<Event>,
    reporter: JoinHandle<()>,
    hurry: Arc<Notify>,
    began: Instant,
    stats: Stats,
    rate: Rate,
    progress: watch::Sender<Stats>,
    finish: Option<Finish>,
    stopped: bool,
}

impl Dispatch {
    pub(super) fn new(shared: Arc<Shared>, progress: watch::Sender<Stats>) -> Self {
        let (events, heard) = mpsc::unbounded_channel();
        let batching = shared.options.batch;
        let (outcomes, reported) = mpsc::channel(batching.outcomes.max(1) * 2);
        let hurry = Arc::new(Notify::new());
        let reporting = report(shared.frontier.clone(), reported, events.clone(), hurry.clone(), batching);
        Self {
            hosts: Hosts::new(&shared.options),
            work: Work::new(Lines { events, outcomes }),
            refill: Refill::new(shared.frontier.clone()),
            events: heard,
            reporter: tokio::spawn(reporting),
            hurry,
            began: Instant::now(),
            stats: Stats::default(),
            rate: Rate::default(),
            progress,
            finish: None,
            stopped: false,
            shared,
        }
    }

    /// Crawls until nothing is left, enough was done, or `cancel` says so.
    pub(super) async fn run(mut self, cancel: &CancellationToken) -> Summary {
        let mut tell_at = self.began + TOLD_EVERY;
        let deadline = self.shared.options.caps.time.map(|time| self.began + time);
        loop {
            let now = Instant::now();
            if now >= tell_at {
                self.tell(now).await;
                tell_at = now + TOLD_EVERY;
            }
            let wake = self.begin(now).await;
            if self.is_over() {
                return self.end().await;
            }
            let next = [Some(tell_at), wake, self.refill.wake(), deadline.filter(|at| *at > now)];
            let next = next.into_iter().flatten().min().unwrap_or(tell_at);
            tokio::select! {
                () = cancel.cancelled(), if !self.stopped => self.stop(Finish::Cancelled),
                Some(event) = self.events.recv() => self.hear(event, Instant::now()),
                Some(tally) = self.work.ended() => self.stats.ended(tally),
                taken = self.refill.taken() => self.take_in(taken),
                () = sleep_until(next) => {}
            }
            while let Ok(event) = self.events.try_recv() {
                self.hear(event, Instant::now());
            }
            self.look_at_caps(deadline);
        }
    }

    /// Begins all that may begin; the instant at which something more may.
    async fn begin(&mut self, now: Instant) -> Option<Instant> {
        if self.finish.is_some() {
            return None;
        }
        self.work.give_broken().await;
        let room = self.room();
        let (steps, wake) = self.hosts.steps(now, room);
        for (host, step) in steps {
            if let Some(url) = self.work.take_step(&self.shared, &self.hosts, host, step).await {
                self.stats.requests += 1;
                self.stats.current_url = Some(url);
            }
        }
        let waiting = self.hosts.waiting();
        let starved = waiting > 0 && self.room() > 0;
        self.refill.consider(now, waiting, starved, self.shared.options.concurrency.max(1));
        if waiting == 0 && self.work.unreported() > 0 {
            self.hurry.notify_one();
        }
        wake
    }

    /// How many more requests may be begun.
    fn room(&self) -> usize {
        let most = self.shared.options.concurrency.max(1);
        let in_work = self.work.count();
        let room = most.saturating_sub(self.hosts.fetching()).min((2 * most).saturating_sub(in_work));
        let left = self.shared.options.caps.pages.map_or(u64::MAX, |pages| {
            pages.saturating_sub(self.stats.pages_done()).saturating_sub(in_work as u64)
        });
        room.min(usize::try_from(left).unwrap_or(usize::MAX))
    }

    fn hear(&mut self, event: Event, now: Instant) {
        match event {
            Event::Answered(answered) => self.answered(&answered, now),
            Event::Rules(host, rules) => self.hosts[host].know(rules),
            Event::Booked(host, count, gap, away) => self.hosts[host].booked(now + away, count, gap),
            Event::Reported(count) => {
                self.work.reported(count);
                self.refill.more_may_be();
            }
            Event::Failed(error) => self.stop(Finish::Failed(error)),
        }
    }

    fn answered(&mut self, answered: &Answered, now: Instant) {
        self.stats.responded(&answered.trip.statuses, answered.trip.bytes);
        let latency = answered.trip.latency.unwrap_or_default();
        let host = &mut self.hosts[answered.host];
        host.fetching -= 1;
        match answered.verdict {
            Verdict::Serves => host.answered(latency, true),
            Verdict::Answers => host.answered(latency, false),
            Verdict::Overloaded => host.overloaded(),
            Verdict::Nothing => host.unconcerned(now),
            Verdict::Fails => {
                if let Some(wait) = host.failed(now) {
                    self.work.hold_off(&self.shared, host.key.clone(), wait);
                }
            }
        }
        if let Some(time) = answered.hold {
            self.hosts[answered.host].hold(now, time);
        }
    }

    fn take_in(&mut self, taken: Result<Vec<crate::frontier::Leased>, CrawlError>) {
        match taken {
            Ok(leased) => leased.into_iter().for_each(|leased| self.hosts.push(leased)),
            Err(error) => self.stop(Finish::Failed(error)),
        }
    }

    fn look_at_caps(&mut self, deadline: Option<Instant>) {
        if self.finish.is_some() {
            return;
        }
        let (caps, stats) = (&self.shared.options.caps, &self.stats);
        self.finish = if caps.pages.is_some_and(|most| stats.pages_done() >= most) {
            Some(Finish::PageCap)
        } else if caps.items.is_some_and(|most| stats.items >= most) {
            Some(Finish::ItemCap)
        } else if caps.bytes.is_some_and(|most| stats.bytes >= most) {
            Some(Finish::ByteCap)
        } else if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            Some(Finish::TimeCap)
        } else {
            None
        };
    }

    /// Ends it at once, whatever is in work.
    fn stop(&mut self, finish: Finish) {
        self.work.stop();
        self.stopped = true;
        self.finish = Some(finish);
    }

    fn is_over(&mut self) -> bool {
        if self.work.count() > 0 {
            return false;
        }
        if self.finish.is_none() && self.refill.is_dry() && self.hosts.waiting() == 0 {
            let all_reported = self.work.unreported() <= 0;
            self.finish = all_reported.then_some(Finish::Done);
        }
        self.finish.is_some()
    }

    /// Waits for the last report, hands back what was not asked, and sums up.
    async fn end(mut self) -> Summary {
        let mut back = self.work.take_unended();
        back.extend(self.hosts.empty().map(|leased| leased.id));
        back.extend(self.refill.stop().await.into_iter().map(|leased| leased.id));
        self.work.close();
        let mut finish = self.finish.take().unwrap_or(Finish::Done);
        match timeout(LAST_REPORT, &mut self.reporter).await {
            Ok(_) => {}
            Err(_) => self.reporter.abort(),
        }
        while let Ok(event) = self.events.try_recv() {
            match event {
                Event::Failed(error) => finish = Finish::Failed(error),
                Event::Answered(answered) => {
                    self.stats.responded(&answered.trip.statuses, answered.trip.bytes);
                }
                Event::Rules(..) | Event::Booked(..) | Event::Reported(_) => {}
            }
        }
        if !back.is_empty()
            && let Err(error) = self.shared.frontier.hand_back(back).await
        {
            tracing::warn!("requests that were not asked could not be handed back: {error}");
        }
        self.tell(Instant::now()).await;
        Summary { finish, stats: self.stats }
    }

    async fn tell(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.began);
        // Only shown: a frontier that cannot say fails where it matters.
        let beyond = self.shared.frontier.waiting().await.ok().flatten();
        self.stats.elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        self.stats.in_work = self.work.count() as u64;
        self.stats.waiting = self.hosts.waiting() as u64 + beyond.unwrap_or_default();
        self.stats.pages_per_second = self.rate.note(elapsed, self.stats.pages_done());
        self.stats.hosts = self.hosts.stats();
        self.progress.send_replace(self.stats.clone());
    }
}

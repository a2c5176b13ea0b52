//! Outcomes on their way to the frontier, in groups.

use std::sync::Arc;

use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep_until};

use super::dispatch::Event;
use super::options::Batching;
use crate::frontier::{Frontier, Outcome};

/// The outcome of the request of this number.
pub(super) type Reported = (i64, Outcome);

/// Reports what comes until nothing more can, group after group, and says so to the crawl. `hurry`
/// sends a group off before it is full: the crawl has nothing left to ask.
pub(super) async fn report(
    frontier: Arc<dyn Frontier>,
    mut outcomes: mpsc::Receiver<Reported>,
    events: mpsc::UnboundedSender<Event>,
    hurry: Arc<Notify>,
    batching: Batching,
) {
    while let Some(first) = outcomes.recv().await {
        let group = gather(first, &mut outcomes, &hurry, batching).await;
        let count = group.len();
        let event = match frontier.report(group).await {
            Ok(()) => Event::Reported(count),
            Err(error) => Event::Failed(error),
        };
        let failed = matches!(event, Event::Failed(_));
        // The crawl is gone where nobody listens; what was reported stays reported.
        if events.send(event).is_err() || failed {
            return;
        }
    }
}

async fn gather(
    first: Reported,
    outcomes: &mut mpsc::Receiver<Reported>,
    hurry: &Notify,
    batching: Batching,
) -> Vec<Reported> {
    let until = Instant::now() + batching.wait;
    let mut group = Vec::with_capacity(batching.outcomes.min(1_024));
    group.push(first);
    while group.len() < batching.outcomes {
        tokio::select! {
            biased;
            next = outcomes.recv() => match next {
                Some(outcome) => group.push(outcome),
                None => break,
            },
            () = hurry.notified() => break,
            () = sleep_until(until) => break,
        }
    }
    group
}

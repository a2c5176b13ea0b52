//! Progress: what a client that asked for it is told while a tool works.
//!
//! The first notification goes out at once, and one each second from then on, so that a client
//! that gives up on a silent server does not. A tool that can measure its work calls
//! [`report`]; of one that cannot, the seconds are told. That somebody listens is the face's
//! own matter: no use case knows of it, and [`report`] does nothing when nobody does.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use rmcp::RoleServer;
use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::{Peer, RequestContext};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::{Instant, interval_at};

const BEAT: Duration = Duration::from_secs(1);

/// How far some work is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Progress {
    /// Steps done; parts of a step count.
    pub(super) done: f64,
    /// Steps in all.
    pub(super) total: f64,
    /// What is going on, one sentence.
    pub(super) message: String,
}

tokio::task_local! {
    static LISTENER: UnboundedSender<Progress>;
}

/// Tells the client of the present call, if it wants to know.
pub(super) fn report(progress: Progress) {
    // Outside a call that somebody follows, and after its end, there is nobody to tell.
    let _ = LISTENER.try_with(|listener| listener.send(progress));
}

/// Does the work of `tool` while its client is told how far it is, if it asked for that.
pub(super) async fn told<T>(
    context: &RequestContext<RoleServer>,
    tool: &str,
    work: impl Future<Output = T>,
) -> T {
    let Some(token) = context.meta.get_progress_token() else {
        return work.await;
    };
    let mut teller = Teller { peer: context.peer.clone(), token, told: None };
    teller.tell(0.0, None, format!("{tool} has begun.")).await;
    let (sender, mut reports) = unbounded_channel();
    let mut work = pin!(LISTENER.scope(sender, work));
    let mut beats = interval_at(Instant::now() + BEAT, BEAT);
    let (mut seconds, mut measured) = (0.0, false);
    loop {
        tokio::select! {
            outcome = &mut work => {
                // What it said last may still lie here.
                while let Ok(progress) = reports.try_recv() {
                    teller.tell(progress.done, Some(progress.total), progress.message).await;
                }
                return outcome;
            }
            Some(progress) = reports.recv() => {
                measured = true;
                teller.tell(progress.done, Some(progress.total), progress.message).await;
            }
            _ = beats.tick() => {
                seconds += BEAT.as_secs_f64();
                if !measured {
                    teller.tell(seconds, None, format!("{tool} has been at work for {seconds} s.")).await;
                }
            }
        }
    }
}

struct Teller {
    peer: Peer<RoleServer>,
    token: ProgressToken,
    told: Option<f64>,
}

impl Teller {
    /// The protocol wants each figure above the one before.
    async fn tell(&mut self, done: f64, total: Option<f64>, message: String) {
        if self.told.is_some_and(|told| done <= told) {
            return;
        }
        self.told = Some(done);
        let mut note = ProgressNotificationParam::new(self.token.clone(), done).with_message(message);
        note.total = total;
        // A client that is gone cancels the call by that.
        let _ = self.peer.notify_progress(note).await;
    }
}

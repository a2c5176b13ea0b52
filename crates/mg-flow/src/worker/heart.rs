//! What a worker does beside its tasks: it says that it lives, gives up others for lost, and stops
//! jobs whose task was taken from it.

use std::sync::{Arc, PoisonError};

use mg_store::StoreError;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::Shop;

pub(super) async fn beat(shop: Arc<Shop>) {
    let mut ticks = interval(shop.options.heartbeat);
    // After a pause of the whole process one beat is due, not all that were missed.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = shop.beat_once().await {
            tracing::warn!("no heartbeat could be sent: {error}");
        }
    }
}

/// Tells jobs to stop whose task was cancelled, cleared, or given to another worker.
pub(super) async fn look_after(shop: Arc<Shop>) {
    loop {
        tokio::select! {
            () = sleep(shop.options.watch) => {}
            () = shop.taken.notified() => {}
        }
        let at_hand = shop.desk.attempts();
        if at_hand.is_empty() {
            continue;
        }
        match shop.store.lost_tasks(&at_hand).await {
            Ok(lost) => lost.into_iter().for_each(|attempt| shop.desk.stop(attempt)),
            Err(error) => tracing::warn!("running tasks could not be looked after: {error}"),
        }
    }
}

impl Shop {
    async fn beat_once(&self) -> Result<(), StoreError> {
        if !self.store.heartbeat(self.id()).await? {
            let new = self.store.register(&self.options.registration(&self.names)).await?;
            *self.id.write().unwrap_or_else(PoisonError::into_inner) = new;
            // What it was executing is another's by now.
            self.taken.notify_one();
            tracing::warn!("this worker had been given up for lost and has registered anew");
        }
        // An answer of Postgres that never came, to a claim or to an end, leaves tasks on the books that
        // are not on the desk. What is being claimed just now is younger than that.
        let at_hand = self.desk.attempts();
        let forgotten = self.store.hand_back_forgotten(self.id(), &at_hand, self.options.silence).await?;
        if forgotten > 0 {
            tracing::warn!(forgotten, "tasks that this worker did not know of were handed back");
        }
        let reclaimed = self.store.reclaim_expired_tasks().await?;
        if reclaimed > 0 {
            tracing::warn!(reclaimed, "tasks of a lost worker were taken back");
        }
        Ok(())
    }
}

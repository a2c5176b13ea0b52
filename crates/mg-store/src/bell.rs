//! The bell that workers listen for: Postgres rings it when tasks became ready, or were taken from
//! whoever executes them.
//!
//! It is a help, not a promise: behind some poolers it is silent, so whoever listens looks for
//! himself now and then.

use std::time::Duration;

use sqlx::postgres::PgListener;

use crate::Store;
use crate::task::{CHANNEL, TAKEN};

const PAUSE: Duration = Duration::from_millis(500);

/// What a bell tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ring {
    /// There may be work.
    Work,
    /// Tasks were taken from workers, or may have been while the line was down.
    Taken,
}

/// A line to the bell.
#[derive(Debug)]
pub struct Bell {
    store: Store,
    line: Option<PgListener>,
    listens: bool,
}

impl Store {
    /// A line to the bell of workers; one that does not `listen` never rings.
    pub fn bell(&self, listens: bool) -> Bell {
        Bell { store: self.clone(), line: None, listens }
    }
}

impl Bell {
    /// Waits until it rings. While the line is down another is sought.
    pub async fn rung(&mut self) -> Ring {
        if !self.listens {
            return std::future::pending().await;
        }
        loop {
            let Some(line) = &mut self.line else {
                match self.connect().await {
                    Ok(line) => {
                        self.line = Some(line);
                        return Ring::Taken;
                    }
                    Err(error) => {
                        tracing::debug!("the bell of workers cannot be heard: {error}");
                        tokio::time::sleep(PAUSE).await;
                        continue;
                    }
                }
            };
            match line.try_recv().await {
                Ok(Some(notice)) if notice.payload() == TAKEN => return Ring::Taken,
                Ok(Some(_)) => return Ring::Work,
                Ok(None) | Err(_) => self.line = None,
            }
        }
    }

    async fn connect(&self) -> Result<PgListener, sqlx::Error> {
        let mut line = PgListener::connect_with(&self.store.writer).await?;
        line.eager_reconnect(false);
        line.listen(CHANNEL).await?;
        Ok(line)
    }
}

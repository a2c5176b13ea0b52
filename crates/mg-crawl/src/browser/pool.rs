//! Some browsers, shared by all who need a page.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::seat::{Lent, Seat};
use super::{BrowserError, BrowserOptions, Visit, Visited, settle};
use crate::guard::Guard;

/// How many browsers there are, and how long each serves.
#[derive(Debug, Clone)]
pub struct PoolOptions {
    /// How each is started.
    pub browser: BrowserOptions,
    /// Most browsers at once.
    pub browsers: usize,
    /// Most pages open at once in each.
    pub pages: usize,
    /// A browser is replaced after so many pages,
    pub recycle_pages: u32,
    /// or once it received so many bytes.
    pub recycle_bytes: u64,
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self {
            browser: BrowserOptions::default(),
            browsers: 1,
            pages: 4,
            recycle_pages: 200,
            recycle_bytes: 1 << 30,
        }
    }
}

/// The pool. Browsers start when they are needed; dropped, the pool ends them with their last page.
#[derive(Debug)]
pub struct BrowserPool {
    options: PoolOptions,
    guard: Arc<Guard>,
    seats: Vec<Arc<Seat>>,
    places: Arc<Semaphore>,
}

impl BrowserPool {
    /// A pool whose pages reach what `guard` admits. Starts nothing yet.
    pub fn new(options: PoolOptions, guard: Arc<Guard>) -> Self {
        let seats = (0..options.browsers.max(1)).map(|_| Arc::new(Seat::default())).collect::<Vec<_>>();
        let places = Arc::new(Semaphore::new(seats.len() * options.pages.max(1)));
        Self { options, guard, seats, places }
    }

    /// Opens a page, does the visit's steps and reads the page. Waits while all places are taken. Whoever
    /// drops this closes the page.
    pub async fn visit(&self, visit: &Visit) -> Result<Visited, BrowserError> {
        for guard in [Some(&self.guard), visit.within.as_ref()].into_iter().flatten() {
            guard
                .check_url(&visit.url)
                .map_err(|reason| BrowserError::Refused { url: visit.url.clone(), reason })?;
        }
        let permit = self.places.clone().acquire_owned().await.map_err(|_| BrowserError::Gone)?;
        let lent = Lent::least(&self.seats, permit).ok_or(BrowserError::Gone)?;
        let place = lent.place(&self.options, &self.guard).await?;
        settle::visit(place, visit).await
    }

    /// The process groups of the browsers that run, for whoever watches what they use.
    pub async fn process_groups(&self) -> Vec<i32> {
        let mut groups = Vec::new();
        for seat in &self.seats {
            groups.extend(seat.process_group().await);
        }
        groups
    }

    /// Ends the browsers and waits until those without an open page are gone. No visit begins any more.
    pub async fn close(&self) {
        self.places.close();
        for seat in &self.seats {
            seat.clear().await;
        }
    }
}

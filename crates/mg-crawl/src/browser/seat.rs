//! A browser's place in the pool: launched when it is needed, replaced when it is worn.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use tokio::sync::{Mutex, OwnedSemaphorePermit};

use super::{Browser, BrowserError, PoolOptions};
use crate::guard::Guard;

/// Where one browser at a time is.
#[derive(Debug, Default)]
pub(super) struct Seat {
    lent: AtomicUsize,
    current: Mutex<Option<Arc<Tenure>>>,
}

/// One browser's time in its seat.
#[derive(Debug)]
struct Tenure {
    browser: Arc<Browser>,
    pages: AtomicU32,
    worn: AtomicBool,
}

/// The right to open one page in a browser. Dropped, the place is free.
#[derive(Debug)]
pub(super) struct Place {
    tenure: Arc<Tenure>,
    _lent: Lent,
}

/// A page counted among those of its seat.
#[derive(Debug)]
pub(super) struct Lent {
    seat: Arc<Seat>,
    _permit: OwnedSemaphorePermit,
}

impl Lent {
    /// Counts a page in the seat that has the fewest.
    pub(super) fn least(seats: &[Arc<Seat>], permit: OwnedSemaphorePermit) -> Option<Self> {
        let seat = seats.iter().min_by_key(|seat| seat.lent.load(Ordering::SeqCst))?.clone();
        seat.lent.fetch_add(1, Ordering::SeqCst);
        Some(Self { seat, _permit: permit })
    }

    /// A place in the seat's browser, which is launched if there is none that may be used.
    pub(super) async fn place(
        self,
        options: &PoolOptions,
        guard: &Arc<Guard>,
    ) -> Result<Place, BrowserError> {
        let seat = self.seat.clone();
        let mut current = seat.current.lock().await;
        let tenure = match current.take().filter(|tenure| tenure.is_fit(options)) {
            Some(tenure) => tenure,
            None => {
                let browser = Arc::new(Browser::launch(&options.browser, guard.clone()).await?);
                Arc::new(Tenure { browser, pages: AtomicU32::new(0), worn: AtomicBool::new(false) })
            }
        };
        tenure.pages.fetch_add(1, Ordering::SeqCst);
        *current = Some(tenure.clone());
        Ok(Place { tenure, _lent: self })
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.seat.lent.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Tenure {
    fn is_fit(&self, options: &PoolOptions) -> bool {
        !self.worn.load(Ordering::SeqCst)
            && !self.browser.gone.is_cancelled()
            && self.pages.load(Ordering::SeqCst) < options.recycle_pages
            && self.browser.received_bytes() < options.recycle_bytes
    }
}

impl Place {
    /// The browser.
    pub(super) fn browser(&self) -> &Arc<Browser> {
        &self.tenure.browser
    }

    /// Has the browser replaced before it is lent again.
    pub(super) fn wear_out(&self) {
        self.tenure.worn.store(true, Ordering::SeqCst);
    }
}

impl Seat {
    /// The process group of the browser that sits here.
    pub(super) async fn process_group(&self) -> Option<i32> {
        self.current.lock().await.as_ref().map(|tenure| tenure.browser.process_group())
    }

    /// Empties the seat; its browser ends in order if no page is open in it, and with its last page otherwise.
    pub(super) async fn clear(&self) {
        let Some(tenure) = self.current.lock().await.take() else { return };
        let browser = Arc::into_inner(tenure).and_then(|tenure| Arc::into_inner(tenure.browser));
        if let Some(browser) = browser {
            browser.close().await;
        }
    }
}

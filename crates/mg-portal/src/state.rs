//! What all endpoints read.

use std::sync::{PoisonError, RwLock};

use mg_core::Period;

use crate::dido::Catalogue;
use crate::dvf::Sales;
use crate::listing::Listing;
use crate::place::Place;
use crate::request_log::RequestLog;
use crate::trouble::TroubleDesk;
use crate::truth::Truth;

/// The portal's data, and the little in it that changes while it runs.
pub(crate) struct Shared {
    pub(crate) places: Vec<Place>,
    pub(crate) catalogue: Catalogue,
    pub(crate) sales: std::sync::Arc<Sales>,
    pub(crate) listings: std::sync::Arc<[Listing]>,
    pub(crate) truth: Truth,
    pub(crate) trouble: TroubleDesk,
    pub(crate) requests: RequestLog,
    /// The latest edition that is published so far.
    pub(crate) published: RwLock<Period>,
}

impl Shared {
    /// The latest edition that is published so far.
    pub(crate) fn shown(&self) -> Period {
        *self.published.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Publishes the edition of `month`, and withdraws later ones.
    pub(crate) fn show(&self, month: Period) {
        *self.published.write().unwrap_or_else(PoisonError::into_inner) = month;
    }
}

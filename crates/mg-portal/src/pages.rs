//! The pages that people read, and spiders too.

mod annonces;
mod chantiers;
mod html;
mod index;
mod robots;

use std::sync::Arc;

use axum::Router;

use crate::state::Shared;

/// The routes of all pages.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .merge(index::routes())
        .merge(robots::routes())
        .merge(annonces::routes())
        .merge(chantiers::routes())
}

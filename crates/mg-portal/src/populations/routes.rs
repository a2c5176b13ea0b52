//! INSEE's archives.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Extension, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::{PUBLICATIONS, file};
use crate::state::Shared;
use crate::trouble::Renamed;

/// The route `/fr/statistiques/fichier/{publication}/ensemble.zip`.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/fr/statistiques/fichier/{publication}/ensemble.zip", get(archive))
}

async fn archive(
    State(shared): State<Arc<Shared>>,
    Path(publication): Path<String>,
    renamed: Option<Extension<Renamed>>,
) -> Result<Response, StatusCode> {
    let known = PUBLICATIONS.into_iter().find(|(_, number)| *number == publication);
    let (year, _) = known.ok_or(StatusCode::NOT_FOUND)?;
    let mut populations = shared.truth.populations(year).peekable();
    populations.peek().ok_or(StatusCode::NOT_FOUND)?;
    let renamed = renamed.as_ref().map(|Extension(renamed)| renamed);
    let csv = file::csv(populations, renamed).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let archive = file::archive(&csv).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(([(header::CONTENT_TYPE, "application/zip")], archive).into_response())
}

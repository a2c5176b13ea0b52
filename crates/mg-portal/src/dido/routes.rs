//! DiDo's endpoints.

use std::sync::Arc;

use axum::extract::{Extension, Path, Query as Parameters, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use super::answer;
use super::datafile::Datafile;
use super::query::{BadRequest, Form, Query};
use super::table::Table;
use crate::state::Shared;
use crate::trouble::Renamed;

/// The routes under `/dido/api/v1`.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/datafiles/{rid}", get(metadata))
        .route("/datafiles/{rid}/csv", get(csv))
        .route("/datafiles/{rid}/json", get(rows))
}

type Pairs = Parameters<Vec<(String, String)>>;

async fn metadata(State(shared): State<Arc<Shared>>, Path(rid): Path<String>) -> Result<Response, Refusal> {
    let datafile = shared.catalogue.get(&rid).ok_or(Refusal::NoSuchFile)?;
    Ok(Json(datafile.metadata(shared.shown())).into_response())
}

async fn csv(
    State(shared): State<Arc<Shared>>,
    Path(rid): Path<String>,
    Parameters(pairs): Pairs,
    renamed: Option<Extension<Renamed>>,
) -> Result<Response, Refusal> {
    let name = format!("attachment; filename=\"{rid}.csv\"");
    let text = off_thread(move || {
        let (table, query) = asked(&shared, &rid, &pairs, Form::Csv)?;
        Ok(answer::csv(table, &query, renamed.as_deref()))
    });
    let headers =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, text.await?).into_response())
}

async fn rows(
    State(shared): State<Arc<Shared>>,
    Path(rid): Path<String>,
    Parameters(pairs): Pairs,
) -> Result<Response, Refusal> {
    let rows = off_thread(move || {
        let (table, query) = asked(&shared, &rid, &pairs, Form::Json)?;
        Ok(answer::json(table, &query))
    });
    Ok(Json(rows.await?).into_response())
}

/// The table and the query that a request means.
fn asked<'a>(
    shared: &'a Shared,
    rid: &str,
    pairs: &[(String, String)],
    form: Form,
) -> Result<(&'a dyn Table, Query), Refusal> {
    let datafile: &Datafile = shared.catalogue.get(rid).ok_or(Refusal::NoSuchFile)?;
    let millesime = pairs.iter().find(|(name, _)| name == "millesime").map(|(_, value)| value.as_str());
    let table = datafile.edition(millesime, shared.shown()).ok_or_else(|| {
        let wanted = millesime.unwrap_or_default();
        BadRequest(format!("Le millésime {wanted} n'existe pas"))
    })?;
    let query = Query::parse(pairs, table.heads(), form, datafile.lines)?;
    Ok((table, query))
}

/// A whole file is a hundred milliseconds of work: it is not for the threads that serve.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(Refusal::Broken))
}

enum Refusal {
    NoSuchFile,
    Bad(BadRequest),
    Broken,
}

impl From<BadRequest> for Refusal {
    fn from(bad: BadRequest) -> Self {
        Self::Bad(bad)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            Self::NoSuchFile => (StatusCode::NOT_FOUND, "Fichier de données introuvable".to_owned()),
            Self::Bad(bad) => (StatusCode::BAD_REQUEST, bad.to_string()),
            Self::Broken => (StatusCode::INTERNAL_SERVER_ERROR, "Erreur interne".to_owned()),
        };
        let error = status.canonical_reason().unwrap_or_default();
        (status, Json(json!({ "statusCode": status.as_u16(), "error": error, "message": message })))
            .into_response()
    }
}

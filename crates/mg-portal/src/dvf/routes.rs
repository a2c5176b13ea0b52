//! geo-dvf's files.

use std::io::Write;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::NaiveDate;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::file;
use super::mutation::Mutation;
use crate::place;
use crate::state::Shared;
use crate::trouble::Renamed;

/// The routes under `/geo-dvf/latest/csv`.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/{year}/communes/{departement}/{file}", get(commune))
        .route("/{year}/departements/{file}", get(departement))
}

async fn commune(
    State(shared): State<Arc<Shared>>,
    Path((year, departement, file)): Path<(String, String, String)>,
    renamed: Option<Extension<Renamed>>,
    headers: HeaderMap,
) -> Result<Response, StatusCode> {
    let code = file.strip_suffix(".csv").ok_or(StatusCode::NOT_FOUND)?.to_owned();
    if place::departement(&code) != departement {
        return Err(StatusCode::NOT_FOUND);
    }
    let asked = Asked { year, renamed: renamed.map(|Extension(renamed)| renamed), headers };
    asked.answer(shared, "text/csv; charset=utf-8", move |mutation| mutation.commune == code, as_is).await
}

async fn departement(
    State(shared): State<Arc<Shared>>,
    Path((year, file)): Path<(String, String)>,
    renamed: Option<Extension<Renamed>>,
    headers: HeaderMap,
) -> Result<Response, StatusCode> {
    let code = file.strip_suffix(".csv.gz").ok_or(StatusCode::NOT_FOUND)?.to_owned();
    let asked = Asked { year, renamed: renamed.map(|Extension(renamed)| renamed), headers };
    let inside = move |mutation: &Mutation| place::departement(&mutation.commune) == code;
    // The file is compressed, not the transfer: no Content-Encoding.
    asked.answer(shared, "application/gzip", inside, gzip).await
}

struct Asked {
    year: String,
    renamed: Option<Renamed>,
    headers: HeaderMap,
}

impl Asked {
    /// The file of the year's mutations that `wanted` wants; 404 when there is none of them.
    async fn answer(
        self,
        shared: Arc<Shared>,
        content_type: &'static str,
        wanted: impl Fn(&Mutation) -> bool + Send + 'static,
        pack: fn(&[u8]) -> std::io::Result<Vec<u8>>,
    ) -> Result<Response, StatusCode> {
        let year: i32 = self.year.parse().map_err(|_| StatusCode::NOT_FOUND)?;
        let modified = http_date(shared.sales.published);
        let since = self.headers.get(header::IF_MODIFIED_SINCE).and_then(|since| since.to_str().ok());
        let unchanged = since == Some(&modified);
        let make = move || {
            let mut mutations =
                shared.sales.of_year(year).iter().filter(|mutation| wanted(mutation)).peekable();
            mutations.peek().ok_or(StatusCode::NOT_FOUND)?;
            if unchanged {
                return Err(StatusCode::NOT_MODIFIED);
            }
            let csv =
                file::csv(mutations, self.renamed.as_ref()).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
            pack(&csv).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
        };
        let made = tokio::task::spawn_blocking(make).await;
        let body = made.unwrap_or(Err(StatusCode::INTERNAL_SERVER_ERROR))?;
        let headers = [(header::CONTENT_TYPE, content_type.to_owned()), (header::LAST_MODIFIED, modified)];
        Ok((headers, body).into_response())
    }
}

fn as_is(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    Ok(bytes.to_vec())
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Six in the morning of `day`, in the form of HTTP headers.
fn http_date(day: NaiveDate) -> String {
    day.format("%a, %d %b %Y 06:00:00 GMT").to_string()
}

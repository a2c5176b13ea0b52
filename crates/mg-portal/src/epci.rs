//! geo.api.gouv.fr: the communes of the intercommunality.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

use crate::state::Shared;

/// The SIREN number of CA Marne et Gondoire, the one intercommunality that is played.
const SIREN: &str = "247700594";

/// The route `/epcis/{siren}/communes`.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/epcis/{siren}/communes", get(communes))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Commune {
    nom: String,
    code: String,
    code_departement: String,
    codes_postaux: [&'static str; 1],
    population: i64,
}

async fn communes(
    State(shared): State<Arc<Shared>>,
    Path(siren): Path<String>,
) -> Result<Json<Vec<Commune>>, StatusCode> {
    if siren != SIREN {
        return Err(StatusCode::NOT_FOUND);
    }
    let communes = shared.places.iter().map(|place| Commune {
        nom: place.commune.nom.clone(),
        code: place.commune.code.clone(),
        code_departement: place.departement().to_owned(),
        codes_postaux: [place.postcode],
        population: place.commune.population,
    });
    Ok(Json(communes.collect()))
}

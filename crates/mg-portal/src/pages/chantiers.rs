//! Sites under way: a page whose table is empty until its script has run.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Html;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::html;
use crate::french;
use crate::permit::{Etat, Permit};
use crate::state::Shared;

/// How many sites the page has: the newest.
const SHOWN: usize = 40;

const SCRIPT: &str = r##"<script>
fetch("/chantiers/donnees.json").then((answer) => answer.json()).then((data) => {
  const rows = document.querySelector("#chantiers tbody");
  for (const site of data.chantiers) {
    const row = rows.insertRow();
    row.className = "chantier";
    for (const name of ["numero", "commune", "ouverture", "logements"]) {
      const cell = row.insertCell();
      cell.className = name;
      cell.textContent = site[name];
    }
  }
  document.querySelector("#etat").textContent = data.chantiers.length + " chantiers en cours";
});
</script>"##;

/// The routes `/chantiers` and the data of its script.
pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/chantiers", get(page)).route("/chantiers/donnees.json", get(data))
}

async fn page() -> Html<String> {
    html::page(
        "Chantiers en cours",
        &format!(
            "<p id=\"etat\">Chargement…</p>\n<table id=\"chantiers\">\n<thead><tr><th>Permis</th><th>Commune</th>\
             <th>Ouverture</th><th>Logements</th></tr></thead>\n<tbody></tbody>\n</table>\n{SCRIPT}"
        ),
    )
}

async fn data(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let permits = shared.truth.permits(&shared.shown().to_string());
    let mut open: Vec<&Permit> = permits.iter().filter(|permit| permit.etat == Etat::Commence).collect();
    open.sort_by_key(|permit| std::cmp::Reverse((permit.ouverture, &permit.num_dau)));
    let sites: Vec<Value> = open.into_iter().take(SHOWN).map(|permit| site(&shared, permit)).collect();
    Json(json!({ "chantiers": sites }))
}

fn site(shared: &Shared, permit: &Permit) -> Value {
    let place = shared.places.iter().find(|place| place.commune.code == permit.commune);
    json!({
        "numero": format!("{} {}", permit.type_dau, permit.num_dau),
        "commune": place.map_or(permit.commune.as_str(), |place| place.commune.nom.as_str()),
        "ouverture": permit.ouverture.map(french::day),
        "logements": permit.programme.dwellings(),
    })
}

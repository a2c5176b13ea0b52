//! The first page: what is played here.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Html;
use axum::routing::get;

use super::html;
use crate::dido::{AMENAGER, DEMOLIR, LOCAUX, LOGEMENTS, MENSUEL_NATIONAL};
use crate::populations;
use crate::state::Shared;

/// The route `/`.
pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/", get(index))
}

async fn index(State(shared): State<Arc<Shared>>) -> Html<String> {
    let files = [
        ("Permis créant des logements", LOGEMENTS),
        ("Permis créant des locaux", LOCAUX),
        ("Permis d'aménager", AMENAGER),
        ("Permis de démolir", DEMOLIR),
        ("Série mensuelle nationale", MENSUEL_NATIONAL),
    ];
    let lists: String = files
        .iter()
        .map(|(title, rid)| {
            let path = format!("/dido/api/v1/datafiles/{rid}");
            format!("<li>{title} : <a href=\"{path}\">métadonnées</a>, <a href=\"{path}/csv\">CSV</a></li>\n")
        })
        .collect();
    let year = chrono::Datelike::year(&shared.sales.last);
    let sales: String = shared.places.first().map_or(String::new(), |place| {
        let path =
            format!("/geo-dvf/latest/csv/{year}/communes/{}/{}.csv", place.departement(), place.commune.code);
        let name = html::escape(&place.commune.nom);
        format!("<li>Ventes {year}, {name} : <a href=\"{path}\">CSV</a></li>\n")
    });
    let populations: String = populations::newest(&shared.truth).map_or(String::new(), |(year, path)| {
        format!("<li>Populations légales {year} : <a href=\"{path}\">CSV, en archive</a></li>\n")
    });
    let shown = shared.shown();
    html::page(
        "Portail de données de démonstration",
        &format!(
            "<p>Ce serveur local joue, dans leurs formats publiés, les portails d'où viennent les données de la \
             plateforme. Tout ce qu'il sert est inventé : aucun permis, aucune vente, aucune annonce n'existe. \
             Édition affichée : {shown}.</p>\n<ul>\n{lists}{sales}\
             <li><a href=\"/epcis/247700594/communes\">Communes de l'intercommunalité</a> (JSON)</li>\n{populations}\
             <li><a href=\"/annonces\">Annonces immobilières</a></li>\n\
             <li><a href=\"/chantiers\">Chantiers en cours</a> (page remplie par un script)</li>\n</ul>\n\
             <p lang=\"en\">This local server plays, in their published formats, the portals that the platform's \
             data come from. All data are synthetic: no permit, sale or advert here exists.</p>"
        ),
    )
}

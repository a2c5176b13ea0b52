//! Housing adverts: a listing in pages, and a page for each.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::get;
use serde::Deserialize;

use super::html::{self, escape};
use crate::french;
use crate::listing::Listing;
use crate::state::Shared;

const PER_PAGE: usize = 10;

/// The routes `/annonces` and below, and `/contact/…`, which robots.txt asks to spare.
pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/annonces", get(listing))
        .route("/annonces/{id}", get(detail))
        .route("/contact/{id}", get(contact))
}

#[derive(Deserialize)]
struct Page {
    page: Option<usize>,
}

async fn listing(
    State(shared): State<Arc<Shared>>,
    Query(asked): Query<Page>,
) -> Result<Html<String>, StatusCode> {
    let pages: Vec<&[Listing]> = shared.listings.chunks(PER_PAGE).collect();
    let page = asked.page.unwrap_or(1);
    let listings = page.checked_sub(1).and_then(|index| pages.get(index)).ok_or(StatusCode::NOT_FOUND)?;
    let items: String = listings.iter().map(item).collect();
    let link = |page: usize, rel: &str, text: &str| {
        format!("<a rel=\"{rel}\" href=\"/annonces?page={page}\">{text}</a>\n")
    };
    let previous = if page > 1 { link(page - 1, "prev", "Page précédente") } else { String::new() };
    let next = if page < pages.len() { link(page + 1, "next", "Page suivante") } else { String::new() };
    let count = shared.listings.len();
    Ok(html::page(
        "Annonces immobilières",
        &format!(
            "<p class=\"resultats\">{count} annonces, page {page} sur {}</p>\n<ul class=\"annonces\">\n{items}</ul>\n\
             <nav>\n{previous}{next}</nav>",
            pages.len()
        ),
    ))
}

fn item(listing: &Listing) -> String {
    format!(
        "<li class=\"annonce\">\n<a class=\"titre\" href=\"/annonces/{}\">{}</a>\n\
         <span class=\"commune\">{}</span>\n<span class=\"prix\">{}</span>\n</li>\n",
        listing.id,
        escape(&listing.title),
        escape(&listing.commune),
        escape(&french::euros(listing.price_cents)),
    )
}

async fn detail(State(shared): State<Arc<Shared>>, Path(id): Path<u32>) -> Result<Html<String>, StatusCode> {
    let listing = shared.listings.iter().find(|listing| listing.id == id).ok_or(StatusCode::NOT_FOUND)?;
    let row = |class: &str, name: &str, value: &str| {
        format!("<dt>{name}</dt>\n<dd class=\"{class}\">{}</dd>\n", escape(value))
    };
    let rows = [
        row("commune", "Commune", &listing.commune),
        row("prix", "Prix", &french::euros(listing.price_cents)),
        row("surface", "Surface", &french::square_metres(listing.area_tenths)),
        row("pieces", "Pièces", &listing.rooms.to_string()),
        row("date", "Date de publication", &french::day(listing.date)),
        row("reference", "Référence", &listing.id.to_string()),
    ];
    let rows = rows.concat();
    let links = format!(
        "<p><a href=\"/annonces\">Toutes les annonces</a> · <a href=\"/contact/{id}\">Contact</a></p>"
    );
    Ok(html::page(&listing.title, &format!("<dl class=\"detail\">\n{rows}</dl>\n{links}")))
}

async fn contact(Path(id): Path<u32>) -> Html<String> {
    html::page("Contact", &format!("<p>Cette annonce n'existe pas ({id}), on ne peut pas y répondre.</p>"))
}

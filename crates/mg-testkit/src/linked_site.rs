//! A site of linked pages, for crawls that are measured or killed: each page has a title, a table of ten
//! rows and about ten links, some 6 kB in all. What a page says follows from its number alone, and the
//! site keeps count of who was asked for.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::get;
use tokio::sync::watch;
use url::Url;

/// Rows of each page's table.
pub const ROWS_A_PAGE: u32 = 10;

/// Links that lead down: the pages are a tree, so that all are reached from the first.
const BRANCHES: u32 = 5;
/// Links that lead anywhere.
const STRAYS: u32 = 5;
const COMMUNES: [&str; 8] = [
    "Bussy-Saint-Georges",
    "Chanteloup-en-Brie",
    "Ferrières-en-Brie",
    "Lagny-sur-Marne",
    "Montévrain",
    "Pomponne",
    "Saint-Thibault-des-Vignes",
    "Thorigny-sur-Marne",
];
const SENTENCE: &str = "Le dossier peut être consulté en mairie aux heures d'ouverture, sur rendez-vous, \
                        pendant deux mois à compter de son affichage sur le terrain. ";
const ROBOTS: &str = "User-agent: *\nAllow: /\n";

/// A site, and its count.
#[derive(Debug)]
pub struct LinkedSite {
    asked: Vec<AtomicU32>,
    count: watch::Sender<Count>,
}

/// How much a site was asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Requests, those for robots.txt among them.
    pub requests: usize,
    /// Different pages.
    pub pages: usize,
}

impl LinkedSite {
    /// A site of so many pages.
    pub fn new(pages: usize) -> Arc<Self> {
        let asked = (0..pages).map(|_| AtomicU32::new(0)).collect();
        Arc::new(Self { asked, count: watch::Sender::default() })
    }

    /// What serves it: `/robots.txt`, which allows all, and `/page/NUMBER`, from 0.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/robots.txt", get(robots))
            .route("/page/{number}", get(page))
            .with_state(Arc::clone(self))
    }

    /// How much it was asked until now.
    pub fn count(&self) -> Count {
        *self.count.borrow()
    }

    /// Waits until it was asked so much.
    pub async fn until(&self, is_enough: impl FnMut(&Count) -> bool) {
        // The sender is our own, so this ends by what is waited for.
        let _ = self.count.subscribe().wait_for(is_enough).await;
    }

    /// How often a page was asked for.
    pub fn times_asked(&self, number: usize) -> u32 {
        self.asked[number].load(Ordering::Relaxed)
    }

    /// The file of a spider that reads such a site at `base` into `analytics.fact_page_liee`, as fast as
    /// `concurrency` requests at a time are. What it is called is up to whoever writes it.
    pub fn spider(base: &Url, concurrency: u32) -> String {
        include_str!("linked_site/spider.toml")
            .replace("{base}", base.as_str())
            .replace("{concurrency}", &concurrency.to_string())
    }

    /// The page of that number.
    fn text(&self, number: usize) -> String {
        let number = number as u32;
        let mut text = String::with_capacity(7_000);
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "<!DOCTYPE html>\n<html lang=\"fr\"><head><meta charset=\"utf-8\"><title>Registre, page {number}</title></head>\n\
             <body><header><h1>Registre des autorisations, page {number}</h1></header>\n<main>\n<p>{}</p>\n\
             <table class=\"registre\"><thead><tr><th>Référence</th><th>Commune</th><th>Surface</th><th>Prix</th>\
             <th>Date</th></tr></thead>\n<tbody>\n",
            SENTENCE.repeat(8)
        );
        for row in 0..ROWS_A_PAGE {
            let seed = scattered(number * ROWS_A_PAGE + row);
            let _ = writeln!(
                text,
                "<tr class=\"ligne\"><td class=\"reference\">PC-{number:06}-{row:02}</td><td class=\"commune\">{}</td>\
                 <td class=\"surface\">{},{} m²</td><td class=\"prix\">{} {:03} €</td>\
                 <td class=\"date\">{:02}/{:02}/20{:02}</td></tr>",
                COMMUNES[(seed % 8) as usize],
                20 + seed % 180,
                seed % 10,
                100 + seed % 800,
                seed % 1_000,
                1 + seed % 28,
                1 + seed % 12,
                13 + seed % 13,
            );
        }
        let _ = write!(text, "</tbody></table>\n<p>{}</p>\n<nav><ul>\n", SENTENCE.repeat(14));
        for link in self.links(number) {
            let _ = writeln!(text, "<li><a href=\"/page/{link}\">Registre, page {link}</a></li>");
        }
        text.push_str("</ul></nav>\n</main></body></html>\n");
        text
    }

    fn links(&self, number: u32) -> impl Iterator<Item = u32> {
        let pages = self.asked.len() as u32;
        let down = (1..=BRANCHES).map(move |branch| number * BRANCHES + branch).filter(move |to| *to < pages);
        let stray = (1..=STRAYS).map(move |stray| scattered(number * STRAYS + stray) % pages);
        down.chain(stray)
    }
}

/// A number that looks like chance and is none (Knuth's multiplicative hash).
fn scattered(number: u32) -> u32 {
    number.wrapping_mul(2_654_435_761) >> 7
}

async fn robots(State(site): State<Arc<LinkedSite>>) -> &'static str {
    site.count.send_modify(|count| count.requests += 1);
    ROBOTS
}

async fn page(
    State(site): State<Arc<LinkedSite>>,
    Path(number): Path<usize>,
) -> Result<Html<String>, StatusCode> {
    let asked = site.asked.get(number);
    let is_new = asked.is_some_and(|asked| asked.fetch_add(1, Ordering::Relaxed) == 0);
    site.count.send_modify(|count| {
        count.requests += 1;
        count.pages += usize::from(is_new);
    });
    if asked.is_none() { Err(StatusCode::NOT_FOUND) } else { Ok(Html(site.text(number))) }
}

//! What a trial brought, for people and for programs.

use mg_core::{Record, Value};
use mg_crawl::declared::{Declared, Fill};
use mg_crawl::engine::Stats;
use mg_crawl::page::PageReject;
use serde::Serialize;
use serde_json::{Map, json};

use crate::show::{self, outln};

/// Cells longer than this are shortened for people.
const CELL_CHARS: usize = 60;
/// Rejects and pages that are shown to people.
const SHOWN: usize = 20;

/// A page that was tried.
#[derive(Debug, Default, Serialize)]
pub(super) struct PageTried {
    pub(super) url: String,
    pub(super) label: String,
    pub(super) status: Option<u16>,
    pub(super) size_bytes: u64,
    pub(super) records: usize,
    pub(super) rejects: usize,
    pub(super) given_up: Option<String>,
}

/// What a trial brought.
pub(super) struct Tried<'a> {
    spider: &'a Declared,
    finish: &'static str,
    stats: Stats,
    pub(super) records: Vec<Record>,
    pub(super) rejects: Vec<(String, PageReject)>,
    pub(super) fills: Vec<Fill>,
    pub(super) pages: Vec<PageTried>,
}

impl<'a> Tried<'a> {
    pub(super) fn new(spider: &'a Declared, finish: &'static str, stats: Stats) -> Self {
        let (records, rejects, fills, pages) = Default::default();
        Self { spider, finish, stats, records, rejects, fills, pages }
    }
}

pub(super) fn print(tried: &Tried<'_>, rows: usize, json: bool) -> anyhow::Result<()> {
    if json {
        return show::json(&whole(tried));
    }
    if !tried.records.is_empty() {
        show::print(records(tried, rows))?;
    }
    if !tried.rejects.is_empty() {
        outln!("Rejets / rejects");
        show::print(rejects(tried))?;
    }
    for page in tried.pages.iter().filter(|page| page.given_up.is_some()) {
        outln!("{}: {}", page.url, page.given_up.as_deref().unwrap_or_default());
    }
    let fills = tried.fills.iter().filter(|fill| fill.filled < fill.total);
    let fills: Vec<String> =
        fills.map(|fill| format!("{} {}/{}", fill.field, fill.filled, fill.total)).collect();
    if !fills.is_empty() {
        outln!("Champs incomplets / fields not always filled: {}", fills.join(", "));
    }
    let Stats { pages, requests, retries, bytes, elapsed_ms, .. } = &tried.stats;
    outln!(
        "{} : {pages} pages, {} lignes / records, {} rejets / rejects; {requests} requêtes / requests, {retries} \
         reprises / retries, {} Ko / kB, {:.1} s ({})",
        tried.spider.name,
        tried.records.len(),
        tried.rejects.len(),
        bytes / 1_000,
        *elapsed_ms as f64 / 1_000.0,
        tried.finish,
    );
    Ok(())
}

fn records(tried: &Tried<'_>, rows: usize) -> comfy_table::Table {
    let names: Vec<&str> = tried.spider.table.columns.iter().map(|column| column.name.as_str()).collect();
    let mut table = show::table(&names, &[]);
    for record in tried.records.iter().take(rows) {
        table.add_row(record.values.iter().map(|value| shortened(&text(value))));
    }
    table
}

fn rejects(tried: &Tried<'_>) -> comfy_table::Table {
    let mut table =
        show::table(&["Page", "Champ / field", "Sélecteur", "Raison / reason", "Contenu / content"], &[]);
    for (url, reject) in tried.rejects.iter().take(SHOWN) {
        let (field, selector) = (reject.field.as_deref(), reject.selector.as_deref());
        table.add_row([
            shortened(url),
            field.unwrap_or("–").to_owned(),
            selector.unwrap_or("–").to_owned(),
            reject.reason.clone(),
            shortened(&reject.content),
        ]);
    }
    table
}

fn whole(tried: &Tried<'_>) -> serde_json::Value {
    let names: Vec<&str> = tried.spider.table.columns.iter().map(|column| column.name.as_str()).collect();
    let record = |record: &Record| {
        let cells = names.iter().zip(&record.values).map(|(name, value)| ((*name).to_owned(), cell(value)));
        serde_json::Value::Object(cells.collect::<Map<_, _>>())
    };
    let reject = |(url, reject): &(String, PageReject)| {
        let PageReject { field, selector, reason, content } = reject;
        json!({ "url": url, "field": field, "selector": selector, "reason": reason, "content": content })
    };
    json!({
        "spider": tried.spider.name,
        "finish": tried.finish,
        "records": tried.records.iter().map(record).collect::<Vec<_>>(),
        "rejects": tried.rejects.iter().map(reject).collect::<Vec<_>>(),
        "fields": tried.fills,
        "pages": tried.pages,
        "stats": tried.stats,
    })
}

fn cell(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Integer(number) => json!(number),
        Value::Float(number) => json!(number),
        Value::Text(_) | Value::Date(_) => json!(text(value)),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Date(day) => day.to_string(),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(CELL_CHARS) {
        // What a site wrote must not move a terminal's cursor.
        Some((end, _)) => format!("{}…", plain(&text[..end])),
        None => plain(text),
    }
}

fn plain(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

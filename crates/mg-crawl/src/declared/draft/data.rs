//! JSON documents and CSV files as lists of items.

use csv::ReaderBuilder;
use serde_json::Value as Json;
use url::Url;

use super::Sketch;
use super::guess::{Guess, distinct};
use super::single::leaves;
use crate::CrawlError;
use crate::declared::json;
use crate::declared::read::Charset;

/// Rows that are looked at.
const ROWS: usize = 200;
/// How far down a list is looked for.
const DEPTH: u32 = 4;

/// The longest list of objects in a document, and the fields of the first ones.
pub(super) fn of_json(bytes: &[u8], url: &Url) -> Result<Sketch, CrawlError> {
    let document = json::document(bytes, url)?;
    let mut lists = Vec::new();
    find_lists(&document, String::new(), DEPTH, &mut lists);
    let (list, items) = lists.into_iter().max_by_key(|(_, items)| items.len()).unwrap_or_default();
    let mut pointers: Vec<String> = Vec::new();
    for item in items.iter().take(ROWS) {
        leaves(item, "", 3, &mut |pointer, _| {
            if !pointers.iter().any(|known| known == pointer) {
                pointers.push(pointer.to_owned());
            }
        });
    }
    let guess = |pointer: &String| {
        let value =
            |item: &Json| item.pointer(pointer).map(|value| json::raw(value).shown()).unwrap_or_default();
        let samples: Vec<String> = items.iter().take(ROWS).map(value).collect();
        Guess::of(&pointer.replace('/', " "), vec![("pointer", pointer.clone())], &samples, None)
    };
    let fields = distinct(pointers.iter().filter_map(guess).collect());
    let mut read = vec![("format", "json".to_owned())];
    if !list.is_empty() {
        read.push(("list", list));
    }
    let next = ["/next", "/links/next", "/_links/next/href"].into_iter();
    let next = next.map(str::to_owned).find(|pointer| document.pointer(pointer).is_some_and(Json::is_string));
    Ok(Sketch { read, next, fields, items: items.len() })
}

fn find_lists<'a>(value: &'a Json, pointer: String, depth: u32, lists: &mut Vec<(String, &'a [Json])>) {
    match value {
        Json::Array(items) if items.first().is_some_and(Json::is_object) => lists.push((pointer, items)),
        Json::Object(object) if depth > 0 => {
            for (name, value) in object {
                let below = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                find_lists(value, below, depth - 1, lists);
            }
        }
        _ => {}
    }
}

/// The columns of a file, by the delimiter that parts its header most often.
pub(super) fn of_csv(bytes: &[u8], url: &Url) -> Result<Sketch, CrawlError> {
    let header = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: &u8| header.iter().filter(|byte| *byte == delimiter).count();
    let delimiter = [b';', b',', b'\t', b'|'].into_iter().max_by_key(count).unwrap_or(b';');
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(bytes);
    let broken =
        |error: csv::Error| CrawlError::Format { url: url.clone(), reason: format!("the CSV: {error}") };
    let mut rows: Vec<Vec<String>> = Vec::new();
    for row in reader.byte_records().take(ROWS) {
        let row = row.map_err(broken)?;
        rows.push(row.iter().map(|cell| Charset::Sniffed.text(cell).into_owned()).collect());
    }
    let Some((header, rows)) = rows.split_first() else { return Ok(Sketch::default()) };
    let guess = |(place, name): (usize, &String)| {
        let samples: Vec<String> =
            rows.iter().map(|row| row.get(place).cloned().unwrap_or_default()).collect();
        Guess::of(name, vec![("column", name.clone())], &samples, None)
    };
    let fields = distinct(header.iter().enumerate().filter_map(guess).collect());
    let delimiter = char::from(delimiter).to_string();
    let read = vec![("format", "csv".to_owned()), ("delimiter", delimiter)];
    Ok(Sketch { read, next: None, fields, items: rows.len() })
}

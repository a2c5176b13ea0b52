//! A table of HTML as a list of items.

use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::guess::{Guess, distinct};
use super::{Sketch, is_around, select};
use crate::declared::html::text_of;
use crate::normalise::spaces;

/// The table with the most cells, of two rows or more.
pub(super) fn best(document: &Html, url: &Url) -> Option<Sketch> {
    let tables: Vec<ElementRef<'_>> = select(document, "table").collect();
    let sketches = tables.iter().enumerate().filter(|(_, table)| !is_around(table));
    let sketches = sketches.filter_map(|(place, table)| sketch(document, table, place, tables.len(), url));
    sketches.max_by_key(|sketch| sketch.items * sketch.fields.len())
}

fn sketch(document: &Html, table: &ElementRef<'_>, place: usize, tables: usize, url: &Url) -> Option<Sketch> {
    let own = match (table.attr("id"), table.value().classes().next()) {
        (Some(id), _) if is_plain(id) => format!("table#{id}"),
        (_, Some(class)) if is_plain(class) => format!("table.{class}"),
        _ if tables == 1 => "table".to_owned(),
        _ => format!("table:nth-of-type({})", place + 1),
    };
    let items = format!("{own} tr:has(td)");
    let rows: Vec<ElementRef<'_>> = select(document, &items).collect();
    if rows.len() < 2 {
        return None;
    }
    let header = Selector::parse("tr").ok()?;
    let header = table.select(&header).find(|row| cells(row).iter().all(|cell| cell.value().name() == "th"));
    let names: Vec<String> = header.map_or_else(Vec::new, |row| cells(&row).iter().map(text_of).collect());
    let width = rows.iter().map(|row| cells(row).len()).max()?;
    let mut fields = Vec::new();
    for column in 0..width {
        let text = |row: &ElementRef<'_>| cells(row).get(column).map(text_of).unwrap_or_default();
        let samples: Vec<String> = rows.iter().map(text).collect();
        let name = names.get(column).map(|name| spaces(name)).filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| format!("colonne {}", column + 1));
        let selector = format!(":is(td, th):nth-child({})", column + 1);
        fields.extend(Guess::of(&name, vec![("selector", selector.clone())], &samples, None));
        let links: Vec<String> =
            rows.iter().map(|row| cells(row).get(column).and_then(link).unwrap_or_default()).collect();
        if links.iter().all(|link| !link.is_empty()) {
            let finding = vec![("selector", format!("{selector} a")), ("attribute", "href".to_owned())];
            fields.extend(Guess::of(&format!("lien {name}"), finding, &links, Some(url)));
        }
    }
    Some(Sketch { read: vec![("items", items)], next: None, fields: distinct(fields), items: rows.len() })
}

fn cells<'a>(row: &ElementRef<'a>) -> Vec<ElementRef<'a>> {
    row.child_elements().collect()
}

fn link(cell: &ElementRef<'_>) -> Option<String> {
    let link = cell.descendent_elements().find(|inner| inner.value().name() == "a")?;
    link.attr("href").map(str::to_owned)
}

fn is_plain(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|one| one.is_ascii_alphanumeric() || matches!(one, '-' | '_'))
}

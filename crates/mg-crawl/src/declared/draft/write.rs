//! A sketch as the text of a file.

use toml::Value as Toml;

use super::Sketch;
use super::guess::Guess;
use crate::declared::FieldType;
use crate::page::Page;

pub(super) fn file(page: &Page, name: &str, needs_browser: bool, sketch: &Sketch) -> String {
    let origin = page.url.origin().ascii_serialization();
    let start = page.url.as_str().strip_prefix(origin.as_str()).unwrap_or(page.url.as_str());
    let host = page.url.host_str().unwrap_or_default();
    let mut lines = vec![
        format!(
            "# Ébauche d'après {} : {} élément(s) vu(s). Relire les noms, la clé et les unités.",
            page.url, sketch.items
        ),
        "# A first draft from that page: read over names, key and units.".to_owned(),
        line("title_fr", &format!("{name} ({host})")),
        line("title_en", &format!("{name} ({host})")),
        line("producer", host),
        line("base", &origin),
        format!("start = [{}]", text(start)),
    ];
    if needs_browser {
        lines.push(line("engine", "browser"));
        lines.extend(
            sketch.read.iter().filter(|(key, _)| *key == "items").map(|(_, items)| line("wait_for", items)),
        );
    }
    lines.extend([String::new(), "[table]".to_owned(), line("name", &format!("fact_{name}"))]);
    let key = key(&sketch.fields);
    lines.push(format!("key = [{}]", text(key.map_or("", |key| key.name.as_str()))));
    if !sketch.read.is_empty() {
        lines.extend([String::new(), "[read]".to_owned()]);
        lines.extend(sketch.read.iter().map(|(key, value)| line(key, value)));
    }
    if let Some(next) = &sketch.next {
        lines.extend([String::new(), "[follow]".to_owned(), line("next", next)]);
    }
    for field in &sketch.fields {
        lines.extend([
            String::new(),
            format!("# {}", field.sample),
            "[[field]]".to_owned(),
            line("name", &field.name),
        ]);
        lines.extend(field.finding.iter().map(|(key, value)| match *key {
            "address" => "address = true".to_owned(),
            key => line(key, value),
        }));
        let kind =
            FieldType::NAMES.iter().find(|(_, kind)| *kind == field.kind).map_or("text", |(name, _)| name);
        lines.push(line("type", kind));
        lines.extend(field.unit.map(|unit| line("unit", unit)));
        if key.is_some_and(|key| key.name == field.name) {
            lines.push("required = true".to_owned());
        }
    }
    lines.join("\n") + "\n"
}

/// The field that tells items apart: an address before a number, a number before a text; the first if none does.
fn key(fields: &[Guess]) -> Option<&Guess> {
    let rank = |field: &&Guess| match field.kind {
        _ if field.name.contains("image") => 5,
        _ if field.finding.iter().any(|(key, _)| *key == "address") => 0,
        FieldType::Url => 1,
        FieldType::Integer => 2,
        FieldType::Text => 3,
        _ => 4,
    };
    fields.iter().filter(|field| field.tells_apart).min_by_key(rank).or(fields.first())
}

fn line(key: &str, value: &str) -> String {
    format!("{key} = {}", text(value))
}

fn text(value: &str) -> String {
    Toml::from(value).to_string()
}

//! From a spider's TOML to the spider, with every fault of the file at once.

mod fields;
mod follow;
mod manner;
mod reading;

use std::borrow::Cow;

use mg_core::{Column, Identifier, Table};
use toml::de::DeTable;
use url::Url;

use super::fault::{Faults, nearest};
use super::section::{Said, Section};
use super::{Declared, Fault, Field};
use crate::page::Engine;

/// Columns that each table has besides its fields ([`Declared::ddl`]).
pub(super) const PROVENANCE: [&str; 5] = ["source_url", "fetched_at", "run_id", "content_hash", "edition"];

pub(super) fn parse(text: &str, file: &str) -> Result<Declared, Vec<Fault>> {
    let mut faults = Faults::of(file, text);
    let (table, broken) = DeTable::parse_recoverable(text);
    for error in &broken {
        let place = error.span().unwrap_or(0..0);
        faults.note(&place, "", format!("it is no TOML: {}", error.message()), "Mend that first");
    }
    if !broken.is_empty() {
        return Err(faults.into_list());
    }
    let spider = read(Section::root(table.get_ref()), file, &mut faults);
    match spider.filter(|_| faults.is_empty()) {
        Some(spider) => Ok(spider),
        None => Err(faults.into_list()),
    }
}

fn read(mut root: Section<'_>, file: &str, faults: &mut Faults<'_>) -> Option<Declared> {
    let name = name_of(file, faults);
    let title_fr = root.needed("title_fr", faults);
    let title_en = root.needed("title_en", faults);
    let producer = root.needed("producer", faults);
    let base = root.needed("base", faults).and_then(|base| base_url(&root, &base, faults));
    let (engine, is_api) = engine(&mut root, faults);
    let robots = root.truth("robots", faults).unwrap_or(true);
    let wait_for = wait_for(&mut root, engine, faults);
    let domains = domains(&mut root, base.as_ref(), faults);
    let argument = manner::argument(&mut root, faults);
    let edition = manner::edition(&mut root, faults);
    let politeness = manner::politeness(&mut root, faults);
    let schedule = manner::schedule(&mut root, faults);
    let reading = reading::read(&mut root, is_api, faults);
    let kind = reading.kind();
    let follow = follow::read(&mut root, &reading, faults);
    let start = root.texts("start", faults);
    if let Some(base) = &base {
        start.iter().for_each(|start| check_address(base, "start", start, faults));
    }
    if start.is_empty() && argument.is_none() && follow.sitemap.is_empty() && follow.feed.is_empty() {
        let advice = "Add `start = [\"/page\"]`, a sitemap or a feed under [follow], or [arguments.url]";
        root.fault("start", "nothing says where it starts".to_owned(), advice.to_owned(), faults);
    }
    let mut sections = root.sections("field", faults);
    if sections.is_empty() {
        let advice = "Add [[field]] with `name` and where it is found";
        root.fault("field", "there is no field".to_owned(), advice.to_owned(), faults);
    }
    let fields = fields::read(&mut sections, kind, faults);
    let mut section = root.section("table", faults);
    if !section.exists() {
        let advice = "Add [table] with `name` and `key`";
        root.fault("table", "it is missing".to_owned(), advice.to_owned(), faults);
    }
    let table = table(&mut section, &fields, faults);
    let table_doc_fr = section.text("doc_fr", faults).map(|said| said.value);
    let table_doc_en = section.text("doc_en", faults).map(|said| said.value);
    section.end(faults);
    root.end(faults);
    Some(Declared {
        name: name?,
        definition: String::new(),
        title_fr: title_fr?.value,
        title_en: title_en?.value,
        producer: producer?.value,
        base: base?,
        start: start.into_iter().map(|start| start.value).collect(),
        argument,
        domains,
        engine,
        wait_for,
        robots,
        table: table?,
        table_doc_fr,
        table_doc_en,
        edition,
        follow,
        reading,
        fields: fields.into_iter().flatten().collect(),
        politeness,
        schedule,
    })
}

fn name_of(file: &str, faults: &mut Faults<'_>) -> Option<String> {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let name = name.strip_suffix(".toml").unwrap_or(name);
    match Identifier::parse(name) {
        Ok(name) => Some(name.to_string()),
        Err(_) => {
            let reason = format!("`{name}` is no name for a spider");
            faults.note(
                &(0..0),
                "",
                reason,
                "Name the file with lower-case letters, digits and `_`: annonces.toml",
            );
            None
        }
    }
}

fn base_url(root: &Section<'_>, base: &Said<String>, faults: &mut Faults<'_>) -> Option<Url> {
    let url = Url::parse(&base.value).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some());
    if url.is_none() {
        let reason = format!("`{}` is no address of a site", base.value);
        root.fault("base", reason, "Write it whole, as https://www.example.fr".to_owned(), faults);
    }
    url
}

fn check_address(base: &Url, key: &str, said: &Said<String>, faults: &mut Faults<'_>) {
    let joined = base.join(&said.value).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    if joined.is_none() {
        let reason = format!("`{}` is no address", said.value);
        faults.note(&said.place, key, reason, "Write it from the root, /page?x=1, or whole");
    }
}

fn engine(root: &mut Section<'_>, faults: &mut Faults<'_>) -> (Engine, bool) {
    match root.text("engine", faults) {
        None => (Engine::Http, false),
        Some(said) => match said.value.as_str() {
            "http" => (Engine::Http, false),
            "browser" => (Engine::Browser, false),
            "api" => (Engine::Http, true),
            other => {
                let advice = nearest(other, &["http", "browser", "api"]);
                root.fault("engine", format!("`{other}` is no engine"), advice, faults);
                (Engine::Http, false)
            }
        },
    }
}

fn wait_for(root: &mut Section<'_>, engine: Engine, faults: &mut Faults<'_>) -> Option<String> {
    let said = root.text("wait_for", faults)?;
    if engine != Engine::Browser {
        let advice = "Take it out, or write engine = \"browser\"";
        root.fault("wait_for", "only a browser waits".to_owned(), advice.to_owned(), faults);
    }
    if let Err(reason) = super::field_spec::parse_selector(&said.value) {
        root.fault("wait_for", reason, "Mend it; `.prix` is a class, `#prix` an id".to_owned(), faults);
    }
    Some(said.value)
}

fn domains(root: &mut Section<'_>, base: Option<&Url>, faults: &mut Faults<'_>) -> Vec<String> {
    let mut domains = Vec::new();
    for said in root.texts("domains", faults) {
        let host = said.value.strip_prefix("*.").unwrap_or(&said.value);
        if url::Host::parse(host).is_err() || host != host.to_ascii_lowercase() {
            let reason = format!("`{}` is no host", said.value);
            faults.note(
                &said.place,
                "domains",
                reason,
                "Write hosts alone, as www.example.fr or *.example.fr",
            );
        }
        domains.push(said.value);
    }
    if domains.is_empty() {
        domains.extend(base.and_then(Url::host_str).map(str::to_owned));
    }
    domains
}

fn table(section: &mut Section<'_>, fields: &[Option<Field>], faults: &mut Faults<'_>) -> Option<Table> {
    let said = section.needed("name", faults);
    let name = said.and_then(|said| {
        let parsed = Identifier::parse(&said.value);
        parsed
            .map_err(|error| {
                let advice = "Name it as fact_annonce".to_owned();
                section.fault("name", error.to_string(), advice, faults);
            })
            .ok()
    });
    let keys = section.texts("key", faults);
    if keys.is_empty() && section.exists() {
        let advice = "Add `key = [\"…\"]`: the fields that tell one record from another";
        section.fault("key", "nothing tells one record from another".to_owned(), advice.to_owned(), faults);
    }
    // A field that is at fault has no name to speak of, and is no reason for a second fault.
    let known: Option<Vec<&Field>> = fields.iter().map(Option::as_ref).collect();
    let known = known?;
    let names: Vec<&str> = known.iter().map(|field| field.name.as_str()).collect();
    for key in &keys {
        match known.iter().find(|field| field.name == key.value.as_str()) {
            None => {
                let reason = format!("`{}` is no field", key.value);
                faults.note(&key.place, section.path_of("key"), reason, nearest(&key.value, &names));
            }
            Some(field) if !field.required && field.default.is_none() => {
                let reason = format!("field `{}` may be empty", key.value);
                let advice = "Add `required = true` to it: a record without its key is none";
                faults.note(&key.place, section.path_of("key"), reason, advice);
            }
            Some(_) => {}
        }
    }
    let columns = known.iter().map(|field| Column {
        name: field.name.clone(),
        kind: field.kind.column(),
        required: field.required,
        key: keys.iter().any(|key| field.name == key.value.as_str()),
    });
    Some(Table { name: name?, columns: Cow::Owned(columns.collect()) })
}

//! The communes of the territory's intercommunality, as the State's geographical API tells
//! them (geo.api.gouv.fr, on INSEE's code officiel géographique): names, postal codes, population.
//!
//! Format: JSON, a list of objects with `code`, `nom`, `codesPostaux` and `population`, of
//! which others are left aside. Nothing in it says of when it is: the API answers with the
//! communes of the present year, which is what their edition is named after.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};

use futures::FutureExt;
use futures::future::BoxFuture;
use mg_core::{Column, ColumnType, Identifier, Record, Table};
use mg_crawl::{
    Argument, CrawlError, CrawlRequest, Fetcher, FieldError, Reject, Sink, Source, Spider, SpiderInfo,
    is_insee_code,
};
use serde_json::{Map, Value};
use url::Url;

use crate::html;

/// The one list there is.
const MEMBERS_LIST: &str = "communes";
/// What is read of a commune.
const FIELDS: [&str; 4] = ["code", "nom", "codesPostaux", "population"];

static INFO: SpiderInfo = SpiderInfo {
    name: "communes",
    title_fr: "Communes de l'intercommunalité",
    title_en: "Communes of the intercommunality",
    producer: "Etalab, API Découpage administratif (INSEE, La Poste)",
    datafiles: &[MEMBERS_LIST],
    changes_daily: false,
    keeps_editions: false,
    default_base: "https://geo.api.gouv.fr",
    arguments: &[
        Argument {
            name: "url",
            doc: "One list of communes of the API; without it, that of the territory's intercommunality.",
            example: "https://geo.api.gouv.fr/epcis/247700594/communes",
        },
        Argument {
            name: "edition",
            doc: "The edition that the list of a url is of; without it, January of the present year.",
            example: "2026-01",
        },
    ],
};

static COMMUNES: Table = Table {
    name: Identifier::fixed("ref_commune"),
    columns: Cow::Borrowed(&[
        Column::key("code_commune", ColumnType::Text),
        Column::required("nom", ColumnType::Text),
        Column::optional("codes_postaux", ColumnType::Text),
        Column::optional("population", ColumnType::Integer),
    ]),
};

/// The spider of the territory's communes.
pub(crate) struct Communes;

impl Spider for Communes {
    fn info(&self) -> &'static SpiderInfo {
        &INFO
    }

    fn table(&self) -> &Table {
        &COMMUNES
    }

    fn plan<'a>(
        &'a self,
        request: &'a CrawlRequest,
        _fetcher: &'a Fetcher,
    ) -> BoxFuture<'a, Result<Vec<Source>, CrawlError>> {
        async move {
            let url = match &request.url {
                Some(url) => url.clone(),
                None => {
                    let base = request.base.as_str().trim_end_matches('/');
                    let path = format!("{base}/epcis/{}/communes", request.siren);
                    Url::parse(&path).map_err(|_| CrawlError::NotAUrl(path))?
                }
            };
            let edition = request.edition.clone().unwrap_or_else(|| format!("{}-01", request.year));
            let (datafile, edition, slice) = (MEMBERS_LIST, Some(edition), Vec::new());
            Ok(vec![Source { datafile, commune: None, url, edition, slice, may_be_missing: false }])
        }
        .boxed()
    }

    /// The line of a reject is the commune's place in the list, from 1: the API answers with
    /// a single line.
    fn parse(&self, source: &Source, body: &mut dyn Read, sink: &mut Sink) -> Result<(), CrawlError> {
        let list = list(body, &source.url)?;
        let mut places: HashMap<String, usize> = HashMap::new();
        for (place, element) in (1..).zip(&list) {
            let reject = |error: FieldError| Reject {
                line: place as u64,
                column: Some(error.column.to_owned()),
                reason: error.reason,
                content: element.to_string(),
            };
            match commune(element, place, &mut places) {
                Ok(record) => sink.record(record)?,
                Err(error) => sink.reject(reject(error)),
            }
        }
        Ok(())
    }
}

/// The elements of the list, which has some, and among them every field that is read.
fn list(body: &mut dyn Read, url: &Url) -> Result<Vec<Value>, CrawlError> {
    let format = |reason: String| CrawlError::Format { url: url.clone(), reason };
    let unreadable = |source| CrawlError::Io { attempted: "read a fetched file", source };
    let mut body = BufReader::with_capacity(1 << 16, body);
    let start = body.fill_buf().map_err(unreadable)?;
    if start.is_empty() {
        return Err(format("the file is empty".to_owned()));
    }
    html::refuse(start, url)?;
    let list: Vec<Value> = serde_json::from_reader(body).map_err(|error| match error.io_error_kind() {
        Some(kind) => unreadable(kind.into()),
        None => format(format!("it is no list in JSON: {error}")),
    })?;
    if list.is_empty() {
        return Err(format("the list has no commune".to_owned()));
    }
    let missing = FIELDS.iter().find(|field| list.iter().all(|element| element.get(field).is_none()));
    match missing {
        Some(field) => Err(CrawlError::MissingColumn { url: url.clone(), column: (*field).to_owned() }),
        None => Ok(list),
    }
}

fn commune(element: &Value, place: usize, places: &mut HashMap<String, usize>) -> Result<Record, FieldError> {
    let wrong = |column, reason: String| FieldError { column, reason };
    let fields = element.as_object().ok_or_else(|| wrong("code", "it is no object".to_owned()))?;
    let code = text(fields, "code")?;
    if !is_insee_code(code) {
        return Err(wrong("code", format!("`{}` is no INSEE code", shown(code))));
    }
    if let Some(former) = places.get(code) {
        return Err(wrong("code", format!("`{code}` is number {former} of the list already")));
    }
    let name = text(fields, "nom")?;
    let postcodes = postcodes(fields)?;
    // The API leaves it out where it knows none.
    let population = match fields.get("population") {
        None | Some(Value::Null) => None,
        Some(number) => Some(number.as_i64().filter(|count| *count >= 0).ok_or_else(|| {
            wrong("population", format!("`{}` is not a count of people", shown(&number.to_string())))
        })?),
    };
    places.insert(code.to_owned(), place);
    Ok(Record { values: vec![code.into(), name.into(), postcodes.into(), population.into()] })
}

fn text<'a>(fields: &'a Map<String, Value>, column: &'static str) -> Result<&'a str, FieldError> {
    let text = fields.get(column).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    text.ok_or_else(|| FieldError { column, reason: "it is missing, or no text".to_owned() })
}

/// The postal codes, in order, with a space between two; `None` where there is none.
fn postcodes(fields: &Map<String, Value>) -> Result<Option<String>, FieldError> {
    let wrong = |reason: String| FieldError { column: "codesPostaux", reason };
    let list = fields.get("codesPostaux").and_then(Value::as_array);
    let list = list.ok_or_else(|| wrong("it is missing, or no list".to_owned()))?;
    let is_postcode = |code: &&str| code.len() == 5 && code.bytes().all(|byte| byte.is_ascii_digit());
    let mut codes = Vec::new();
    for code in list {
        let found = code.as_str().filter(is_postcode);
        codes.push(found.ok_or_else(|| wrong(format!("`{}` is no postal code", shown(&code.to_string()))))?);
    }
    codes.sort_unstable();
    codes.dedup();
    Ok((!codes.is_empty()).then(|| codes.join(" ")))
}

fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}

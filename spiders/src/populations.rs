//! Populations légales (since 2025 "populations de référence"): how many people live in each
//! commune, published by INSEE once a year for the year that ended three years before they
//! come into force.
//!
//! Format: a zip archive a year ([`publication`] knows where), in it [`archive::COMMUNES`]:
//! CSV, `;`, UTF-8, lines that end with CR LF, one line of names. It holds the communes of
//! metropolitan France and of overseas départements but Mayotte, and the arrondissements of
//! Paris, Lyon and Marseille in the place of these. Nothing in it says of which year it is.

mod archive;
mod publication;

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Read;

use futures::FutureExt;
use futures::future::BoxFuture;
use mg_core::{Column, ColumnType, Identifier, Record, Table};
use mg_crawl::{
    Argument, CrawlError, CrawlRequest, CsvTable, Fetcher, FieldError, Row, Sink, Source, Spider, SpiderInfo,
};
use url::Url;

use publication::Publication;

/// The one list there is.
const COMMUNES_LIST: &str = "communes";
/// The column of the year that a file is of.
const YEAR: Identifier = Identifier::fixed("annee");
/// What is read of a file: municipal, counted apart and total population.
const COLUMNS: &[&str] = &["COM", "Commune", "PMUN", "PCAP", "PTOT"];

static INFO: SpiderInfo = SpiderInfo {
    name: "populations",
    title_fr: "Populations légales des communes",
    title_en: "Legal populations of communes",
    producer: "INSEE, populations légales",
    datafiles: &[COMMUNES_LIST],
    changes_daily: false,
    keeps_editions: true,
    default_base: "https://www.insee.fr",
    arguments: &[
        Argument {
            name: "url",
            doc: "One archive of populations, or the CSV file of its communes; without it, every year since 2020.",
            example: "https://www.insee.fr/fr/statistiques/fichier/8680726/ensemble.zip",
        },
        Argument {
            name: "edition",
            doc: "A month in which the populations are in force: those of 2023 are from 2026-01 on. A url that \
                  the spider does not know needs it.",
            example: "2026-01",
        },
    ],
};

static POPULATIONS: Table = Table {
    name: Identifier::fixed("fact_population"),
    columns: Cow::Borrowed(&[
        Column::key("code_commune", ColumnType::Text),
        Column::key("annee", ColumnType::Integer),
        Column::required("nom", ColumnType::Text),
        Column::required("population_municipale", ColumnType::Integer),
        Column::required("population_comptee_a_part", ColumnType::Integer),
        Column::required("population_totale", ColumnType::Integer),
    ]),
};

/// The spider of INSEE's legal populations.
pub(crate) struct Populations;

impl Spider for Populations {
    fn info(&self) -> &'static SpiderInfo {
        &INFO
    }

    fn table(&self) -> &Table {
        &POPULATIONS
    }

    fn plan<'a>(
        &'a self,
        request: &'a CrawlRequest,
        _fetcher: &'a Fetcher,
    ) -> BoxFuture<'a, Result<Vec<Source>, CrawlError>> {
        async move {
            let asked = request.edition.as_deref().map(publication::year_in_force);
            if let Some(url) = &request.url {
                let known = Publication::at(url).map(|publication| publication.year);
                let year = known.or(asked.flatten());
                let year = year.ok_or_else(|| CrawlError::EditionUnknown(url.clone()))?;
                return Ok(vec![source(url.clone(), year, false)]);
            }
            let wanted = |publication: &&Publication| match asked {
                Some(year) => year == Some(publication.year),
                None => publication.in_force_from() <= request.year,
            };
            let wanted: Vec<&Publication> = publication::ALL.iter().filter(wanted).collect();
            if let (Some(edition), true) = (&request.edition, wanted.is_empty()) {
                let (url, edition) = (request.base.clone(), edition.clone());
                return Err(CrawlError::EditionNotKept { url, edition, kept: publication::editions() });
            }
            // Of all years, one that the portal took away is no reason to load none.
            let may_be_missing = asked.is_none();
            let found = wanted.into_iter().map(|publication| {
                Ok(source(publication.url(&request.base)?, publication.year, may_be_missing))
            });
            found.collect()
        }
        .boxed()
    }

    fn parse(&self, source: &Source, body: &mut dyn Read, sink: &mut Sink) -> Result<(), CrawlError> {
        let format = |reason: &str| CrawlError::Format { url: source.url.clone(), reason: reason.to_owned() };
        let year = source.slice.iter().find(|(column, _)| *column == YEAR);
        let year: i64 = year
            .and_then(|(_, year)| year.parse().ok())
            .ok_or_else(|| CrawlError::EditionUnknown(source.url.clone()))?;
        let file = archive::communes(body, &source.url)?;
        let Some(mut table) = CsvTable::open(file, b';', COLUMNS, &source.url)? else {
            return Err(format("the file has no line"));
        };
        // Where each commune stands. A second line on one is as likely to be the right one; it is
        // told, and does not silently take the first one's place.
        let mut lines: HashMap<String, u64> = HashMap::new();
        let mut is_empty = true;
        while let Some(row) = table.next_row()? {
            is_empty = false;
            match row.and_then(|row| population(year, &row, &mut lines).map_err(|error| row.reject(error))) {
                Ok(record) => sink.record(record)?,
                Err(reject) => sink.reject(reject),
            }
        }
        if is_empty { Err(format("the file has no commune")) } else { Ok(()) }
    }
}

fn source(url: Url, year: i32, may_be_missing: bool) -> Source {
    Source {
        datafile: COMMUNES_LIST,
        commune: None,
        url,
        edition: Some(publication::edition_of(year)),
        slice: vec![(YEAR, year.to_string())],
        may_be_missing,
    }
}

fn population(year: i64, row: &Row<'_>, lines: &mut HashMap<String, u64>) -> Result<Record, FieldError> {
    let commune = row.insee_code("COM")?;
    if let Some(line) = lines.get(commune) {
        let reason = format!("`{commune}` stands on line {line} already");
        return Err(FieldError { column: "COM", reason });
    }
    let name = row.needed("Commune")?;
    let (municipal, apart, total) =
        (inhabitants(row, "PMUN")?, inhabitants(row, "PCAP")?, inhabitants(row, "PTOT")?);
    // By definition; where it does not hold, the columns are not what they say.
    if municipal.checked_add(apart) != Some(total) {
        let reason = format!("`{total}` is not the sum of PMUN and PCAP, {municipal} and {apart}");
        return Err(FieldError { column: "PTOT", reason });
    }
    lines.insert(commune.to_owned(), row.line);
    Ok(Record {
        values: vec![commune.into(), year.into(), name.into(), municipal.into(), apart.into(), total.into()],
    })
}

/// How many people a cell counts.
fn inhabitants(row: &Row<'_>, column: &'static str) -> Result<i64, FieldError> {
    row.needed(column)?;
    match row.integer(column)? {
        Some(count) if count >= 0 => Ok(count),
        _ => Err(FieldError { column, reason: "a count below zero".to_owned() }),
    }
}

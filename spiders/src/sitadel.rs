//! Sitadel: building permits in four lists ([`list`]), as the statistical service of the ministry in charge of
//! housing (SDES) publishes them through its DiDo API.
//!
//! Format: CSV, `;`, one line of labels above one of codes; an edition (millésime) a month,
//! whose set of columns changes, so columns are read by their codes. An answer without rows
//! is the sentence "Le fichier est vide".

mod list;

use std::borrow::Cow;
use std::io::{BufRead, BufReader, Read};

use futures::FutureExt;
use futures::future::BoxFuture;
use mg_core::{Column, ColumnType, Identifier, Record, Table, Value};
use mg_crawl::{
    Argument, CrawlError, CrawlRequest, CsvTable, Fetcher, FieldError, Row, Sink, Source, Spider, SpiderInfo,
};
use url::Url;

use list::{Kind, List};

const NOTHING: &str = "Le fichier est vide";

static INFO: SpiderInfo = SpiderInfo {
    name: "sitadel",
    title_fr: "Permis de construire (logements)",
    title_en: "Building permits (housing)",
    producer: "SDES, Sitadel",
    datafiles: list::NAMES,
    changes_daily: false,
    keeps_editions: true,
    default_base: "https://data.statistiques.developpement-durable.gouv.fr",
    arguments: &[
        Argument {
            name: "url",
            doc: "One CSV file of Sitadel's housing list; without it, every commune of the territory.",
            example: "https://data.statistiques.developpement-durable.gouv.fr/dido/api/v1/datafiles/\
                      8b35affb-55fc-4c1f-915b-7750f974446a/csv?millesime=2026-10&COMM=eq:77243",
        },
        Argument {
            name: "edition",
            doc: "The edition (millésime) to read; without it, the latest.",
            example: "2026-10",
        },
    ],
};

static PERMITS: Table = Table {
    name: Identifier::fixed("fact_permis"),
    columns: Cow::Borrowed(&[
        Column::key("fichier", ColumnType::Text),
        Column::key("type_dau", ColumnType::Text),
        Column::key("num_dau", ColumnType::Text),
        Column::required("code_commune", ColumnType::Text),
        Column::required("etat", ColumnType::Text),
        Column::optional("etat_dau", ColumnType::Integer),
        Column::optional("date_autorisation", ColumnType::Date),
        Column::optional("date_ouverture", ColumnType::Date),
        Column::optional("date_achevement", ColumnType::Date),
        Column::optional("annee_depot", ColumnType::Integer),
        Column::optional("nature_projet", ColumnType::Integer),
        Column::optional("logements", ColumnType::Integer),
        Column::optional("logements_individuels", ColumnType::Integer),
        Column::optional("logements_collectifs", ColumnType::Integer),
        Column::optional("logements_residence", ColumnType::Integer),
        Column::optional("logements_demolis", ColumnType::Integer),
        Column::optional("logements_sociaux", ColumnType::Integer),
        Column::optional("surface_terrain_m2", ColumnType::Float),
        Column::optional("surface_habitation_creee_m2", ColumnType::Float),
        Column::optional("surface_locaux_creee_m2", ColumnType::Float),
    ]),
};

/// The spider of Sitadel's housing permits.
pub(crate) struct Sitadel;

impl Spider for Sitadel {
    fn info(&self) -> &'static SpiderInfo {
        &INFO
    }

    fn table(&self) -> &Table {
        &PERMITS
    }

    fn plan<'a>(
        &'a self,
        request: &'a CrawlRequest,
        fetcher: &'a Fetcher,
    ) -> BoxFuture<'a, Result<Vec<Source>, CrawlError>> {
        async move {
            if let Some(url) = &request.url {
                let edition = request.edition.clone().or_else(|| edition_in(url));
                return Ok(vec![source(list::of(url), None, url.clone(), edition)]);
            }
            let mut sources = Vec::new();
            for list in list::asked_for(&request.datafiles) {
                let file = at(&request.base, &format!("dido/api/v1/datafiles/{}", list.id))?;
                let edition = match &request.edition {
                    Some(edition) => edition.clone(),
                    None => latest_edition(&file, fetcher).await?,
                };
                for commune in &request.communes {
                    let mut url = at(&request.base, &format!("dido/api/v1/datafiles/{}/csv", list.id))?;
                    url.query_pairs_mut()
                        .append_pair("millesime", &edition)
                        .append_pair("withColumnName", "true")
                        .append_pair("withColumnDescription", "true")
                        .append_pair("COMM", &format!("eq:{}", commune.code));
                    sources.push(source(list, Some(commune.code.clone()), url, Some(edition.clone())));
                }
            }
            Ok(sources)
        }
        .boxed()
    }

    fn parse(&self, source: &Source, body: &mut dyn Read, sink: &mut Sink) -> Result<(), CrawlError> {
        let mut body = BufReader::with_capacity(1 << 16, body);
        let start =
            body.fill_buf().map_err(|source| CrawlError::Io { attempted: "read a fetched file", source })?;
        if String::from_utf8_lossy(start).trim_start_matches('\u{feff}').trim_start().starts_with(NOTHING) {
            return Ok(());
        }
        let list = list::named(source.datafile);
        let Some(mut table) = CsvTable::open(body, b';', list.columns, &source.url)? else {
            return Err(CrawlError::Format {
                url: source.url.clone(),
                reason: "the file has no line".to_owned(),
            });
        };
        table = table.until(source.last_day());
        while let Some(row) = table.next_row()? {
            match row.and_then(|row| permit(list, &row).map_err(|error| row.reject(error))) {
                Ok(record) => sink.record(record)?,
                Err(reject) => sink.reject(reject),
            }
        }
        Ok(())
    }
}

fn source(list: &List, commune: Option<String>, url: Url, edition: Option<String>) -> Source {
    Source { datafile: list.name, commune, url, edition, slice: Vec::new(), may_be_missing: false }
}

fn at(base: &Url, path: &str) -> Result<Url, CrawlError> {
    let base = base.as_str().trim_end_matches('/');
    Url::parse(&format!("{base}/{path}")).map_err(|_| CrawlError::NotAUrl(base.to_owned()))
}

/// The newest millésime that DiDo lists for a file.
async fn latest_edition(file: &Url, fetcher: &Fetcher) -> Result<String, CrawlError> {
    let described = fetcher.fetch_json(file).await?.ok_or_else(|| CrawlError::NothingFound(file.clone()))?;
    let editions = described["millesimes"].as_array().into_iter().flatten();
    let newest = editions.filter_map(|edition| edition["millesime"].as_str()).max();
    newest.map(str::to_owned).ok_or_else(|| CrawlError::EditionUnknown(file.clone()))
}

/// `millesime=2026-01` of a query, or the `2026-01` in a file's name.
fn edition_in(url: &Url) -> Option<String> {
    let is_month = |text: &str| {
        let (year, month) = text.split_at_checked(4)?;
        let month: u32 = month.strip_prefix('-')?.parse().ok()?;
        (year.bytes().all(|byte| byte.is_ascii_digit()) && (1..=12).contains(&month)).then(|| text.to_owned())
    };
    if let Some((_, value)) = url.query_pairs().find(|(name, _)| name == "millesime") {
        return is_month(&value);
    }
    let name = url.path_segments()?.next_back()?.to_owned();
    let starts = name.char_indices().map(|(start, _)| start);
    starts.filter_map(|start| name.get(start..start + 7)).find_map(is_month)
}

/// A row of a list; what the list does not have is empty.
fn permit(list: &List, row: &Row<'_>) -> Result<Record, FieldError> {
    let commune = row.insee_code("COMM")?;
    let published = row.integer(list.state)?;
    let opened = row.day("DATE_REELLE_DOC")?;
    let finished = row.day("DATE_REELLE_DAACT")?;
    let count = |column| at_least_zero(column, row.integer(column)?);
    let area = |column| {
        let area = row.number(column)?;
        if area.is_some_and(|area| area < 0.0) {
            return Err(FieldError { column, reason: "an area below zero".to_owned() });
        }
        Ok(Value::from(area))
    };
    Ok(Record {
        values: vec![
            list.name.into(),
            match list.kind {
                Kind::Column(column) => row.needed(column)?.into(),
                Kind::Always(kind) => kind.into(),
            },
            row.needed(list.number)?.into(),
            commune.into(),
            state(list.state, published, opened.is_some(), finished.is_some())?.into(),
            published.into(),
            row.day("DATE_REELLE_AUTORISATION")?.into(),
            opened.into(),
            finished.into(),
            row.integer("AN_DEPOT")?.into(),
            row.integer("NATURE_PROJET_DECLAREE")?.into(),
            count("NB_LGT_TOT_CREES")?,
            count("NB_LGT_IND_CREES")?,
            count("NB_LGT_COL_CREES")?,
            count("NB_LGT_RES")?,
            count("NB_LGT_DEMOLIS")?,
            count("NB_LGT_PRET_LOC_SOCIAL")?,
            area("SUPERFICIE_TERRAIN")?,
            area("SURF_HAB_CREEE")?,
            area("SURF_LOC_CREEE")?,
        ],
    })
}

fn at_least_zero(column: &'static str, number: Option<i64>) -> Result<Value, FieldError> {
    match number {
        Some(number) if number < 0 => Err(FieldError { column, reason: "a count below zero".to_owned() }),
        number => Ok(number.into()),
    }
}

/// The state, from the code in `column` (2 authorised, 4 cancelled, 5 started, 6 finished) and the dates:
/// a date that has come says more than a code that has not followed it.
fn state(
    column: &'static str,
    published: Option<i64>,
    opened: bool,
    finished: bool,
) -> Result<&'static str, FieldError> {
    match (published, opened, finished) {
        (Some(4), _, _) => Ok("annule"),
        (Some(6), _, _) | (_, _, true) => Ok("termine"),
        (Some(5), _, _) | (_, true, _) => Ok("commence"),
        (Some(2) | None, _, _) => Ok("autorise"),
        (Some(other), _, _) => Err(FieldError { column, reason: format!("`{other}` is no known state") }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edition_is_read_from_a_query_or_a_file_name() {
        let edition = |url: &str| edition_in(&Url::parse(url).expect("a URL"));
        assert_eq!(edition("http://p/csv?millesime=2026-10&COMM=eq:77243").as_deref(), Some("2026-10"));
        assert_eq!(edition("http://p/logements_31555_2026-01.csv").as_deref(), Some("2026-01"));
        assert_eq!(edition("http://p/logements_é_2026-13.csv"), None);
        assert_eq!(edition("http://p/csv?millesime=dernier"), None);
    }

    #[test]
    fn dates_say_more_than_a_late_code() {
        assert_eq!(state("ETAT_DAU", Some(2), true, false), Ok("commence"));
        assert_eq!(state("ETAT_DAU", Some(5), true, true), Ok("termine"));
        assert_eq!(state("ETAT_DAU", Some(4), true, true), Ok("annule"));
        assert_eq!(state("ETAT_DAU", None, false, false), Ok("autorise"));
        assert!(state("ETAT_DAU", Some(9), false, false).is_err());
    }
}

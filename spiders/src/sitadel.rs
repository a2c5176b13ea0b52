//! Sitadel: building permits, as the statistical service of the ministry in charge of
//! housing (SDES) publishes them through its DiDo API.
//!
//! Format: CSV, `;`, one line of labels above one of codes; an edition (millésime) a month,
//! whose set of columns changes, so columns are read by their codes. An answer without rows
//! is the sentence "Le fichier est vide".

use std::io::{BufRead, BufReader, Read};

use futures::FutureExt;
use futures::future::BoxFuture;
use mg_core::{Column, ColumnType, Record, Table, Value};
use mg_crawl::{
    Argument, CrawlError, CrawlRequest, CsvTable, Fetcher, FieldError, Row, Sink, Source, Spider, SpiderInfo,
};
use url::Url;

/// The housing file (logements) of DiDo.
const HOUSING_FILE: &str = "8b35affb-55fc-4c1f-915b-7750f974446a";
const NOTHING: &str = "Le fichier est vide";

const COLUMNS: &[&str] = &[
    "COMM",
    "TYPE_DAU",
    "NUM_DAU",
    "ETAT_DAU",
    "DATE_REELLE_AUTORISATION",
    "DATE_REELLE_DOC",
    "DATE_REELLE_DAACT",
    "AN_DEPOT",
    "NATURE_PROJET_DECLAREE",
    "NB_LGT_TOT_CREES",
    "NB_LGT_IND_CREES",
    "NB_LGT_COL_CREES",
    "NB_LGT_RES",
    "NB_LGT_DEMOLIS",
    "NB_LGT_PRET_LOC_SOCIAL",
    "SUPERFICIE_TERRAIN",
    "SURF_HAB_CREEE",
    "SURF_LOC_CREEE",
];

static INFO: SpiderInfo = SpiderInfo {
    name: "sitadel",
    title_fr: "Permis de construire (logements)",
    title_en: "Building permits (housing)",
    producer: "SDES, Sitadel",
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
    name: "fact_permis",
    key: &["fichier", "type_dau", "num_dau"],
    columns: &[
        Column::required("fichier", ColumnType::Text),
        Column::required("type_dau", ColumnType::Text),
        Column::required("num_dau", ColumnType::Text),
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
    ],
};

/// The spider of Sitadel's housing permits.
pub(crate) struct Sitadel;

impl Spider for Sitadel {
    fn info(&self) -> &'static SpiderInfo {
        &INFO
    }

    fn table(&self) -> &'static Table {
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
                return Ok(vec![source(url.clone(), edition)]);
            }
            let file = at(&request.base, &format!("dido/api/v1/datafiles/{HOUSING_FILE}"))?;
            let edition = match &request.edition {
                Some(edition) => edition.clone(),
                None => latest_edition(&file, fetcher).await?,
            };
            let of_commune = |code: &str| {
                let mut url = at(&request.base, &format!("dido/api/v1/datafiles/{HOUSING_FILE}/csv"))?;
                url.query_pairs_mut()
                    .append_pair("millesime", &edition)
                    .append_pair("withColumnName", "true")
                    .append_pair("withColumnDescription", "true")
                    .append_pair("COMM", &format!("eq:{code}"));
                Ok(source(url, Some(edition.clone())))
            };
            request.communes.iter().map(|commune| of_commune(&commune.code)).collect()
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
        let Some(mut table) = CsvTable::open(body, b';', COLUMNS, &source.url)? else {
            return Err(CrawlError::Format {
                url: source.url.clone(),
                reason: "the file has no line".to_owned(),
            });
        };
        table = table.until(source.last_day());
        while let Some(row) = table.next_row()? {
            match row.and_then(|row| permit(&row).map_err(|error| row.reject(error))) {
                Ok(record) => sink.record(record)?,
                Err(reject) => sink.reject(reject),
            }
        }
        Ok(())
    }
}

fn source(url: Url, edition: Option<String>) -> Source {
    Source { url, edition, slice: Vec::new(), may_be_missing: false }
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

fn permit(row: &Row<'_>) -> Result<Record, FieldError> {
    let commune = row.insee_code("COMM")?;
    let published = row.integer("ETAT_DAU")?;
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
            "logements".into(),
            row.needed("TYPE_DAU")?.into(),
            row.needed("NUM_DAU")?.into(),
            commune.into(),
            state(published, opened.is_some(), finished.is_some())?.into(),
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

/// The state, from ETAT_DAU (2 authorised, 4 cancelled, 5 started, 6 finished) and the dates:
/// a date that has come says more than a code that has not followed it.
fn state(published: Option<i64>, opened: bool, finished: bool) -> Result<&'static str, FieldError> {
    match (published, opened, finished) {
        (Some(4), _, _) => Ok("annule"),
        (Some(6), _, _) | (_, _, true) => Ok("termine"),
        (Some(5), _, _) | (_, true, _) => Ok("commence"),
        (Some(2) | None, _, _) => Ok("autorise"),
        (Some(other), _, _) => {
            Err(FieldError { column: "ETAT_DAU", reason: format!("`{other}` is no known state") })
        }
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
        assert_eq!(state(Some(2), true, false), Ok("commence"));
        assert_eq!(state(Some(5), true, true), Ok("termine"));
        assert_eq!(state(Some(4), true, true), Ok("annule"));
        assert_eq!(state(None, false, false), Ok("autorise"));
        assert!(state(Some(9), false, false).is_err());
    }
}

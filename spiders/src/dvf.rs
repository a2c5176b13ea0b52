//! DVF (demandes de valeurs foncières): property sales, published by the tax administration
//! (DGFiP) and geolocated by Etalab as geo-dvf.
//!
//! Format: CSV, `,`, a file a year and commune (or département, gzipped). A mutation takes
//! several rows; [`mutation`] makes one record of them.

mod mutation;

use std::borrow::Cow;
use std::io::Read;

use futures::FutureExt;
use futures::future::BoxFuture;
use mg_core::{Column, ColumnType, Identifier, Table};
use mg_crawl::{Argument, CrawlError, CrawlRequest, CsvTable, Fetcher, Sink, Source, Spider, SpiderInfo};
use url::Url;

use mutation::Mutations;

/// The one list there is.
const SALES_LIST: &str = "mutations";
/// The columns that a file's name speaks of.
const COMMUNE: Identifier = Identifier::fixed("code_commune");
const YEAR: Identifier = Identifier::fixed("annee");
/// DVF has nothing older.
const FIRST_YEAR: i32 = 2014;

static INFO: SpiderInfo = SpiderInfo {
    name: "dvf",
    title_fr: "Ventes immobilières",
    title_en: "Property sales",
    producer: "DGFiP, DVF géolocalisées par Etalab",
    datafiles: &[SALES_LIST],
    changes_daily: false,
    keeps_editions: false,
    default_base: "https://files.data.gouv.fr",
    arguments: &[
        Argument {
            name: "url",
            doc: "One CSV file of geo-dvf, gzipped or not; without it, every commune of the territory and every year.",
            example: "https://files.data.gouv.fr/geo-dvf/latest/csv/2025/communes/77/77243.csv",
        },
        Argument {
            name: "edition",
            doc: "The edition that the files are of; without it, the month the portal last changed them.",
            example: "2026-10",
        },
    ],
};

static SALES: Table = Table {
    name: Identifier::fixed("fact_mutation"),
    columns: Cow::Borrowed(&[
        Column::key("id_mutation", ColumnType::Text),
        Column::key("code_commune", ColumnType::Text),
        Column::required("date_mutation", ColumnType::Date),
        Column::required("annee", ColumnType::Integer),
        Column::required("nature", ColumnType::Text),
        Column::optional("prix_eur", ColumnType::Float),
        Column::required("dispositions", ColumnType::Integer),
        Column::required("locaux", ColumnType::Integer),
        Column::required("maisons", ColumnType::Integer),
        Column::required("appartements", ColumnType::Integer),
        Column::required("dependances", ColumnType::Integer),
        Column::required("locaux_activite", ColumnType::Integer),
        Column::optional("type_logement", ColumnType::Text),
        Column::optional("surface_bati_m2", ColumnType::Float),
        Column::optional("pieces", ColumnType::Integer),
        Column::optional("surface_terrain_m2", ColumnType::Float),
        Column::optional("prix_m2_eur", ColumnType::Float),
        Column::optional("longitude", ColumnType::Float),
        Column::optional("latitude", ColumnType::Float),
    ]),
};

/// The spider of DVF's sales.
pub(crate) struct Dvf;

impl Spider for Dvf {
    fn info(&self) -> &'static SpiderInfo {
        &INFO
    }

    fn table(&self) -> &Table {
        &SALES
    }

    fn plan<'a>(
        &'a self,
        request: &'a CrawlRequest,
        _fetcher: &'a Fetcher,
    ) -> BoxFuture<'a, Result<Vec<Source>, CrawlError>> {
        async move {
            let edition = request.edition.clone();
            if let Some(url) = &request.url {
                let slice = slice_of(url);
                let (url, datafile) = (url.clone(), SALES_LIST);
                let commune = of(&slice, "code_commune");
                return Ok(vec![Source { datafile, commune, url, edition, slice, may_be_missing: false }]);
            }
            let years = FIRST_YEAR..=request.year;
            let files =
                years.flat_map(|year| request.communes.iter().map(move |commune| (year, &commune.code)));
            files
                .map(|(year, code)| {
                    let base = request.base.as_str().trim_end_matches('/');
                    let path =
                        format!("{base}/geo-dvf/latest/csv/{year}/communes/{}/{code}.csv", department(code));
                    let url = Url::parse(&path).map_err(|_| CrawlError::NotAUrl(path))?;
                    let slice = slice_of(&url);
                    // Only the last years are published, and a small commune may sell nothing in one.
                    let (datafile, commune) = (SALES_LIST, Some(code.clone()));
                    let edition = edition.clone();
                    Ok(Source { datafile, commune, url, edition, slice, may_be_missing: true })
                })
                .collect()
        }
        .boxed()
    }

    fn parse(&self, source: &Source, body: &mut dyn Read, sink: &mut Sink) -> Result<(), CrawlError> {
        let Some(mut table) = CsvTable::open(body, b',', mutation::COLUMNS, &source.url)? else {
            return Err(CrawlError::Format {
                url: source.url.clone(),
                reason: "the file has no line".to_owned(),
            });
        };
        table = table.until(source.last_day());
        let mut mutations = Mutations::default();
        while let Some(row) = table.next_row()? {
            match row {
                Ok(row) => {
                    if let Err(reject) = mutations.add(&row) {
                        sink.reject(reject);
                    }
                }
                Err(reject) => {
                    mutations.spoil(&table.last_row());
                    sink.reject(reject);
                }
            }
        }
        mutations.into_records().try_for_each(|record| sink.record(record))
    }
}

/// The département of a commune: its code's first two characters, three overseas.
fn department(code: &str) -> &str {
    let length = if code.starts_with("97") { 3 } else { 2 };
    code.get(..length).unwrap_or(code)
}

/// What a file is all there is of: `…/{year}/communes/{département}/{commune}.csv` of a
/// commune's year, `…/{year}/departements/{département}.csv.gz` of the year of its communes.
fn slice_of(url: &Url) -> Vec<(Identifier, String)> {
    let parts: Vec<&str> = url.path().trim_end_matches(".gz").rsplit('/').take(4).collect();
    if let [_, "departements", year, _] = parts[..]
        && year.parse::<i32>().is_ok()
    {
        return vec![(YEAR, year.to_owned())];
    }
    let [file, _, "communes", year] = parts[..] else {
        return Vec::new();
    };
    match (file.strip_suffix(".csv"), year.parse::<i32>()) {
        (Some(code), Ok(_)) => vec![(COMMUNE, code.to_owned()), (YEAR, year.to_owned())],
        _ => Vec::new(),
    }
}

fn of(slice: &[(Identifier, String)], column: &str) -> Option<String> {
    slice.iter().find(|(name, _)| name == column).map(|(_, value)| value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_speaks_for_its_year() {
        let slice = |url: &str| slice_of(&Url::parse(url).expect("a URL"));
        assert_eq!(
            slice("http://p/geo-dvf/latest/csv/2025/communes/77/77243.csv"),
            [(COMMUNE, "77243".to_owned()), (YEAR, "2025".to_owned())]
        );
        assert_eq!(
            slice("http://p/geo-dvf/latest/csv/2025/departements/77.csv.gz"),
            [(YEAR, "2025".to_owned())]
        );
        assert!(slice("http://p/some.csv").is_empty());
        assert_eq!(department("97411"), "974");
    }
}

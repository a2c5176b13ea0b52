//! Sales to load, and loads of them.

use std::borrow::Cow;

use chrono::NaiveDate;
use mg_core::{Column, ColumnType, Identifier, Record, Table, Value};
use mg_store::load::{Loaded, SliceColumn, Source};
use mg_store::reject::Reject;
use mg_store::{Store, StoreError};

/// As much of `fact_mutation` as a row needs, and a price that editions revise.
pub(crate) static SALES: Table = Table {
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
    ]),
};

/// A sale, as a test tells it.
#[derive(Debug, Clone)]
pub(crate) struct Sale {
    pub(crate) id: String,
    pub(crate) commune: String,
    pub(crate) year: i32,
    pub(crate) nature: String,
    pub(crate) price: Option<f64>,
}

/// Sale `id` in Chessy in 2025, for `price`.
pub(crate) fn sale(id: &str, price: f64) -> Sale {
    Sale {
        id: id.to_owned(),
        commune: "77111".to_owned(),
        year: 2025,
        nature: "Vente".to_owned(),
        price: Some(price),
    }
}

impl Sale {
    pub(crate) fn record(&self) -> Record {
        let day = NaiveDate::from_ymd_opt(self.year, 3, 31).expect("a day");
        let mut values: Vec<Value> = vec![
            self.id.as_str().into(),
            self.commune.as_str().into(),
            day.into(),
            i64::from(self.year).into(),
            self.nature.as_str().into(),
            self.price.into(),
        ];
        values.extend([1, 1, 1, 0, 0, 0].map(Value::Integer));
        Record { values }
    }
}

pub(crate) fn records(sales: &[Sale]) -> Vec<Record> {
    sales.iter().map(Sale::record).collect()
}

/// A source of `edition` that speaks for `slice`.
pub(crate) fn source<'a>(edition: &'a str, slice: &'a [SliceColumn]) -> Source<'a> {
    Source { spider: "dvf", url: "https://portal.example/77111.csv", edition, run: None, slice }
}

/// What a commune's file of a year speaks for.
pub(crate) fn slice(commune: &str, year: i32) -> [SliceColumn; 2] {
    [
        SliceColumn { column: Identifier::fixed("code_commune"), value: commune.to_owned() },
        SliceColumn { column: Identifier::fixed("annee"), value: year.to_string() },
    ]
}

/// Loads `sales` from a source that only adds and revises.
pub(crate) async fn load(store: &Store, edition: &str, sales: &[Sale]) -> Result<Loaded, StoreError> {
    load_from(store, source(edition, &[]), sales, &[]).await
}

pub(crate) async fn load_from(
    store: &Store,
    source: Source<'_>,
    sales: &[Sale],
    rejects: &[Reject],
) -> Result<Loaded, StoreError> {
    let mut load = store.begin_load(&SALES, source).await?;
    load.push(&records(sales)).await?;
    load.finish(rejects, rejects.len() as u64).await
}

/// `id price edition` of every sale there is.
pub(crate) async fn stored(store: &Store) -> Result<Vec<String>, StoreError> {
    store
        .texts(
            "select concat_ws(' ', id_mutation, prix_eur, millesime) from analytics.fact_mutation order by 1",
        )
        .await
}

//! From what the pages of a crawl gave to the rows of its table, in one transaction.
//!
//! The records stand in Postgres already, as arrays of JSON in the order of the table's columns. They are
//! staged, counted so that whoever asked can compare them with former crawls, and only then merged: a row
//! that changed is replaced and what it said goes to `analytics.revision`, as with files.

use std::fmt::Write;

use mg_core::{Column, ColumnType, Table};
use serde_json::{Map, Value};
use sqlx::{AssertSqlSafe, Postgres, Row, Transaction};

use super::{CrawlHold, CrawlYield};
use crate::StoreError;
use crate::load::Loaded;

/// Records of a crawl that are staged and not merged. Dropping it leaves the table as it is.
pub struct StagedCrawl<'a> {
    transaction: Transaction<'static, Postgres>,
    table: &'a Table,
    spider: &'a str,
    yielded: CrawlYield,
}

/// What says where a row comes from, and is no part of what it says.
const PROVENANCE: [&str; 5] = ["source_url", "fetched_at", "run_id", "content_hash", "edition"];

impl CrawlHold {
    /// Stages what the crawl's pages gave. Of several records of a key the one that was found last
    /// counts; of a page that had not changed, what it gave when it was read.
    pub async fn stage<'a>(&'a self, table: &'a Table) -> Result<StagedCrawl<'a>, StoreError> {
        let failed = || StoreError::from_sqlx("staging what a crawl gave");
        let mut transaction = self.begin("staging what a crawl gave").await?;
        // Loads of one table follow each other, so that two cannot both find a row missing.
        let prepare = format!(
            "set local idle_in_transaction_session_timeout = '60s';
             lock table analytics.{name} in share row exclusive mode;
             create temp table staging on commit drop as
             with item as (
                 select {cells}, p.url as source_url, p.read_at as fetched_at, p.run_id, p.hash as content_hash,
                        r.id as request, i.place
                 from mg.crawl_request r
                 join mg.crawl_page p on p.spider = {spider} and p.fingerprint = r.fingerprint
                 cross join lateral jsonb_array_elements(p.items) with ordinality as i (record, place)
                 where r.crawl_id = {crawl} and r.state in ('read', 'unchanged')
             )
             select distinct on ({key}) * from item order by {key}, request desc, place desc",
            name = table.name,
            cells = list(table.columns.iter().enumerate().map(cell)),
            spider = quoted(&self.spider),
            crawl = self.id,
            key = list(table.key().map(ToString::to_string)),
        );
        sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut *transaction).await.map_err(failed())?;
        let yielded = count(&mut transaction, self.id, table).await?;
        Ok(StagedCrawl { transaction, table, spider: &self.spider, yielded })
    }
}

impl StagedCrawl<'_> {
    /// How much there is, to be compared with former crawls before it is merged.
    pub fn yielded(&self) -> &CrawlYield {
        &self.yielded
    }

    /// Makes the staged records rows of `edition`. With `is_whole` the crawl saw all that there is: rows
    /// that it did not find are withdrawn. An older edition changes nothing of a newer one.
    pub async fn merge(mut self, edition: &str, is_whole: bool) -> Result<Loaded, StoreError> {
        let sql = Sql::of(self.table);
        let revised = self.run(sql.keep, edition, "keeping former rows").await?;
        if revised > 0 {
            self.run(sql.update, edition, "revising rows").await?;
        }
        let withdrawn = if is_whole { self.run(sql.withdraw, edition, "withdrawing rows").await? } else { 0 };
        let inserted = self.run(sql.insert, edition, "adding rows").await?;
        let read = u64::try_from(self.yielded.items).unwrap_or_default();
        self.transaction.commit().await.map_err(StoreError::from_sqlx("merging what a crawl gave"))?;
        tracing::debug!(spider = self.spider, read, inserted, revised, withdrawn, "a crawl was merged");
        Ok(Loaded { read, inserted, revised, withdrawn, rejected: 0 })
    }

    async fn run(&mut self, sql: String, edition: &str, attempted: &'static str) -> Result<u64, StoreError> {
        sqlx::query(AssertSqlSafe(sql))
            .persistent(false)
            .bind(edition)
            .execute(&mut *self.transaction)
            .await
            .map(|done| done.rows_affected())
            .map_err(StoreError::from_sqlx(attempted))
    }
}

/// The statements of a merge; `$1` is the edition.
struct Sql {
    keep: String,
    update: String,
    withdraw: String,
    insert: String,
}

impl Sql {
    fn of(table: &Table) -> Self {
        let name = &table.name;
        let same = join(" and ", table.key().map(|key| format!("f.{key} = s.{key}")));
        let key_text = list(table.key().map(|key| format!("f.{key}")));
        let staged_key = list(table.key().map(|key| format!("s.{key}")));
        let rest: Vec<&Column> = table.columns.iter().filter(|column| !column.key).collect();
        let of = |alias: &str| list(rest.iter().map(|column| format!("{alias}.{}", column.name)));
        let changed = if rest.is_empty() {
            "false".to_owned()
        } else {
            format!("({}) is distinct from ({}) and f.edition <= $1", of("f"), of("s"))
        };
        let former =
            PROVENANCE.iter().fold("to_jsonb(f)".to_owned(), |sql, column| format!("{sql} - '{column}'"));
        let assignments = list(rest.iter().map(|column| format!("{0} = s.{0}", column.name)));
        let columns = list(table.columns.iter().map(|column| column.name.to_string()));
        Self {
            keep: format!(
                "insert into analytics.revision (table_name, cle, millesime, remplace_par, valeurs)
                 select '{name}', concat_ws('/', {key_text}), f.edition, $1, {former}
                 from analytics.{name} f join staging s on {same} where {changed} and $1::text is not null"
            ),
            update: format!(
                "update analytics.{name} f
                 set {assignments}, source_url = s.source_url, fetched_at = s.fetched_at, run_id = s.run_id,
                     content_hash = s.content_hash, edition = $1
                 from staging s where {same} and {changed}"
            ),
            withdraw: format!(
                "with gone as (
                    delete from analytics.{name} f
                    where f.edition <= $1 and not exists (select from staging s where {same}) returning f.*
                 )
                 insert into analytics.revision (table_name, cle, millesime, remplace_par, retiree, valeurs)
                 select '{name}', concat_ws('/', {key_text}), f.edition, $1, true, {former} from gone f"
            ),
            insert: format!(
                "insert into analytics.{name} ({columns}, source_url, fetched_at, run_id, content_hash, edition)
                 select {columns}, source_url, fetched_at, run_id, content_hash, $1 from staging s
                 where not exists (select from analytics.{name} f where {same}) order by {staged_key}"
            ),
        }
    }
}

/// How many records are staged, how often each field is filled, and how many pages were read.
async fn count(
    transaction: &mut Transaction<'static, Postgres>,
    crawl: i64,
    table: &Table,
) -> Result<CrawlYield, StoreError> {
    let failed = || StoreError::from_sqlx("counting what a crawl gave");
    let mut sql = format!(
        "select (select count(*) from mg.crawl_request
                 where crawl_id = {crawl} and state in ('read', 'unchanged')), count(*)"
    );
    for column in table.columns.iter() {
        let _ = write!(sql, ", count({})", column.name);
    }
    sql.push_str(" from staging");
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut **transaction).await.map_err(failed())?;
    let number = |place: usize| row.try_get::<i64, _>(place).map_err(failed());
    let mut fills = Map::new();
    for (place, column) in table.columns.iter().enumerate() {
        fills.insert(column.name.to_string(), number(place + 2)?.into());
    }
    Ok(CrawlYield { pages: number(0)?, items: number(1)?, fills: Value::Object(fills) })
}

/// The cell of a record, an array of JSON, as a column.
fn cell((place, column): (usize, &Column)) -> String {
    let kind = match column.kind {
        ColumnType::Text => "text",
        ColumnType::Integer => "bigint",
        ColumnType::Float => "double precision",
        ColumnType::Date => "date",
    };
    format!("(i.record ->> {place})::{kind} as {}", column.name)
}

/// A literal of SQL, with `standard_conforming_strings` as it is by default.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\0', "").replace('\'', "''"))
}

fn list(parts: impl Iterator<Item = String>) -> String {
    join(", ", parts)
}

fn join(separator: &str, parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(separator)
}

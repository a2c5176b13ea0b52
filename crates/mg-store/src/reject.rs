//! Rejects: records that could not be loaded, kept with the reason.

use mg_core::RunId;
use sqlx::{Postgres, Transaction};

use crate::load::Source;
use crate::{Store, StoreError};

/// A record that could not be loaded.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Reject {
    /// Line of the source file, from 1.
    pub line: i64,
    /// The column at fault, where it is one.
    #[sqlx(rename = "column_name")]
    pub column: Option<String>,
    /// What is wrong, one sentence.
    pub reason: String,
    /// The record as it stood, shortened.
    pub content: String,
}

impl Store {
    /// The rejects that a run kept, in the order of its sources' lines.
    pub async fn rejects(&self, run: RunId, limit: i64) -> Result<Vec<Reject>, StoreError> {
        sqlx::query_as(
            "select line, column_name, reason, content from mg.reject
             where run_id = $1 order by source, line limit $2",
        )
        .bind(run.0)
        .bind(limit)
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("reading rejects"))
    }
}

/// Puts the rejects of a source in the place of those of its last load.
pub(crate) async fn replace(
    transaction: &mut Transaction<'static, Postgres>,
    source: Source<'_>,
    rejects: &[Reject],
) -> Result<(), StoreError> {
    sqlx::query("delete from mg.reject where spider = $1 and source = $2")
        .bind(source.spider)
        .bind(source.url)
        .execute(&mut **transaction)
        .await
        .map_err(StoreError::from_sqlx("clearing rejects"))?;
    if rejects.is_empty() {
        return Ok(());
    }
    let lines: Vec<i64> = rejects.iter().map(|reject| reject.line).collect();
    let columns: Vec<Option<&str>> = rejects.iter().map(|reject| reject.column.as_deref()).collect();
    // Postgres stores no NUL in text, and a broken file may be full of them.
    let storable = |text: &str| text.replace('\0', "");
    let reasons: Vec<String> = rejects.iter().map(|reject| storable(&reject.reason)).collect();
    let contents: Vec<String> = rejects.iter().map(|reject| storable(&reject.content)).collect();
    sqlx::query(
        "insert into mg.reject (run_id, spider, source, line, column_name, reason, content)
         select $1, $2, $3, line, column_name, reason, content
         from unnest($4::bigint[], $5::text[], $6::text[], $7::text[])
             as given (line, column_name, reason, content)",
    )
    .bind(source.run.map(|run| run.0))
    .bind(source.spider)
    .bind(source.url)
    .bind(lines)
    .bind(columns)
    .bind(reasons)
    .bind(contents)
    .execute(&mut **transaction)
    .await
    .map(drop)
    .map_err(StoreError::from_sqlx("keeping rejects"))
}

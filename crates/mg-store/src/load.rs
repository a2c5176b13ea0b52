//! Loading records: COPY into a staging table, then one upsert, all in one transaction.
//!
//! Loading the same records again changes nothing. A record that an edition changed
//! replaces the row, and what the row said before goes to `analytics.revision`. An older
//! edition never overwrites a newer one.

mod copy_text;
mod statements;

use mg_core::{Identifier, Record, RunId, Table};
use sqlx::{AssertSqlSafe, Postgres, Transaction};

use crate::reject::{self, Reject};
use crate::{Store, StoreError};
use statements::Statements;

/// Rows go to Postgres in pieces of about this many bytes.
const PIECE_BYTES: usize = 4 << 20;

/// What is loaded, from where.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The spider that read it; its name is the dataset's.
    pub spider: &'a str,
    /// Its URL; kept with each row.
    pub url: &'a str,
    /// The edition that it belongs to, `YYYY-MM`.
    pub edition: &'a str,
    /// The run that loads it, if any.
    pub run: Option<RunId>,
    /// The rows that this source alone speaks for: rows there that it no longer has are
    /// withdrawn. Empty for a source that only adds and revises.
    pub slice: &'a [SliceColumn],
}

/// One condition of a slice: a column has a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SliceColumn {
    /// A column of the table.
    pub column: Identifier,
    /// Its value, as text.
    pub value: String,
}

/// What a load did, in records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Loaded {
    /// Good records read.
    pub read: u64,
    /// New rows.
    pub inserted: u64,
    /// Rows that changed.
    pub revised: u64,
    /// Rows that the source no longer has.
    pub withdrawn: u64,
    /// Records that could not be loaded.
    pub rejected: u64,
}

impl std::ops::AddAssign for Loaded {
    fn add_assign(&mut self, other: Self) {
        self.read += other.read;
        self.inserted += other.inserted;
        self.revised += other.revised;
        self.withdrawn += other.withdrawn;
        self.rejected += other.rejected;
    }
}

/// A load under way. Dropping it undoes it.
pub struct Load<'a> {
    transaction: Transaction<'static, Postgres>,
    table: &'a Table,
    source: Source<'a>,
    statements: Statements,
    piece: Vec<u8>,
    read: u64,
}

impl Store {
    /// Opens a load of `table` from `source`.
    pub async fn begin_load<'a>(&self, table: &'a Table, source: Source<'a>) -> Result<Load<'a>, StoreError> {
        let statements = Statements::for_table(table, source.slice, source.spider);
        let mut transaction = self.writer.begin().await.map_err(StoreError::from_sqlx("opening a load"))?;
        // Between two pieces it waits for whoever parses, for as long as that takes; it holds nothing
        // that another waits for until it finishes.
        let prepared =
            format!("set local idle_in_transaction_session_timeout = 0; {}", statements.create_staging);
        sqlx::raw_sql(AssertSqlSafe(prepared))
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::from_sqlx("preparing a load"))?;
        Ok(Load { transaction, table, source, statements, piece: Vec::new(), read: 0 })
    }
}

impl Load<'_> {
    /// Takes records in; they become rows with [`Load::finish`].
    pub async fn push(&mut self, records: &[Record]) -> Result<(), StoreError> {
        for record in records {
            if record.values.len() != self.table.columns.len() {
                return Err(StoreError::Mismatch {
                    table: self.table.name.to_string(),
                    reason: format!(
                        "a record has {} values for {} columns",
                        record.values.len(),
                        self.table.columns.len()
                    ),
                });
            }
            self.read += 1;
            copy_text::write_row(&mut self.piece, self.read, record);
            if self.piece.len() >= PIECE_BYTES {
                self.send_piece().await?;
            }
        }
        Ok(())
    }

    /// Makes the records rows, keeps the first of the rejects, and commits.
    /// `rejected` counts all of them.
    pub async fn finish(mut self, rejects: &[Reject], rejected: u64) -> Result<Loaded, StoreError> {
        self.send_piece().await?;
        self.run_plain(self.statements.settle_staging.clone(), "preparing the records").await?;
        let revised = self.run_bound(self.statements.keep_revised.clone(), "keeping former rows").await?;
        if revised > 0 {
            self.run_bound(self.statements.update.clone(), "revising rows").await?;
        }
        let withdrawn = match &self.statements.withdraw {
            Some(withdraw) => {
                // With rejects, a missing row of this edition may be the one that could not be
                // read, and stays. One of an older edition goes: its key means nothing any more.
                let guard = if rejected == 0 { "true" } else { "f.millesime < $1" };
                self.run_bound(withdraw.replace(statements::GUARD, guard), "withdrawing rows").await?
            }
            None => 0,
        };
        let inserted = self.run_bound(self.statements.insert.clone(), "adding rows").await?;
        let Self { mut transaction, source, read, .. } = self;
        reject::replace(&mut transaction, source, rejects).await?;
        transaction.commit().await.map_err(StoreError::from_sqlx("committing a load"))?;
        Ok(Loaded { read, inserted, revised, withdrawn, rejected })
    }

    async fn send_piece(&mut self) -> Result<(), StoreError> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let failed = || StoreError::from_sqlx("copying records");
        let mut copy = self.transaction.copy_in_raw(&self.statements.copy).await.map_err(failed())?;
        copy.send(self.piece.as_slice()).await.map_err(failed())?;
        copy.finish().await.map_err(failed())?;
        self.piece.clear();
        Ok(())
    }

    async fn run_plain(&mut self, sql: String, attempted: &'static str) -> Result<(), StoreError> {
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut *self.transaction)
            .await
            .map(drop)
            .map_err(StoreError::from_sqlx(attempted))
    }

    /// Every statement that writes rows takes the edition first and the source second.
    async fn run_bound(&mut self, sql: String, attempted: &'static str) -> Result<u64, StoreError> {
        let mut query = sqlx::query(AssertSqlSafe(sql)).bind(self.source.edition).bind(self.source.url);
        for condition in self.source.slice {
            query = query.bind(&condition.value);
        }
        let done = query.execute(&mut *self.transaction).await;
        done.map(|done| done.rows_affected()).map_err(StoreError::from_sqlx(attempted))
    }
}

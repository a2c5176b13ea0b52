//! The audit: one line a call, appended and chained by hash.
//!
//! The hash of a line is SHA-256 over the hash of the line before and the line's columns as a
//! JSON array. Whoever changes, removes or inserts a line breaks the chain from there on;
//! whoever takes away the last lines is found by the head, which is kept apart.

use chrono::{DateTime, SubsecRound, Utc};
use futures::TryStreamExt;
use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use crate::{Store, StoreError};

/// Key of the advisory lock under which lines are appended.
const LOCK: i64 = 0x6d67_5f61_7564_6974;

/// One call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct AuditLine {
    /// When it began.
    pub at: DateTime<Utc>,
    /// Who asked.
    pub principal: String,
    /// Number of the token that was shown.
    pub token: Option<i64>,
    /// The role it gave.
    pub role: String,
    /// The scope it gave: `all`, or INSEE codes joined by commas.
    pub scope: String,
    /// The door it came in by.
    pub face: String,
    /// The tool, or the method of the protocol.
    pub tool: String,
    /// Hash of the SQL's shape.
    pub fingerprint: Option<String>,
    /// The SQL, or the arguments.
    pub request: Option<String>,
    /// Rows answered.
    pub rows: Option<i64>,
    /// Bytes answered.
    pub bytes: Option<i64>,
    /// How long it took, microseconds.
    pub duration_us: i64,
    /// `ok`, or the code of what went wrong.
    pub outcome: String,
}

/// A line in its place.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ChainedLine {
    /// Its place in the chain.
    pub seq: i64,
    /// What it says.
    #[sqlx(flatten)]
    pub line: AuditLine,
    /// Its hash.
    pub hash: Vec<u8>,
}

/// What is wrong with the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditFault {
    /// The line is not what was appended, or what was before it is not.
    Changed(i64),
    /// There is no line of that number.
    Missing(i64),
}

/// What verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditVerdict {
    /// How many lines hold, from the oldest kept.
    pub lines: u64,
    /// The last line that holds, and its hash; to be noted elsewhere and compared later.
    pub head: (i64, Vec<u8>),
    /// The first thing that is wrong.
    pub fault: Option<AuditFault>,
}

/// How calls of one tool went.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow)]
pub struct CallStatistics {
    /// The tool.
    pub tool: String,
    /// How many calls.
    pub calls: i64,
    /// How many of them were refused or failed.
    pub failed: i64,
    /// Mean duration, milliseconds.
    pub mean_ms: f64,
    /// Duration that 95 of 100 calls stay under, milliseconds.
    pub p95_ms: f64,
    /// The longest, milliseconds.
    pub slowest_ms: f64,
    /// What the longest asked.
    pub slowest_request: Option<String>,
}

const COLUMNS: &str = "at, principal, token, role, scope, face, tool, fingerprint, request, rows, bytes, \
                       duration_us, outcome";

impl Store {
    /// Appends `lines`, in their order.
    pub async fn append_audit(&self, lines: &[AuditLine]) -> Result<(), StoreError> {
        let failed = || StoreError::from_sqlx("writing the audit");
        let mut transaction = self.writer.begin().await.map_err(failed())?;
        sqlx::query("select pg_advisory_xact_lock($1)")
            .bind(LOCK)
            .execute(&mut *transaction)
            .await
            .map_err(failed())?;
        let (mut seq, mut hash) = head(&mut transaction).await?;
        let mut chained: Vec<(i64, Vec<u8>)> = Vec::with_capacity(lines.len());
        for line in lines {
            seq += 1;
            hash = link(&hash, seq, line);
            chained.push((seq, hash.clone()));
        }
        insert(&mut transaction, lines, &chained).await.map_err(failed())?;
        sqlx::query("update mg.audit_head set seq = $1, hash = $2")
            .bind(seq)
            .bind(hash)
            .execute(&mut *transaction)
            .await
            .map_err(failed())?;
        transaction.commit().await.map_err(failed())
    }

    /// Reads the whole chain and reckons it again.
    pub async fn verify_audit(&self) -> Result<AuditVerdict, StoreError> {
        let failed = || StoreError::from_sqlx("reading the audit");
        // One snapshot: lines that are appended meanwhile are not half seen.
        let mut transaction = self
            .writer
            .begin_with("begin isolation level repeatable read read only")
            .await
            .map_err(failed())?;
        let (mut seq, mut hash): (i64, Vec<u8>) = sqlx::query_as("select seq, hash from mg.audit_anchor")
            .fetch_one(&mut *transaction)
            .await
            .map_err(failed())?;
        let head = head(&mut transaction).await?;
        let mut lines = 0;
        let mut fault = None;
        let sql = format!("select seq, {COLUMNS}, hash from mg.audit order by seq");
        let mut stream = sqlx::query_as::<_, ChainedLine>(sqlx::AssertSqlSafe(sql)).fetch(&mut *transaction);
        while let Some(next) = stream.try_next().await.map_err(failed())? {
            if next.seq != seq + 1 {
                fault = Some(AuditFault::Missing(seq + 1));
                break;
            }
            if link(&hash, next.seq, &next.line) != next.hash {
                fault = Some(AuditFault::Changed(next.seq));
                break;
            }
            (seq, hash) = (next.seq, next.hash);
            lines += 1;
        }
        drop(stream);
        if fault.is_none() && head != (seq, hash.clone()) {
            fault = Some(if head.0 > seq { AuditFault::Missing(seq + 1) } else { AuditFault::Changed(seq) });
        }
        Ok(AuditVerdict { lines, head: (seq, hash), fault })
    }

    /// The hash of line `seq`, if it is kept.
    pub async fn audit_hash(&self, seq: i64) -> Result<Option<Vec<u8>>, StoreError> {
        sqlx::query_scalar("select hash from mg.audit where seq = $1")
            .bind(seq)
            .fetch_optional(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("reading the audit"))
    }

    /// The last `limit` lines, newest first; of one principal when it is named.
    pub async fn audit_tail(
        &self,
        limit: i64,
        principal: Option<&str>,
    ) -> Result<Vec<ChainedLine>, StoreError> {
        let sql = format!(
            "select seq, {COLUMNS}, hash from mg.audit
             where $2::text is null or principal = $2 order by seq desc limit $1"
        );
        sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(limit)
            .bind(principal)
            .fetch_all(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("reading the audit"))
    }

    /// Takes away the lines of more than `days` days ago, by the database's clock, but none younger
    /// than a week. Gives their number.
    pub async fn prune_audit_after(&self, days: u32) -> Result<i64, StoreError> {
        sqlx::query_scalar("select mg.prune_audit(now() - make_interval(days => $1))")
            .bind(i32::try_from(days).unwrap_or(i32::MAX))
            .fetch_one(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("pruning the audit"))
    }

    /// How the calls since `since` went, by tool; of one principal alone, by its name and the number
    /// of its token, when it is given.
    pub async fn call_statistics(
        &self,
        since: DateTime<Utc>,
        principal: Option<(&str, Option<i64>)>,
    ) -> Result<Vec<CallStatistics>, StoreError> {
        sqlx::query_as(
            "select tool, count(*) as calls, count(*) filter (where outcome <> 'ok') as failed,
                    avg(duration_us)::float8 / 1000 as mean_ms,
                    percentile_cont(0.95) within group (order by duration_us) / 1000 as p95_ms,
                    max(duration_us)::float8 / 1000 as slowest_ms,
                    (array_agg(request order by duration_us desc))[1] as slowest_request
             from mg.audit
             where at >= $1
               and ($2::text is null or principal = $2 and token is not distinct from $3)
             group by tool order by count(*) desc, tool",
        )
        .bind(since)
        .bind(principal.map(|(name, _)| name))
        .bind(principal.and_then(|(_, token)| token))
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("reckoning statistics of calls"))
    }
}

async fn head(connection: &mut PgConnection) -> Result<(i64, Vec<u8>), StoreError> {
    sqlx::query_as("select seq, hash from mg.audit_head")
        .fetch_one(connection)
        .await
        .map_err(StoreError::from_sqlx("reading the head of the audit"))
}

/// The hash of a line behind `before`.
fn link(before: &[u8], seq: i64, line: &AuditLine) -> Vec<u8> {
    let at = line.at.timestamp_micros();
    let columns = serde_json::json!([
        seq,
        at,
        line.principal,
        line.token,
        line.role,
        line.scope,
        line.face,
        line.tool,
        line.fingerprint,
        line.request,
        line.rows,
        line.bytes,
        line.duration_us,
        line.outcome
    ]);
    Sha256::new().chain_update(before).chain_update(columns.to_string()).finalize().to_vec()
}

async fn insert(
    connection: &mut PgConnection,
    lines: &[AuditLine],
    chained: &[(i64, Vec<u8>)],
) -> Result<(), sqlx::Error> {
    // Postgres keeps microseconds, and the hash is over what it keeps.
    let texts = |of: fn(&AuditLine) -> &String| lines.iter().map(|line| of(line).clone()).collect::<Vec<_>>();
    let maybe =
        |of: fn(&AuditLine) -> &Option<String>| lines.iter().map(|line| of(line).clone()).collect::<Vec<_>>();
    let numbers = |of: fn(&AuditLine) -> Option<i64>| lines.iter().map(of).collect::<Vec<_>>();
    sqlx::query(
        "insert into mg.audit (seq, at, principal, token, role, scope, face, tool, fingerprint, request,
                               rows, bytes, duration_us, outcome, hash)
         select * from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::bigint[], $5::text[], $6::text[],
                              $7::text[], $8::text[], $9::text[], $10::text[], $11::bigint[], $12::bigint[],
                              $13::bigint[], $14::text[], $15::bytea[])",
    )
    .bind(chained.iter().map(|(seq, _)| *seq).collect::<Vec<_>>())
    .bind(lines.iter().map(|line| line.at.trunc_subsecs(6)).collect::<Vec<_>>())
    .bind(texts(|line| &line.principal))
    .bind(numbers(|line| line.token))
    .bind(texts(|line| &line.role))
    .bind(texts(|line| &line.scope))
    .bind(texts(|line| &line.face))
    .bind(texts(|line| &line.tool))
    .bind(maybe(|line| &line.fingerprint))
    .bind(maybe(|line| &line.request))
    .bind(numbers(|line| line.rows))
    .bind(numbers(|line| line.bytes))
    .bind(lines.iter().map(|line| line.duration_us).collect::<Vec<_>>())
    .bind(texts(|line| &line.outcome))
    .bind(chained.iter().map(|(_, hash)| hash.clone()).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map(drop)
}

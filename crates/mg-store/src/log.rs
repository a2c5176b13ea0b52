//! What tasks said: searched, read page by page, and followed while they are at it.
//!
//! Lines have their id from a sequence, so one with a lower id may become visible after one with a higher. Who
//! follows a log reads up to the line that is settled, [`Store::settled_lines`], and misses none.

use chrono::{DateTime, Utc};
use mg_core::RunId;
use serde_json::Value;
use sqlx::{Postgres, QueryBuilder};

use crate::task::LogLevel;
use crate::{Store, StoreError};

/// A line of a task's log.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LogLine {
    /// Its place among all lines.
    pub id: i64,
    /// The run.
    pub run_id: i64,
    /// The run's DAG.
    pub dag: String,
    /// The task that said it.
    pub task: String,
    /// Which attempt of it.
    pub attempt: i32,
    /// When.
    pub at: DateTime<Utc>,
    /// `debug`, `info`, `warn` or `error`.
    pub level: String,
    /// What it said.
    pub message: String,
    /// What can be asked for by name in it: an object.
    pub fields: Option<Value>,
}

/// Which lines are meant. Everything that is said must hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LogFilter {
    /// Of this run.
    pub run: Option<RunId>,
    /// Of runs of this DAG.
    pub dag: Option<String>,
    /// Of this task; of a map, also of what was made of it.
    pub task: Option<String>,
    /// Of this level or a graver one.
    pub level: Option<LogLevel>,
    /// With this text in message or fields, in whatever case.
    pub text: Option<String>,
    /// Said at this instant or later.
    pub since: Option<DateTime<Utc>>,
}

/// Which part of the lines that a filter lets through is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogPart {
    /// Oldest first, those after a line and up to another.
    Onward {
        /// The line before the first.
        after: i64,
        /// The last line.
        up_to: i64,
    },
    /// Newest first, those before a line; without one, the newest.
    Back {
        /// The line after the last.
        before: Option<i64>,
    },
}

/// How far logs are settled: none of the lines that are begun to be written is missing before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Settled {
    /// The last line that is; 0 when there is none.
    pub line: i64,
    /// Whether it is the last of all.
    pub is_last: bool,
}

/// A run that somebody follows, and has to look at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct FollowedRun {
    /// The run.
    pub id: i64,
    /// Whether it has lines after the one that was asked from.
    pub has_news: bool,
    /// Whether it has ended.
    pub ended: bool,
}

/// How young a line is behind which another may still be missing, seconds: longer than a line takes from its
/// number to its commit.
const UNSETTLED_S: f64 = 5.0;
/// How many of the last lines are looked at for missing ones.
const UNSETTLED_LINES: i64 = 5_000;

impl Store {
    /// At most `limit` lines that a filter lets through.
    pub async fn log_lines(
        &self,
        filter: &LogFilter,
        part: LogPart,
        limit: i64,
    ) -> Result<Vec<LogLine>, StoreError> {
        let mut query = selected(filter);
        match part {
            LogPart::Onward { after, up_to } => {
                query.push(" and l.id > ").push_bind(after).push(" and l.id <= ").push_bind(up_to);
                query.push(" order by l.id");
            }
            LogPart::Back { before } => {
                if let Some(before) = before {
                    query.push(" and l.id < ").push_bind(before);
                }
                query.push(" order by l.id desc");
            }
        }
        query.push(" limit ").push_bind(limit);
        query
            .build_query_as()
            .fetch_all(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("reading logs of tasks"))
    }

    /// The last `limit` lines of a run's log, oldest first.
    pub async fn run_log(&self, id: RunId, limit: i64) -> Result<Vec<LogLine>, StoreError> {
        let filter = LogFilter { run: Some(id), ..LogFilter::default() };
        let mut lines = self.log_lines(&filter, LogPart::Back { before: None }, limit).await?;
        lines.reverse();
        Ok(lines)
    }

    /// How far logs are settled, on the database's time.
    pub async fn settled_lines(&self) -> Result<Settled, StoreError> {
        sqlx::query_as(
            "with last as (
                select id, at, lag(id) over (order by id) as before from mg.task_log
                where id > (select max(id) from mg.task_log) - $2),
             gap as (
                select min(before) as line from last
                where id > before + 1 and at > clock_timestamp() - make_interval(secs => $1))
             select coalesce(gap.line, max(last.id), 0) as line, gap.line is null as is_last
             from gap left join last on true group by gap.line",
        )
        .bind(UNSETTLED_S)
        .bind(UNSETTLED_LINES)
        .fetch_one(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("reading logs of tasks"))
    }

    /// How those of the followed `runs` stand that exist, with lines after `after` and up to `up_to` as news.
    pub async fn followed_runs(
        &self,
        runs: &[i64],
        after: i64,
        up_to: i64,
    ) -> Result<Vec<FollowedRun>, StoreError> {
        sqlx::query_as(
            "with news as (
                select distinct t.run_id from mg.task_log l join mg.task t on t.id = l.task_id
                where l.id > $2 and l.id <= $3 and t.run_id = any ($1))
             select r.id, n.run_id is not null as has_news, r.finished_at is not null as ended
             from mg.run r left join news n on n.run_id = r.id where r.id = any ($1)",
        )
        .bind(runs)
        .bind(after)
        .bind(up_to)
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("following logs of runs"))
    }
}

/// The lines that a filter lets through, without order and end.
fn selected(filter: &LogFilter) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(
        "select l.id, t.run_id, r.dag, t.name as task, l.attempt, l.at, l.level, l.message, l.fields
         from mg.task_log l join mg.task t on t.id = l.task_id join mg.run r on r.id = t.run_id where true",
    );
    if let Some(run) = filter.run {
        query.push(" and t.run_id = ").push_bind(run.0);
    }
    if let Some(dag) = &filter.dag {
        query.push(" and r.dag = ").push_bind(dag.clone());
    }
    if let Some(task) = &filter.task {
        query.push(" and (t.name = ").push_bind(task.clone());
        query.push(" or t.parent_id in (select m.id from mg.task m where m.run_id = t.run_id and m.name = ");
        query.push_bind(task.clone()).push("))");
    }
    if let Some(level) = filter.level {
        let graver: Vec<&str> =
            LogLevel::ALL.into_iter().filter(|&other| other >= level).map(LogLevel::as_str).collect();
        query.push(" and l.level = any (").push_bind(graver).push(")");
    }
    if let Some(text) = &filter.text {
        query.push(" and position(lower(").push_bind(text.clone());
        query.push(") in lower(concat_ws(' ', l.message, l.fields::text))) > 0");
    }
    if let Some(since) = filter.since {
        query.push(" and l.at >= ").push_bind(since);
    }
    query
}

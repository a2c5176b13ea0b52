//! How runs and their tasks stand.

use chrono::{DateTime, Utc};
use mg_core::RunId;
use serde_json::Value;

use crate::{Store, StoreError};

/// A run as it stands.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Run {
    /// Its id.
    pub id: i64,
    /// The DAG's name.
    pub dag: String,
    /// What it was asked to do.
    pub parameters: Value,
    /// `waiting`, `queued`, `running`, `succeeded`, `failed` or `cancelled`.
    pub state: String,
    /// Why it was made: `manual`, `schedule`, `data` or `backfill`.
    pub cause: String,
    /// The instant of its schedule or backfill that it is for.
    pub instant: Option<DateTime<Utc>>,
    /// The schedule that made it.
    pub schedule_id: Option<i64>,
    /// The backfill that it belongs to.
    pub backfill_id: Option<i64>,
    /// Hash of the definition that it started with.
    pub definition_hash: Option<String>,
    /// Who asked for it.
    pub requested_by: String,
    /// Who ended it before its time.
    pub cancelled_by: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When its first task began.
    pub started_at: Option<DateTime<Utc>>,
    /// When its last task ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// When it should have ended.
    pub deadline_at: Option<DateTime<Utc>>,
}

/// The columns of [`Run`].
const RUN: &str = "id, dag, parameters, state, cause, instant, schedule_id, backfill_id, definition_hash, requested_by, \
                   cancelled_by, created_at, started_at, finished_at, deadline_at";

/// Which runs are meant. Everything that is said must hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunFilter {
    /// Of this DAG.
    pub dag: Option<String>,
    /// In one of these states; any when empty.
    pub states: Vec<String>,
    /// Asked for at this instant or later.
    pub since: Option<DateTime<Utc>>,
    /// Made by this schedule.
    pub schedule: Option<i64>,
    /// Belonging to this backfill.
    pub backfill: Option<i64>,
    /// With an id below this: what comes after it in a list.
    pub before: Option<RunId>,
}

/// A task as it stands.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Task {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// The job that executes it.
    pub job: String,
    /// `job`, `map` or `branch`.
    pub kind: String,
    /// Names of the tasks that it waits for.
    pub after: Vec<String>,
    /// The task whose list it was made of, if it is an instance of a map.
    pub parent: Option<String>,
    /// The pool that it takes a slot of.
    pub pool: Option<String>,
    /// `blocked`, `ready`, `running`, `mapped`, `succeeded`, `failed`, `skipped` or `cancelled`.
    pub state: String,
    /// Why it was skipped: `upstream_failed`, `not_chosen` or `rule`.
    pub skipped_because: Option<String>,
    /// How often it was begun.
    pub attempt: i32,
    /// How often it failed of itself.
    pub failures: i32,
    /// How often it is begun anew after that.
    pub retries: i32,
    /// When it may begin, while it is ready.
    pub ready_at: Option<DateTime<Utc>>,
    /// When its last attempt began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Steps done.
    pub progress_done: Option<i64>,
    /// Steps in all.
    pub progress_total: Option<i64>,
    /// What it gave.
    pub output: Option<Value>,
    /// Figures of its work: rows read, written and rejected, bytes, pages.
    pub metrics: Option<Value>,
    /// Stable code of what went wrong.
    pub error_code: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
}

/// One time that a task was begun.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Attempt {
    /// Name of the task.
    pub task: String,
    /// Which attempt, from 1.
    pub attempt: i32,
    /// The process that executed it, for people.
    pub worker: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// How it ended: `succeeded`, `failed`, `retried`, `lost`, `handed_back`, `cancelled`, `cleared`, `marked` or
    /// `mapped`.
    pub outcome: Option<String>,
    /// Stable code of what went wrong.
    pub error_code: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
}

impl Store {
    /// The run of that id.
    pub async fn run(&self, id: RunId) -> Result<Option<Run>, StoreError> {
        sqlx::query_as(sqlx::AssertSqlSafe(format!("select {RUN} from mg.run where id = $1")))
            .bind(id.0)
            .fetch_optional(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("reading a run"))
    }

    /// The latest `limit` runs that a filter lets through, newest first.
    pub async fn runs(&self, filter: &RunFilter, limit: i64) -> Result<Vec<Run>, StoreError> {
        let statement = format!(
            "select {RUN} from mg.run
             where ($1::text is null or dag = $1)
               and (cardinality($2::text[]) = 0 or state = any ($2))
               and ($3::timestamptz is null or created_at >= $3)
               and ($4::bigint is null or schedule_id = $4)
               and ($5::bigint is null or backfill_id = $5)
               and ($6::bigint is null or id < $6)
             order by id desc limit $7"
        );
        sqlx::query_as(sqlx::AssertSqlSafe(statement))
            .bind(&filter.dag)
            .bind(&filter.states)
            .bind(filter.since)
            .bind(filter.schedule)
            .bind(filter.backfill)
            .bind(filter.before.map(|run| run.0))
            .bind(limit)
            .fetch_all(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("listing runs"))
    }

    /// Ids of the latest runs, newest first.
    pub async fn recent_runs(&self, limit: i64) -> Result<Vec<i64>, StoreError> {
        sqlx::query_scalar("select id from mg.run order by id desc limit $1")
            .bind(limit)
            .fetch_all(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("listing runs"))
    }

    /// Runs of a DAG that have not ended, oldest first.
    pub async fn unfinished_runs(&self, dag: &str) -> Result<Vec<RunId>, StoreError> {
        let ids: Vec<i64> =
            sqlx::query_scalar("select id from mg.run where dag = $1 and finished_at is null order by id")
                .bind(dag)
                .fetch_all(&self.writer)
                .await
                .map_err(StoreError::from_sqlx("listing runs"))?;
        Ok(ids.into_iter().map(RunId).collect())
    }

    /// Whether a run of the DAG has ever succeeded.
    pub async fn has_succeeded(&self, dag: &str) -> Result<bool, StoreError> {
        sqlx::query_scalar("select exists (select from mg.run where dag = $1 and state = 'succeeded')")
            .bind(dag)
            .fetch_one(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("looking for a run"))
    }

    /// The tasks of a run in the order of its DAG, the instances of a map behind it.
    pub async fn run_tasks(&self, id: RunId) -> Result<Vec<Task>, StoreError> {
        sqlx::query_as(
            "select t.id, t.name, t.job, t.kind, parent.name as parent, t.pool, t.state, t.skipped_because, t.attempt,
                    t.failures, t.retries, t.ready_at, t.started_at, t.finished_at, t.progress_done, t.progress_total,
                    t.output, t.metrics, t.error_code, t.error,
                    array(select needed.name from mg.task_dependency d join mg.task needed on needed.id = d.depends_on
                          where d.task_id = t.id order by needed.id) as after
             from mg.task t left join mg.task parent on parent.id = t.parent_id
             where t.run_id = $1 order by coalesce(t.parent_id, t.id), t.map_index nulls first",
        )
        .bind(id.0)
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("reading a run's tasks"))
    }

    /// Each time that a task of the run was begun, oldest first.
    pub async fn run_attempts(&self, id: RunId) -> Result<Vec<Attempt>, StoreError> {
        sqlx::query_as(
            "select t.name as task, a.attempt, a.worker, a.started_at, a.finished_at, a.outcome, a.error_code, a.error
             from mg.task_attempt a join mg.task t on t.id = a.task_id
             where t.run_id = $1 order by a.started_at, t.id, a.attempt",
        )
        .bind(id.0)
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("reading a run's attempts"))
    }
}

//! Calls of tools that agents follow as tasks.
//!
//! A task is a pointer: which run, and for whom. How it stands is read from the run, so the two
//! cannot disagree, and a restart of the service changes nothing.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::{Store, StoreError};

/// A task that an agent follows.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct AgentTask {
    /// Its id: 256 random bits, hexadecimal.
    pub id: String,
    /// Name of the principal that called, and the only one that sees it.
    pub principal: String,
    /// Number of the token that it showed; `None` for the operator.
    pub token_id: Option<i64>,
    /// The run that the call started.
    pub run_id: i64,
    /// The tool that was called.
    pub tool: String,
    /// What it answered at once.
    pub answer: Value,
    /// When it was called.
    pub created_at: DateTime<Utc>,
    /// When it may be forgotten.
    pub expires_at: DateTime<Utc>,
    /// How often the agent should ask, milliseconds.
    pub poll_interval_ms: i32,
}

impl Store {
    /// Keeps a task, and forgets those that have run out by the time it was made.
    pub async fn add_agent_task(&self, task: &AgentTask) -> Result<(), StoreError> {
        let failed = || StoreError::from_sqlx("keeping an agent's task");
        sqlx::query("delete from mg.agent_task where expires_at <= $1")
            .bind(task.created_at)
            .execute(&self.writer)
            .await
            .map_err(failed())?;
        sqlx::query(
            "insert into mg.agent_task (id, principal, token_id, run_id, tool, answer, created_at, expires_at,
                poll_interval_ms)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(&task.id)
        .bind(&task.principal)
        .bind(task.token_id)
        .bind(task.run_id)
        .bind(&task.tool)
        .bind(&task.answer)
        .bind(task.created_at)
        .bind(task.expires_at)
        .bind(task.poll_interval_ms)
        .execute(&self.writer)
        .await
        .map(drop)
        .map_err(failed())
    }

    /// The task of that id, if it is the principal's and has not run out.
    pub async fn agent_task(
        &self,
        id: &str,
        principal: &str,
        token: Option<i64>,
        now: DateTime<Utc>,
    ) -> Result<Option<AgentTask>, StoreError> {
        sqlx::query_as(
            "select id, principal, token_id, run_id, tool, answer, created_at, expires_at, poll_interval_ms
             from mg.agent_task where id = $1 and principal = $2 and token_id is not distinct from $3 and expires_at > $4",
        )
        .bind(id)
        .bind(principal)
        .bind(token)
        .bind(now)
        .fetch_optional(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("reading an agent's task"))
    }
}

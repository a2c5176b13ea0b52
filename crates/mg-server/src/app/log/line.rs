//! A line of a log, and which lines are asked for.

use chrono::{DateTime, Utc};
use mg_core::RunId;
use mg_store::log::{LogFilter, LogLine};
use mg_store::task::LogLevel;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::Problem;

/// A line of a run's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RunLogLine {
    /// Its place among all lines: a later line has a greater one.
    #[schemars(range(min = 1))]
    pub id: i64,
    /// Id of the run.
    #[schemars(range(min = 1))]
    pub run_id: i64,
    /// When, RFC 3339.
    pub at: String,
    /// The task that said it.
    pub task: String,
    /// Which attempt of it.
    #[schemars(range(min = 0))]
    pub attempt: i32,
    /// How it is meant.
    #[schemars(extend("enum" = ["debug", "info", "warn", "error"]))]
    pub level: String,
    /// What it said.
    pub message: String,
    /// What can be asked for by name in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<std::collections::BTreeMap<String, Value>>")]
    pub fields: Option<Value>,
}

impl From<LogLine> for RunLogLine {
    fn from(line: LogLine) -> Self {
        let LogLine { id, run_id, dag: _, task, attempt, at, level, message, fields } = line;
        Self { id, run_id, at: at.to_rfc3339(), task, attempt, level, message, fields }
    }
}

/// Which lines are asked for. Everything that is said must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogQuestion {
    /// Of runs of this DAG.
    pub dag: Option<String>,
    /// Of this task; of one over a list, also of what was made of it.
    pub task: Option<String>,
    /// Of this level or a graver one: `debug`, `info`, `warn` or `error`.
    pub level: Option<String>,
    /// With this text in message or fields, in whatever case.
    pub text: Option<String>,
    /// Said at this instant or later.
    pub since: Option<DateTime<Utc>>,
}

impl LogQuestion {
    /// What is asked of the database.
    ///
    /// # Errors
    ///
    /// `bad_arguments` for a level that there is not.
    pub(super) fn filter(&self, run: Option<RunId>) -> Result<LogFilter, Problem> {
        let level = self.level.as_deref().map(level).transpose()?;
        let said = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        Ok(LogFilter {
            run,
            dag: said(&self.dag),
            task: said(&self.task),
            level,
            text: said(&self.text),
            since: self.since,
        })
    }
}

fn level(name: &str) -> Result<LogLevel, Problem> {
    LogLevel::ALL.into_iter().find(|level| level.as_str() == name).ok_or_else(|| {
        let names = LogLevel::ALL.map(LogLevel::as_str).join(", ");
        let shown: String = name.chars().take(40).collect();
        Problem::new(
            "bad_arguments",
            format!("`{shown}` is no level of a log."),
            format!("The levels are {names}."),
        )
    })
}

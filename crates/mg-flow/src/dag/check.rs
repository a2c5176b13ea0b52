//! What can be wrong with DAGs, found before anything runs: all of it at once, with the names.

mod order;
mod references;

use std::collections::HashSet;
use std::fmt;

use serde_json::Value;

use super::{Definition, TaskDefinition, TaskShape};
use crate::Schedule;

pub(super) use order::sort_tasks;

/// Something that is wrong with a DAG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DagFault {
    /// The DAG.
    pub dag: String,
    /// The task, if it is about one.
    pub task: Option<String>,
    /// What is wrong, with the names in it.
    pub reason: String,
}

impl fmt::Display for DagFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.task {
            Some(task) => write!(f, "task {task} of DAG {}: {}", self.dag, self.reason),
            None => write!(f, "DAG {}: {}", self.dag, self.reason),
        }
    }
}

/// All that is wrong, one line a fault; never none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct DagFaults(Vec<DagFault>);

impl DagFaults {
    /// The faults.
    pub fn faults(&self) -> &[DagFault] {
        &self.0
    }

    /// The faults as an error, unless there is none.
    pub(crate) fn none_or(faults: Vec<DagFault>) -> Result<(), Self> {
        if faults.is_empty() { Ok(()) } else { Err(Self(faults)) }
    }

    pub(crate) fn into_faults(self) -> Vec<DagFault> {
        self.0
    }
}

pub(crate) fn fault(dag: &str, task: Option<&str>, reason: impl Into<String>) -> DagFault {
    DagFault { dag: dag.to_owned(), task: task.map(str::to_owned), reason: reason.into() }
}

/// All that is wrong with a DAG by itself.
pub(super) fn alone(dag: &Definition) -> Vec<DagFault> {
    let mut faults: Vec<DagFault> =
        itself(dag).into_iter().map(|reason| fault(&dag.name, None, reason)).collect();
    let mut names = HashSet::new();
    for task in &dag.tasks {
        let mut reasons = of_task(task);
        if !names.insert(&task.name) {
            reasons.push("another task has that name".to_owned());
        }
        reasons.extend(references::faults(dag, task));
        faults.extend(reasons.into_iter().map(|reason| fault(&dag.name, Some(&task.name), reason)));
    }
    faults
}

fn itself(dag: &Definition) -> Vec<String> {
    let mut reasons = Vec::new();
    reasons.extend(bad_name(&dag.name));
    if dag.tasks.is_empty() {
        reasons.push("it has no task".to_owned());
    }
    if dag.deadline_s == Some(0) {
        reasons.push("its deadline is less than a second".to_owned());
    }
    if let Some(schedule) = &dag.schedule {
        reasons.extend(bad_schedule(schedule));
    }
    if (dag.schedule.is_some() || dag.when_changed.is_some())
        && let Err(error) = dag.complete(Value::Null)
    {
        reasons.push(format!("it runs by itself, and nobody gives it parameters: {error}"));
    }
    if let Some(trigger) = &dag.when_changed {
        if trigger.tables().is_empty() {
            reasons.push("it waits for the change of no table".to_owned());
        }
        reasons.extend(trigger.tables().iter().filter_map(|table| bad_table(table)));
    }
    reasons
}

fn of_task(task: &TaskDefinition) -> Vec<String> {
    let mut reasons = Vec::new();
    reasons.extend(bad_name(&task.name));
    if task.timeout_ms == Some(0) {
        reasons.push("its timeout is less than a millisecond".to_owned());
    }
    match &task.shape {
        TaskShape::Map { width: Some(0), .. } => reasons.push("its width is 0".to_owned()),
        TaskShape::Branch { branches } if branches.is_empty() => {
            reasons.push("it has no branch to choose".to_owned());
        }
        TaskShape::Map { .. } | TaskShape::Branch { .. } | TaskShape::Job => {}
    }
    let backoff = task.backoff;
    if !(backoff.factor.is_finite() && backoff.factor >= 1.0) {
        reasons.push(format!("its waits would shrink: the factor of its backoff is {}", backoff.factor));
    }
    reasons.extend(task.writes.iter().filter_map(|table| bad_table(table)));
    reasons
}

/// Names stand in URLs, on command lines, and before the `[3]` of a mapped task.
fn bad_name(name: &str) -> Option<String> {
    let fits = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit();
    let good = name.len() <= 60
        && name.starts_with(fits)
        && name.chars().all(|character| fits(character) || matches!(character, '_' | '-'));
    (!good).then(|| {
        format!("`{name}` is no name: up to 60 small letters, digits, `_` and `-`, a letter or digit first")
    })
}

fn bad_table(table: &str) -> Option<String> {
    let part = |part: &str| {
        !part.is_empty()
            && part.chars().all(|character| {
                character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_'
            })
    };
    let good = table.split_once('.').is_some_and(|(schema, name)| part(schema) && part(name));
    (!good).then(|| format!("`{table}` is no table: it is written schema.table"))
}

fn bad_schedule(schedule: &Schedule) -> Option<String> {
    schedule.check().err().map(|error| error.to_string())
}

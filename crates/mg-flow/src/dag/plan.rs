//! From a definition to a run.

use std::time::Duration;

use mg_store::run::{Cause, NewDependency, NewRun, NewTask, TaskKind};
use serde_json::{Map, Value};

use super::{Definition, ParameterError, TaskDefinition, TaskShape, schema};
use crate::Requester;

impl Definition {
    /// A run to be made of it: with the parameters that were given, and those left out as the DAG
    /// says. `null` is as good as none.
    pub fn planned(
        &self,
        parameters: Value,
        cause: Cause,
        requester: Requester<'_>,
    ) -> Result<NewRun, ParameterError> {
        let parameters = self.complete(parameters)?;
        let tasks = self.tasks.iter().map(|task| self.planned_task(task)).collect();
        Ok(NewRun {
            definition_hash: Some(self.hash()),
            parameters,
            cause,
            priority: self.priority,
            deadline: self.deadline_s.map(Duration::from_secs),
            ..NewRun::new(&self.name, requester.principal, requester.face, tasks)
        })
    }

    /// The parameters of a run that is asked for with `given`: all of them, in their order.
    pub fn complete(&self, given: Value) -> Result<Value, ParameterError> {
        let wrong = |reasons| ParameterError { dag: self.name.clone(), reasons };
        let given = match given {
            Value::Null => Map::new(),
            Value::Object(given) => given,
            other => return Err(wrong(vec![format!("they must be an object, not {other}")])),
        };
        let Some(schema) = &self.parameters else {
            return match given.is_empty() {
                true => Ok(Value::Object(given)),
                false => Err(wrong(vec!["the DAG takes none".to_owned()])),
            };
        };
        let complete = Value::Object(schema::completed(schema, given));
        let reasons = schema::misfits(schema, &complete, "");
        if reasons.is_empty() { Ok(complete) } else { Err(wrong(reasons)) }
    }

    fn planned_task(&self, task: &TaskDefinition) -> NewTask {
        let place = |name: &str| self.tasks.iter().position(|other| other.name == name);
        let after = task.after.iter().filter_map(|edge| {
            Some(NewDependency { place: place(&edge.task)?, branch: edge.branch.clone() })
        });
        NewTask {
            kind: match &task.shape {
                TaskShape::Job => TaskKind::Job,
                TaskShape::Branch { .. } => TaskKind::Branch,
                TaskShape::Map { over, width } => TaskKind::Map { over: over.clone(), width: *width },
            },
            after: after.collect(),
            rule: task.rule,
            max_attempts: task.losses.map_or(NewTask::MAX_ATTEMPTS, most_attempts),
            retries: task.retries,
            backoff: task.backoff,
            timeout: task.timeout_ms.map(Duration::from_millis),
            pool: task.pool.clone(),
            priority: task.priority,
            writes: task.writes.clone(),
            ..NewTask::new(&task.name, &task.job, task.input.clone())
        }
    }
}

/// The last attempt is the one that may not be lost any more.
fn most_attempts(losses: u32) -> i32 {
    i32::try_from(losses).unwrap_or(i32::MAX).saturating_add(1)
}

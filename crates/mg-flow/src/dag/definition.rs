//! What a DAG says, as plain data: kept with each run that is made of it, and drawn from there.

use mg_store::run::{Backoff, TriggerRule};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::DataTrigger;
use crate::Schedule;

/// What a DAG says. [`crate::Dag::checked`] makes it, and the books give it back as it was.
///
/// What is as by default is left out of its JSON, so a field that a later version brings changes
/// no hash of a DAG that does without.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// What a run of it brings, in a sentence.
    pub doc: String,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Words to find it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// When it runs by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// The tables whose change starts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when_changed: Option<DataTrigger>,
    /// How long after it is asked for a run should have ended, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_s: Option<u64>,
    /// Added to the priority of each task.
    #[serde(default, skip_serializing_if = "is_default")]
    pub priority: i32,
    /// JSON schema of what a run of it may be asked for: an object, inlined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Value>,
    /// Its tasks, each after those that it waits for.
    pub tasks: Vec<TaskDefinition>,
}

/// A task of a [`Definition`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaskDefinition {
    /// Its name, unique in the DAG.
    pub name: String,
    /// What it is for, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// The job that executes it.
    pub job: String,
    /// What the job is given, as a template: what comes later stands as a placeholder.
    pub input: Value,
    /// Whether it is one job, one for each element of a list, or a choice.
    #[serde(default, skip_serializing_if = "is_default")]
    pub shape: TaskShape,
    /// The tasks that it waits for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<Edge>,
    /// When it may begin, by how those ended.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rule: TriggerRule,
    /// How often it is begun anew after it failed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub retries: u32,
    /// How long it waits before that.
    #[serde(default, skip_serializing_if = "is_default")]
    pub backoff: Backoff,
    /// How many times its worker may be lost before it fails for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub losses: Option<u32>,
    /// How long one attempt may take, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// The pool that it takes a slot of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// Who comes first among the ready: the higher.
    #[serde(default, skip_serializing_if = "is_default")]
    pub priority: i32,
    /// The tables that it writes, `schema.table`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<String>,
}

/// What a task is made of.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TaskShape {
    /// One job.
    #[default]
    Job,
    /// A job that chooses which branches are followed.
    Branch {
        /// Those that there are.
        branches: Vec<String>,
    },
    /// A job for each element of a list.
    Map {
        /// The list, as a template.
        over: Value,
        /// How many elements are worked on at a time; all, if it does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        width: Option<u32>,
    },
}

/// That a task waits for another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// The other.
    pub task: String,
    /// The branch that the other must choose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
}

impl Definition {
    /// The task of that name.
    pub fn task(&self, name: &str) -> Option<&TaskDefinition> {
        self.tasks.iter().find(|task| task.name == name)
    }

    /// Its JSON.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).expect("a definition is plain data")
    }

    /// SHA-256 of its JSON with sorted keys, in hexadecimal: the same for what the books give back,
    /// where keys have an order of their own.
    pub fn hash(&self) -> String {
        let mut canonical = self.to_json();
        canonical.sort_all_objects();
        Sha256::digest(canonical.to_string()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

//! A DAG: tasks, and what each waits for.
//!
//! A task may only wait for tasks named before it, so a DAG has no cycle by construction.

use std::collections::HashSet;

use serde_json::Value;

use crate::JobInput;

/// What is wrong with a DAG.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DagError {
    /// Two tasks of one name.
    #[error("DAG {dag} has two tasks named {task}")]
    Twice {
        /// The DAG.
        dag: String,
        /// The name.
        task: String,
    },
    /// A task waits for one that does not stand before it.
    #[error("task {task} of DAG {dag} waits for {missing}, which no earlier task is named")]
    NotBefore {
        /// The DAG.
        dag: String,
        /// The task that waits.
        task: String,
        /// What it waits for.
        missing: String,
    },
    /// `after` without a task.
    #[error("DAG {0} says `after` before its first task")]
    AfterNothing(String),
    /// No task at all.
    #[error("DAG {0} has no task")]
    Empty(String),
}

/// A task of a DAG.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedTask {
    /// Its name in the DAG.
    pub name: String,
    /// The job that executes it.
    pub job: &'static str,
    /// What the job is given.
    pub input: Value,
    /// Names of the tasks that must succeed first.
    pub after: Vec<String>,
}

/// Tasks in an order in which each comes after those it waits for.
#[derive(Debug, Clone, PartialEq)]
pub struct Dag {
    name: String,
    doc: String,
    tasks: Vec<PlannedTask>,
    fault: Option<DagError>,
}

impl Dag {
    /// An empty DAG. `doc` says in a sentence what a run of it brings.
    pub fn new(name: impl Into<String>, doc: impl Into<String>) -> Self {
        Self { name: name.into(), doc: doc.into(), tasks: Vec::new(), fault: None }
    }

    /// Adds a task that gives `input` to the job it belongs to.
    pub fn task<I: JobInput>(mut self, name: impl Into<String>, input: I) -> Self {
        let input = serde_json::to_value(input).expect("a job's input is plain data");
        self.tasks.push(PlannedTask { name: name.into(), job: I::JOB, input, after: Vec::new() });
        self
    }

    /// Makes the last task wait for the tasks `names`.
    pub fn after<const N: usize>(mut self, names: [&str; N]) -> Self {
        match self.tasks.last_mut() {
            Some(task) => task.after.extend(names.map(str::to_owned)),
            None => self.fault = Some(DagError::AfterNothing(self.name.clone())),
        }
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What a run of it brings.
    pub fn doc(&self) -> &str {
        &self.doc
    }

    /// Its tasks.
    pub fn tasks(&self) -> &[PlannedTask] {
        &self.tasks
    }

    /// The DAG, if nothing is wrong with it.
    pub fn checked(self) -> Result<Self, DagError> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        if self.tasks.is_empty() {
            return Err(DagError::Empty(self.name));
        }
        let mut before: HashSet<&str> = HashSet::new();
        for task in &self.tasks {
            if let Some(missing) = task.after.iter().find(|name| !before.contains(name.as_str())) {
                let (dag, task, missing) = (self.name.clone(), task.name.clone(), missing.clone());
                return Err(DagError::NotBefore { dag, task, missing });
            }
            if !before.insert(&task.name) {
                return Err(DagError::Twice { dag: self.name.clone(), task: task.name.clone() });
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Serialize, serde::Deserialize)]
    struct Nothing;

    impl JobInput for Nothing {
        const JOB: &'static str = "nothing";
    }

    #[test]
    fn a_dag_is_refused_with_the_names_in_it() {
        let twice = Dag::new("d", "").task("a", Nothing).task("a", Nothing).checked();
        assert_eq!(twice, Err(DagError::Twice { dag: "d".into(), task: "a".into() }));
        let late = Dag::new("d", "").task("a", Nothing).after(["b"]).task("b", Nothing).checked();
        let fault = DagError::NotBefore { dag: "d".into(), task: "a".into(), missing: "b".into() };
        assert_eq!(late, Err(fault));
        assert_eq!(Dag::new("d", "").checked(), Err(DagError::Empty("d".into())));
        assert_eq!(Dag::new("d", "").after(["a"]).checked(), Err(DagError::AfterNothing("d".into())));
    }

    #[test]
    fn a_task_waits_for_itself_no_more_than_for_a_later_one() {
        let own = Dag::new("d", "").task("a", Nothing).after(["a"]).checked();
        assert!(matches!(own, Err(DagError::NotBefore { .. })));
    }
}

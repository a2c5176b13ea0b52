//! The DAGs that a platform knows, together with the pools that their tasks take slots of.

mod timetable;

use std::collections::HashSet;

use mg_store::{Store, StoreError};

use crate::dag::fault;
use crate::{Dag, DagFault, DagFaults, Definition, Jobs};

/// How many tasks of a kind run at a time, over all workers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// Its name, as tasks say it.
    pub name: String,
    /// How many slots it has, unless somebody sets another number in service.
    pub slots: u32,
}

impl Pool {
    /// A pool of so many slots.
    pub fn new(name: impl Into<String>, slots: u32) -> Self {
        Self { name: name.into(), slots }
    }
}

/// Every DAG of a platform: checked, each with a name of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Dags {
    definitions: Vec<Definition>,
    pools: Vec<Pool>,
}

impl Dags {
    /// The DAGs, if nothing is wrong with any: else all that is wrong with all of them.
    pub fn new(
        dags: impl IntoIterator<Item = Dag>,
        pools: impl IntoIterator<Item = Pool>,
    ) -> Result<Self, DagFaults> {
        let (mut definitions, mut faults) = (Vec::new(), Vec::new());
        for dag in dags {
            match dag.checked() {
                Ok(definition) => definitions.push(definition),
                Err(found) => faults.extend(found.into_faults()),
            }
        }
        let dags = Self { definitions, pools: pools.into_iter().collect() };
        faults.extend(dags.clashes());
        faults.extend(dags.unknown_pools());
        // A DAG that is wrong by itself may be the one that writes the table.
        if faults.is_empty() {
            faults.extend(dags.unwritten_tables());
        }
        DagFaults::none_or(faults)?;
        Ok(dags)
    }

    /// The DAGs, in the order of their list.
    pub fn iter(&self) -> impl Iterator<Item = &Definition> {
        self.definitions.iter()
    }

    /// The DAG of that name.
    pub fn get(&self, name: &str) -> Option<&Definition> {
        self.iter().find(|dag| dag.name == name)
    }

    /// The pools.
    pub fn pools(&self) -> &[Pool] {
        &self.pools
    }

    /// Refuses tasks of jobs that are not among `jobs`.
    pub fn check_jobs(&self, jobs: &Jobs) -> Result<(), DagFaults> {
        let known = jobs.names();
        let tasks = self.iter().flat_map(|dag| dag.tasks.iter().map(move |task| (dag, task)));
        let unknown = tasks.filter(|(_, task)| !known.contains(&task.job));
        DagFaults::none_or(
            unknown
                .map(|(dag, task)| {
                    fault(&dag.name, Some(&task.name), format!("there is no job {}", task.job))
                })
                .collect(),
        )
    }

    /// Puts all of them into the books, and their pools. Slots that somebody set by hand stay.
    pub async fn register(&self, store: &Store) -> Result<(), StoreError> {
        for pool in &self.pools {
            store.register_pool(&pool.name, pool.slots).await?;
        }
        for dag in &self.definitions {
            store.register_dag(&dag.name, &dag.hash(), &dag.to_json()).await?;
        }
        Ok(())
    }

    fn clashes(&self) -> Vec<DagFault> {
        let mut names = HashSet::new();
        let twice = self.iter().filter(|dag| !names.insert(&dag.name));
        let mut faults: Vec<DagFault> =
            twice.map(|dag| fault(&dag.name, None, "another DAG has that name")).collect();
        let mut names = HashSet::new();
        let twice = self.pools.iter().filter(|pool| !names.insert(&pool.name));
        faults.extend(twice.map(|pool| fault("*", None, format!("two pools are named {}", pool.name))));
        faults
    }

    fn unknown_pools(&self) -> Vec<DagFault> {
        let known: Vec<&str> = self.pools.iter().map(|pool| pool.name.as_str()).collect();
        let tasks = self.iter().flat_map(|dag| dag.tasks.iter().map(move |task| (dag, task)));
        tasks
            .filter_map(|(dag, task)| {
                let pool = task.pool.as_deref().filter(|pool| !known.contains(pool))?;
                let reason = format!("there is no pool {pool}; known are: {}", known.join(", "));
                Some(fault(&dag.name, Some(&task.name), reason))
            })
            .collect()
    }

    /// A DAG that waits for a table that no task writes would never start.
    fn unwritten_tables(&self) -> Vec<DagFault> {
        let written: HashSet<&String> =
            self.iter().flat_map(|dag| &dag.tasks).flat_map(|task| &task.writes).collect();
        let waiting = self.iter().flat_map(|dag| {
            dag.when_changed.iter().flat_map(|trigger| trigger.tables()).map(move |table| (dag, table))
        });
        waiting
            .filter(|(_, table)| !written.contains(table))
            .map(|(dag, table)| {
                fault(&dag.name, None, format!("it waits for {table} to change, which no task writes"))
            })
            .collect()
    }
}

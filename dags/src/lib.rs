//! When and in which order things are done: one file a DAG, listed here.

mod collecte;
pub mod jobs;
mod urbanisme;

use mg_flow::{DagFaults, Dags, Pool};

/// Every DAG that can be run by name.
pub fn all() -> Result<Dags, DagFaults> {
    Dags::new([urbanisme::urbanisme(), collecte::collecte()], pools())
}

/// What must not be asked for too much at a time.
fn pools() -> [Pool; 1] {
    // Two national portals, which ask for patience.
    [Pool::new("portail", 4)]
}

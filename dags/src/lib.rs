//! When and in which order things are done: one file a DAG, listed here.

mod collecte;
pub mod jobs;
mod urbanisme;

pub use collecte::collecte;
use mg_flow::{Dag, DagError};

/// Every DAG that can be run by name.
pub fn all() -> Result<Vec<Dag>, DagError> {
    [urbanisme::urbanisme()].into_iter().map(Dag::checked).collect()
}

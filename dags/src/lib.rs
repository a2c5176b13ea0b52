//! When and in which order things are done: one file a DAG, listed here.

mod collecte;
mod dvf;
mod indicateurs;
pub mod jobs;
mod menage;
mod pools;
mod previsions;
mod sitadel;
mod urbanisme;
mod veille;

pub use collecte::Collecte;
use mg_flow::{DagFaults, Dags};

/// Every DAG there is.
pub fn all() -> Result<Dags, DagFaults> {
    let dags = [
        collecte::collecte(),
        urbanisme::urbanisme(),
        sitadel::sitadel(),
        dvf::dvf(),
        indicateurs::indicateurs(),
        previsions::previsions(),
        veille::veille(),
        menage::menage(),
    ];
    Dags::new(dags, pools::all())
}

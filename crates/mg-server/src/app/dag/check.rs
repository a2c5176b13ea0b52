//! `check_dags`: what is wrong with the DAGs, and when they run.

use chrono::{DateTime, Utc};
use mg_flow::{Marks, mermaid};
use schemars::JsonSchema;
use serde::Serialize;

use super::dags;
use crate::Problem;

/// How many instants are told.
const INSTANTS: usize = 3;

/// A DAG that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckedDag {
    /// Its name.
    pub name: String,
    /// What a run of it brings.
    pub doc: String,
    /// Its next instants, RFC 3339.
    pub upcoming: Vec<String>,
    /// Its graph as a Mermaid flowchart.
    pub graph: String,
}

/// Every DAG of this binary, once nothing is wrong with any, as it stands at `now`. It needs no database.
///
/// # Errors
///
/// `dag_wrong` with all that is wrong.
pub fn check_dags(now: DateTime<Utc>) -> Result<Vec<CheckedDag>, Problem> {
    let checked = dags()?.iter().map(|dag| {
        let timetable = dag.schedule.as_ref().map(|schedule| schedule.check()).transpose();
        let timetable = timetable.map_err(|error| {
            Problem::new(
                "dag_wrong",
                format!("The schedule of {}: {error}.", dag.name),
                "Correct it in dags/.",
            )
        })?;
        let upcoming = timetable.iter().flat_map(|timetable| timetable.upcoming(now).take(INSTANTS));
        Ok(CheckedDag {
            name: dag.name.clone(),
            doc: dag.doc.clone(),
            upcoming: upcoming.map(|instant| instant.to_rfc3339()).collect(),
            graph: mermaid(dag, &Marks::new()),
        })
    });
    checked.collect()
}

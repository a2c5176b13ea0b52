//! Inputs of jobs to write DAGs with; nothing here is executed.

use mg_flow::{Choice, Dag, Given, JobInput};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct FindEdition {
    pub(super) spider: Given<String>,
}

impl JobInput for FindEdition {
    const JOB: &'static str = "find_edition";
    type Output = String;
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ListParts {
    pub(super) edition: Given<String>,
}

impl JobInput for ListParts {
    const JOB: &'static str = "list_parts";
    type Output = Vec<Part>;
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Part {
    commune: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct LoadPart {
    pub(super) part: Given<Part>,
}

impl JobInput for LoadPart {
    const JOB: &'static str = "load_part";
    type Output = u64;
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct AddUp {
    pub(super) rows: Given<Vec<u64>>,
}

impl JobInput for AddUp {
    const JOB: &'static str = "add_up";
    type Output = u64;
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Measure {}

impl JobInput for Measure {
    const JOB: &'static str = "measure";
    type Output = ();
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct CompareEditions {
    pub(super) edition: Given<String>,
}

impl JobInput for CompareEditions {
    const JOB: &'static str = "compare_editions";
    type Output = Novelty;
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Novelty {
    Nouvelle,
    Connue,
}

impl Choice for Novelty {
    const BRANCHES: &'static [&'static str] = &["nouvelle", "connue"];
}

/// The names of what is wrong with a DAG by itself, one line each.
pub(super) fn faults(dag: Dag) -> Vec<String> {
    match dag.checked() {
        Ok(definition) => panic!("nothing was found wrong: {definition:?}"),
        Err(faults) => faults.to_string().lines().map(str::to_owned).collect(),
    }
}

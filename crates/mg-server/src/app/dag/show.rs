//! `get_dag`: a DAG in full.

use mg_core::OpContext;
use mg_flow::{Definition, TaskDefinition, TaskShape};
use schemars::JsonSchema;
use serde::Serialize;

use super::super::App;
use super::list::Standing;
use super::{DagSummary, dag_named};
use crate::Problem;

/// How many instants to come are told.
const UPCOMING: usize = 5;

/// A task of a DAG.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DagTask {
    /// Its name.
    pub name: String,
    /// What it is for; left out where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// The job that executes it.
    pub job: String,
    /// A job, a job that chooses a branch, or a job done for each element of a list.
    #[schemars(extend("enum" = ["job", "branch", "map"]))]
    pub kind: String,
    /// The tasks that it waits for.
    pub after: Vec<String>,
    /// When it may begin, by how those ended.
    #[schemars(extend("enum" = ["all_succeeded", "all_done", "one_failed", "one_succeeded", "none_failed"]))]
    pub rule: String,
    /// How often it is begun anew after it failed.
    #[schemars(range(min = 0))]
    pub retries: u32,
    /// How long one attempt may take, milliseconds; left out when without end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub timeout_ms: Option<u64>,
    /// The pool that it takes a slot of; left out when of none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// The tables that it writes, schema.table.
    pub writes: Vec<String>,
}

/// A DAG in full.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DagReport {
    /// What a list tells of it.
    pub dag: DagSummary,
    /// SHA-256 of its definition, in hexadecimal: another one is another DAG.
    pub hash: String,
    /// How long after it is asked for a run should have ended, seconds; left out when there is no deadline.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub deadline_s: Option<u64>,
    /// The next instants of its schedule, RFC 3339.
    pub upcoming: Vec<String>,
    /// Its tasks, each after those that it waits for.
    pub tasks: Vec<DagTask>,
}

/// The DAG of that name, in full.
pub async fn get_dag(_ctx: &OpContext, app: &App, name: &str) -> Result<DagReport, Problem> {
    let dag = dag_named(name)?;
    let summary = Standing::read(app).await?.summary(app, dag).await?;
    let upcoming = match dag.schedule.as_ref().and_then(|schedule| schedule.check().ok()) {
        Some(timetable) => {
            let now = app.store.now().await?;
            timetable.upcoming(now).take(UPCOMING).map(|instant| instant.to_rfc3339()).collect()
        }
        None => Vec::new(),
    };
    let Definition { deadline_s, tasks, .. } = dag;
    let tasks = tasks.iter().map(task).collect();
    Ok(DagReport { dag: summary, hash: dag.hash(), deadline_s: *deadline_s, upcoming, tasks })
}

fn task(task: &TaskDefinition) -> DagTask {
    let kind = match task.shape {
        TaskShape::Job => "job",
        TaskShape::Branch { .. } => "branch",
        TaskShape::Map { .. } => "map",
    };
    DagTask {
        name: task.name.clone(),
        doc: task.doc.clone(),
        job: task.job.clone(),
        kind: kind.to_owned(),
        after: task.after.iter().map(|edge| edge.task.clone()).collect(),
        rule: task.rule.as_str().to_owned(),
        retries: task.retries,
        timeout_ms: task.timeout_ms,
        pool: task.pool.clone(),
        writes: task.writes.clone(),
    }
}

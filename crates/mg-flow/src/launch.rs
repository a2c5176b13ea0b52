//! From a DAG to a run.

use mg_core::RunId;
use mg_store::run::{NewRun, NewTask, OnceRun};
use mg_store::{Store, StoreError};
use serde_json::Value;

use crate::Dag;

/// Who asks for a run.
#[derive(Debug, Clone, Copy)]
pub struct Requester<'a> {
    /// The principal's name.
    pub principal: &'a str,
    /// The face that the wish came through.
    pub face: &'static str,
}

/// Makes a run of `dag`, a checked one. Workers take it from there.
pub async fn launch(
    store: &Store,
    dag: &Dag,
    parameters: Value,
    requester: Requester<'_>,
) -> Result<RunId, StoreError> {
    let id = store.create_run(&planned(dag, parameters, requester)).await?;
    tracing::info!(run = %id, dag = dag.name(), by = requester.principal, "run requested");
    Ok(id)
}

/// Makes a run of `dag`, unless one of it with the same parameters has not ended: then that is it.
pub async fn launch_once(
    store: &Store,
    dag: &Dag,
    parameters: Value,
    requester: Requester<'_>,
) -> Result<OnceRun, StoreError> {
    let key = format!("{} {parameters}", dag.name());
    let run = store.create_run_once(&planned(dag, parameters, requester), &key).await?;
    let (id, asked_before) = (run.id, run.asked_before);
    tracing::info!(run = %id, dag = dag.name(), by = requester.principal, asked_before, "run requested");
    Ok(run)
}

fn planned(dag: &Dag, parameters: Value, requester: Requester<'_>) -> NewRun {
    let place = |name: &String| dag.tasks().iter().position(|task| task.name == *name);
    let tasks = dag.tasks().iter().map(|task| {
        NewTask::new(&task.name, task.job, task.input.clone()).after(task.after.iter().filter_map(place))
    });
    let run = NewRun::new(dag.name(), requester.principal, requester.face, tasks.collect());
    NewRun { parameters, ..run }
}

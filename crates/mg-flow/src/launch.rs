//! From a DAG to a run in the books.

use mg_core::RunId;
use mg_store::run::{Cause, OnceRun};
use mg_store::{Store, StoreError};
use serde_json::Value;

use crate::{Definition, ParameterError};

/// Who asks for a run.
#[derive(Debug, Clone, Copy)]
pub struct Requester<'a> {
    /// The principal's name.
    pub principal: &'a str,
    /// The face that the wish came through.
    pub face: &'static str,
}

/// Why a run was not made.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// Its DAG takes no such parameters.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
    /// The books could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a run of `dag`. Workers take it from there.
pub async fn launch(
    store: &Store,
    dag: &Definition,
    parameters: Value,
    requester: Requester<'_>,
) -> Result<RunId, LaunchError> {
    let run = dag.planned(parameters, Cause::Manual, requester)?;
    store.keep_definition(&dag.name, &dag.hash(), &dag.to_json()).await?;
    let id = store.create_run(&run).await?;
    tracing::info!(run = %id, dag = dag.name, by = requester.principal, "run requested");
    Ok(id)
}

/// Makes a run of `dag`, unless one of it with the same parameters has not ended: then that is it.
pub async fn launch_once(
    store: &Store,
    dag: &Definition,
    parameters: Value,
    requester: Requester<'_>,
) -> Result<OnceRun, LaunchError> {
    let run = dag.planned(parameters, Cause::Manual, requester)?;
    store.keep_definition(&dag.name, &dag.hash(), &dag.to_json()).await?;
    let key = format!("{} {}", dag.name, run.parameters);
    let run = store.create_run_once(&run, &key).await?;
    let (id, asked_before) = (run.id, run.asked_before);
    tracing::info!(run = %id, dag = dag.name, by = requester.principal, asked_before, "run requested");
    Ok(run)
}

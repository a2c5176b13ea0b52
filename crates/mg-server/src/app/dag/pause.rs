//! `pause_dag` and `resume_dag`: whether a DAG starts runs by itself.

use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::Serialize;

use super::super::{App, require};
use super::dag_named;
use crate::Problem;

/// What pausing or resuming did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PauseReport {
    /// Name of the DAG or schedule.
    pub name: String,
    /// Whether it is paused now.
    pub paused: bool,
    /// Whether this call changed that.
    pub changed: bool,
}

/// Lets a DAG start no run by itself, neither by schedule nor because tables changed; an editor's. It can be asked
/// for by hand all the same.
pub async fn pause_dag(ctx: &OpContext, app: &App, name: &str) -> Result<PauseReport, Problem> {
    require(ctx, Role::Editor)?;
    let dag = dag_named(name)?;
    // On a database that no scheduler has seen yet.
    app.store.register_dag(&dag.name, &dag.hash(), &dag.to_json()).await?;
    let changed = app.store.pause_dag(&dag.name, &ctx.principal.name).await?;
    tracing::info!(dag = dag.name, by = ctx.principal.name, changed, "DAG paused");
    Ok(PauseReport { name: dag.name.clone(), paused: true, changed })
}

/// Lets a DAG start runs by itself again; an editor's. What its schedule missed meanwhile is caught up as that says.
pub async fn resume_dag(ctx: &OpContext, app: &App, name: &str) -> Result<PauseReport, Problem> {
    require(ctx, Role::Editor)?;
    let dag = dag_named(name)?;
    let changed = app.store.resume_dag(&dag.name).await?;
    tracing::info!(dag = dag.name, by = ctx.principal.name, changed, "DAG resumed");
    Ok(PauseReport { name: dag.name.clone(), paused: false, changed })
}

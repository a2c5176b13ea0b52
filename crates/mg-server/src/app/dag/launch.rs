//! `launch_dag`: a run of a DAG, asked for by its name.

use mg_core::{OpContext, Role};
use mg_dags::Collecte;
use mg_flow::{Definition, LaunchError, Requester, launch_once};
use serde_json::Value;

use super::super::launch::{CrawlOrder, crawl_asked_for};
use super::super::{App, Launch, require};
use super::dag_named;
use crate::Problem;

/// Asks for a run of the DAG of that name with these parameters, an object or null; an editor's. While a run of the
/// same parameters that was asked for has not ended, that is the run.
///
/// # Errors
///
/// `unknown_dag`, and `bad_parameters` with what does not fit the DAG's schema.
pub async fn launch_dag(
    ctx: &OpContext,
    app: &App,
    name: &str,
    parameters: Value,
) -> Result<Launch, Problem> {
    require(ctx, Role::Editor)?;
    let dag = dag_named(name)?;
    // What can be seen to be wrong with a crawl is refused before there is a run, whoever asks how.
    if dag.name == "collecte"
        && let Ok(asked) = serde_json::from_value::<Collecte>(parameters.clone())
    {
        let Collecte { spider, url, edition, accept_fall } = &asked;
        let (url, edition, accept_fall) = (url.as_deref(), edition.as_deref(), *accept_fall);
        crawl_asked_for(ctx, app, CrawlOrder { spider, url, edition, accept_fall })?;
    }
    launch(ctx, app, dag, parameters).await
}

/// As [`launch_dag`], for a DAG at hand and a principal who may.
pub(in crate::app) async fn launch(
    ctx: &OpContext,
    app: &App,
    dag: &Definition,
    parameters: Value,
) -> Result<Launch, Problem> {
    let requester = Requester { principal: &ctx.principal.name, face: ctx.face.as_str() };
    let run = launch_once(&app.store, dag, parameters, requester).await.map_err(|error| match error {
        LaunchError::Parameters(error) => {
            Problem::new("bad_parameters", format!("{error}."), "list_dags tells what a DAG takes.")
        }
        LaunchError::Store(error) => error.into(),
    })?;
    let state = app.store.run(run.id).await?.map_or_else(|| "queued".to_owned(), |run| run.state);
    Ok(Launch { run_id: run.id.0, state, already_running: run.asked_before })
}

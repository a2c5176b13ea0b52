//! DAGs.

use std::collections::BTreeMap;

use axum::http::Method;
use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::operation::Operation;
use super::reply::Reply;
use crate::Problem;
use crate::app::{self, App, DagList, DagReport, Drawing, Launch, PauseReport};

/// Nothing is asked beside the path.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// A DAG.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OneDag {
    /// Name of the DAG.
    dag: String,
}

/// A run that is asked for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameters {
    /// Name of the DAG.
    dag: String,
    /// What the run is asked to do; what is left out is as the DAG says.
    #[schemars(with = "Option<BTreeMap<String, Value>>")]
    #[serde(default)]
    parameters: Value,
}

/// A drawing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Graph {
    /// Name of the DAG.
    dag: String,
    /// In which form.
    #[serde(default = "svg")]
    #[schemars(extend("enum" = ["svg", "mermaid"]))]
    format: String,
}

fn svg() -> String {
    "svg".to_owned()
}

pub(super) struct ListDags;

impl Operation for ListDags {
    type Input = Nothing;
    type Output = DagList;
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/api/v1/dags";
    const NAME: &'static str = "list_dags";
    const SUMMARY: &'static str = "The DAGs, and how each stands";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, _input: Nothing) -> Result<Reply, Problem> {
        Reply::json(&app::list_dags(&ctx, &app).await?)
    }
}

pub(super) struct GetDag;

impl Operation for GetDag {
    type Input = OneDag;
    type Output = DagReport;
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/api/v1/dags/{dag}";
    const NAME: &'static str = "get_dag";
    const SUMMARY: &'static str = "A DAG in full, with its tasks and its next instants";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, input: OneDag) -> Result<Reply, Problem> {
        Reply::json(&app::get_dag(&ctx, &app, &input.dag).await?)
    }
}

pub(super) struct DrawDag;

impl Operation for DrawDag {
    type Input = Graph;
    type Output = ();
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/api/v1/dags/{dag}/graph";
    const NAME: &'static str = "draw_dag";
    const SUMMARY: &'static str = "The graph of a DAG";
    const ROLE: Role = Role::Viewer;
    const OTHER_MEDIA: &'static [&'static str] = &["image/svg+xml", "text/plain; charset=utf-8"];
    const ANSWERS_JSON: bool = false;

    async fn call(ctx: OpContext, app: App, input: Graph) -> Result<Reply, Problem> {
        let drawing = Drawing::named(&input.format)?;
        let body = app::draw_dag(&ctx, &app, &input.dag, drawing)?;
        Ok(Reply::text(drawing.media_type(), body))
    }
}

pub(super) struct LaunchDag;

impl Operation for LaunchDag {
    type Input = Parameters;
    type Output = Launch;
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/api/v1/dags/{dag}/runs";
    const NAME: &'static str = "launch_dag";
    const SUMMARY: &'static str = "Ask for a run; the same one when the same was asked for and has not ended";
    const ROLE: Role = Role::Editor;
    const STATUS: u16 = 202;

    async fn call(ctx: OpContext, app: App, input: Parameters) -> Result<Reply, Problem> {
        let launch = app::launch_dag(&ctx, &app, &input.dag, input.parameters).await?;
        Reply::json(&launch)?.at(format!("/api/v1/runs/{}", launch.run_id))
    }
}

pub(super) struct PauseDag;

impl Operation for PauseDag {
    type Input = OneDag;
    type Output = PauseReport;
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/api/v1/dags/{dag}/pause";
    const NAME: &'static str = "pause_dag";
    const SUMMARY: &'static str = "Let a DAG start no run by itself";
    const ROLE: Role = Role::Editor;

    async fn call(ctx: OpContext, app: App, input: OneDag) -> Result<Reply, Problem> {
        Reply::json(&app::pause_dag(&ctx, &app, &input.dag).await?)
    }
}

pub(super) struct ResumeDag;

impl Operation for ResumeDag {
    type Input = OneDag;
    type Output = PauseReport;
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/api/v1/dags/{dag}/resume";
    const NAME: &'static str = "resume_dag";
    const SUMMARY: &'static str = "Let a DAG start runs by itself again";
    const ROLE: Role = Role::Editor;

    async fn call(ctx: OpContext, app: App, input: OneDag) -> Result<Reply, Problem> {
        Reply::json(&app::resume_dag(&ctx, &app, &input.dag).await?)
    }
}

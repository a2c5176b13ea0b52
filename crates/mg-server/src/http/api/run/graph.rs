//! `GET /api/v1/runs/{run_id}/graph`.

use axum::http::Method;
use mg_core::{OpContext, Role, RunId};
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::operation::Operation;
use super::super::reply::Reply;
use crate::Problem;
use crate::app::{self, App, Drawing};

pub(in crate::http::api) struct DrawRun;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct Input {
    /// Id of the run.
    #[schemars(range(min = 1))]
    run_id: i64,
    /// In which form.
    #[serde(default = "svg")]
    #[schemars(extend("enum" = ["svg", "mermaid"]))]
    format: String,
}

fn svg() -> String {
    "svg".to_owned()
}

impl Operation for DrawRun {
    type Input = Input;
    type Output = ();
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/api/v1/runs/{run_id}/graph";
    const NAME: &'static str = "draw_run";
    const SUMMARY: &'static str = "The graph that a run has started with, with the states of its tasks";
    const ROLE: Role = Role::Viewer;
    const OTHER_MEDIA: &'static [&'static str] = &["image/svg+xml", "text/plain; charset=utf-8"];
    const ANSWERS_JSON: bool = false;

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Reply, Problem> {
        let drawing = Drawing::named(&input.format)?;
        let body = app::draw_run(&ctx, &app, RunId(input.run_id), drawing).await?;
        Ok(Reply::text(drawing.media_type(), body))
    }
}

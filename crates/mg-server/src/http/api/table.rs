//! `GET /api/v1/tables/{table}/lineage`.

use axum::http::Method;
use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::operation::Operation;
use super::reply::Reply;
use crate::Problem;
use crate::app::{self, App, Lineage};

pub(super) struct GetLineage;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// schema.table, as a query names it.
    table: String,
}

impl Operation for GetLineage {
    type Input = Input;
    type Output = Lineage;
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/api/v1/tables/{table}/lineage";
    const NAME: &'static str = "get_lineage";
    const SUMMARY: &'static str =
        "The runs and tasks that wrote a table, newest first, and the KPIs that are measured from it";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Reply, Problem> {
        Reply::json(&app::get_lineage(&ctx, &app, &input.table).await?)
    }
}

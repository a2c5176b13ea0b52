//! Who executes tasks, and how many of a kind at a time.

use axum::http::Method;
use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::operation::Operation;
use super::reply::Reply;
use crate::Problem;
use crate::app::{self, App, PoolList, PoolReport, WorkerList};

/// Nothing is asked beside the path.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// How many slots a pool is to have.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Slots {
    /// Name of the pool.
    pool: String,
    /// How many of its tasks run at a time, over all workers; 0 holds them all.
    #[schemars(range(max = 10_000))]
    slots: u32,
}

pub(super) struct ListWorkers;

impl Operation for ListWorkers {
    type Input = Nothing;
    type Output = WorkerList;
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/api/v1/workers";
    const NAME: &'static str = "list_workers";
    const SUMMARY: &'static str = "The processes that execute tasks";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, _input: Nothing) -> Result<Reply, Problem> {
        Reply::json(&app::list_workers(&ctx, &app).await?)
    }
}

pub(super) struct ListPools;

impl Operation for ListPools {
    type Input = Nothing;
    type Output = PoolList;
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/api/v1/pools";
    const NAME: &'static str = "list_pools";
    const SUMMARY: &'static str = "The pools";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, _input: Nothing) -> Result<Reply, Problem> {
        Reply::json(&app::list_pools(&ctx, &app).await?)
    }
}

pub(super) struct SetPool;

impl Operation for SetPool {
    type Input = Slots;
    type Output = PoolReport;
    const METHOD: Method = Method::PUT;
    const PATH: &'static str = "/api/v1/pools/{pool}";
    const NAME: &'static str = "set_pool";
    const SUMMARY: &'static str = "Set how many tasks of a pool run at a time, whatever the code says";
    const ROLE: Role = Role::Editor;

    async fn call(ctx: OpContext, app: App, input: Slots) -> Result<Reply, Problem> {
        Reply::json(&app::set_pool(&ctx, &app, &input.pool, input.slots).await?)
    }
}

/// A pool.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OnePool {
    /// Name of the pool.
    pool: String,
}

pub(super) struct ResetPool;

impl Operation for ResetPool {
    type Input = OnePool;
    type Output = PoolReport;
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/api/v1/pools/{pool}/reset";
    const NAME: &'static str = "reset_pool";
    const SUMMARY: &'static str = "Let as many tasks of a pool run at a time as the code says";
    const ROLE: Role = Role::Editor;

    async fn call(ctx: OpContext, app: App, input: OnePool) -> Result<Reply, Problem> {
        Reply::json(&app::reset_pool(&ctx, &app, &input.pool).await?)
    }
}

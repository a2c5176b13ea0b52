//! One function a use case (`app`), the jobs that runs are made of (`jobs`), and the faces that
//! agents (`mcp`) and programs (`http/api`) see.
//!
//! A face authenticates, parses, calls one use case and renders; it decides nothing.

pub mod alert;
pub mod app;
mod argument;
mod cursor;
mod http;
mod jobs;
mod mcp;
pub mod model;
mod problem;
mod schema;
pub mod spiders;
mod token;
pub mod web;

pub use http::{Endpoint, HttpOptions, Sessions, endpoints, mcp_door, openapi, router};
pub use jobs::{JobKind, jobs, jobs_of};
pub use mcp::{Agents, Listed, Page, Pages, serve_stdio};
pub use problem::Problem;
pub use token::{
    NewToken, TokenRequest, authenticate, create_token, list_tokens, revoke_token, rotate_token,
};

//! One function a use case (`app`), the jobs that runs are made of (`jobs`), and the face
//! that agents see (`mcp`).
//!
//! A face authenticates, parses, calls one use case and renders; it decides nothing.

pub mod app;
mod http;
mod jobs;
mod mcp;
pub mod model;
mod problem;
mod token;

pub use http::{HttpOptions, router};
pub use jobs::jobs;
pub use problem::Problem;
pub use token::{NewToken, TokenRequest, create_token, list_tokens, revoke_token, rotate_token};

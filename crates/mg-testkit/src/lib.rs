//! Dev only: what tests of behaviour stand on. Everything in it is real: Postgres, the local
//! portal, an HTTP server on loopback, the MCP client of the Rust SDK.

mod agent;
mod database;
mod platform;
pub mod queries;
mod shared;

pub use agent::{Agent, Era, ToolAnswer};
pub use database::TestDatabase;
pub use platform::{TODAY, TestPlatform};
pub use shared::shared_file;

//! Dev only: what tests of behaviour stand on. Everything in it is real: Postgres, the local
//! portal, an HTTP server on loopback, the MCP client of the Rust SDK.

mod agent;
mod database;
mod hook;
mod platform;
pub mod queries;
mod shared;
mod smtp;

pub use agent::{Agent, Era, ToolAnswer};
pub use database::TestDatabase;
pub use hook::{Hook, HookSink};
pub use platform::{TODAY, TestPlatform};
pub use shared::shared_file;
pub use smtp::{Mail, SmtpOptions, SmtpSink, SmtpTls};

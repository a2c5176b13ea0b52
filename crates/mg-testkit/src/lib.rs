//! Dev only: what tests of behaviour stand on. Everything in it is real: Postgres, the local
//! portal, an HTTP server on loopback, the MCP client of the Rust SDK.

mod agent;
mod assembly;
mod crawler;
mod database;
mod hook;
mod linked_site;
mod platform;
pub mod queries;
mod shared;
mod smtp;

pub use agent::{Agent, Era, ToolAnswer};
pub use crawler::{Crawler, ask_for_crawl, spider_of, succeeded};
pub use database::TestDatabase;
pub use hook::{Hook, HookSink};
pub use linked_site::{Count, LinkedSite, ROWS_A_PAGE};
pub use platform::{TODAY, TestPlatform};
pub use shared::shared_file;
pub use smtp::{Mail, SmtpOptions, SmtpSink, SmtpTls};

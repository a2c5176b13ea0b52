//! The platform as its users meet it: real Postgres, real HTTP, a real MCP client, and a web
//! that is the local portal or a server of the test's own.

mod cancel;
mod cancelled;
mod dvf;
mod dvf_file;
mod editions;
mod http;
mod launches;
mod matrix;
mod pagination;
mod prompts;
mod protocol;
mod real_file;
mod reckoned;
mod refusals;
mod rejects;
mod resources;
mod schema;
mod sitadel_file;
mod subscriptions;
mod tables;
mod tasks;
mod tools;
mod trouble;
mod urbanisme;
mod web;
mod wire;
mod zones;

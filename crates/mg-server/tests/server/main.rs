//! The platform as its users meet it: real Postgres, real HTTP, a real MCP client, and a web
//! that is the local portal or a server of the test's own.

mod cancel;
mod dvf;
mod dvf_file;
mod editions;
mod http;
mod launches;
mod real_file;
mod reckoned;
mod refusals;
mod rejects;
mod schema;
mod sitadel_file;
mod tables;
mod tools;
mod trouble;
mod urbanisme;
mod web;
mod zones;

//! The platform as its users meet it: real Postgres, real HTTP, a real MCP client, and a web
//! that is the local portal or a server of the test's own.

mod alerts;
mod attacks;
mod audit;
mod cancel;
mod cancelled;
mod continued;
mod dvf;
mod dvf_file;
mod editions;
mod http;
mod launches;
mod limits;
mod matrix;
mod pagination;
mod prompts;
mod protocol;
mod real_file;
mod reckoned;
mod refusals;
mod rejects;
mod resources;
mod rotation;
mod schema;
mod scoped;
mod sitadel_file;
mod subscriptions;
mod tables;
mod tasks;
mod tools;
mod trouble;
mod two_communes;
mod urbanisme;
mod web;
mod wire;
mod zones;

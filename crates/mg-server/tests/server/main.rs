//! The platform as its users meet it: real Postgres, real HTTP, a real MCP client, and a web
//! that is the local portal or a server of the test's own.

mod real_file;
mod reckoned;
mod urbanisme;
mod web;

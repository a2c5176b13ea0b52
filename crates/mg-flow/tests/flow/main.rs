//! What a worker promises, tried over a real Postgres.

mod failure;
mod jobs;
mod order;
mod stop;
mod telling;
mod workers;

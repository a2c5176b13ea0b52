//! What a worker promises, tried over a real Postgres.

mod define;
mod engine;
mod failure;
mod jobs;
mod order;
mod schedules;
mod stop;
mod telling;
mod workers;

//! The flow engine beside Airflow and graphile-worker, on one Postgres.
//!
//! What is compared, and how, stands in `scripts/bench/flow`. Here is what only this program can
//! do: a private Postgres as in production ([`bed`]), and our own worker ([`worker`]).

mod bed;
mod fibonacci;
mod worker;

pub(crate) use bed::bed;
pub(crate) use worker::work;

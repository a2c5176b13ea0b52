//! The only crate that speaks SQL.
//!
//! [`Cluster`] runs a private Postgres when there is no other; [`Store`] holds the pools
//! of the writer and the reader login over a migrated database. Every other module is one
//! noun of the database: its queries, as plain functions on the store.
//!
//! It never decides what to store: records, KPI definitions and forecasts are given to it.

pub mod agent_task;
pub mod alert;
mod attended;
pub mod audit;
pub mod backfill;
mod bell;
pub mod catalog;
mod cluster;
mod commune;
mod connect;
pub mod crawl;
pub mod dag;
mod edition;
mod error;
pub mod forecast;
pub mod kpi;
pub mod lineage;
pub mod load;
pub mod log;
pub mod pool;
mod provision;
pub mod query;
mod reader;
pub mod reject;
pub mod run;
pub mod schedule;
mod scope;
mod signal;
mod signing_key;
mod standby;
pub mod task;
pub mod token;
pub mod trigger;
pub mod upkeep;
pub mod version;
pub mod worker;

pub use bell::{Bell, Ring};
pub use cluster::{
    Attachment, Cluster, ClusterError, ClusterOptions, PostgresBinaries, Tenant, runs_as_root,
};
pub use connect::{ExternalLogins, NewTable, Store, StoreOptions};
pub use edition::Edition;
pub use error::StoreError;
pub use provision::made_from;
pub use signal::{Moment, Signals};
pub use standby::{StandbyAddress, StandbyState};

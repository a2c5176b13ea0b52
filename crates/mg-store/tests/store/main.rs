//! What the store promises, tried over a real Postgres.

mod attach;
mod catalog;
mod cluster;
mod edition;
mod external;
mod forecast;
mod fresh_cluster;
mod load;
mod measure;
mod odd_folders;
mod query;
mod reclaim;
mod reject;
mod roles;
mod sales;
mod session;
mod task;
mod token;
mod writer;

//! What the store promises, tried over a real Postgres.

mod admitted;
mod attach;
mod audit;
mod cancel;
mod catalog;
mod cluster;
mod edition;
mod external;
mod forecast;
mod fresh_cluster;
mod gate_functions;
mod load;
mod mask;
mod measure;
mod odd_folders;
mod query;
mod reclaim;
mod reject;
mod roles;
mod sales;
mod scope;
mod session;
mod task;
mod token;
mod writer;

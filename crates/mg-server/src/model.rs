//! What is measured: the files of `models/`, read and checked.
//!
//! They are read from a folder, or from the copy that is built in, so that the one binary
//! works from anywhere.

mod kpi;
mod load;

pub use kpi::{Direction, Empty, Forecasting, Freshness, Kpi};
pub use load::{ModelError, Models};

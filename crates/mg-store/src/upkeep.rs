//! Upkeep: what is taken from the books when it is old, and what an operator should look at.

mod advice;
mod prune;

pub use advice::Advice;
pub use prune::{PrunedBook, Retention};

//! A real browser for pages that only a script fills: Chromium, driven over its own protocol.
//!
//! A [`BrowserPool`] keeps some of them and lends pages; each visit is a page in a context of its own that
//! nothing of the visit before is left in. Every connection of a browser goes through a filtering
//! [`Proxy`](crate::proxy::Proxy) of its own, and no browser outlives the process that started it.

mod arguments;
mod chromium;
mod error;
mod events;
mod page;
mod pool;
mod process;
mod profile;
mod seat;
mod settle;
mod visit;

pub use chromium::{Browser, BrowserOptions};
pub use error::BrowserError;
pub use pool::{BrowserPool, PoolOptions};
pub use visit::{Extent, Resource, Step, Until, Visit, Visited};

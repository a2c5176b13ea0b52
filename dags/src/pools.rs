//! What must not be asked for too much at a time, over all workers.

use mg_flow::Pool;

/// Files of the national portals, which ask for patience.
pub(crate) const PORTAL: &str = "portail";

/// Every pool there is.
pub(crate) fn all() -> [Pool; 1] {
    [Pool::new(PORTAL, 4)]
}

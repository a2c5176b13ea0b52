//! The client's look-up of names: the guard's, so that it connects to what was checked.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::guard::Guard;

/// Gives the connector checked addresses or the guard's refusal.
#[derive(Debug)]
pub(super) struct GuardedLookup(pub(super) Arc<Guard>);

impl Resolve for GuardedLookup {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.0.clone();
        Box::pin(async move {
            let addresses = guard.resolve(name.as_str()).await?;
            // The connector puts the URL's port in the place of 0.
            let addresses = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

//! Counting what passes, and ending what passes nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio_util::io::InspectReader;

/// Counts of one proxy, or of one connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Traffic {
    received: Arc<AtomicU64>,
    moved: Arc<AtomicU64>,
}

impl Traffic {
    pub(super) fn received_bytes(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// The counts of a connection, whose receipts count for the whole.
    pub(super) fn of_connection(&self) -> Self {
        Self { received: self.received.clone(), moved: Arc::default() }
    }

    /// A connection to the web whose receipts are counted.
    pub(super) fn web_side(&self, stream: TcpStream) -> InspectReader<TcpStream, impl FnMut(&[u8]) + use<>> {
        let Self { received, moved } = self.clone();
        InspectReader::new(stream, move |bytes| {
            received.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            moved.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        })
    }

    /// The browser's side of a tunnel: what it sends is a sign of life, and no receipt.
    pub(super) fn browser_side<S>(&self, stream: S) -> InspectReader<S, impl FnMut(&[u8]) + use<S>>
    where
        S: tokio::io::AsyncRead,
    {
        let moved = self.moved.clone();
        InspectReader::new(stream, move |bytes| {
            moved.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        })
    }

    /// Ends once nothing moved for `idle`, or up to twice as long.
    pub(super) async fn idle(&self, idle: Duration) {
        let mut before = None;
        loop {
            let moved = self.moved.load(Ordering::Relaxed);
            if before == Some(moved) {
                return;
            }
            before = Some(moved);
            tokio::time::sleep(idle).await;
        }
    }
}

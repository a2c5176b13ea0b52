//! The way out of a browser: a forward proxy on a loopback port, with the [`Guard`] at its door.
//!
//! Chromium looks names up and opens connections on its own account. Told to use this proxy for all of
//! them, it does neither: each target is judged, looked up and connected to here. What is refused is
//! answered with 403 and a sentence, and noted, so that whoever sent the browser there learns why.

mod refusals;
mod relay;
mod traffic;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

use crate::guard::{Guard, Refused};
use refusals::Refusals;
use relay::Relay;
use traffic::Traffic;

/// Bounds of a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProxyOptions {
    /// Most connections at once; more are closed unanswered.
    pub connections: usize,
    /// Longest wait for a connection to one address of a target.
    pub connect_timeout: Duration,
    /// A connection is ended when nothing passed through it for so long.
    pub idle_timeout: Duration,
}

impl Default for ProxyOptions {
    fn default() -> Self {
        Self {
            connections: 256,
            connect_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(60),
        }
    }
}

/// A running proxy. It ends, with all that goes through it, when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    refusals: Arc<Refusals>,
    traffic: Traffic,
    _ends: DropGuard,
}

impl Proxy {
    /// Starts a proxy on a free port of the loopback interface.
    pub async fn start(guard: Arc<Guard>, options: ProxyOptions) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (refusals, traffic, end) =
            (Arc::<Refusals>::default(), Traffic::default(), CancellationToken::new());
        let relay =
            Relay { guard, options, refusals: refusals.clone(), traffic: traffic.clone(), end: end.clone() };
        tokio::spawn(accept(listener, Arc::new(relay)));
        Ok(Self { address, refusals, traffic, _ends: end.drop_guard() })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Bytes that came from the web through it so far, as they came over the wire.
    pub fn received_bytes(&self) -> u64 {
        self.traffic.received_bytes()
    }

    /// Why a URL's host and port were refused, where that was lately.
    pub fn refusal(&self, url: &Url) -> Option<Refused> {
        self.refusals.of(url)
    }
}

async fn accept(listener: TcpListener, relay: Arc<Relay>) {
    let places = Arc::new(Semaphore::new(relay.options.connections));
    let end = relay.end.clone();
    while let Some(accepted) = end.run_until_cancelled(listener.accept()).await {
        let stream = match accepted {
            Ok((stream, _)) => stream,
            // Out of descriptors, most likely; some are given back before long.
            Err(error) => {
                tracing::warn!("the browser's proxy takes no connection: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        let relay = relay.clone();
        tokio::spawn(async move {
            let end = relay.end.clone();
            end.run_until_cancelled(serve(stream, &relay)).await;
            drop(place);
        });
    }
}

/// Serves one connection: requests one after the other, or one tunnel.
async fn serve(stream: TcpStream, relay: &Arc<Relay>) {
    let (tunnel, tunnelled) = tokio::sync::mpsc::channel(1);
    let service = service_fn(|request| {
        let (relay, tunnel) = (relay.clone(), tunnel.clone());
        async move { relay.answer(request, tunnel).await }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(relay.options.idle_timeout)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
    // Browsers break connections off as a matter of course.
    if let Err(error) = served {
        tracing::trace!("a connection of the browser ended: {error}");
    }
    relay.tunnel(tunnelled).await;
}

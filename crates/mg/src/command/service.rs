//! What `serve` and `demo` share: the listener, and an orderly end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use mg_flow::Worker;
use mg_server::HttpOptions;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, ServerConfig};
use crate::platform::Platform;

/// How long callers may take to get their last answer.
const LAST_ANSWERS: Duration = Duration::from_secs(5);
/// How long a worker may take to note what became of its tasks, once their jobs have had their time to stop.
const LAST_NOTES: Duration = Duration::from_secs(20);

/// Becomes cancelled at Ctrl-C, SIGTERM or when the terminal goes away.
pub(super) fn stop_signal() -> anyhow::Result<CancellationToken> {
    let stop = CancellationToken::new();
    for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
        let mut signals = signal(kind).context("listening for signals")?;
        let stop = stop.clone();
        tokio::spawn(async move {
            signals.recv().await;
            stop.cancel();
        });
    }
    Ok(stop)
}

/// Listens on the configured address.
pub(super) async fn listen(server: &ServerConfig) -> anyhow::Result<TcpListener> {
    let address = format!("{}:{}", server.host, server.port);
    TcpListener::bind(&address).await.with_context(|| {
        format!("cannot listen on {address}: free the port, or choose another with --port or server.port")
    })
}

/// Whether listening failed because someone else does.
pub(super) fn is_taken(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<std::io::Error>();
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::AddrInUse)
}

/// Where a listener listens, as a client writes it.
pub(super) fn url(listener: &TcpListener) -> anyhow::Result<String> {
    let address: SocketAddr = listener.local_addr().context("asking where the listener listens")?;
    Ok(format!("http://{address}"))
}

/// Serves until `stop`, then lets callers have their last answers.
pub(super) async fn serve(
    config: &Config,
    platform: &Platform,
    listener: TcpListener,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let options = HttpOptions {
        allowed_hosts: config.server.allowed_hosts.clone(),
        allowed_origins: config.server.allowed_origins.clone(),
    };
    let router = mg_server::router(platform.app.clone(), Arc::clone(&platform.clock), &options);
    let stopping = stop.clone();
    let served =
        axum::serve(listener, router).with_graceful_shutdown(async move { stopping.cancelled().await });
    let deadline = async {
        stop.cancelled().await;
        tokio::time::sleep(LAST_ANSWERS).await;
    };
    tokio::select! {
        served = async { served.await } => served.context("serving"),
        // A caller who keeps a stream open must not keep the service up.
        () = deadline => Ok(()),
    }
}

/// Ends work and database in that order.
pub(super) async fn end(platform: Platform, worker: Worker) -> anyhow::Result<()> {
    if timeout(platform.work.grace + LAST_NOTES, worker.stop()).await.is_err() {
        tracing::warn!("the worker did not stop in time; its tasks will be done again");
    }
    platform.close().await
}

//! A site of the test's own, which remembers what it was asked.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use http::HeaderMap;
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use url::Url;

/// Longer than anything takes that works.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A request that came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
}

/// A site on a loopback port, until it is dropped.
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    seen: watch::Receiver<Vec<Seen>>,
    server: JoinHandle<()>,
}

impl Site {
    pub(crate) async fn start(router: Router) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (note, seen) = watch::channel(Vec::new());
        let noting = from_fn(move |request: Request, next: Next| {
            let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
            note.send_modify(|seen| seen.push(Seen { path, headers: request.headers().clone() }));
            next.run(request)
        });
        let server = tokio::spawn(async move {
            axum::serve(listener, router.layer(noting)).await.expect("the site serves");
        });
        Ok(Self { address, seen, server })
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        format!("http://{}{path}", self.address).parse().expect("a URL")
    }

    /// As the guard's configuration names it.
    pub(crate) fn endpoint(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.borrow().clone()
    }

    pub(crate) fn paths(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.path).collect()
    }

    /// Waits until a path was asked for.
    pub(crate) async fn asked_for(&self, path: &str) -> anyhow::Result<()> {
        let mut seen = self.seen.clone();
        timeout(PATIENCE, seen.wait_for(|seen| seen.iter().any(|seen| seen.path == path))).await??;
        Ok(())
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A site behind a certificate that nobody signed. It answers whoever takes that.
pub(crate) struct Sealed {
    pub(crate) address: SocketAddr,
    server: JoinHandle<()>,
}

impl Sealed {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        mg_crawl::init_tls();
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let config = ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(vec![made.cert.der().clone()], key.into())?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsealed").await;
                }
            }
        });
        Ok(Self { address, server })
    }
}

impl Drop for Sealed {
    fn drop(&mut self) {
        self.server.abort();
    }
}

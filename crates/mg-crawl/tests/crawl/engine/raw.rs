//! A server below HTTP, for answers that no web server would send.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use url::Url;

/// What is sent for a request.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// These bytes; then the connection is closed.
    Bytes(Vec<u8>),
    /// These bytes; then nothing, on a connection that stays open.
    ThenSilence(Vec<u8>),
    /// These bytes, one after the other, for ever.
    Drip(Vec<u8>),
}

/// Ends with its owner.
pub(super) struct RawSite {
    port: u16,
    connections: Arc<AtomicUsize>,
    server: JoinHandle<()>,
}

impl RawSite {
    /// Answers each request by `reply`, which is given its path and how often it was asked before.
    pub(super) async fn serve<R>(reply: R) -> Self
    where
        R: Fn(&str, usize) -> Reply + Send + Sync + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let (connections, reply) = (Arc::new(AtomicUsize::new(0)), Arc::new(reply));
        let asked = Arc::new(std::sync::Mutex::new(std::collections::HashMap::<String, usize>::new()));
        let counted = connections.clone();
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (reply, asked, counted) = (reply.clone(), asked.clone(), counted.clone());
                tokio::spawn(async move {
                    let mut stream = stream;
                    let Some(path) = request_path(&mut stream).await else { return };
                    let before = {
                        let mut asked = asked.lock().expect("its memory");
                        let times = asked.entry(path.clone()).or_default();
                        *times += 1;
                        *times - 1
                    };
                    if path != "/robots.txt" {
                        counted.fetch_add(1, Ordering::SeqCst);
                    }
                    send(stream, reply(&path, before)).await;
                });
            }
        });
        Self { port, connections, server }
    }

    pub(super) fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(super) fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://127.0.0.1:{}{path}", self.port)).expect("a URL")
    }

    /// How often it was asked, for robots.txt apart.
    pub(super) fn times(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for RawSite {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A whole answer of this status.
pub(super) fn whole(status: &str, body: &str) -> Reply {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {length}\r\n");
    Reply::Bytes(format!("{head}Connection: close\r\n\r\n{body}").into_bytes())
}

async fn request_path(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        let mut piece = [0u8; 1_024];
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => head.extend_from_slice(&piece[..count]),
        }
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    text.split_ascii_whitespace().nth(1).map(str::to_owned)
}

async fn send(mut stream: TcpStream, reply: Reply) {
    // Whoever asked may have gone; that is its right.
    match reply {
        Reply::Bytes(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Reply::ThenSilence(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.read(&mut [0u8; 16]).await;
        }
        Reply::Drip(bytes) => {
            for byte in bytes.iter().cycle() {
                if stream.write_all(&[*byte]).await.is_err() {
                    return;
                }
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
    }
}

//! A line to Postgres on which LISTEN is accepted and nothing is ever told, as behind a pooler that
//! gives each transaction another session.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::task::AbortOnDropHandle;

/// The name that clients look for in a folder.
const SOCKET: &str = ".s.PGSQL.5432";
/// The kind of message by which Postgres tells what was notified.
const NOTIFICATION: u8 = b'A';
/// The answer to who asks for TLS where there is none.
const NO_TLS: u8 = b'N';

/// A socket of its own before that of a server.
pub(super) struct SilentLine {
    folder: PathBuf,
    swallowed: Arc<AtomicUsize>,
    _serving: AbortOnDropHandle<()>,
}

impl SilentLine {
    /// A line to the server whose socket is in `server`, with its own in a folder in `beside`.
    pub(super) async fn to(server: &Path, beside: &Path) -> anyhow::Result<Self> {
        let folder = beside.join("line");
        std::fs::create_dir(&folder)?;
        let listener = UnixListener::bind(folder.join(SOCKET))?;
        let swallowed = Arc::<AtomicUsize>::default();
        let serving = tokio::spawn(serve(listener, server.join(SOCKET), Arc::clone(&swallowed)));
        Ok(Self { folder, swallowed, _serving: AbortOnDropHandle::new(serving) })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// How often something was told, and kept from whoever listens.
    pub(super) fn swallowed(&self) -> usize {
        self.swallowed.load(Ordering::SeqCst)
    }
}

async fn serve(listener: UnixListener, server: PathBuf, swallowed: Arc<AtomicUsize>) {
    while let Ok((client, _)) = listener.accept().await {
        let (server, swallowed) = (server.clone(), Arc::clone(&swallowed));
        tokio::spawn(async move {
            let Ok(server) = UnixStream::connect(server).await else { return };
            let (mut from_client, to_client) = client.into_split();
            let (from_server, mut to_server) = server.into_split();
            // Either ends with its side, and takes the other with it.
            tokio::select! {
                _ = copy(&mut from_client, &mut to_server) => {}
                _ = pass_on(from_server, to_client, &swallowed) => {}
            }
        });
    }
}

/// Passes messages of a server on: a byte for the kind, four for the length with themselves, and the
/// rest, as of protocol 3.0.
async fn pass_on(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    swallowed: &AtomicUsize,
) -> std::io::Result<()> {
    let mut kind = from.read_u8().await?;
    // Before all else a client may ask for TLS, which is refused in one letter.
    if kind == NO_TLS {
        to.write_u8(kind).await?;
        kind = from.read_u8().await?;
    }
    loop {
        let length = from.read_u32().await?;
        let mut body = vec![0; length.saturating_sub(4) as usize];
        from.read_exact(&mut body).await?;
        if kind == NOTIFICATION {
            swallowed.fetch_add(1, Ordering::SeqCst);
        } else {
            to.write_u8(kind).await?;
            to.write_u32(length).await?;
            to.write_all(&body).await?;
        }
        kind = from.read_u8().await?;
    }
}

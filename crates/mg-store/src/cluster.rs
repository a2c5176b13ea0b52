//! A private Postgres in the data folder, for when there is no `DATABASE_URL`.
//!
//! It listens on a Unix socket alone, lets in only the operating-system user who runs
//! `mg` (peer authentication), keeps `fsync` on, and is stopped with the process. A
//! postmaster that outlived a killed `mg` is adopted: it is the same cluster, still whole.

mod binaries;
mod error;
mod folder;
mod lock;
mod server;

pub use binaries::PostgresBinaries;
pub use error::ClusterError;
pub use lock::Tenant;

use std::path::{Path, PathBuf};

use folder::Folder;
use lock::FolderLock;
use server::Server;

/// What a caller may choose about a cluster.
#[derive(Debug, Clone, Default)]
pub struct ClusterOptions {
    /// Where the server's programs are; `None` looks for them.
    pub binaries: Option<PathBuf>,
    /// Turn `fsync` off. Only for databases that tests throw away.
    pub disposable: bool,
}

/// A running private Postgres that this process owns.
#[derive(Debug)]
pub struct Cluster {
    server: Server,
    is_stopped: bool,
    // Held until the cluster is dropped: nobody else may start a server on this folder.
    _lock: FolderLock,
}

/// The way to the database of a cluster that another process owns.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// Folder of the server's Unix socket.
    pub socket_dir: PathBuf,
    /// Who owns the cluster.
    pub tenant: Tenant,
}

/// Whether this process runs as root: Postgres and Chromium's sandbox refuse to.
pub fn runs_as_root() -> bool {
    nix::unistd::geteuid().is_root()
}

impl Cluster {
    /// Takes `data_dir` and starts Postgres in it, making the cluster on first use.
    /// `command` is what the process does; it is shown to whoever finds the folder taken.
    pub async fn start(
        data_dir: &Path,
        command: &str,
        options: &ClusterOptions,
    ) -> Result<Self, ClusterError> {
        // Without any programs nothing is touched.
        PostgresBinaries::find(options.binaries.as_deref())?;
        let lock = FolderLock::take(data_dir, command)?;
        let folder = Folder::prepare(data_dir)?;
        let binaries = PostgresBinaries::fitting(options.binaries.as_deref(), folder.version())?;
        let server = Server::start(binaries, folder, options.disposable).await?;
        Ok(Self { server, is_stopped: false, _lock: lock })
    }

    /// The way to the cluster on `data_dir`, when another living process owns it.
    pub fn attach(data_dir: &Path) -> Result<Option<Attachment>, ClusterError> {
        let Some(tenant) = FolderLock::tenant(data_dir)? else {
            return Ok(None);
        };
        let socket_dir = Folder::prepare(data_dir)?.socket_dir;
        Ok(Some(Attachment { socket_dir, tenant }))
    }

    /// Folder of the server's Unix socket: `psql -h` takes it.
    pub fn socket_dir(&self) -> &Path {
        self.server.socket_dir()
    }

    /// Stops Postgres at once, waiting on this thread. Only for databases that are thrown away.
    pub fn stop_immediately(&mut self) {
        self.is_stopped = true;
        self.server.stop_on_this_thread("immediate");
    }

    /// Lets the folder go and leaves Postgres running, as a killed process does. For tests.
    #[doc(hidden)]
    pub fn abandon(mut self) {
        self.is_stopped = true;
    }

    /// Ends every session and starts Postgres anew, as a machine that restarts does. For tests.
    #[doc(hidden)]
    pub async fn restart(&self) -> Result<(), ClusterError> {
        self.server.restart(true).await
    }

    /// Stops Postgres, once what is being written is on disk.
    pub async fn stop(mut self) -> Result<(), ClusterError> {
        self.server.stop().await?;
        self.is_stopped = true;
        Ok(())
    }
}

/// On every way out but a kill, Postgres goes with the process that started it.
impl Drop for Cluster {
    fn drop(&mut self) {
        if !self.is_stopped {
            self.server.stop_on_this_thread("fast");
        }
    }
}

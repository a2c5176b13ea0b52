//! A folder for clusters of a test's own, left without a server however the test ends.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Context;
use mg_store::{Cluster, ClusterError, ClusterOptions};
use tempfile::TempDir;

/// Fast to make, and lost with a crash of the machine.
pub(crate) const DISPOSABLE: ClusterOptions = ClusterOptions { binaries: None, disposable: true };

/// A data folder below a temporary one.
pub(crate) struct DataFolder {
    path: PathBuf,
    _parent: TempDir,
}

impl DataFolder {
    /// One that Postgres' user can walk to, named `name`; it does not exist yet.
    pub(crate) fn open(name: &str) -> anyhow::Result<Self> {
        Self::below(name, 0o755)
    }

    /// One that only its owner can walk to, like a home.
    pub(crate) fn closed(name: &str) -> anyhow::Result<Self> {
        Self::below(name, 0o700)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) async fn start(&self) -> Result<Cluster, ClusterError> {
        Cluster::start(&self.path, "a test", &DISPOSABLE).await
    }

    /// Process id of the server that runs in it.
    pub(crate) fn postmaster(&self) -> anyhow::Result<u32> {
        let file =
            fs::read_to_string(self.path.join("postgres/data/postmaster.pid")).context("no server runs")?;
        Ok(file.lines().next().context("an empty postmaster.pid")?.parse()?)
    }

    fn below(name: &str, mode: u32) -> anyhow::Result<Self> {
        let parent = tempfile::Builder::new().prefix("mg-test-").tempdir()?;
        fs::set_permissions(parent.path(), Permissions::from_mode(mode))?;
        Ok(Self { path: parent.path().join(name), _parent: parent })
    }
}

impl Drop for DataFolder {
    fn drop(&mut self) {
        if let Ok(pid) = self.postmaster() {
            signal("-QUIT", pid);
            let deadline = Instant::now() + Duration::from_secs(20);
            while is_alive(pid) && Instant::now() < deadline {
                sleep(Duration::from_millis(20));
            }
        }
    }
}

/// Ends a server as a crash would, and waits until it is gone.
pub(crate) fn kill(pid: u32) -> anyhow::Result<()> {
    signal("-KILL", pid);
    let deadline = Instant::now() + Duration::from_secs(20);
    while is_alive(pid) {
        anyhow::ensure!(Instant::now() < deadline, "process {pid} outlived a kill");
        sleep(Duration::from_millis(20));
    }
    Ok(())
}

fn signal(signal: &str, pid: u32) -> bool {
    let kill = Command::new("kill").args([signal, &pid.to_string()]).stderr(Stdio::null()).status();
    kill.is_ok_and(|status| status.success())
}

fn is_alive(pid: u32) -> bool {
    signal("-0", pid)
}

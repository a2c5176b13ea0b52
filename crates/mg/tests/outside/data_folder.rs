//! A data folder for one test, and what a test may want to know of the Postgres in it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context;
use tempfile::TempDir;

/// In the environment of everything that a test starts, so that what is left can be found.
pub(crate) const MARK: &str = "OUTSIDE_TEST";

/// A data folder that does not exist yet. Dropping it ends its Postgres and removes it.
pub(crate) struct DataFolder {
    around: TempDir,
    path: PathBuf,
}

impl DataFolder {
    /// A fresh one, which an unprivileged Postgres can reach.
    pub(crate) fn new() -> anyhow::Result<Self> {
        use std::os::unix::fs::PermissionsExt;
        let around =
            tempfile::Builder::new().prefix("mg-outside-").tempdir().context("a folder for the test")?;
        std::fs::set_permissions(around.path(), std::fs::Permissions::from_mode(0o755))?;
        let path = around.path().join("data");
        Ok(Self { around, path })
    }

    /// What `--data` is given.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A place of the test's own beside the data: `mg` is called from here.
    pub(crate) fn beside(&self) -> &Path {
        self.around.path()
    }

    /// The process id of the folder's postmaster, if one lives.
    pub(crate) fn postmaster(&self) -> Option<u32> {
        let text = std::fs::read_to_string(self.path.join("postgres/data/postmaster.pid")).ok()?;
        text.lines().next()?.trim().parse().ok().filter(|&pid| is_alive(pid))
    }

    /// Whether the cluster has come so far that this file or folder of it is there. While it is
    /// made, the number of the process that makes it comes after the name.
    pub(crate) fn has_of_its_cluster(&self, name: &str) -> bool {
        let cluster = self.path.join("postgres");
        let entries = std::fs::read_dir(&cluster).into_iter().flatten().flatten();
        let in_the_making = format!("{name}-");
        let mut names = entries.map(|entry| entry.file_name());
        cluster.join(name).exists() || names.any(|name| name.to_string_lossy().starts_with(&in_the_making))
    }

    /// Whether the folder's Postgres has its socket.
    pub(crate) fn has_socket(&self) -> bool {
        self.path.join("postgres/socket/.s.PGSQL.5432").exists()
    }

    /// The command lines of living processes that come from this test's commands. Where the
    /// system has no /proc, none are seen.
    pub(crate) fn processes(&self) -> Vec<String> {
        let mark = format!("{MARK}={}", self.around.path().display());
        let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let marked = entries.filter_map(|entry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            let environment = std::fs::read(entry.path().join("environ")).ok()?;
            let ours = environment.split(|&byte| byte == 0).any(|variable| variable == mark.as_bytes());
            let line = std::fs::read(entry.path().join("cmdline")).ok()?;
            (ours && is_alive(pid))
                .then(|| format!("{pid} {}", String::from_utf8_lossy(&line).replace('\0', " ")))
        });
        marked.collect()
    }
}

impl Drop for DataFolder {
    fn drop(&mut self) {
        let Some(pid) = self.postmaster() else {
            return;
        };
        // What `pg_ctl stop -m immediate` sends; pg_ctl itself refuses to run as root.
        send("QUIT", &pid.to_string());
        let deadline = Instant::now() + Duration::from_secs(20);
        while is_alive(pid) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Whether a process runs. One that has ended and that nobody has waited for does not.
pub(crate) fn is_alive(pid: u32) -> bool {
    match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat.rsplit(") ").next().is_some_and(|rest| !rest.starts_with(['Z', 'X'])),
        Err(_) => !Path::new("/proc/self").exists() && send("0", &pid.to_string()),
    }
}

/// Sends a signal by its name to a process, or to a group by its number below zero; tells
/// whether there was somebody to send it to.
pub(crate) fn send(signal: &str, to: &str) -> bool {
    let mut kill = Command::new("kill");
    kill.args(["-s", signal, "--", to]).stderr(std::process::Stdio::null());
    kill.status().is_ok_and(|status| status.success())
}

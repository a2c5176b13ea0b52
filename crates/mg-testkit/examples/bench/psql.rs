//! SQL of the benchmark's own, through psql as the cluster's superuser.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

/// Runs one command on the database in the cluster whose socket lies in `socket_dir`.
pub(crate) fn run(socket_dir: &Path, command: &str) -> anyhow::Result<()> {
    rows(socket_dir, command).map(drop)
}

/// The rows that a command gives, their columns parted by tabs.
pub(crate) fn rows(socket_dir: &Path, command: &str) -> anyhow::Result<Vec<String>> {
    rows_of("mg", socket_dir, command)
}

/// The rows that a command gives on another database of that cluster.
pub(crate) fn rows_of(database: &str, socket_dir: &Path, command: &str) -> anyhow::Result<Vec<String>> {
    let done = Command::new("psql")
        .arg("-h")
        .arg(socket_dir)
        .args(["-U", "mg_super", "-d", database, "-qAtX", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", command])
        .output()
        .context("running psql")?;
    ensure!(done.status.success(), "psql failed: {}", String::from_utf8_lossy(&done.stderr));
    Ok(String::from_utf8(done.stdout)?.lines().map(str::to_owned).collect())
}

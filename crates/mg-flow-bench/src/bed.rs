//! A private Postgres for a command: new, `fsync` on, gone with it.

use std::env;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command as Program, ExitStatus};

use anyhow::{Context, ensure};
use mg_store::{Cluster, ClusterOptions};
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

/// Runs `command` beside a new Postgres. It finds in the environment `BENCH_SOCKET`, the folder
/// of the socket, and `BENCH`, this program.
pub(crate) async fn bed(command: &[&str]) -> anyhow::Result<()> {
    let [program, arguments @ ..] = command else {
        anyhow::bail!("say what to run beside the Postgres");
    };
    let folder = tempfile::Builder::new().prefix("mg-bench-").tempdir()?;
    // As root, Postgres runs as another user, who must be able to walk in.
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755))?;
    let cluster = start(folder.path()).await?;
    let mut command = Command::new(program);
    command.args(arguments).env("BENCH_SOCKET", cluster.socket_dir()).env("BENCH", env::current_exe()?);
    let ended = run(command).await;
    cluster.stop().await?;
    let ended = ended.with_context(|| format!("running {program}"))?;
    ensure!(ended.success(), "{program} failed: {ended}");
    Ok(())
}

/// Waits for the command's end, also when both are told to end: it still has to end those that it
/// has started, and they need the Postgres for that.
async fn run(mut command: Command) -> io::Result<ExitStatus> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let mut child = command.spawn()?;
    loop {
        tokio::select! {
            ended = child.wait() => return ended,
            // A terminal tells the command too.
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {
                if let Some(pid) = child.id() {
                    Command::new("kill").arg(pid.to_string()).status().await?;
                }
            }
        }
    }
}

/// A cluster that can count statements, if this Postgres has what counts them.
async fn start(folder: &Path) -> anyhow::Result<Cluster> {
    let cluster = Cluster::start(folder, "a benchmark", &ClusterOptions::default()).await?;
    let count = "select count(*) from pg_available_extensions where name = 'pg_stat_statements'";
    if ask(cluster.socket_dir(), count)?.trim() != "1" {
        return Ok(cluster);
    }
    let load = "alter system set shared_preload_libraries = pg_stat_statements";
    ask(cluster.socket_dir(), load)?;
    cluster.stop().await?;
    Ok(Cluster::start(folder, "a benchmark", &ClusterOptions::default()).await?)
}

/// What psql prints as the cluster's superuser.
fn ask(socket_dir: &Path, command: &str) -> anyhow::Result<String> {
    let asked = Program::new("psql")
        .arg("-h")
        .arg(socket_dir)
        .args(["-U", "mg_super", "-d", "postgres", "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", command])
        .output()
        .context("running psql")?;
    ensure!(asked.status.success(), "psql failed: {}", String::from_utf8_lossy(&asked.stderr));
    Ok(String::from_utf8(asked.stdout)?)
}

//! Starting, adopting and stopping the postmaster, through Postgres' own `pg_ctl`.

use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::net::UnixStream;
use tokio::process::Command;
use tokio::time::sleep;

use super::folder::{Folder, ServerUser};
use super::{ClusterError, PostgresBinaries};
use crate::provision::SUPERUSER;

/// Logins that the user who runs `mg` may use over the socket.
/// Most memory that one process of the server may map: its shared buffers, its code, and what a
/// statement takes. A sort or a hash stays far below it; only single values of hundreds of
/// megabytes come near.
const BACKEND_KILOBYTES: u64 = 2 << 20;

const LOGINS: [&str; 5] = [SUPERUSER, "mg_owner", "mg_writer", "mg_reader", "mg_scoped_reader"];

/// A postmaster that runs.
#[derive(Debug)]
pub(super) struct Server {
    binaries: PostgresBinaries,
    folder: Folder,
}

impl Server {
    /// Makes the cluster if there is none, and starts or adopts its postmaster.
    pub(super) async fn start(
        binaries: PostgresBinaries,
        folder: Folder,
        disposable: bool,
    ) -> Result<Self, ClusterError> {
        let server = Self { binaries, folder };
        if !server.folder.pgdata.join("PG_VERSION").exists() {
            server.create(disposable).await?;
        }
        if server.is_running().await? && server.answers().await {
            tracing::info!("adopted a Postgres that had outlived its mg");
            return Ok(server);
        }
        server.write_access_rules()?;
        if let Err(error) = server.launch(disposable).await {
            // One that a killed mg was about to start may have come first.
            if !server.answers().await {
                return Err(error);
            }
        }
        Ok(server)
    }

    pub(super) fn socket_dir(&self) -> &Path {
        &self.folder.socket_dir
    }

    /// Fast shutdown: sessions are ended, what they had committed is kept.
    pub(super) async fn stop(&self) -> Result<(), ClusterError> {
        self.pg_ctl(&["stop", "-m", "fast", "-w", "-t", "60"]).await?;
        Ok(())
    }

    /// Ends every session and starts anew.
    pub(super) async fn restart(&self, disposable: bool) -> Result<(), ClusterError> {
        self.stop().await?;
        self.launch(disposable).await
    }

    /// Stops it in one of `pg_ctl`'s modes, waiting on this thread.
    pub(super) fn stop_on_this_thread(&self, mode: &str) {
        let mut stop = self.command("pg_ctl");
        stop.arg("-D").arg(&self.folder.pgdata).args(["stop", "-m", mode, "-w"]);
        // Nothing is left to do about a server that will not stop.
        let _ = stop.as_std_mut().stdout(Stdio::null()).stderr(Stdio::null()).status();
    }

    /// `initdb` into a folder beside, which takes its name once whole: a killed `initdb`
    /// leaves nothing that looks like a cluster. The folder is this process' own, for the
    /// `initdb` of a killed `mg` lives on for a while.
    async fn create(&self, disposable: bool) -> Result<(), ClusterError> {
        let unfinished = self.folder.pgdata.with_extension(format!("unfinished-{}", std::process::id()));
        self.remove_unfinished();
        let locale = if cfg!(target_os = "linux") { "C.UTF-8" } else { "C" };
        let mut initdb = self.command("initdb");
        initdb.arg("-D").arg(&unfinished);
        initdb.args(["-U", SUPERUSER, "--auth=peer", "--encoding=UTF8", "--data-checksums"]);
        initdb.arg(format!("--locale={locale}"));
        if disposable {
            initdb.arg("--no-sync");
        }
        run("initdb", initdb).await?;
        std::fs::rename(&unfinished, &self.folder.pgdata)
            .map_err(ClusterError::io("move the new cluster into place"))
    }

    /// Removes what earlier processes did not finish. What is still written to comes off at
    /// another start; it is in nobody's way.
    fn remove_unfinished(&self) {
        let entries = self.folder.pgdata.parent().map(std::fs::read_dir);
        for entry in entries.into_iter().flatten().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with("data.unfinished") {
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
    }

    async fn launch(&self, disposable: bool) -> Result<(), ClusterError> {
        let mut options = format!(
            "-c listen_addresses='' -c unix_socket_directories='{}' -c unix_socket_permissions=0700 \
             -c max_connections=60 -c shared_buffers=128MB -c timezone=UTC -c log_timezone=UTC \
             -c cluster_name=mg",
            self.folder.socket_dir.display()
        );
        if disposable {
            options.push_str(" -c fsync=off -c synchronous_commit=off -c full_page_writes=off");
        }
        let log = self.folder.log.display().to_string();
        // Postgres does not bound what a backend takes for one long value or a constant that it
        // folds; the system does. A statement that would go past it fails with `out of memory`.
        let mut command = self.command_line("sh".into());
        command
            .args(["-c", "ulimit -v \"$0\" 2>/dev/null; exec \"$@\""])
            .arg(BACKEND_KILOBYTES.to_string())
            .arg(self.binaries.program("pg_ctl"))
            .arg("-D")
            .arg(&self.folder.pgdata)
            .args(["start", "-w", "-t", "60", "-l", &log, "-o", &options]);
        let started = run("pg_ctl", command).await;
        started.map(drop).map_err(|error| match error {
            ClusterError::Program { program, .. } => {
                ClusterError::Program { program, reason: last_lines(&self.folder.log) }
            }
            other => other,
        })
    }

    /// Whether someone listens on the socket, or does so soon: the process id that an earlier
    /// postmaster left behind may belong to another program by now.
    async fn answers(&self) -> bool {
        let socket = self.folder.socket_dir.join(".s.PGSQL.5432");
        for _ in 0..50 {
            if UnixStream::connect(&socket).await.is_ok() {
                return true;
            }
            if !self.is_running().await.unwrap_or(false) {
                return false;
            }
            sleep(Duration::from_millis(100)).await;
        }
        false
    }

    async fn is_running(&self) -> Result<bool, ClusterError> {
        let mut status = self.command("pg_ctl");
        status.arg("status").arg("-D").arg(&self.folder.pgdata);
        let output = status.output().await.map_err(ClusterError::io("run pg_ctl"))?;
        Ok(output.status.success())
    }

    /// Peer authentication: the kernel says who is at the other end of the socket.
    fn write_access_rules(&self) -> Result<(), ClusterError> {
        let user = &self.folder.os_user;
        let mut map = String::from("# Written by mg at each start.\n");
        for login in LOGINS {
            map.push_str(&format!("mg \"{user}\" {login}\n"));
        }
        self.write("pg_ident.conf", &map)?;
        self.write("pg_hba.conf", "# Written by mg at each start.\nlocal all all peer map=mg\n")
    }

    fn write(&self, name: &str, text: &str) -> Result<(), ClusterError> {
        let path = self.folder.pgdata.join(name);
        let act = || -> std::io::Result<()> {
            let mut file = std::fs::File::create(&path)?;
            file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
            file.write_all(text.as_bytes())?;
            match &self.folder.run_as {
                Some(user) => chown(&path, Some(user.uid), Some(user.gid)),
                None => Ok(()),
            }
        };
        act().map_err(ClusterError::io(format!("write {name}")))
    }

    async fn pg_ctl(&self, arguments: &[&str]) -> Result<Output, ClusterError> {
        let mut command = self.command("pg_ctl");
        command.arg("-D").arg(&self.folder.pgdata).args(arguments);
        run("pg_ctl", command).await
    }

    /// A program of Postgres, as the user that it must run as, in a place it can stand in.
    fn command(&self, program: &str) -> Command {
        self.command_line(self.binaries.program(program))
    }

    fn command_line(&self, program: PathBuf) -> Command {
        let mut command = Command::new(program);
        // Variables of the caller's own Postgres (PGDATA, PGOPTIONS, ...) must not reach ours.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        command.env("LC_MESSAGES", "C").stdin(Stdio::null());
        // Ctrl-C goes to a whole process group; when Postgres stops is for mg to say.
        command.process_group(0);
        command.current_dir(self.folder.pgdata.parent().unwrap_or(Path::new("/")));
        if let Some(ServerUser { uid, gid, home }) = &self.folder.run_as {
            command.uid(*uid).gid(*gid).env("HOME", home);
        }
        command
    }
}

async fn run(program: &'static str, mut command: Command) -> Result<Output, ClusterError> {
    // The output goes to a file and not to a pipe: the postmaster inherits it, and a pipe
    // would stay open as long as the server runs.
    let said = tempfile::NamedTempFile::new().map_err(ClusterError::io("make a temporary file"))?;
    let handle = |file: &tempfile::NamedTempFile| file.reopen().map(Stdio::from);
    command.stdout(handle(&said).map_err(ClusterError::io("open a temporary file"))?);
    command.stderr(handle(&said).map_err(ClusterError::io("open a temporary file"))?);
    let status = command.status().await.map_err(ClusterError::io(format!("run {program}")))?;
    if status.success() {
        return Ok(Output { status, stdout: Vec::new(), stderr: Vec::new() });
    }
    Err(ClusterError::Program { program, reason: last_lines(&PathBuf::from(said.path())) })
}

fn last_lines(path: &Path) -> String {
    let text = std::fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let lines: Vec<&str> = text.lines().rev().filter(|line| !line.trim().is_empty()).take(3).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join(" / ")
}

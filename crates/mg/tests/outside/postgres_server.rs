//! An ordinary Postgres, as an administrator would run it: TCP on loopback, passwords.

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, ensure};
use tempfile::TempDir;

/// The password of every login here.
pub(crate) const PASSWORD: &str = "correct-horse";
/// Another may take a port between our look and the server's.
const PORTS_TRIED: usize = 5;

/// A running server. Dropping it stops it.
pub(crate) struct PostgresServer {
    programs: PathBuf,
    folder: TempDir,
    user: Option<(u32, u32)>,
    port: u16,
}

impl PostgresServer {
    /// A fresh cluster with the superuser `admin`.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let folder =
            tempfile::Builder::new().prefix("mg-server-").tempdir().context("a folder for the server")?;
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))?;
        let user = unprivileged_user()?;
        if let Some((uid, gid)) = user {
            chown(folder.path(), Some(uid), Some(gid))?;
        }
        let mut server = Self { programs: programs()?, folder, user, port: 0 };
        let password = server.folder.path().join("password");
        std::fs::write(&password, PASSWORD)?;
        let initdb = ["-U", "admin", "--auth=scram-sha-256", "--encoding=UTF8", "--no-sync", "--pwfile"];
        server.run("initdb", &initdb, &[&password])?;
        server.listen()?;
        Ok(server)
    }

    /// The URL of a database, as a login.
    pub(crate) fn url(&self, login: &str, database: &str) -> String {
        format!("postgres://{login}:{PASSWORD}@127.0.0.1:{}/{database}", self.port)
    }

    /// Executes statements as the superuser; gives what the last one selected.
    pub(crate) fn execute(&self, database: &str, statements: &str) -> anyhow::Result<String> {
        self.execute_as("admin", database, statements)
    }

    /// The same as another login.
    pub(crate) fn execute_as(&self, login: &str, database: &str, statements: &str) -> anyhow::Result<String> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", &self.url(login, database)]);
        let output = psql.arg("-c").arg(statements).stdin(Stdio::null()).output().context("running psql")?;
        ensure!(output.status.success(), "{statements}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    fn listen(&mut self) -> anyhow::Result<()> {
        let mut tried = 0;
        loop {
            self.port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
            let options = format!(
                "-c listen_addresses=127.0.0.1 -c port={} -c unix_socket_directories='' -c fsync=off",
                self.port
            );
            let log = self.folder.path().join("log");
            let started = self.run("pg_ctl", &["start", "-w", "-s", "-o", &options, "-l"], &[&log]);
            tried += 1;
            if started.is_ok() || tried == PORTS_TRIED {
                return started.map(drop).with_context(|| std::fs::read_to_string(log).unwrap_or_default());
            }
        }
    }

    /// One of Postgres' programs, as the user who may, on this server's data.
    fn run(&self, program: &str, arguments: &[&str], paths: &[&Path]) -> anyhow::Result<Output> {
        let mut command = Command::new(self.programs.join(program));
        command.arg("-D").arg(self.folder.path().join("data")).args(arguments).args(paths);
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        // The server inherits them: a pipe would stay open as long as it runs.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        let output = command.output().with_context(|| format!("running {program}"))?;
        ensure!(output.status.success(), "{program} failed");
        Ok(output)
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        // It may never have started.
        let _ = self.run("pg_ctl", &["stop", "-m", "immediate", "-w", "-s"], &[]);
    }
}

/// Postgres refuses root.
fn unprivileged_user() -> anyhow::Result<Option<(u32, u32)>> {
    let id = |arguments: &[&str]| {
        let output = Command::new("id").args(arguments).output().context("running id")?;
        anyhow::Ok(String::from_utf8(output.stdout)?.trim().parse::<u32>().ok())
    };
    if id(&["-u"])? != Some(0) {
        return Ok(None);
    }
    for name in ["postgres", "nobody"] {
        if let (Some(uid), Some(gid)) = (id(&["-u", name])?, id(&["-g", name])?) {
            return Ok(Some((uid, gid)));
        }
    }
    anyhow::bail!("neither user postgres nor nobody exists")
}

/// Where the server's programs and psql are.
fn programs() -> anyhow::Result<PathBuf> {
    let named = std::env::var_os("MG_POSTGRES_BIN").map(PathBuf::from);
    let on_path =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    let below = |parent: &str| {
        let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
        let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path().join("bin")).collect();
        folders.sort();
        folders
    };
    let on_path: Vec<PathBuf> = on_path;
    let known = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"].into_iter().flat_map(below);
    let whole =
        |folder: &PathBuf| ["initdb", "pg_ctl", "psql"].iter().all(|name| folder.join(name).is_file());
    named.into_iter().chain(on_path).chain(known).find(whole).context("initdb, pg_ctl and psql in one folder")
}

//! A server, and a streaming standby made from it by Postgres' own means.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, ensure};
use mg_store::{Cluster, ExternalLogins, PostgresBinaries, Store, StoreOptions};
use sqlx::PgConnection;
use tokio::time::{sleep, timeout};

use crate::external::Server;
use crate::fresh_cluster::DataFolder;
use crate::session::{execute, session_at};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A store that writes to a primary and reads from its standby.
pub(crate) struct Pair {
    pub(crate) store: Store,
    standby: Option<Cluster>,
    folder: DataFolder,
    primary: Server,
}

impl Pair {
    /// Both of them, and a database on them in which names of communes are masked.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let primary = Server::start().await?;
        let mut superuser = session_at(primary.socket_dir(), "mg_super", "city").await?;
        // The test's server is otherwise content with less: a notice could come before its commit is
        // written, and so before the standby may have it.
        execute(&mut superuser, "alter database city set synchronous_commit = on").await?;
        let folder = DataFolder::open("standby")?;
        base_backup(primary.socket_dir(), folder.path())?;
        let standby = Some(folder.start().await?);
        let address = address(standby.as_ref().expect("just started").socket_dir());
        let options = StoreOptions {
            masked_columns: vec!["analytics.dim_commune.nom".to_owned()],
            standby: Some(address.parse()?),
            ..StoreOptions::default()
        };
        let url = primary.url("mg_super", "");
        let store = Store::open_external(&url, &ExternalLogins::default(), &options).await?;
        let pair = Self { store, standby, folder, primary };
        pair.caught_up().await?;
        Ok(pair)
    }

    /// A session of `login` with the primary.
    pub(crate) async fn at_primary(&self, login: &str) -> anyhow::Result<PgConnection> {
        session_at(self.primary.socket_dir(), login, "city").await
    }

    /// A session of `login` with the standby.
    pub(crate) async fn at_standby(&self, login: &str) -> anyhow::Result<PgConnection> {
        let standby = self.standby.as_ref().context("the standby is away")?;
        session_at(standby.socket_dir(), login, "city").await
    }

    /// Waits until the standby has all that the primary has written.
    pub(crate) async fn caught_up(&self) -> anyhow::Result<()> {
        until(async || Ok(self.store.standby_state().await?.is_some_and(|state| state.behind_bytes == 0)))
            .await
    }

    pub(crate) async fn restart_standby(&self) -> anyhow::Result<()> {
        Ok(self.standby.as_ref().context("the standby is away")?.restart().await?)
    }

    pub(crate) async fn stop_standby(&mut self) -> anyhow::Result<()> {
        Ok(self.standby.take().context("the standby is away")?.stop().await?)
    }

    pub(crate) async fn start_standby(&mut self) -> anyhow::Result<()> {
        self.standby = Some(self.folder.start().await?);
        Ok(())
    }
}

/// As `database.read_url` would name the server at `socket_dir`.
pub(crate) fn address(socket_dir: &Path) -> String {
    format!("postgres://{}", socket_dir.display().to_string().replace('/', "%2F"))
}

/// Waits until `holds` does.
pub(crate) async fn until(holds: impl AsyncFn() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let reached = async {
        while !holds().await? {
            sleep(Duration::from_millis(10)).await;
        }
        anyhow::Ok(())
    };
    timeout(PATIENCE, reached).await.context("it never came to that")?
}

/// A copy of the server at `socket_dir` in the data folder `folder`, set to follow it.
fn base_backup(socket_dir: &Path, folder: &Path) -> anyhow::Result<()> {
    let home = folder.join("postgres");
    fs::create_dir_all(&home)?;
    let mut copy = Command::new(PostgresBinaries::find(None)?.program("pg_basebackup"));
    copy.args(["--checkpoint=fast", "--wal-method=stream", "--write-recovery-conf", "--no-sync"]);
    copy.args(["--username=mg_super", "--pgdata"]).arg(home.join("data")).arg("--host").arg(socket_dir);
    let copied = copy.output().context("running pg_basebackup")?;
    ensure!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
    // As root, servers run as another user, to whom their data belong.
    let owner = fs::metadata(socket_dir)?;
    let owner = format!("{}:{}", owner.uid(), owner.gid());
    let given = Command::new("chown").arg("-R").arg(owner).arg(&home).status().context("running chown")?;
    ensure!(given.success(), "the copy could not be given away");
    Ok(())
}

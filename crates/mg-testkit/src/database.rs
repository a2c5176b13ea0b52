//! A database a test: a cluster of its own, copied from one that is made and migrated once.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use mg_store::{Cluster, ClusterOptions, NewTable, PostgresBinaries, Store, StoreOptions};
use tempfile::TempDir;

const DATABASE: &str = "mg";
const OPTIONS: ClusterOptions = ClusterOptions { binaries: None, disposable: true };

/// A private Postgres, migrated and empty; gone when dropped.
pub struct TestDatabase {
    /// The database.
    pub store: Store,
    cluster: Cluster,
    folder: TempDir,
}

impl TestDatabase {
    /// A fresh one.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_with(&[]).await
    }

    /// The same, with tables that files declare.
    pub async fn start_with(tables: &[NewTable]) -> anyhow::Result<Self> {
        let folder =
            tempfile::Builder::new().prefix("mg-test-").tempdir().context("a folder for the test")?;
        open_to_all(folder.path())?;
        let template = template().await?;
        copy(&template.join("postgres"), &folder.path().join("postgres"))?;
        let cluster = Cluster::start(folder.path(), "a test", &OPTIONS).await?;
        let options = StoreOptions { tables: tables.to_vec(), ..StoreOptions::default() };
        let store = Store::open_private(cluster.socket_dir(), DATABASE, &options).await?;
        Ok(Self { store, cluster, folder })
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends every session and starts Postgres anew.
    pub async fn restart(&self) -> anyhow::Result<()> {
        Ok(self.cluster.restart().await?)
    }

    /// Runs statements as `login` with Postgres' own client, past everything of ours.
    pub fn execute(&self, login: &str, sql: &str) -> anyhow::Result<()> {
        let mut psql = Command::new(PostgresBinaries::find(None)?.program("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--username", login]);
        psql.args(["--dbname", DATABASE, "--command", sql]).arg("--host").arg(self.cluster.socket_dir());
        let ended = psql.output().context("running psql")?;
        ensure!(ended.status.success(), "{login}: {}", String::from_utf8_lossy(&ended.stderr));
        Ok(())
    }

    /// Folder of the server's Unix socket.
    pub fn socket_dir(&self) -> &Path {
        self.cluster.socket_dir()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        self.cluster.stop_immediately();
    }
}

/// A stopped, migrated cluster; made by the first test that needs it, under a lock that all
/// test processes share. What it is made from is in its name.
async fn template() -> anyhow::Result<PathBuf> {
    let shelf = std::env::temp_dir().join(format!("mg-testkit-{}", user()?));
    fs::create_dir_all(&shelf).context("a place for templates")?;
    open_to_all(&shelf)?;
    let lock = File::create(shelf.join("lock")).context("the lock of the templates")?;
    lock.lock().context("locking the templates")?;
    let place = shelf.join(format!("{:016x}", fingerprint()?));
    if !place.join("ready").exists() {
        if place.exists() {
            fs::remove_dir_all(&place).context("removing a half-made template")?;
        }
        let cluster = Cluster::start(&place, "a template", &OPTIONS).await?;
        let store = Store::open_private(cluster.socket_dir(), DATABASE, &StoreOptions::default()).await?;
        store.close().await;
        cluster.stop().await?;
        open_to_all(&place)?;
        File::create(place.join("ready")).context("marking the template ready")?;
    }
    Ok(place)
}

/// Changes with the migrations and rights that this build holds, and the version of Postgres.
fn fingerprint() -> anyhow::Result<u64> {
    let mut hasher = DefaultHasher::new();
    PostgresBinaries::find(None)?.version().hash(&mut hasher);
    mg_store::made_from().hash(&mut hasher);
    Ok(hasher.finish())
}

/// `cp -a` keeps owners and modes, which Postgres insists on.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status().context("running cp")?;
    ensure!(copied.success(), "the template could not be copied");
    Ok(())
}

/// As root, Postgres runs as another user, who must be able to walk in.
fn open_to_all(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).context("opening a folder")
}

fn user() -> anyhow::Result<u32> {
    use std::os::unix::fs::MetadataExt;
    Ok(tempfile::tempfile().and_then(|file| file.metadata()).context("asking who we are")?.uid())
}

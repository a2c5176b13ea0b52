//! The Postgres that all store in, and what they stored.

use std::fs;
use std::path::Path;

use anyhow::Context;
use mg_store::{Cluster, ClusterOptions};
use tempfile::TempDir;

use crate::psql;

/// Our database.
pub(super) const OURS: &str = "bench_mg";
/// The peers'.
pub(super) const THEIRS: &str = "bench_peers";

/// A private Postgres as in production: fsync on.
pub(super) struct Bed {
    folder: TempDir,
    cluster: Cluster,
}

/// Rows that were stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    /// How many.
    pub(super) rows: u64,
    /// A checksum of what they say.
    pub(super) sum: String,
}

impl Bed {
    pub(super) async fn make() -> anyhow::Result<Self> {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::Builder::new().prefix("mg-bench-").tempdir()?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        let cluster = Cluster::start(folder.path(), "a benchmark", &ClusterOptions::default()).await?;
        Ok(Self { folder, cluster })
    }

    /// Folder of its socket.
    pub(super) fn socket_dir(&self) -> &Path {
        self.cluster.socket_dir()
    }

    /// How a peer reaches its database.
    pub(super) fn dsn(&self) -> String {
        format!("host={} user=mg_super dbname={THEIRS}", self.socket_dir().display())
    }

    /// Takes away what a contender stored, and makes room for what it will.
    pub(super) fn clear(&self, database: &str) -> anyhow::Result<()> {
        let run = |database, sql: &str| psql::rows_of(database, self.socket_dir(), sql).map(drop);
        run("postgres", &format!("drop database if exists {database} with (force)"))?;
        if database == THEIRS {
            run("postgres", &format!("create database {THEIRS}"))?;
            let table = "create table page_liee (reference text primary key, titre text not null, commune text not null,
                             surface_m2 double precision, prix_eur bigint, date_decision date)";
            run(THEIRS, table)?;
        }
        // What was written before is not to be paid for by the next.
        run("postgres", "checkpoint")
    }

    /// What a contender stored.
    pub(super) fn stored(&self, database: &str) -> anyhow::Result<Stored> {
        let table = if database == THEIRS { "page_liee" } else { "analytics.fact_page_liee" };
        let sql = format!(
            "select count(*), md5(string_agg(concat_ws('|', reference, titre, commune, surface_m2, prix_eur,
                                                      date_decision), ',' order by reference collate \"C\"))
             from {table}"
        );
        let told = psql::rows_of(database, self.socket_dir(), &sql)?;
        let (rows, sum) = told.first().and_then(|line| line.split_once('\t')).context("a count")?;
        Ok(Stored { rows: rows.parse()?, sum: sum.to_owned() })
    }

    /// The process id of its postmaster, which its lock file begins with.
    pub(super) fn pid(&self) -> anyhow::Result<u32> {
        let lock = fs::read_to_string(self.socket_dir().join(".s.PGSQL.5432.lock"))?;
        Ok(lock.lines().next().context("a process id")?.trim().parse()?)
    }

    pub(super) async fn stop(self) -> anyhow::Result<()> {
        self.cluster.stop().await?;
        Ok(self.folder.close()?)
    }
}

//! A session of Postgres' own client that stays open.

use std::io::Write;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, ensure};
use mg_store::PostgresBinaries;
use mg_testkit::TestDatabase;

/// A session in which statements were executed; what they hold is held until it ends.
pub(crate) struct Session(Child);

impl Session {
    /// Opens one and executes `statements`, without waiting for that.
    pub(crate) fn open(database: &TestDatabase, statements: &str) -> anyhow::Result<Self> {
        let mut psql = Command::new(PostgresBinaries::find(None)?.program("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--username", "mg_writer", "--dbname", "mg"]);
        psql.arg("--host").arg(database.socket_dir()).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = psql.spawn().context("starting psql")?;
        writeln!(child.stdin.as_mut().context("its input")?, "{statements}")?;
        Ok(Self(child))
    }

    /// Ends it.
    pub(crate) fn end(mut self) -> anyhow::Result<()> {
        drop(self.0.stdin.take());
        let ended = self.0.wait()?;
        ensure!(ended.success(), "psql: {ended}");
        Ok(())
    }
}

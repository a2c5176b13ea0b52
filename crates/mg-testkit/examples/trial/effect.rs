//! What jobs of a trial do to the world: they write it down, by Postgres' own client and past
//! everything of ours, so that their effects do not depend on what is tried.

use std::path::{Path, PathBuf};
use std::time::Duration;

use mg_flow::{JobError, TaskContext};
use mg_store::PostgresBinaries;
use rand::RngExt;
use tokio::process::Command;
use tokio::time::sleep;

/// Writes effects.
#[derive(Debug, Clone)]
pub(crate) struct Effects {
    socket: PathBuf,
}

impl Effects {
    pub(crate) fn behind(socket: &Path) -> Self {
        Self { socket: socket.to_owned() }
    }

    /// Takes a while, in the middle of which it notes that this attempt was executed, and leaves
    /// the effect of the task: once, however often that is done.
    pub(crate) async fn leave(&self, context: &TaskContext) -> Result<(), JobError> {
        work().await;
        let (run, task, attempt) = (context.run(), context.task(), context.attempt());
        let statement = format!(
            "insert into trial.execution (run_id, task, attempt, pid) values ({run}, '{task}', {attempt}, {pid});
             insert into trial.effect (run_id, task, attempt) values ({run}, '{task}', {attempt}) on conflict do nothing",
            pid = std::process::id()
        );
        self.execute(&statement).await.map_err(|error| JobError::new("effect_refused", error.to_string()))?;
        work().await;
        Ok(())
    }

    async fn execute(&self, statement: &str) -> anyhow::Result<()> {
        let mut psql = Command::new(PostgresBinaries::find(None)?.program("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--username", "mg_writer"]);
        psql.args(["--dbname", "mg", "--command", statement]).arg("--host").arg(&self.socket);
        let ended = psql.kill_on_drop(true).output().await?;
        anyhow::ensure!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        Ok(())
    }
}

/// Some time, so that what happens to processes happens in the middle of jobs too.
async fn work() {
    let length = rand::rng().random_range(1..60);
    sleep(Duration::from_millis(length)).await;
}

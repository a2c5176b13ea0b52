//! A process of a trial.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{sleep, timeout};

/// After so long something is broken; the machine may do much else.
pub(crate) const PATIENCE: Duration = Duration::from_secs(240);

/// A process that was started; dropping it kills it.
pub(crate) struct Process {
    child: Child,
    said: BufReader<ChildStdout>,
    told: Option<i64>,
    /// It ends with its input, so that is kept open; waiting for it would close what is left with it.
    _input: ChildStdin,
}

impl Process {
    /// Starts `trial` with these arguments; with `clock` in place of the system's, if one is given.
    pub(crate) fn start(arguments: &[&str], clock: Option<&Path>) -> anyhow::Result<Self> {
        let mut command = Command::new(program()?);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        if let Some(clock) = clock {
            command.env("LD_PRELOAD", clock);
        }
        let mut child = command.spawn().context("starting a process of the trial")?;
        let said = BufReader::new(child.stdout.take().context("its output")?);
        let input = child.stdin.take().context("its input")?;
        Ok(Self { child, said, told: None, _input: input })
    }

    /// Waits until it is at work, and gives the number that it tells then.
    pub(crate) async fn ready(&mut self) -> anyhow::Result<i64> {
        if let Some(told) = self.told {
            return Ok(told);
        }
        let mut line = String::new();
        timeout(PATIENCE, self.said.read_line(&mut line)).await.context("it does not begin")??;
        let words: Vec<&str> = line.split_whitespace().collect();
        ensure!(words.first() == Some(&"ready"), "it said `{line}`");
        let told = words.last().context("a number")?.parse()?;
        self.told = Some(told);
        Ok(told)
    }

    /// Ends it in order, once it is at work.
    pub(crate) async fn terminate(mut self) -> anyhow::Result<()> {
        self.ready().await?;
        self.signal("TERM").await?;
        let code = self.end().await?;
        ensure!(code == Some(0), "it was to end in order, and ended with {code:?}");
        Ok(())
    }

    /// Sends it a signal.
    pub(crate) async fn signal(&self, name: &str) -> anyhow::Result<()> {
        let pid = self.child.id().context("it has ended by itself")?;
        let sent = Command::new("kill").args(["-s", name, "--", &pid.to_string()]).status().await?;
        ensure!(sent.success(), "no process to send {name} to");
        Ok(())
    }

    /// Waits for its end; gives its exit code, none if a signal ended it.
    pub(crate) async fn end(mut self) -> anyhow::Result<Option<i32>> {
        let ended = timeout(PATIENCE, self.child.wait()).await.context("it does not end")??;
        Ok(ended.code())
    }

    /// Whether it has not ended.
    pub(crate) fn is_alive(&mut self) -> anyhow::Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }
}

/// `examples/trial`, which cargo builds beside the tests.
fn program() -> anyhow::Result<PathBuf> {
    let test = std::env::current_exe()?;
    let folder = test.parent().and_then(Path::parent).context("the build folder")?;
    let program = folder.join("examples").join("trial");
    ensure!(program.is_file(), "{} is not built: `cargo build -p mg-testkit --examples`", program.display());
    Ok(program)
}

/// Looks until there is something to see.
pub(crate) async fn reached<T>(
    what: &str,
    look: impl AsyncFn() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let found = async {
        loop {
            if let Some(found) = look().await? {
                return anyhow::Ok(found);
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, found).await.with_context(|| format!("in vain waited until {what}"))?
}

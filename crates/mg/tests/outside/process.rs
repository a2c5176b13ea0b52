//! Calling `mg`: to its end, or in the background with an eye on what it says.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::data_folder::{DataFolder, MARK, send};

/// After so long something is broken; on a busy machine a whole run takes a minute.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// Variables of the caller's that must not change what a test sees.
fn is_foreign(name: &str) -> bool {
    let about_this_machine = matches!(name, "MG_POSTGRES_BIN" | "MG__BROWSER__EXECUTABLE");
    !about_this_machine && (name.starts_with("MG_") || name.starts_with("PG") || name == "DATABASE_URL")
}

/// `mg` on a data folder, from a place without mg.toml and models.
pub(crate) fn mg(folder: &DataFolder, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mg"));
    for name in std::env::vars_os().map(|(name, _)| name).filter(|name| is_foreign(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    command.current_dir(folder.beside()).env(MARK, folder.beside()).kill_on_drop(true);
    command.arg("--data").arg(folder.path()).args(arguments);
    command
}

/// A command that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Its exit code; none when a signal ended it.
    pub(crate) code: Option<i32>,
    /// What it wrote to standard output.
    pub(crate) out: String,
    /// What it wrote to standard error.
    pub(crate) err: String,
}

impl Ended {
    /// Its standard output as JSON.
    pub(crate) fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_str(&self.out).with_context(|| format!("no JSON: {self:?}"))
    }
}

/// Calls a command and waits for its end.
pub(crate) async fn ended(mut command: Command) -> anyhow::Result<Ended> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().context("starting a command")?;
    let output = timeout(PATIENCE, child.wait_with_output()).await;
    let output = output.with_context(|| format!("{command:?} did not end"))??;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Ended { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) })
}

/// Calls a command that must go well.
pub(crate) async fn succeeded(command: Command) -> anyhow::Result<Ended> {
    let ended = ended(command).await?;
    ensure!(ended.code == Some(0), "a command failed: {ended:#?}");
    Ok(ended)
}

/// The JSON answer of a command that must go well.
pub(crate) async fn answer(folder: &DataFolder, arguments: &[&str]) -> anyhow::Result<Value> {
    let mut command = mg(folder, arguments);
    command.arg("--json");
    succeeded(command).await?.json()
}

/// Every row that a prepared `mg sql … --json` gives, without limits that matter.
pub(crate) async fn rows_of(mut command: Command) -> anyhow::Result<Vec<Vec<Value>>> {
    command.env("MG__LIMITS__ROWS", "1000000").env("MG__LIMITS__BYTES", "1000000000");
    let answer = succeeded(command).await?.json()?;
    ensure!(answer["truncated"] == false, "the answer was cut");
    Ok(serde_json::from_value(answer["rows"].clone())?)
}

/// The one number that a query gives.
pub(crate) async fn number(folder: &DataFolder, query: &str) -> anyhow::Result<i64> {
    let rows = rows_of(mg(folder, &["sql", query, "--json"])).await?;
    rows.first().and_then(|row| row.first()?.as_i64()).with_context(|| format!("no number: {rows:?}"))
}

/// A command in the background. Dropping it kills it.
pub(crate) struct Running {
    child: Child,
    said: watch::Receiver<Vec<String>>,
}

impl Running {
    /// Starts it.
    pub(crate) fn start(mut command: Command) -> anyhow::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own, as a shell gives it.
        let mut child = command.process_group(0).spawn().context("starting a command")?;
        let (lines, said) = watch::channel(Vec::new());
        tokio::spawn(listen(child.stdout.take().context("its output")?, lines.clone()));
        tokio::spawn(listen(child.stderr.take().context("its errors")?, lines));
        Ok(Self { child, said })
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// What it has said so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.said.borrow().clone()
    }

    /// Waits for a line with this text in it, and gives the line.
    pub(crate) async fn said(&mut self, text: &str) -> anyhow::Result<String> {
        let find = |lines: &Vec<String>| lines.iter().find(|line| line.contains(text)).cloned();
        let heard = timeout(PATIENCE, self.said.wait_for(|lines| find(lines).is_some())).await;
        let line = heard.ok().and_then(|heard| find(&*heard.ok()?));
        line.with_context(|| format!("`{text}` was not said, but: {:#?}", self.lines()))
    }

    /// Sends it a signal, and it alone.
    pub(crate) fn signal(&self, name: &str) {
        send(name, &self.pid().to_string());
    }

    /// What Ctrl-C does: a terminal interrupts all that the command has started, too.
    pub(crate) fn ctrl_c(&self) {
        send("INT", &format!("-{}", self.pid()));
    }

    /// Waits for its end: the exit code, none when a signal ended it, and all that it said.
    pub(crate) async fn end(mut self) -> anyhow::Result<(Option<i32>, Vec<String>)> {
        let status = timeout(PATIENCE, self.child.wait()).await;
        let status = status.with_context(|| format!("it does not end: {:#?}", self.lines()))??;
        // Both listeners are gone once everything is read.
        while self.said.changed().await.is_ok() {}
        Ok((status.code(), self.lines()))
    }
}

async fn listen(pipe: impl AsyncRead + Unpin, lines: watch::Sender<Vec<String>>) {
    let mut reader = BufReader::new(pipe).lines();
    while let Ok(Some(line)) = reader.next_line().await {
        lines.send_modify(|lines| lines.push(line));
    }
}

/// Looks until `look` sees something.
pub(crate) async fn until<T>(
    what: &str,
    mut look: impl AsyncFnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let seen = async {
        loop {
            if let Some(seen) = look().await? {
                return anyhow::Ok(seen);
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    match timeout(PATIENCE, seen).await {
        Ok(seen) => seen,
        Err(_) => bail!("waited in vain until {what}"),
    }
}

//! Processes: started, ended, and what they have cost, as Linux tells it.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context;

/// A child that is asked to end, and waited for, when it goes out of scope.
pub(crate) struct Running(Child);

impl Running {
    /// Starts `command`; what it writes goes to its log, or nowhere.
    pub(crate) fn start(command: &mut Command, log: Option<fs::File>) -> anyhow::Result<Self> {
        let (out, err) = match log {
            Some(log) => (log.try_clone()?.into(), log.into()),
            None => (Stdio::null(), Stdio::null()),
        };
        let started = command.stdin(Stdio::null()).stdout(out).stderr(err).spawn();
        Ok(Self(started.with_context(|| format!("starting {command:?}"))?))
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

/// A port of loopback that was free a moment ago.
pub(crate) fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// A process's peak memory in megabytes (VmHWM; its children are not in it).
pub(crate) fn peak_megabytes(pid: u32) -> anyhow::Result<u64> {
    Ok(kilobytes(pid, "VmHWM:")? / 1024)
}

/// The memory that is a process's own at this moment, in kilobytes: what it shares with
/// others, such as Postgres' buffers, is not in it.
pub(crate) fn own_kilobytes(pid: u32) -> anyhow::Result<u64> {
    kilobytes(pid, "RssAnon:")
}

/// The memory that a process has resident at this moment, in kilobytes: shared pages too.
pub(crate) fn resident_kilobytes(pid: u32) -> anyhow::Result<u64> {
    kilobytes(pid, "VmRSS:")
}

fn kilobytes(pid: u32, field: &str) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)).context("a process's memory")?;
    Ok(line.trim().trim_end_matches(" kB").trim().parse()?)
}

/// The processor time that a process has had since its start, all its threads together.
pub(crate) fn processor_time(pid: u32) -> anyhow::Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name before it is in brackets and may hold anything.
    let (_, fields) = stat.rsplit_once(')').context("a process's times")?;
    let ticks = |place| fields.split_whitespace().nth(place).and_then(|text| text.parse::<u64>().ok());
    let (user, system) = ticks(11).zip(ticks(12)).context("a process's times")?;
    // proc(5): hundredths of a second, on every Linux that people run.
    Ok(Duration::from_millis((user + system) * 10))
}

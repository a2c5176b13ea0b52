//! A contender's processes, watched: what it says, and the most memory that is seen.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::process::{own_kilobytes, resident_kilobytes};

const EVERY: Duration = Duration::from_millis(50);
/// A contender that takes longer is ended.
const LIMIT: Duration = Duration::from_secs(900);

/// What a process says, line by line.
pub(super) struct Said(BufReader<ChildStdout>);

impl Said {
    pub(super) fn of(process: &mut Child) -> anyhow::Result<Self> {
        Ok(Self(BufReader::new(process.stdout.take().context("a process's output")?)))
    }

    /// The next line; none once it has ended.
    pub(super) fn line(&mut self) -> anyhow::Result<Option<String>> {
        let mut line = String::new();
        let read = self.0.read_line(&mut line)?;
        Ok((read > 0).then(|| line.trim_end().to_owned()))
    }
}

/// The most memory that was seen, in megabytes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Memory {
    /// Of the contender's processes: of each what is resident, shared pages too.
    pub(super) own_mb: u64,
    /// Of Postgres' processes what is theirs alone: without its shared buffers.
    pub(super) postgres_mb: u64,
}

/// Looks at the memory of a contender with all that it started, and of Postgres.
pub(super) struct Watch {
    is_over: Arc<AtomicBool>,
    watching: JoinHandle<Memory>,
}

impl Watch {
    pub(super) fn begin(contender: u32, postgres: u32) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let (over, began) = (Arc::clone(&is_over), Instant::now());
        let watching = thread::spawn(move || {
            let mut most = Memory::default();
            while !over.load(Ordering::Relaxed) {
                most.own_mb = most.own_mb.max(megabytes(contender, resident_kilobytes));
                most.postgres_mb = most.postgres_mb.max(megabytes(postgres, own_kilobytes));
                if began.elapsed() > LIMIT {
                    let _ = Command::new("kill").args(["-9", &contender.to_string()]).status();
                    break;
                }
                thread::sleep(EVERY);
            }
            most
        });
        Self { is_over, watching }
    }

    /// The most that was seen.
    pub(super) fn end(self) -> Memory {
        self.is_over.store(true, Ordering::Relaxed);
        self.watching.join().unwrap_or_default()
    }
}

/// The memory of a process and its descendants; one that has ended since takes nothing.
fn megabytes(pid: u32, kilobytes: fn(u32) -> anyhow::Result<u64>) -> u64 {
    family(pid).into_iter().map(|pid| kilobytes(pid).unwrap_or_default()).sum::<u64>() / 1024
}

/// A process and its descendants.
fn family(pid: u32) -> Vec<u32> {
    let (mut found, mut ahead) = (Vec::new(), vec![pid]);
    while let Some(pid) = ahead.pop() {
        found.push(pid);
        let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        for thread in threads {
            let children = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            ahead.extend(children.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
        }
    }
    found
}

//! Who crawls, and one crawl of theirs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use mg_testkit::ROWS_A_PAGE;

use super::rows::{Bed, OURS, Stored, THEIRS};
use super::site::Site;
use super::watch::{Memory, Said, Watch};

/// Requests at a time, for all.
const CONCURRENCY: u32 = 32;

/// Who crawls.
pub(super) struct Contender {
    /// What it is, with its version.
    pub(super) title: String,
    kind: Kind,
}

enum Kind {
    Ours,
    /// A script, and the Python that executes it.
    Peer(PathBuf, PathBuf),
}

/// What a crawl cost.
pub(super) struct Measured {
    /// From the wish for the crawl to the last row stored.
    pub(super) wall: Duration,
    /// From the start of the process to its end.
    pub(super) whole: Duration,
    pub(super) memory: Memory,
    /// Requests that the site answered.
    pub(super) requests: u64,
    pub(super) stored: Stored,
}

impl Contender {
    /// The contender of that name.
    pub(super) fn find(name: &str, scripts: &Path, installed: &Path) -> anyhow::Result<Self> {
        if name == "mg" {
            return Ok(Self { title: "mg".to_owned(), kind: Kind::Ours });
        }
        let script = scripts.join(format!("{name}_pages.py"));
        ensure!(script.is_file(), "there is no such crawler: say mg, scrapy or crawlee");
        // What `install.sh` leaves once it is done: the versions.
        let versions = fs::read_to_string(installed.join(format!("{name}.installed")));
        let versions = versions.context("it could not be installed")?;
        let version = versions.split_whitespace().next().unwrap_or_default();
        let python = installed.join(name).join("bin/python");
        Ok(Self { title: format!("{name} {version}"), kind: Kind::Peer(python, script) })
    }

    /// Crawls a site of so many pages.
    pub(super) fn crawl(&self, bed: &Bed, pages: usize) -> anyhow::Result<Measured> {
        let database = if matches!(self.kind, Kind::Ours) { OURS } else { THEIRS };
        bed.clear(database)?;
        let site = Site::start(pages)?;
        let began = Instant::now();
        let mut process = self.command(bed, &site)?.stdout(Stdio::piped()).spawn().context("starting it")?;
        let watch = Watch::begin(process.id(), bed.pid()?);
        let mut said = Said::of(&mut process)?;
        let (mut begin, mut wall) = (None, None);
        while let Some(line) = said.line()? {
            match (line.as_str(), begin) {
                ("begin", None) => begin = Some(Instant::now()),
                ("end", Some(begun)) => wall = Some(begun.elapsed()),
                _ => println!("   {line}"),
            }
        }
        let ended = process.wait()?;
        let (whole, memory) = (began.elapsed(), watch.end());
        let requests = site.stop()?;
        ensure!(ended.success(), "it failed: {ended}");
        let wall = wall.context("it did not come to an end")?;
        let stored = bed.stored(database)?;
        let expected = pages as u64 * u64::from(ROWS_A_PAGE);
        ensure!(stored.rows == expected, "it stored {} rows of {expected}", stored.rows);
        println!(
            "   {}: {pages} pages in {:.2} s, {:.0} a second, {} MB, {requests} requests",
            self.title,
            wall.as_secs_f64(),
            pages as f64 / wall.as_secs_f64(),
            memory.own_mb
        );
        Ok(Measured { wall, whole, memory, requests, stored })
    }

    fn command(&self, bed: &Bed, site: &Site) -> anyhow::Result<Command> {
        let concurrency = CONCURRENCY.to_string();
        let mut command = match &self.kind {
            Kind::Ours => {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg("crawl").arg(bed.socket_dir()).args([site.base.as_str(), &concurrency]);
                command
            }
            Kind::Peer(python, script) => {
                let mut command = Command::new(python);
                command.arg(script).env("BENCH_DSN", bed.dsn()).env("BENCH_CONCURRENCY", concurrency);
                command.env("BENCH_START", site.base.join("page/0")?.as_str());
                command
            }
        };
        command.stdin(Stdio::null());
        Ok(command)
    }
}

//! Crawls of linked pages: pages a second and memory, beside Scrapy and Crawlee for Python.
//!
//! Each contender crawls the same site, served by a process of its own, when its turn comes: A B C, A B C.
//! All obey robots.txt, have 32 requests under way at a time, and leave no time between them; what slows
//! a crawl down by latency (AutoThrottle) is off for all. All store their rows, with their types, in one
//! Postgres as in production (fsync on), and the rows are compared. The peers keep their queue in memory;
//! ours is in Postgres with all that a crawl needs to go on after a kill.

mod contender;
mod ours;
mod rows;
mod settings;
mod site;
mod table;
mod watch;

use std::path::Path;

use anyhow::Context;
use tokio::runtime::Runtime;

use contender::{Contender, Measured};
use rows::Bed;
use settings::Settings;

pub(crate) use ours::crawl;
pub(crate) use site::serve;

/// Measures what [`Settings`] choose. The peers' scripts lie in `scripts`, and they are installed in
/// `installed`.
pub(crate) fn run(many: &Runtime, scripts: &Path, installed: &Path) -> anyhow::Result<()> {
    let settings = Settings::from_environment()?;
    let (scripts, installed) = (scripts.canonicalize()?, installed.canonicalize()?);
    let mut contenders = Vec::new();
    for name in &settings.crawlers {
        match Contender::find(name, &scripts, &installed) {
            Ok(contender) => contenders.push(contender),
            Err(error) => println!("left out: {name}: {error:#}"),
        }
    }
    let bed = many.block_on(Bed::make())?;
    for &pages in &settings.sizes {
        let mut all: Vec<(&Contender, Vec<Measured>)> = contenders.iter().map(|one| (one, vec![])).collect();
        for _ in 0..settings.rounds_of(pages) {
            for (contender, measured) in &mut all {
                let crawled = contender.crawl(&bed, pages);
                match crawled.with_context(|| format!("left out: {}", contender.title)) {
                    Ok(one) => measured.push(one),
                    Err(error) => println!("{error:#}"),
                }
            }
        }
        table::print(pages, &all);
    }
    many.block_on(bed.stop())
}

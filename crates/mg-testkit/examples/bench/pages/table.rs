//! What is printed: Markdown for docs/MEASURED.md.

use super::contender::{Contender, Measured};
use super::watch::Memory;

/// A table of one size of site; of several crawls the one whose wall is the median.
pub(super) fn print(pages: usize, all: &[(&Contender, Vec<Measured>)]) {
    println!();
    println!(
        "| {pages} pages | pages/s | wall, s (with start and end) | memory, MB (Postgres besides) | requests | rows |"
    );
    println!("|---|---:|---:|---:|---:|---:|");
    for (contender, measured) in all {
        let Some(one) = median(measured) else { continue };
        println!(
            "| {} | {:.0} | {:.2} ({:.2}) | {} ({}) | {} | {} |",
            contender.title,
            pages as f64 / one.wall.as_secs_f64(),
            one.wall.as_secs_f64(),
            one.whole.as_secs_f64(),
            most(measured, |memory| memory.own_mb),
            most(measured, |memory| memory.postgres_mb),
            one.requests,
            one.stored.rows,
        );
    }
    println!();
    let mut stored = all.iter().flat_map(|(_, measured)| measured).map(|each| &each.stored);
    let first = stored.next();
    match stored.all(|each| Some(each) == first) {
        true => println!("All stored the same rows."),
        false => println!("They did NOT store the same rows."),
    }
    let walls: Vec<_> = all.iter().filter_map(|(_, measured)| Some(median(measured)?.wall)).collect();
    if let [ours, peers @ ..] = &walls[..] {
        let times = peers.iter().map(|wall| format!("{:.1}", wall.as_secs_f64() / ours.as_secs_f64()));
        println!("The first is faster than the others: {} times.", times.collect::<Vec<_>>().join(", "));
    }
}

fn most(measured: &[Measured], of: fn(&Memory) -> u64) -> u64 {
    measured.iter().map(|one| of(&one.memory)).max().unwrap_or_default()
}

fn median(measured: &[Measured]) -> Option<&Measured> {
    let mut by_wall: Vec<&Measured> = measured.iter().collect();
    by_wall.sort_by_key(|each| each.wall);
    by_wall.get(by_wall.len() / 2).copied()
}

//! What the gate promises, tried from outside.

mod analysts;
mod attacks;
mod depth;
mod explain;
mod repeatable;
mod shared_attacks;
mod show;
mod statements;
mod tables;

use mg_gate::{Gate, Policy};

/// A gate as the platform sets it up.
fn gate() -> Gate {
    Gate::new(Policy::reading(["analytics", "kpi"]))
}

/// The lines of a corpus: class, verdict, SQL.
fn corpus(text: &str) -> Vec<[&str; 3]> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let mut fields = line.splitn(3, '\t');
            [(); 3].map(|()| fields.next().unwrap_or_else(|| panic!("a field is missing: {line}")))
        })
        .collect()
}

/// This crate's own attacks.
const ATTACKS: &str = include_str!("../attacks.tsv");

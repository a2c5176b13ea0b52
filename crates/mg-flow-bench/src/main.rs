//! The flow engine beside Airflow and graphile-worker, on one Postgres.
//!
//!     mg-flow-bench bed COMMAND ...    runs a command beside a new Postgres
//!     mg-flow-bench work SLOTS         a worker and a scheduler, driven by its input
//!
//! What is compared, and how, stands in `scripts/bench/flow`. Here is what only this program can
//! do: a private Postgres as in production ([`bed`]), and our own worker ([`worker`]). It is a
//! crate of its own so that neither waits for models and browsers to be built.

mod bed;
mod fibonacci;
mod worker;

use anyhow::bail;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Runtime::new()?;
    match words[..] {
        ["bed", ref command @ ..] => runtime.block_on(bed::bed(command)),
        ["work", slots] => runtime.block_on(worker::work(slots.parse()?)),
        _ => bail!("say `bed COMMAND ...` or `work SLOTS`"),
    }
}

//! `make bench`: the platform's figures beside those of what people use today, in one run.
//!
//!     bench load FILE [RECORDS]        records a second into fact_permis, against psql's \copy
//!     bench answer MG [PEER ...]       from start to the first tool answer, against a peer server
//!     bench door MG CONFIG INSTALLED   tools/call at 1, 8 and 64 callers, against peer servers
//!     bench flow bed COMMAND ...       runs a command beside a new Postgres
//!     bench flow work SLOTS            a worker of the flow engine, driven by its input
//!
//! Nothing here passes or fails; it prints what it measured.

mod answer;
mod door;
mod flow;
mod load;
mod process;
mod psql;

use std::path::Path;

use anyhow::bail;

fn main() -> anyhow::Result<()> {
    mg_crawl::init_tls();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let many = tokio::runtime::Runtime::new()?;
    match words[..] {
        ["load", file] => many.block_on(load::load(Path::new(file), 500_000)),
        ["load", file, records] => many.block_on(load::load(Path::new(file), records.parse()?)),
        ["answer", mg, ref peer @ ..] => many.block_on(answer::answer(mg, peer)),
        ["door", mg, config, installed] => door::run(&many, mg, Path::new(config), Path::new(installed)),
        ["flow", "bed", ref command @ ..] => many.block_on(flow::bed(command)),
        ["flow", "work", slots] => many.block_on(flow::work(slots.parse()?)),
        _ => bail!(
            "say `load FILE [RECORDS]`, `answer MG [PEER ...]`, `door MG CONFIG INSTALLED`, \
             `flow bed COMMAND ...` or `flow work SLOTS`"
        ),
    }
}

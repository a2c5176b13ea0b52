//! `make bench`: the platform's figures beside those of what people use today, in one run.
//!
//!     bench load FILE [RECORDS]        records a second into fact_permis, against psql's \copy
//!     bench answer MG [PEER ...]       from start to the first tool answer, against a peer server
//!     bench door MG CONFIG INSTALLED   tools/call at 1, 8 and 64 callers, against peer servers
//!
//! Nothing here passes or fails; it prints what it measured.

mod answer;
mod door;
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
        _ => bail!("say `load FILE [RECORDS]`, `answer MG [PEER ...]` or `door MG CONFIG INSTALLED`"),
    }
}

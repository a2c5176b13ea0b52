//! `make bench`: the platform's figures beside those of what people use today, in one run.
//!
//!     bench load FILE [RECORDS]        records a second into fact_permis, against psql's \copy
//!     bench answer MG [PEER ...]       from start to the first tool answer, against a peer server
//!     bench door MG CONFIG INSTALLED   tools/call at 1, 8 and 64 callers, against peer servers
//!
//!     bench pages SCRIPTS INSTALLED    pages a second and memory of crawls, against peer crawlers
//!
//! `site PORT PAGES` and `crawl SOCKET BASE CONCURRENCY` are processes that `pages` starts.
//! Nothing here passes or fails; it prints what it measured.

mod answer;
mod door;
mod load;
mod pages;
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
        ["pages", scripts, installed] => pages::run(&many, Path::new(scripts), Path::new(installed)),
        ["site", port, pages] => many.block_on(pages::serve(port.parse()?, pages.parse()?)),
        ["crawl", socket, base, concurrency] => {
            many.block_on(pages::crawl(Path::new(socket), &base.parse()?, concurrency.parse()?))
        }
        _ => bail!(
            "say `load FILE [RECORDS]`, `answer MG [PEER ...]`, `door MG CONFIG INSTALLED` or `pages SCRIPTS INSTALLED`"
        ),
    }
}

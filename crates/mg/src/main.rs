//! `mg`: the one binary. It owns configuration, telemetry and wiring, and decides nothing else.

mod cli;
mod command;
mod config;
mod failure;
mod platform;
mod progress;
mod show;
mod telemetry;

use std::process::ExitCode;

use clap::Parser;

/// Answers are made of many small texts, and the system's allocator takes a quarter of the time of a
/// large one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    match start(&cli) {
        Ok(code) => code,
        Err(error) => failure::report(&error, cli.json),
    }
}

fn start(cli: &cli::Cli) -> anyhow::Result<ExitCode> {
    let config = config::Config::load(cli.config.as_deref(), cli.data.as_deref())?;
    let _logs = telemetry::start(&config.log, cli.command.is_service());
    mg_crawl::init_tls();
    // Postgres works beside us on the same machine: half of the cores are for it. More threads
    // wake each other for each request without doing more.
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads((cores / 2).max(1))
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(command::run(cli, config));
    // What still blocks a thread (a parser of a file nobody waits for) must not keep us.
    runtime.shutdown_background();
    outcome
}

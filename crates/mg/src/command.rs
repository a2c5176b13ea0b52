//! The commands: one file each, listed here.

mod alert;
mod audit;
mod backfill;
mod check;
mod crawl;
mod dag;
mod demo;
mod doctor;
mod forecast;
mod kpi;
mod mcp;
mod migrate;
mod parameters;
mod pool;
mod run;
mod schedule;
mod serve;
mod service;
mod spider;
mod sql;
mod stats;
mod token;
mod work;
mod workers;

use std::process::ExitCode;

use crate::cli::{Cli, Command, DagCommand};
use crate::config::Config;

/// Does what the command line asks for.
pub(crate) async fn run(cli: &Cli, config: Config) -> anyhow::Result<ExitCode> {
    match &cli.command {
        Command::Demo(_)
        | Command::Serve(_)
        | Command::Dag(DagCommand::Run { .. })
        | Command::Work(_)
        | Command::Crawl(_)
        | Command::Mcp(_) => answer(cli, config).await,
        // What is opened is closed on the way out, Postgres included.
        _ => {
            let stop = service::stop_signal()?;
            tokio::select! {
                answered = answer(cli, config) => answered,
                () = stop.cancelled() => anyhow::bail!("stopped"),
            }
        }
    }
}

async fn answer(cli: &Cli, config: Config) -> anyhow::Result<ExitCode> {
    let json = cli.json;
    match &cli.command {
        Command::Demo(arguments) => demo::run(config, arguments).await,
        Command::Serve(arguments) => serve::run(config, arguments).await,
        Command::Dag(command) => dag::run(&config, command, json).await,
        Command::Run(command) => run::run(&config, command, json).await,
        Command::Schedule(command) => schedule::run(&config, command, json).await,
        Command::Backfill(command) => backfill::run(&config, command, json).await,
        Command::Pool(command) => pool::run(&config, command, json).await,
        Command::Workers => workers::run(&config, json).await,
        Command::Work(arguments) => work::run(config, arguments).await,
        Command::Crawl(arguments) => crawl::run(&config, arguments, json).await,
        Command::Spider(command) => spider::run(&config, command, json).await,
        Command::Sql(arguments) => sql::run(&config, arguments, json).await,
        Command::Kpi(arguments) => kpi::run(&config, arguments, json).await,
        Command::Forecast(arguments) => forecast::run(&config, arguments, json).await,
        Command::Mcp(arguments) => mcp::run(&config, arguments).await,
        Command::Token(command) => token::run(&config, command, json).await,
        Command::Alert(command) => alert::run(&config, command, json).await,
        Command::Audit(command) => audit::run(&config, command, json).await,
        Command::Stats(arguments) => stats::run(&config, arguments, json).await,
        Command::Migrate => migrate::run(&config, json).await,
        Command::Check => check::run(&config, json),
        Command::Doctor => doctor::run(&config, json).await,
    }
}

//! `mg dag`: what there is to run.

mod run;

use std::process::ExitCode;

use crate::cli::DagCommand;
use crate::config::Config;

pub(super) use run::finish;

/// Does what the command line asks for.
pub(super) async fn run(config: &Config, command: &DagCommand, json: bool) -> anyhow::Result<ExitCode> {
    match command {
        DagCommand::Run { dag } => run::run(config, dag, json).await,
    }
}

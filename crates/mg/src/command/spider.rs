//! `mg spider`: spiders and their files. No database is opened.

mod check;
mod draft;
mod folder;
mod list;
mod report;
mod trial;
mod web;

use std::process::ExitCode;

use crate::cli::SpiderCommand;
use crate::config::Config;

/// Does what the command line asks for.
pub(super) async fn run(config: &Config, command: &SpiderCommand, json: bool) -> anyhow::Result<ExitCode> {
    match command {
        SpiderCommand::List => list::run(config, json),
        SpiderCommand::Check { spiders } => check::run(config, spiders, json),
        SpiderCommand::Try { spider, url, pages, rows } => {
            let bounds = trial::Bounds { pages: *pages, rows: *rows };
            trial::run(config, spider, url.as_ref(), bounds, json).await
        }
        SpiderCommand::New { url, name, browser } => {
            draft::run(config, url, name.as_deref(), *browser, json).await
        }
    }
}

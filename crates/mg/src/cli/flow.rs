//! The part of the command line that is about DAGs and runs.

use clap::{Args, Subcommand};

/// What to do with DAGs.
#[derive(Debug, Subcommand)]
pub(crate) enum DagCommand {
    /// Run a DAG and follow it to its end
    #[command(after_help = "Example:\n  mg dag run urbanisme")]
    Run {
        /// Name of the DAG
        dag: String,
    },
}

/// What to do with runs.
#[derive(Debug, Subcommand)]
pub(crate) enum RunCommand {
    /// List the latest runs
    #[command(after_help = "Example:\n  mg run list --dag urbanisme --state failed --since 7d")]
    List {
        /// Of this DAG
        #[arg(long)]
        dag: Option<String>,
        /// In this state, as often as needed: waiting, queued, running, succeeded, failed, cancelled
        #[arg(long)]
        state: Vec<String>,
        /// Asked for since: 2026-11-21, 24h, 7d or RFC 3339
        #[arg(long)]
        since: Option<String>,
        /// How many
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Show a run in full: tasks, attempts, outputs, tables written
    #[command(after_help = "Example:\n  mg run show 3")]
    Show {
        /// Id of the run
        id: i64,
    },
    /// Print the log of a run, or search the logs of all
    #[command(
        after_help = "Examples:\n  mg run logs 3 --follow\n  mg run logs --level warn --since 24h --text quota"
    )]
    Logs {
        /// Id of the run; without it, the latest lines of all runs
        id: Option<i64>,
        /// Go on until the run has ended
        #[arg(short, long, requires = "id")]
        follow: bool,
        /// Which lines
        #[command(flatten)]
        filter: LogFilterArgs,
    },
    /// Cancel a run: what waits is dropped, what is being executed is told to stop
    #[command(after_help = "Example:\n  mg run cancel 3")]
    Cancel {
        /// Id of the run
        id: i64,
    },
}

/// Which lines of logs.
#[derive(Debug, Args)]
pub(crate) struct LogFilterArgs {
    /// Of runs of this DAG
    #[arg(long, conflicts_with = "id")]
    pub(crate) dag: Option<String>,
    /// Of this task; of one over a list, also of what was made of it
    #[arg(long)]
    pub(crate) task: Option<String>,
    /// Of this level or a graver one: debug, info, warn, error
    #[arg(long)]
    pub(crate) level: Option<String>,
    /// With this text in it, in whatever case
    #[arg(long)]
    pub(crate) text: Option<String>,
    /// Said since: 2026-11-21, 24h, 7d or RFC 3339
    #[arg(long)]
    pub(crate) since: Option<String>,
    /// How many lines, without --follow and without a run
    #[arg(long, default_value_t = 200)]
    pub(crate) limit: u32,
}

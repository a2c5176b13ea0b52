//! The part of the command line that is about DAGs, runs, schedules and workers.

use clap::{Args, Subcommand};
use mg_server::JobKind;

/// What to do with DAGs.
#[derive(Debug, Subcommand)]
pub(crate) enum DagCommand {
    /// List the DAGs, and how each stands
    #[command(after_help = "Example:\n  mg dag list --json")]
    List,
    /// Show a DAG in full: timetable, parameters, tasks
    #[command(after_help = "Example:\n  mg dag show urbanisme")]
    Show {
        /// Name of the DAG
        dag: String,
    },
    /// Run a DAG and follow it to its end
    #[command(
        after_help = "Examples:\n  mg dag run urbanisme\n  mg dag run collecte --set spider=dvf --set edition=2026-10"
    )]
    Run {
        /// Name of the DAG
        dag: String,
        /// A parameter, as often as needed; what is no JSON is taken as a text
        #[arg(long = "set", value_name = "NAME=VALUE")]
        parameters: Vec<String>,
    },
    /// Let a DAG start no run by itself
    #[command(after_help = "Example:\n  mg dag pause urbanisme")]
    Pause {
        /// Name of the DAG
        dag: String,
    },
    /// Let a DAG start runs by itself again
    #[command(after_help = "Example:\n  mg dag resume urbanisme")]
    Resume {
        /// Name of the DAG
        dag: String,
    },
    /// Make up for the instants of a range that have no run
    #[command(after_help = "Example:\n  mg dag backfill sitadel --from 2026-01-01 --width 2 --dry-run")]
    Backfill {
        /// Name of the DAG, or of one of its schedules
        dag: String,
        /// No instant before this: 2026-01-01, 90d or RFC 3339
        #[arg(long)]
        from: String,
        /// No instant after this; without it, up to now
        #[arg(long)]
        until: Option<String>,
        /// How many runs are open at a time
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
        width: u32,
        /// Tell what it would do, and do nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Print the graph of a DAG, or of a run with how its tasks stand
    #[command(
        after_help = "Examples:\n  mg dag graph urbanisme\n  mg dag graph --run 3 --format svg > run.svg"
    )]
    Graph {
        /// Name of the DAG
        #[arg(required_unless_present = "run")]
        dag: Option<String>,
        /// Id of a run
        #[arg(long, conflicts_with = "dag")]
        run: Option<i64>,
        /// mermaid or svg
        #[arg(long, default_value = "mermaid")]
        format: String,
    },
    /// Check the DAGs without a database; print when each runs, and its graph
    #[command(after_help = "Example:\n  mg dag check")]
    Check,
}

/// What to do with schedules.
#[derive(Debug, Subcommand)]
pub(crate) enum ScheduleCommand {
    /// List the schedules, of DAGs' own code and made at run time
    #[command(after_help = "Example:\n  mg schedule list")]
    List,
    /// Show a schedule: next instants, runs, what it left out, history
    #[command(after_help = "Example:\n  mg schedule show urbanisme")]
    Show {
        /// Its name or id
        schedule: String,
    },
    /// Let a spider, or a DAG, run by the clock
    #[command(
        after_help = "Examples:\n  mg schedule add lundi --spider sitadel --cron \"0 6 * * 1\"\n  mg schedule add nuit --dag urbanisme --cron \"30 2 * * *\" --zone UTC --starts 2026-12-01"
    )]
    Add {
        /// Its name
        name: String,
        /// The spider
        #[arg(long, conflicts_with = "dag", required_unless_present = "dag")]
        spider: Option<String>,
        /// The DAG
        #[arg(long)]
        dag: Option<String>,
        /// A parameter, as often as needed: url and edition of a spider, or what the DAG takes
        #[arg(long = "set", value_name = "NAME=VALUE")]
        parameters: Vec<String>,
        /// When
        #[command(flatten)]
        timetable: TimetableArgs,
    },
    /// Change a schedule that was made at run time
    #[command(
        after_help = "Examples:\n  mg schedule change lundi --cron \"0 7 * * 1\" --ends 2027-06-30\n  mg schedule change lundi --set spider=sitadel --set edition=2026-10"
    )]
    Change {
        /// Its name or id
        schedule: String,
        /// A parameter, as often as needed: all that its runs are asked to do; without any, that stays
        #[arg(long = "set", value_name = "NAME=VALUE")]
        parameters: Vec<String>,
        /// When; what is left out stays
        #[command(flatten)]
        timetable: TimetableArgs,
    },
    /// Let a schedule start no run
    #[command(after_help = "Example:\n  mg schedule pause lundi")]
    Pause {
        /// Its name or id
        schedule: String,
    },
    /// Let a schedule start runs again
    #[command(after_help = "Example:\n  mg schedule resume lundi")]
    Resume {
        /// Its name or id
        schedule: String,
    },
    /// Remove a schedule that was made at run time; its runs stay
    #[command(after_help = "Example:\n  mg schedule remove lundi")]
    Remove {
        /// Its name or id
        schedule: String,
    },
}

/// When a schedule runs.
#[derive(Debug, Args)]
pub(crate) struct TimetableArgs {
    /// Minute, hour, day of the month, month, day of the week
    #[arg(long)]
    pub(crate) cron: Option<String>,
    /// IANA zone [default: Europe/Paris]
    #[arg(long)]
    pub(crate) zone: Option<String>,
    /// Missed instants: all, latest or none [default: latest]
    #[arg(long)]
    pub(crate) catchup: Option<String>,
    /// An instant while a run goes on: skip, queue, cancel_previous or allow [default: skip]
    #[arg(long)]
    pub(crate) overlap: Option<String>,
    /// How old a missed instant may be, seconds
    #[arg(long, value_name = "SECONDS")]
    pub(crate) window: Option<u64>,
    /// The most by which a run is put off at random, seconds
    #[arg(long, value_name = "SECONDS")]
    pub(crate) jitter: Option<u64>,
    /// No instant before this: 2026-12-01, RFC 3339, or none
    #[arg(long, value_name = "INSTANT")]
    pub(crate) starts: Option<String>,
    /// No instant after this: 2027-06-30, which is the last day, RFC 3339, or none
    #[arg(long, value_name = "INSTANT")]
    pub(crate) ends: Option<String>,
}

/// What to do with backfills.
#[derive(Debug, Subcommand)]
pub(crate) enum BackfillCommand {
    /// List the latest backfills
    #[command(after_help = "Example:\n  mg backfill list")]
    List,
    /// Show how a backfill stands
    #[command(after_help = "Example:\n  mg backfill show 2")]
    Show {
        /// Its id
        id: i64,
    },
    /// End a backfill before its time, with its runs that have not ended
    #[command(after_help = "Example:\n  mg backfill cancel 2")]
    Cancel {
        /// Its id
        id: i64,
    },
}

/// What to do with pools.
#[derive(Debug, Subcommand)]
pub(crate) enum PoolCommand {
    /// List the pools
    #[command(after_help = "Example:\n  mg pool list")]
    List,
    /// Set how many tasks of a pool run at a time, over all workers and whatever the code says; 0 holds them all
    #[command(after_help = "Example:\n  mg pool set portail 2")]
    Set {
        /// Its name
        pool: String,
        /// How many
        slots: u32,
    },
    /// Let as many tasks of a pool run at a time as the code says
    #[command(after_help = "Example:\n  mg pool reset portail")]
    Reset {
        /// Its name
        pool: String,
    },
}

/// Arguments of `mg work`.
#[derive(Debug, Args)]
pub(crate) struct WorkArgs {
    /// How many tasks at a time [default: work.slots of the configuration, 4]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub(crate) slots: Option<u16>,
    /// Serve these pools alone, `default` for tasks of none
    #[arg(long, value_delimiter = ',', value_name = "POOL,POOL")]
    pub(crate) pools: Vec<String>,
    /// Execute these kinds alone: spiders, kpis, upkeep
    #[arg(long, value_delimiter = ',', value_name = "KIND,KIND", value_parser = job_kind)]
    pub(crate) only: Vec<JobKind>,
    /// Its name, for people [default: mg and the number of the process]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Do not listen to Postgres, but look each work.poll_ms: for engines and poolers without LISTEN
    #[arg(long)]
    pub(crate) poll_only: bool,
}

fn job_kind(name: &str) -> Result<JobKind, String> {
    let names = JobKind::ALL.map(JobKind::as_str).join(", ");
    JobKind::ALL.into_iter().find(|kind| kind.as_str() == name).ok_or(format!("say {names}"))
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
    /// Do a run once more from what failed on, as a whole, or one task with what follows it
    #[command(after_help = "Examples:\n  mg run retry 3\n  mg run retry 3 --task indicateurs")]
    Retry {
        /// Id of the run
        id: i64,
        /// All of it
        #[arg(long, conflicts_with = "task")]
        all: bool,
        /// This task, and all that follows it
        #[arg(long)]
        task: Option<String>,
    },
    /// End a task by hand, or let it count as ended otherwise
    #[command(after_help = "Example:\n  mg run mark 3 permis succeeded")]
    Mark {
        /// Id of the run
        id: i64,
        /// Name of the task
        task: String,
        /// succeeded, failed or cancelled
        state: String,
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

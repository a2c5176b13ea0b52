//! The command line.

mod flow;
mod spider;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use mg_core::Role;

pub(crate) use flow::{
    BackfillCommand, DagCommand, LogFilterArgs, PoolCommand, RunCommand, ScheduleCommand, TimetableArgs,
    WorkArgs,
};
pub(crate) use spider::SpiderCommand;

/// Scrapes, stores, measures, forecasts and answers: the data platform of Marne et Gondoire.
#[derive(Debug, Parser)]
#[command(name = "mg", version, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// Folder of the private Postgres and all that is kept [default: ./data]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Configuration file [default: ./mg.toml, if there is one]
    #[arg(long, global = true, value_name = "FILE", env = "MG_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Print JSON instead of tables
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// What to do
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "Examples:
  mg demo                                      the whole platform on a local portal
  mg serve                                     the service alone
  mg dag run urbanisme                         collect, measure, forecast
  mg run list --state failed                   what went wrong
  mg crawl sitadel --edition 2026-10           one spider
  mg sql \"select count(*) from fact_permis\"    ask in SQL
  mg kpi logements_autorises --zone Lagny-sur-Marne
  mg forecast prix_m2_maison --horizon 4
  mg token create claude --role viewer --days 30";

/// A command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the whole platform at work, on a local portal with synthetic data
    #[command(
        after_help = "Example:\n  mg demo --port 9000\nThe first start collects and forecasts; later ones take seconds. Ctrl-C stops everything."
    )]
    Demo(DemoArgs),
    /// Serve agents over MCP and execute runs
    #[command(after_help = "Example:\n  DATABASE_URL=postgres://mg@db/mg mg serve --port 8080")]
    Serve(ServeArgs),
    /// List, show, run, pause and draw DAGs
    #[command(subcommand, after_help = "Examples:\n  mg dag list\n  mg dag run urbanisme")]
    Dag(DagCommand),
    /// List and show runs, read their logs, cancel and retry them
    #[command(
        subcommand,
        after_help = "Examples:\n  mg run list\n  mg run show 3\n  mg run logs 3 -f\n  mg run retry 3"
    )]
    Run(RunCommand),
    /// List and make schedules, pause and remove them
    #[command(
        subcommand,
        after_help = "Examples:\n  mg schedule list\n  mg schedule add lundi --spider sitadel --cron \"0 6 * * 1\""
    )]
    Schedule(ScheduleCommand),
    /// List, show and cancel backfills; `mg dag backfill` makes one
    #[command(subcommand, after_help = "Examples:\n  mg backfill list\n  mg backfill cancel 2")]
    Backfill(BackfillCommand),
    /// List pools, and set how many of their tasks run at a time
    #[command(subcommand, after_help = "Example:\n  mg pool set portail 2")]
    Pool(PoolCommand),
    /// List the processes that execute tasks
    #[command(after_help = "Example:\n  mg workers")]
    Workers,
    /// Execute runs in this process, beside others on the same database, until told to stop
    #[command(
        after_help = "Examples:\n  DATABASE_URL=postgres://mg@db/mg mg work --slots 8\n  mg work --only spiders --pools portail"
    )]
    Work(WorkArgs),
    /// Run one spider, then measure and forecast anew
    #[command(
        after_help = "Examples:\n  mg crawl dvf\n  mg crawl sitadel --url http://127.0.0.1:8081/dido/api/v1/datafiles/8b35affb-55fc-4c1f-915b-7750f974446a/csv --edition 2026-10"
    )]
    Crawl(CrawlArgs),
    /// List, check, try and draft spiders
    #[command(
        subcommand,
        after_help = "Examples:\n  mg spider list\n  mg spider check\n  mg spider try annonces --pages 3\n  mg spider new https://www.example.fr/annonces"
    )]
    Spider(SpiderCommand),
    /// Ask in SQL, as an agent may: one read-only query
    #[command(after_help = "Example:\n  mg sql \"select etat, count(*) from fact_permis group by 1\" --json")]
    Sql(SqlArgs),
    /// Show all KPIs, or one
    #[command(after_help = "Examples:\n  mg kpi\n  mg kpi mutations --date 2026-03 --zone 77243")]
    Kpi(KpiArgs),
    /// Show the forecast of a KPI
    #[command(after_help = "Example:\n  mg forecast logements_autorises --horizon 6 --zone Montévrain")]
    Forecast(ForecastArgs),
    /// Answer an agent over standard input and output: what desktop clients start
    #[command(
        after_help = "Example:\n  mg mcp --role viewer\nIn the configuration of a desktop client:\n  \"mg-data-mcp\": { \"command\": \"mg\", \"args\": [\"mcp\", \"--data\", \"/path/to/data\"] }"
    )]
    Mcp(McpArgs),
    /// Make, list and revoke bearer tokens
    #[command(subcommand, after_help = "Example:\n  mg token create claude --role editor --days 90")]
    Token(TokenCommand),
    /// Verify or show the record of agents' calls
    #[command(subcommand, after_help = "Example:\n  mg audit verify")]
    Audit(AuditCommand),
    /// Try the channels of alerts, or list what was found and who was told
    #[command(subcommand, after_help = "Example:\n  mg alert test")]
    Alert(AlertCommand),
    /// Show how agents' calls went: count, durations, failures by tool
    #[command(after_help = "Example:\n  mg stats --hours 168")]
    Stats(StatsArgs),
    /// Bring the database to the shape that this version needs
    #[command(after_help = "Example:\n  mg migrate")]
    Migrate,
    /// Check configuration, models and DAGs without starting anything
    #[command(after_help = "Example:\n  mg check --config /etc/mg/mg.toml")]
    Check,
    /// Check the machine: Postgres, Chromium, ports, rights; say how to mend each
    #[command(after_help = "Example:\n  mg doctor")]
    Doctor,
}

impl Command {
    /// Whether it stays up until it is told to stop.
    pub(crate) fn is_service(&self) -> bool {
        matches!(self, Command::Serve(_) | Command::Work(_))
    }
}

/// Arguments of `mg demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Port of the service [default: 8080, or another if that is taken]
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
}

/// Arguments of `mg serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Port of the service [default: server.port of the configuration, 8080]
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    /// Do not listen to Postgres, but look each work.poll_ms: for engines and poolers without LISTEN
    #[arg(long)]
    pub(crate) poll_only: bool,
}

/// Arguments of `mg crawl`.
#[derive(Debug, Args)]
pub(crate) struct CrawlArgs {
    /// Name of the spider, as `mg spider list` shows it
    pub(crate) spider: String,
    /// One file or page of the spider's site; without it, all that it reads
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// The edition to read, YYYY-MM; without it, the latest
    #[arg(long, value_name = "YYYY-MM")]
    pub(crate) edition: Option<String>,
    /// Load what was found although it is much less than it used to be
    #[arg(long)]
    pub(crate) accept_fall: bool,
}

/// Arguments of `mg sql`.
#[derive(Debug, Args)]
pub(crate) struct SqlArgs {
    /// One query; - reads it from standard input
    pub(crate) query: String,
}

/// Arguments of `mg kpi`.
#[derive(Debug, Args)]
pub(crate) struct KpiArgs {
    /// Name of the KPI; without it, all of them
    pub(crate) name: Option<String>,
    /// The period: 2026-04, 2026-T2 or a day; without it, the last complete one
    #[arg(long)]
    pub(crate) date: Option<String>,
    /// A commune's name or INSEE code, as often as needed; without it, the whole territory
    #[arg(long)]
    pub(crate) zone: Vec<String>,
}

/// Arguments of `mg forecast`.
#[derive(Debug, Args)]
pub(crate) struct ForecastArgs {
    /// Name of the KPI
    pub(crate) kpi: String,
    /// How many periods ahead; without it, a year
    #[arg(long)]
    pub(crate) horizon: Option<u32>,
    /// A commune's name or INSEE code, as often as needed; without it, the whole territory
    #[arg(long)]
    pub(crate) zone: Vec<String>,
    /// Level of an interval, 80 or 95, as often as needed; without it, both
    #[arg(long, value_name = "PERCENT")]
    pub(crate) level: Vec<u32>,
}

/// Arguments of `mg stats`.
#[derive(Debug, Args)]
pub(crate) struct StatsArgs {
    /// How far back
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=876_000))]
    pub(crate) hours: u32,
}

/// What to do with the record of calls.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Read every line and reckon the chain again; fails when one was changed or is missing
    #[command(after_help = "Example:\n  mg audit verify --head 1204:9f86d081884c7d65...")]
    Verify {
        /// A head that an earlier verification printed, to be found again
        #[arg(long, value_name = "SEQ:HASH")]
        head: Option<String>,
    },
    /// Show the last calls
    #[command(after_help = "Example:\n  mg audit tail --lines 50 --principal claude")]
    Tail {
        /// How many
        #[arg(long, default_value_t = 20)]
        lines: u32,
        /// Of whom
        #[arg(long)]
        principal: Option<String>,
    },
}

/// What to do with alerts.
#[derive(Debug, Subcommand)]
pub(crate) enum AlertCommand {
    /// Send a message through each channel that only shows that it works; fails when one does not
    #[command(after_help = "Examples:\n  mg alert test\n  mg alert test mail:urbanisme@example.fr")]
    Test {
        /// One channel, as routes name it; without it, all of them
        channel: Option<String>,
    },
    /// List the last failures, missed deadlines, stale KPIs and recoveries, and who was told
    #[command(after_help = "Example:\n  mg alert list --limit 50")]
    List {
        /// How many
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
}

/// Arguments of `mg mcp`.
#[derive(Debug, Args)]
pub(crate) struct McpArgs {
    /// What the agent may do: viewer reads; editor also launches scrapers
    #[arg(long, default_value_t = Role::Viewer, conflicts_with = "token_env")]
    pub(crate) role: Role,
    /// Take name and role from the token in this environment variable
    #[arg(long, value_name = "VAR")]
    pub(crate) token_env: Option<String>,
}

/// What to do with tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token; it is shown this once
    #[command(after_help = "Example:\n  mg token create claude --role viewer --days 30")]
    Create {
        /// Who will hold it
        name: String,
        /// viewer reads; editor also launches scrapers; admin also sees what others asked
        #[arg(long, default_value_t = Role::Viewer)]
        role: Role,
        /// A commune that it is limited to, by name or INSEE code; may be given several times
        #[arg(long = "commune")]
        communes: Vec<String>,
        /// After how many days it ends; without it, never
        #[arg(long, value_parser = clap::value_parser!(u32).range(0..=36_500))]
        days: Option<u32>,
    },
    /// List tokens, live and revoked
    #[command(after_help = "Example:\n  mg token list --json")]
    List,
    /// Give a token another secret; the present one opens for some hours more
    #[command(after_help = "Example:\n  mg token rotate claude --grace-hours 48")]
    Rotate {
        /// Its name
        name: String,
        /// How long the present secret still opens
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(0..=8_760))]
        grace_hours: u32,
    },
    /// Revoke a token
    #[command(after_help = "Example:\n  mg token revoke claude")]
    Revoke {
        /// Its name
        name: String,
    },
}

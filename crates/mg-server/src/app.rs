//! The use cases: one function each, the context first. Faces call them and render.

mod alert;
mod audit;
mod backfill;
mod calendar;
mod calls;
mod dag;
mod forecast;
mod indicator;
mod instant;
mod known;
mod kpis;
mod launch;
mod lineage;
mod log;
mod overview;
mod page;
mod plan;
mod run;
mod sample;
mod schedule;
mod scope;
mod shut_out;
mod sql;
mod stats;
mod tables;
mod wait;
mod worker;
mod zone;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use mg_core::{OpContext, Role};
use mg_gate::{Admitted, Gate};
use mg_store::catalog::TableInfo;
use mg_store::query::Limits;
use mg_store::upkeep::Retention;
use mg_store::{Signals, Store};
use url::Url;

use crate::Problem;
use crate::model::Models;
use crate::web::{BrowserSettings, Web};

pub(crate) use alert::alert_kinds_schema;
pub use alert::{AlertList, AlertQuestion, AlertReport, list_alerts};
pub use audit::{AuditLog, AuditOptions};
pub use backfill::{
    BackfillDraft, BackfillInstant, BackfillList, BackfillOrder, BackfillReport, cancel_backfill,
    draft_backfill, get_backfill, list_backfills, start_backfill,
};
pub use calendar::{CompletePeriods, CurrentDate, current_date};
pub use calls::{Call, CallLimits, Calls};
pub(crate) use dag::dags;
pub use dag::{
    CheckedDag, DagList, DagReport, DagSummary, DagTask, Drawing, LastRun, PauseReport, check_dags, draw_dag,
    draw_run, get_dag, launch_dag, list_dags, pause_dag, resume_dag,
};
pub use forecast::{
    FORECAST_LEVELS, ForecastAnswer, ForecastQuestion, ForecastStep, Interval, ZoneForecast, forecast_kpi,
};
pub use indicator::{Change, Freshness, Indicator, ZoneValue, get_indicator};
pub use instant::{Limit, parse_beginning, parse_end, parse_instant};
pub use known::{Known, known};
pub use kpis::{KpiSummary, list_kpis};
pub(crate) use launch::page_of;
pub use launch::{CrawlOrder, Launch, SpiderArgument, SpiderSummary, launch_scraper, list_spiders};
pub use lineage::{KpiReading, Lineage, TableWriteReport, get_lineage};
pub use log::{
    FoundLines, LogPage, LogQuestion, LogTails, MOST_LOG_LINES, RunLogLine, follow_run_log, get_run_logs,
    search_logs,
};
pub use overview::{DatasetFreshness, KpiSpan, Overview, kpi_spans, overview};
pub use page::{
    Download, ExtractedData, Fetching, FieldFound, FieldWanted, Picture, ScrapedPage, download_file,
    extract_structured_data, scrape_url, take_screenshot,
};
pub use plan::{QueryPlan, explain_query};
pub(crate) use run::run_states_schema;
pub use run::{
    AttemptReport, CancelReport, RerunReport, RunList, RunQuestion, RunReport, RunSummary, RunTasks,
    TaskDetail, TaskReport, WaitReport, cancel_run, get_run, get_run_tasks, list_runs, mark_task, retry_run,
};
pub use sample::{MOST_SAMPLE_ROWS, TableSample, get_sample};
pub use schedule::{
    RemovalReport, ScheduleChanges, ScheduleList, ScheduleOrder, ScheduleReport, ScheduleStep,
    ScheduleSummary, SkippedInstants, SpiderSchedule, TimetableOrder, add_schedule, change_schedule,
    get_schedule, list_schedules, pause_schedule, remove_schedule, resume_schedule, schedule_named,
    schedule_spider,
};
pub use scope::scope_of;
pub(crate) use shut_out::until_shut_out;
pub use sql::{SqlAnswer, SqlCache, SqlPages, run_sql};
pub use stats::call_statistics;
pub use tables::{
    ColumnSummary, MOST_SCHEMAS, TableDescription, TableSchemas, TableSummary, UnknownTable, describe_table,
    get_table_schemas, list_tables,
};
pub use wait::wait_for_run;
pub use worker::{
    PoolList, PoolReport, WorkerList, WorkerReport, list_pools, list_workers, reset_pool, set_pool,
};
pub(crate) use zone::fold;
pub use zone::zone_name;

/// How spiders reach the web.
#[derive(Debug, Clone)]
pub struct CrawlSettings {
    /// How they name themselves.
    pub user_agent: String,
    /// Longest time for one attempt at a file, milliseconds.
    pub timeout_ms: u64,
    /// Largest file, bytes.
    pub body_limit_bytes: u64,
    /// Files fetched at a time.
    pub concurrency: usize,
    /// Where portals are, by spider, in the place of the published ones.
    pub bases: HashMap<String, Url>,
    /// Hosts that may be reached although they are private, as `portal.lan:80`.
    pub allow: Vec<String>,
    /// The only domains that agents' own URLs may be of, each with its subdomains; empty: any.
    pub agent_domains: Vec<String>,
    /// Where downloaded files go; nowhere without it.
    pub downloads: Option<PathBuf>,
    /// Largest file that is downloaded, bytes.
    pub download_limit_bytes: u64,
    /// The browsers.
    pub browser: BrowserSettings,
}

/// What every use case works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The database.
    pub store: Store,
    /// What lets SQL through.
    pub gate: Gate,
    /// What is measured.
    pub models: Arc<Models>,
    /// How much a query may give and take.
    pub limits: Limits,
    /// How spiders reach the web.
    pub crawl: Arc<CrawlSettings>,
    /// The ways to the web that these settings open, and the declared spiders.
    pub web: Arc<Web>,
    /// Who has what under way, and the book of it.
    pub calls: Calls,
    /// Answers that may be given again.
    pub answers: SqlCache,
    /// What leads from one page of an answer to the next.
    pub pages: SqlPages,
    /// What other processes change.
    pub signals: Signals,
    /// Who follows which run's log.
    pub tails: LogTails,
    /// For how long the books are kept.
    pub retention: Retention,
}

impl App {
    /// Lets a statement through the gate, or says why not.
    pub(crate) async fn admit(&self, sql: &str) -> Result<Admitted, Problem> {
        if let Some(verdict) = self.gate.known(sql) {
            return Ok(verdict?);
        }
        let (gate, text) = (self.gate.clone(), sql.to_owned());
        // The gate's parser may make the caller wait.
        let verdict = tokio::task::spawn_blocking(move || gate.admit(&text)).await;
        let broken = |error| Problem::new("internal", format!("The gate broke off: {error}."), "Try again.");
        Ok(verdict.map_err(broken)??)
    }

    /// The tables and views that queries may read, by schema and name.
    pub(crate) async fn open_tables(&self) -> Result<Vec<TableInfo>, Problem> {
        let mut tables = self.store.tables().await?;
        tables.retain(|table| self.gate.opens(&table.schema, &table.name));
        Ok(tables)
    }

    /// Puts the models into the database: communes and KPI definitions. A KPI whose query the
    /// database refuses is a problem with its name in it.
    pub async fn install_models(&self) -> Result<(), Problem> {
        self.store.set_territory(&self.models.territory).await?;
        for kpi in &self.models.kpis {
            self.store.try_kpi_query(&kpi.query).await.map_err(|error| {
                Problem::new(
                    "kpi_query_wrong",
                    format!("The query of KPI {} does not run: {error}.", kpi.name),
                    "It must give zone text, periode date, valeur float8, effectif bigint.",
                )
            })?;
        }
        let definitions: Vec<_> = self.models.kpis.iter().map(kpis::definition).collect();
        self.store.set_kpis(&definitions).await?;
        Ok(())
    }

    /// Puts the DAGs and their pools into the books, and says which pools somebody has set otherwise.
    pub async fn install_dags(&self) -> Result<(), Problem> {
        dag::dags()?.register(&self.store).await?;
        worker::tell_set_pools(&self.store.task_pools().await?);
        Ok(())
    }
}

/// Holds a use case to those who may use it.
fn require(ctx: &OpContext, role: Role) -> Result<(), Problem> {
    if ctx.principal.role >= role {
        return Ok(());
    }
    Err(Problem::new(
        "forbidden",
        format!("This needs the role {role}; {} has {}.", ctx.principal.name, ctx.principal.role),
        "Ask the operator for a token of that role (`mg token create`).",
    ))
}

//! The tools: one file each, listed here.

mod cancel_run;
mod describe_table;
mod download_file;
mod explain_query;
mod extract_structured_data;
mod forecast_kpi;
mod get_current_date;
mod get_indicator;
mod get_run;
mod get_run_logs;
mod get_sample;
mod get_table_schemas;
mod launch_dag;
mod launch_scraper;
mod list_alerts;
mod list_dags;
mod list_kpis;
mod list_runs;
mod list_schedules;
mod list_spiders;
mod list_tables;
mod pause_schedule;
mod remove_schedule;
mod resume_schedule;
mod retry_run;
mod run_sql;
mod schedule_spider;
mod scrape_dynamic_page;
mod scrape_url;
mod take_screenshot;

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, LazyLock};

use futures::FutureExt;
use futures::future::BoxFuture;
use mg_core::{OpContext, Role};
use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::app::App;
use crate::{Problem, argument, schema};

pub(super) use get_run::account;

/// Every tool, in the order that clients see.
pub(super) fn all() -> Vec<AnyTool> {
    vec![
        AnyTool::of(list_kpis::ListKpis),
        AnyTool::of(get_indicator::GetIndicator),
        AnyTool::of(forecast_kpi::ForecastKpi),
        AnyTool::of(list_tables::ListTables),
        AnyTool::of(describe_table::DescribeTable),
        AnyTool::of(get_table_schemas::GetTableSchemas),
        AnyTool::of(get_sample::GetSample),
        AnyTool::of(run_sql::RunSql),
        AnyTool::of(explain_query::ExplainQuery),
        AnyTool::of(list_spiders::ListSpiders),
        AnyTool::of(launch_scraper::LaunchScraper),
        AnyTool::of(scrape_url::ScrapeUrl),
        AnyTool::of(scrape_dynamic_page::ScrapeDynamicPage),
        AnyTool::of(extract_structured_data::ExtractStructuredData),
        AnyTool::of(take_screenshot::TakeScreenshot),
        AnyTool::of(download_file::DownloadFile),
        AnyTool::of(list_dags::ListDags),
        AnyTool::of(launch_dag::LaunchDag),
        AnyTool::of(list_runs::ListRuns),
        AnyTool::of(get_run::GetRun),
        AnyTool::of(get_run_logs::GetRunLogs),
        AnyTool::of(cancel_run::CancelRun),
        AnyTool::of(retry_run::RetryRun),
        AnyTool::of(list_alerts::ListAlerts),
        AnyTool::of(list_schedules::ListSchedules),
        AnyTool::of(schedule_spider::ScheduleSpider),
        AnyTool::of(pause_schedule::PauseSchedule),
        AnyTool::of(resume_schedule::ResumeSchedule),
        AnyTool::of(remove_schedule::RemoveSchedule),
        AnyTool::of(get_current_date::GetCurrentDate),
    ]
}

/// What a tool answers: structured, and as a text that stands alone.
pub(super) struct Answer {
    pub(super) structured: Value,
    pub(super) text: String,
    /// A picture beside it, PNG.
    pub(super) png: Option<Vec<u8>>,
}

impl Answer {
    fn new(structured: &impl Serialize, text: String) -> Result<Self, Problem> {
        Self::of(serde_json::to_value(structured), text)
    }

    /// An answer that is JSON already.
    fn of(structured: serde_json::Result<Value>, text: String) -> Result<Self, Problem> {
        let structured = structured.map_err(|error| {
            Problem::new("internal", format!("The answer could not be written: {error}."), "Report it.")
        })?;
        Ok(Self { structured, text, png: None })
    }

    /// The same, with a picture.
    fn with_png(self, png: Vec<u8>) -> Self {
        Self { png: Some(png), ..self }
    }

    /// How many rows there are, in an answer that has rows.
    pub(super) fn rows(&self) -> Option<u64> {
        self.structured.get("row_count").and_then(Value::as_u64)
    }

    /// About how many bytes it takes.
    pub(super) fn size_bytes(&self) -> usize {
        self.text.len() + size_bytes(&self.structured) + self.png.as_ref().map_or(0, Vec::len)
    }
}

fn size_bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        Value::Array(items) => items.iter().map(|item| size_bytes(item) + 1).sum(),
        Value::Object(object) => object.iter().map(|(key, item)| key.len() + size_bytes(item) + 4).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 5,
    }
}

/// The role that `tool` needs and the principal has not, and what to tell it.
pub(crate) fn missing_role(ctx: &OpContext, tool: &str) -> Option<(Role, Problem)> {
    static ROLES: LazyLock<HashMap<String, Role>> = LazyLock::new(|| {
        all().into_iter().map(|tool| (tool.declaration.name.to_string(), tool.role)).collect()
    });
    let needed = *ROLES.get(tool)?;
    lacking(ctx, tool, needed).map(|problem| (needed, problem))
}

fn lacking(ctx: &OpContext, tool: &str, needed: Role) -> Option<Problem> {
    (ctx.principal.role < needed).then(|| {
        Problem::new(
            "forbidden",
            format!("{tool} needs the role {needed}; this token has {}.", ctx.principal.role),
            "Ask the operator for a token of that role.",
        )
    })
}

/// What a call asks, for the audit: the SQL as it stands, else the arguments.
pub(super) fn request_text(arguments: &JsonObject) -> Option<String> {
    match arguments.get("sql") {
        Some(Value::String(sql)) => Some(sql.clone()),
        _ => serde_json::to_string(arguments).ok(),
    }
}

/// What calling a tool may do, beyond reading what the platform has.
#[derive(Debug, Clone, Copy)]
struct Effect {
    /// Whether it may end or take away what was there.
    destructive: bool,
    /// Whether calling it again with the same arguments changes nothing more.
    idempotent: bool,
    /// Whether it reaches beyond the platform.
    open_world: bool,
}

/// One tool.
trait McpTool: Send + Sync + 'static {
    /// Its arguments.
    type Input: DeserializeOwned + JsonSchema + Send;
    /// Its structured answer.
    type Output: JsonSchema;
    const NAME: &'static str;
    const TITLE: &'static str;
    /// What it gives and when to use it, for a model to choose by.
    const DESCRIPTION: &'static str;
    /// The least role that may call it.
    const ROLE: Role;
    /// Whether calling it changes nothing.
    const READ_ONLY: bool = true;
    /// What calling it may do; of one that reads, nothing.
    const EFFECT: Effect = Effect { destructive: false, idempotent: true, open_world: false };

    fn call(
        ctx: OpContext,
        app: App,
        input: Self::Input,
    ) -> impl Future<Output = Result<Answer, Problem>> + Send;
}

type Call =
    Arc<dyn Fn(OpContext, App, JsonObject) -> BoxFuture<'static, Result<Answer, Problem>> + Send + Sync>;

/// A tool whose types are behind its schemas.
#[derive(Clone)]
pub(super) struct AnyTool {
    pub(super) declaration: Tool,
    pub(super) role: Role,
    call: Call,
}

impl AnyTool {
    fn of<T: McpTool>(_tool: T) -> Self {
        let annotations = ToolAnnotations::new()
            .read_only(T::READ_ONLY)
            .destructive(T::EFFECT.destructive)
            .idempotent(T::EFFECT.idempotent)
            .open_world(T::EFFECT.open_world);
        let accepted = schema::of::<T::Input>();
        let declaration = Tool::new(T::NAME, T::DESCRIPTION, Arc::clone(&accepted))
            .with_title(T::TITLE)
            .with_raw_output_schema(schema::of_answer::<T::Output>())
            .with_annotations(annotations);
        let call: Call = Arc::new(move |ctx, app, arguments| {
            let accepted = Arc::clone(&accepted);
            async move {
                let arguments = argument::checked(T::NAME, &accepted, arguments)?;
                let input = serde_json::from_value(Value::Object(arguments)).map_err(|error| {
                    Problem::new(
                        "bad_arguments",
                        format!("The arguments of {} do not fit: {error}.", T::NAME),
                        "Its input schema is in tools/list.",
                    )
                })?;
                T::call(ctx, app, input).await
            }
            .boxed()
        });
        Self { declaration, role: T::ROLE, call }
    }

    pub(super) async fn call(
        &self,
        ctx: OpContext,
        app: App,
        arguments: JsonObject,
    ) -> Result<Answer, Problem> {
        if let Some(problem) = lacking(&ctx, &self.declaration.name, self.role) {
            return Err(problem);
        }
        (self.call)(ctx, app, arguments).await
    }
}

//! Resources: what a client can put before a model without a call of a tool.
//!
//! Tables and KPIs stand in the list one by one; runs are too many and come and go, so they are
//! reached through their template, whose arguments complete. Each is read through the same use
//! cases as the tools, for the same principal.

mod address;
mod kpi;
mod run;
mod schema;
mod stats;
mod table;

use mg_core::OpContext;
use rmcp::ErrorData;
use rmcp::model::{
    Annotations, CacheScope, ReadResourceResult, Resource, ResourceContents, ResourceTemplate, Role,
};
use serde::Serialize;
use serde_json::json;

use super::failure;
use crate::Problem;
use crate::app::{self, App, Known};
use crate::problem::nearest;

pub(super) use address::{Address, KPI_TEMPLATE, RUN_TEMPLATE, TABLE_TEMPLATE};

const MARKDOWN: &str = "text/markdown";
const JSON: &str = "application/json";

/// How long a client may keep what changes only when the platform is updated, milliseconds.
const SHAPE_TTL_MS: u64 = 300_000;
/// The same for figures, which a run can change at any time.
const FIGURES_TTL_MS: u64 = 10_000;

/// What was read.
struct Reading {
    mime_type: &'static str,
    text: String,
    ttl_ms: u64,
}

impl Reading {
    fn markdown(text: String) -> Self {
        Self { mime_type: MARKDOWN, text, ttl_ms: SHAPE_TTL_MS }
    }

    fn json(value: &impl Serialize) -> Result<Self, Problem> {
        let text = serde_json::to_string_pretty(value).map_err(|error| {
            Problem::new("internal", format!("The resource could not be written: {error}."), "Report it.")
        })?;
        Ok(Self { mime_type: JSON, text, ttl_ms: FIGURES_TTL_MS })
    }
}

/// Every resource that stands in the list: schema, stats, then tables and KPIs by name.
pub(super) async fn list(ctx: &OpContext, app: &App) -> Result<Vec<Resource>, Problem> {
    let mut resources = vec![schema::listed(), stats::listed()];
    resources.extend(table::listed(ctx, app).await?);
    resources.extend(kpi::listed(ctx, app).await?);
    Ok(resources)
}

/// The templates of tables, KPIs and runs.
pub(super) fn templates() -> Vec<ResourceTemplate> {
    vec![table::template(), kpi::template(), run::template()]
}

/// What stands at `uri`, as `ctx` may see it.
///
/// # Errors
///
/// The protocol's error for an unknown resource, with the nearest that are known.
pub(super) async fn read(ctx: &OpContext, app: &App, uri: &str) -> Result<ReadResourceResult, ErrorData> {
    let Some(address) = Address::parse(uri) else {
        return Err(unknown(ctx, app, uri).await);
    };
    match reading(ctx, app, &address).await {
        Ok(reading) => {
            let contents = ResourceContents::text(reading.text, uri).with_mime_type(reading.mime_type);
            // What is in it depends on what the principal may see.
            Ok(ReadResourceResult::new(vec![contents])
                .with_ttl_ms(reading.ttl_ms)
                .with_cache_scope(CacheScope::Private))
        }
        Err(problem) if problem.code.starts_with("unknown_") => Err(unknown(ctx, app, uri).await),
        Err(problem) => Err(failure(&problem)),
    }
}

/// The text of a resource, to be put into a prompt.
pub(super) async fn contents(
    ctx: &OpContext,
    app: &App,
    address: &Address,
) -> Result<ResourceContents, Problem> {
    let reading = reading(ctx, app, address).await?;
    Ok(ResourceContents::text(reading.text, address.uri()).with_mime_type(reading.mime_type))
}

async fn reading(ctx: &OpContext, app: &App, address: &Address) -> Result<Reading, Problem> {
    match address {
        Address::Schema => schema::read(ctx, app).await,
        Address::Stats => stats::read(ctx, app).await,
        Address::Table(name) => table::read(ctx, app, name).await,
        Address::Kpi(name) => kpi::read(ctx, app, name).await,
        Address::Run(id) => run::read(ctx, app, *id).await,
    }
}

async fn unknown(ctx: &OpContext, app: &App, uri: &str) -> ErrorData {
    let known = match uris(ctx, app).await {
        Ok(known) => known,
        Err(problem) => return failure(&problem),
    };
    let near = nearest(uri, known.iter().map(String::as_str));
    let shown: String = uri.chars().take(120).collect();
    let advice =
        if near.is_empty() { String::new() } else { format!(" The nearest are {}.", near.join(", ")) };
    ErrorData::resource_not_found(
        format!(
            "There is no resource {shown}.{advice} resources/list and resources/templates/list tell what there is."
        ),
        Some(json!({ "code": "unknown_resource", "uri": shown, "nearest": near })),
    )
}

async fn uris(ctx: &OpContext, app: &App) -> Result<Vec<String>, Problem> {
    let mut uris = vec![Address::Schema.uri(), Address::Stats.uri()];
    uris.extend(
        app::known(ctx, app, Known::Tables).await?.into_iter().map(|name| Address::Table(name).uri()),
    );
    uris.extend(app::known(ctx, app, Known::Kpis).await?.into_iter().map(|name| Address::Kpi(name).uri()));
    let runs = app::known(ctx, app, Known::Runs).await?;
    uris.extend(
        runs.iter().take(20).filter_map(|id| Some(Address::Run(mg_core::RunId(id.parse().ok()?)).uri())),
    );
    Ok(uris)
}

/// For whom a resource is, and how much it matters: 1 is needed, 0 is optional.
fn annotations(audience: &[Role], priority: f32) -> Annotations {
    Annotations::default().with_audience(audience.to_vec()).with_priority(priority)
}

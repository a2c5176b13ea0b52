//! The matrix: a line for everything that is served.

use serde_json::{Value, json};

/// What a caller gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Got {
    /// An answer; to a scoped caller without anything of another commune.
    Answer,
    /// 403, or `forbidden`.
    Forbidden,
    /// A refusal of this code.
    Refused(&'static str),
}

use Got::{Answer, Forbidden, Refused};

/// For everybody with a token.
const READS: [Got; 4] = [Answer; 4];
/// For those who may start something.
const STARTS: [Got; 4] = [Forbidden, Answer, Answer, Forbidden];
/// For those who see every row: a plan tells how many there are.
const PLANS: [Got; 4] = [Answer, Answer, Answer, Refused("plan_withheld")];

/// For those who may hear of the whole territory.
const HEARS: [Got; 4] = [Answer, Answer, Answer, Refused("logs_withheld")];
/// For those who may act, and who find that there is nothing of that kind.
const FINDS_NO_SCHEDULE: [Got; 4] =
    [Forbidden, Refused("unknown_schedule"), Refused("unknown_schedule"), Forbidden];
/// For those who may reach out to the web, to no private place.
const REFUSES_URL: [Got; 4] = [Forbidden, Refused("url_refused"), Refused("url_refused"), Forbidden];
/// For those who may act; who comes second finds that it is there.
const MAKES_ONCE: [Got; 4] = [Forbidden, Answer, Refused("schedule_exists"), Forbidden];

/// Something that is served, and what viewer, editor, admin and a scoped viewer get of it.
pub(super) struct Line {
    pub(super) served: &'static str,
    pub(super) method: &'static str,
    pub(super) parameters: Value,
    pub(super) got: [Got; 4],
}

impl Line {
    /// A code that the matrix speaks of.
    pub(super) fn known(code: &str) -> Option<&'static str> {
        ["plan_withheld", "logs_withheld", "unknown_schedule", "schedule_exists", "url_refused"]
            .into_iter()
            .find(|known| *known == code)
    }
}

/// A path, and the status that nobody, viewer, editor, admin and a scoped viewer get of it.
pub(super) struct Path {
    pub(super) method: &'static str,
    pub(super) served: &'static str,
    /// A path of that form.
    pub(super) asked: &'static str,
    pub(super) body: Option<Value>,
    pub(super) got: [u16; 5],
}

impl Path {
    fn of(method: &'static str, served: &'static str, asked: &'static str, got: [u16; 5]) -> Self {
        Self { method, served, asked, body: None, got }
    }

    fn with(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }
}

/// For whom the paths are. The endpoint of MCP refuses a body that is no message of its own.
pub(super) fn paths() -> Vec<Path> {
    let all = [200; 5];
    let reads = [401, 200, 200, 200, 200];
    let whole = [401, 200, 200, 200, 403];
    let acts = [401, 403, 200, 200, 403];
    // What an editor makes is there when the admin asks for it.
    let makes = [401, 403, 201, 409, 403];
    let launches = [401, 403, 202, 202, 403];
    let removes = [401, 403, 200, 404, 403];
    vec![
        Path::of("GET", "/healthz", "/healthz", all),
        // No message of the protocol: the door opens, and rmcp refuses what is said.
        Path::of("POST", "/mcp", "/mcp", [401, 415, 415, 415, 415])
            .with(json!({ "jsonrpc": "2.0", "id": 1 })),
        Path::of("GET", "/api/v1/openapi.json", "/api/v1/openapi.json", all),
        Path::of("GET", "/api/v1/dags", "/api/v1/dags", reads),
        Path::of("GET", "/api/v1/dags/{dag}", "/api/v1/dags/urbanisme", reads),
        Path::of("GET", "/api/v1/dags/{dag}/graph", "/api/v1/dags/urbanisme/graph?format=mermaid", reads),
        Path::of("POST", "/api/v1/dags/{dag}/runs", "/api/v1/dags/urbanisme/runs", launches).with(json!({})),
        Path::of("POST", "/api/v1/dags/{dag}/pause", "/api/v1/dags/urbanisme/pause", acts),
        Path::of("POST", "/api/v1/dags/{dag}/resume", "/api/v1/dags/urbanisme/resume", acts),
        Path::of("GET", "/api/v1/runs", "/api/v1/runs?state=succeeded", reads),
        Path::of("GET", "/api/v1/runs/{run_id}", "/api/v1/runs/1", reads),
        Path::of("GET", "/api/v1/runs/{run_id}/tasks", "/api/v1/runs/1/tasks", reads),
        Path::of("GET", "/api/v1/runs/{run_id}/graph", "/api/v1/runs/1/graph", reads),
        Path::of("GET", "/api/v1/runs/{run_id}/logs", "/api/v1/runs/1/logs", whole),
        Path::of("GET", "/api/v1/logs", "/api/v1/logs?text=permis", whole),
        Path::of("POST", "/api/v1/runs/{run_id}/cancel", "/api/v1/runs/1/cancel", acts),
        Path::of("POST", "/api/v1/runs/{run_id}/retry", "/api/v1/runs/1/retry", acts),
        Path::of(
            "POST",
            "/api/v1/runs/{run_id}/tasks/{task}/mark",
            "/api/v1/runs/1/tasks/collecte/mark",
            acts,
        )
        .with(json!({ "state": "succeeded" })),
        Path::of("GET", "/api/v1/schedules", "/api/v1/schedules", reads),
        Path::of("POST", "/api/v1/schedules", "/api/v1/schedules", makes)
            .with(json!({ "name": "an", "dag": "urbanisme", "cron": "0 6 1 1 *" })),
        Path::of("GET", "/api/v1/schedules/{schedule_id}", "/api/v1/schedules/1", reads),
        Path::of("PATCH", "/api/v1/schedules/{schedule_id}", "/api/v1/schedules/1", acts)
            .with(json!({ "cron": "0 7 1 1 *" })),
        Path::of("POST", "/api/v1/schedules/{schedule_id}/pause", "/api/v1/schedules/1/pause", acts),
        Path::of("POST", "/api/v1/schedules/{schedule_id}/resume", "/api/v1/schedules/1/resume", acts),
        Path::of(
            "GET",
            "/api/v1/schedules/{schedule_id}/backfill",
            "/api/v1/schedules/1/backfill?from=900d",
            reads,
        ),
        Path::of("POST", "/api/v1/schedules/{schedule_id}/backfill", "/api/v1/schedules/1/backfill", makes)
            .with(json!({ "from": "900d" })),
        Path::of("GET", "/api/v1/backfills", "/api/v1/backfills", reads),
        Path::of("GET", "/api/v1/backfills/{backfill_id}", "/api/v1/backfills/1", reads),
        Path::of("POST", "/api/v1/backfills/{backfill_id}/cancel", "/api/v1/backfills/1/cancel", acts),
        Path::of("DELETE", "/api/v1/schedules/{schedule_id}", "/api/v1/schedules/1", removes),
        Path::of("GET", "/api/v1/spiders", "/api/v1/spiders", reads),
        Path::of("POST", "/api/v1/spiders/{spider}/runs", "/api/v1/spiders/dvf/runs", launches)
            .with(json!({})),
        Path::of("GET", "/api/v1/alerts", "/api/v1/alerts?kind=failure&kind=stale", reads),
        Path::of("GET", "/api/v1/workers", "/api/v1/workers", reads),
        Path::of("GET", "/api/v1/pools", "/api/v1/pools", reads),
        Path::of("PUT", "/api/v1/pools/{pool}", "/api/v1/pools/portail", acts).with(json!({ "slots": 2 })),
        Path::of("POST", "/api/v1/pools/{pool}/reset", "/api/v1/pools/portail/reset", acts),
        Path::of(
            "GET",
            "/api/v1/tables/{table}/lineage",
            "/api/v1/tables/analytics.fact_permis/lineage",
            reads,
        ),
    ]
}

/// The lines.
pub(super) fn lines() -> Vec<Line> {
    let mut lines = Vec::new();
    lines.extend(tools().map(|(served, arguments, got)| {
        let parameters = json!({ "name": served, "arguments": arguments });
        Line { served, method: "tools/call", parameters, got }
    }));
    lines.extend(RESOURCES.map(|served| {
        let parameters = json!({ "uri": served });
        Line { served, method: "resources/read", parameters, got: READS }
    }));
    lines.extend(TEMPLATES.map(|(served, uri)| {
        let parameters = json!({ "uri": uri });
        Line { served, method: "resources/read", parameters, got: READS }
    }));
    lines.extend(prompts().map(|(served, arguments)| {
        let parameters = json!({ "name": served, "arguments": arguments });
        Line { served, method: "prompts/get", parameters, got: READS }
    }));
    lines
}

fn tools() -> [(&'static str, Value, [Got; 4]); 30] {
    let sql = "select count(*), max(prix_eur), sum(prix_eur) from analytics.fact_mutation";
    let inside = "http://169.254.169.254/latest/meta-data/";
    let title = json!([{ "name": "titre", "selector": "h1" }]);
    [
        ("scrape_url", json!({ "url": inside }), REFUSES_URL),
        ("scrape_dynamic_page", json!({ "url": inside }), REFUSES_URL),
        ("extract_structured_data", json!({ "url": inside, "fields": title }), REFUSES_URL),
        ("take_screenshot", json!({ "url": inside }), REFUSES_URL),
        ("download_file", json!({ "url": inside }), REFUSES_URL),
        ("list_kpis", json!({}), READS),
        ("get_indicator", json!({ "name": "mutations", "date": "2025-02" }), READS),
        ("forecast_kpi", json!({ "name": "prix_m2_appartement" }), READS),
        ("list_tables", json!({}), READS),
        ("describe_table", json!({ "table": "fact_mutation" }), READS),
        ("get_table_schemas", json!({ "tables": ["fact_mutation", "kpi.value"] }), READS),
        ("get_sample", json!({ "table": "fact_mutation", "rows": 20 }), READS),
        ("run_sql", json!({ "sql": sql }), READS),
        ("explain_query", json!({ "sql": sql }), PLANS),
        ("list_spiders", json!({}), READS),
        ("launch_scraper", json!({ "spider": "dvf" }), STARTS),
        ("get_run", json!({ "run_id": 1 }), READS),
        ("cancel_run", json!({ "run_id": 1 }), STARTS),
        ("list_dags", json!({}), READS),
        ("launch_dag", json!({ "dag": "urbanisme" }), STARTS),
        ("list_runs", json!({ "states": ["succeeded"] }), READS),
        ("get_run_logs", json!({ "run_id": 1 }), HEARS),
        ("retry_run", json!({ "run_id": 1 }), STARTS),
        ("list_alerts", json!({ "since": "7d" }), READS),
        ("list_schedules", json!({}), READS),
        ("schedule_spider", json!({ "spider": "dvf", "cron": "0 6 1 1 *" }), MAKES_ONCE),
        ("pause_schedule", json!({ "schedule_id": 99 }), FINDS_NO_SCHEDULE),
        ("resume_schedule", json!({ "schedule_id": 99 }), FINDS_NO_SCHEDULE),
        ("remove_schedule", json!({ "schedule_id": 99 }), FINDS_NO_SCHEDULE),
        ("get_current_date", json!({}), READS),
    ]
}

const RESOURCES: [&str; 22] = [
    "mg://schema",
    "mg://stats",
    "mg://tables/analytics.dim_commune",
    "mg://tables/analytics.edition",
    "mg://tables/analytics.fact_annonce",
    "mg://tables/analytics.fact_chantier",
    "mg://tables/analytics.fact_mutation",
    "mg://tables/analytics.fact_permis",
    "mg://tables/analytics.fact_population",
    "mg://tables/analytics.ref_commune",
    "mg://tables/analytics.revision",
    "mg://tables/analytics.zone",
    "mg://tables/kpi.definition",
    "mg://tables/kpi.forecast",
    "mg://tables/kpi.value",
    "mg://kpis/delai_ouverture_chantier",
    "mg://kpis/logements_autorises",
    "mg://kpis/logements_commences",
    "mg://kpis/mutations",
    "mg://kpis/permis_autorises",
    "mg://kpis/prix_m2_appartement",
    "mg://kpis/prix_m2_maison",
];

/// Each with an address of its form.
const TEMPLATES: [(&str, &str); 3] = [
    ("mg://tables/{schema}.{table}", "mg://tables/kpi.value"),
    ("mg://kpis/{name}", "mg://kpis/mutations"),
    ("mg://runs/{id}", "mg://runs/1"),
];

fn prompts() -> [(&'static str, Value); 3] {
    [
        ("analyze_table", json!({ "table": "fact_mutation" })),
        ("optimize_query", json!({ "sql": "select * from analytics.fact_mutation" })),
        ("generate_report", json!({})),
    ]
}

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
        ["plan_withheld"].into_iter().find(|known| *known == code)
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
    vec![
        Path::of("GET", "/healthz", "/healthz", all),
        Path::of("POST", "/mcp", "/mcp", [401, 400, 400, 400, 400])
            .with(json!({ "jsonrpc": "2.0", "id": 1 })),
        Path::of("GET", "/api/v1/openapi.json", "/api/v1/openapi.json", all),
        Path::of("GET", "/api/v1/runs", "/api/v1/runs?state=succeeded", reads),
        Path::of("GET", "/api/v1/runs/{run_id}", "/api/v1/runs/1", reads),
        Path::of("GET", "/api/v1/runs/{run_id}/tasks", "/api/v1/runs/1/tasks", reads),
        Path::of("GET", "/api/v1/runs/{run_id}/logs", "/api/v1/runs/1/logs", whole),
        Path::of("GET", "/api/v1/logs", "/api/v1/logs?text=permis", whole),
        Path::of("POST", "/api/v1/runs/{run_id}/cancel", "/api/v1/runs/1/cancel", acts),
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

fn tools() -> [(&'static str, Value, [Got; 4]); 14] {
    let sql = "select count(*), max(prix_eur), sum(prix_eur) from analytics.fact_mutation";
    [
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
        ("get_current_date", json!({}), READS),
    ]
}

const RESOURCES: [&str; 18] = [
    "mg://schema",
    "mg://stats",
    "mg://tables/analytics.dim_commune",
    "mg://tables/analytics.edition",
    "mg://tables/analytics.fact_mutation",
    "mg://tables/analytics.fact_permis",
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

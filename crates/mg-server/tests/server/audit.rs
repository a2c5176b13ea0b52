//! The book of calls, over the door: each call leaves one line, and the line says who, what and
//! how it ended, but nothing of what was answered and no token.

use std::num::NonZeroU32;

use anyhow::{Context, ensure};
use mg_core::{Role, Scope};
use mg_server::app::{CallLimits, Calls};
use mg_server::{TokenRequest, create_token};
use mg_store::audit::AuditLine;
use mg_testkit::TestPlatform;
use serde_json::{Value, json};

use crate::cancelled::{endless, one_at_a_time, until_busy};
use crate::wire::{Wire, clock, options, serve};

/// A query, and what its answer holds that no line may.
const POPULATION: &str = "select population from analytics.dim_commune where code_commune = '77243'";
const ANSWER: &str = "21191";

/// A call, and what its line must say. `request` is a part of it; empty where the call is
/// turned away before its body is read.
struct Expected {
    method: &'static str,
    parameters: Value,
    tool: &'static str,
    request: &'static str,
    outcome: &'static str,
    rows: Option<i64>,
}

/// What everybody asks.
fn calls() -> Vec<Expected> {
    let tool = |tool, arguments: Value, request, outcome, rows| {
        let parameters = json!({ "name": tool, "arguments": arguments });
        Expected { method: "tools/call", parameters, tool, request, outcome, rows }
    };
    let of = |method, parameters, request, outcome| Expected {
        method,
        parameters,
        tool: method,
        request,
        outcome,
        rows: None,
    };
    let kpis = json!({ "type": "ref/resource", "uri": "mg://kpis/{name}" });
    vec![
        tool("run_sql", json!({ "sql": POPULATION }), POPULATION, "ok", Some(1)),
        tool("run_sql", json!({ "sql": "drop table x" }), "drop table x", "sql_not_a_query", None),
        tool("run_sql", json!({ "sql": "select 1 / 0" }), "select 1 / 0", "sql_rejected", None),
        tool("get_sample", json!({ "table": "dim_commune", "rows": 1 }), "dim_commune", "ok", Some(1)),
        tool("get_indicator", json!({ "name": "x" }), r#"{"name":"x"}"#, "unknown_kpi", None),
        tool("list_kpis", json!({ "all": 1 }), r#"{"all":1}"#, "bad_arguments", None),
        Expected {
            method: "tools/call",
            parameters: json!({ "name": "drop_table" }),
            tool: "tools/call",
            request: "drop_table",
            outcome: "unknown_tool",
            rows: None,
        },
        of("resources/read", json!({ "uri": "mg://schema" }), "mg://schema", "ok"),
        of("resources/read", json!({ "uri": "mg://nothing" }), "mg://nothing", "unknown_resource"),
        of("prompts/get", json!({ "name": "generate_report" }), "generate_report", "ok"),
        of("prompts/get", json!({ "name": "analyze_table" }), "analyze_table", "bad_arguments"),
        of("tasks/get", json!({ "taskId": "x" }), "x", "mcp_-32602"),
        of(
            "completion/complete",
            json!({ "ref": kpis, "argument": { "name": "name", "value": "mut" } }),
            "mut",
            "ok",
        ),
    ]
}

#[tokio::test]
async fn each_call_of_each_caller_leaves_one_line_without_what_was_answered() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let one = Scope::Communes(["77243".to_owned()].into());
    let callers = [
        ("vera", Role::Viewer, Scope::All),
        ("edgar", Role::Editor, Scope::All),
        ("adam", Role::Admin, Scope::All),
        ("lagny", Role::Viewer, one),
    ];
    let mut secrets = Vec::new();
    for (name, role, scope) in &callers {
        let request = TokenRequest { name, role: *role, scope: scope.clone(), days: None };
        let secret = create_token(&platform.context(Role::Admin), &platform.app.store, request).await?.secret;
        let wire = Wire::at(platform.url(), secret.clone())?.with_tasks();
        for call in calls() {
            wire.send(call.method, call.parameters).await?.text().await?;
        }
        // Turned away by its headers in this era, by the tool in the one before.
        let cancel = json!({ "name": "cancel_run", "arguments": { "run_id": 7 } });
        wire.send("tools/call", cancel.clone()).await?.text().await?;
        wire.ask_previous("tools/call", cancel).await?;
        secrets.push(secret);
    }
    let lines = written(&platform).await?;
    let tokens = platform.app.store.tokens().await?;
    for (name, role, scope) in &callers {
        let token = tokens.iter().find(|token| token.name == *name).context("the token")?;
        let mut own = lines.iter().filter(|line| line.principal == *name);
        for call in calls() {
            let line = own.next().with_context(|| format!("no line of {} by {name}", call.tool))?;
            check(line, &call)?;
        }
        let outcome = if *role == Role::Viewer { "forbidden" } else { "unknown_run" };
        for _ in 0..2 {
            let line = own.next().context("no line of cancel_run")?;
            assert_eq!((line.tool.as_str(), line.outcome.as_str()), ("cancel_run", outcome), "{line:?}");
        }
        assert_eq!(own.next(), None, "a line too many");
        for line in lines.iter().filter(|line| line.principal == *name) {
            let who = (line.token, line.role.as_str(), line.scope.clone(), line.face.as_str());
            assert_eq!(who, (Some(token.id), role.as_str(), scope.to_string(), "mcp"), "{line:?}");
            assert_eq!(line.at, clock().now(), "{line:?}");
            assert!(line.duration_us >= 0, "{line:?}");
        }
    }
    for line in &lines {
        let text = serde_json::to_string(line)?;
        ensure!(!text.contains(ANSWER) && !text.contains("Bussy"), "a value of an answer: {text}");
        ensure!(!secrets.iter().any(|secret| text.contains(&secret[4..])), "a token: {text}");
    }
    Ok(())
}

fn check(line: &AuditLine, call: &Expected) -> anyhow::Result<()> {
    assert_eq!((line.tool.as_str(), line.outcome.as_str()), (call.tool, call.outcome), "{line:?}");
    let request = line.request.as_deref().with_context(|| format!("no request: {line:?}"))?;
    assert!(request.contains(call.request), "{line:?}");
    assert_eq!(line.rows, call.rows, "{line:?}");
    assert_eq!(line.bytes.is_some_and(|bytes| bytes > 0), call.outcome == "ok", "{line:?}");
    let has_shape = call.tool == "run_sql";
    assert_eq!(line.fingerprint.is_some(), has_shape, "{line:?}");
    Ok(())
}

/// Closes the book, and gives its lines in the order of their writing.
async fn written(platform: &TestPlatform) -> anyhow::Result<Vec<AuditLine>> {
    platform.app.calls.audit().close().await;
    let verdict = platform.app.store.verify_audit().await?;
    ensure!(verdict.fault.is_none(), "{verdict:?}");
    let mut lines = platform.app.store.audit_tail(10_000, None).await?;
    ensure!(verdict.lines == u64::try_from(lines.len())?, "{verdict:?}");
    lines.reverse();
    Ok(lines.into_iter().map(|chained| chained.line).collect())
}

#[tokio::test]
async fn a_call_that_came_too_early_or_whose_client_went_away_leaves_its_line_too() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let leaving = one_at_a_time(&platform).await?;
    let caller = leaving.clone();
    let call = tokio::spawn(async move { caller.send("tools/call", endless(&json!({}))).await });
    until_busy(&leaving, true).await?;
    call.abort();
    until_busy(&leaving, false).await?;

    let mut app = platform.app.clone();
    let requests_per_minute = NonZeroU32::new(1).context("not zero")?;
    let limits = CallLimits { requests_per_minute, ..CallLimits::default() };
    app.calls = Calls::new(limits, app.calls.audit().clone());
    let url = serve(mg_server::router(app, clock(), &options())).await?;
    let early = Wire::of(&platform, Role::Viewer).await?.moved_to(&url);
    for _ in 0..2 {
        let call = json!({ "name": "get_current_date", "arguments": {} });
        early.ask("tools/call", call).await?;
    }
    early.refused("resources/read", json!({ "uri": "mg://stats" })).await?;

    let lines = written(&platform).await?;
    let outcomes = |tool: &str| -> Vec<&str> {
        lines.iter().filter(|line| line.tool == tool).map(|line| line.outcome.as_str()).collect()
    };
    assert_eq!(outcomes("run_sql"), ["cancelled"]);
    assert_eq!(outcomes("get_current_date"), ["ok", "rate_limited"]);
    assert_eq!(outcomes("resources/read"), ["rate_limited"]);
    assert!(outcomes("list_spiders").contains(&"too_many_at_once"));
    let cancelled = lines.iter().find(|line| line.tool == "run_sql").context("the line")?;
    assert!(cancelled.request.as_ref().is_some_and(|sql| sql.contains("generate_series")));
    assert!(cancelled.fingerprint.is_some() && cancelled.duration_us > 0, "{cancelled:?}");
    Ok(())
}

//! The tools as a real MCP client sees them, in both eras of the protocol.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Context;
use mg_core::Role;
use mg_testkit::{Agent, Era, TestPlatform, ToolAnswer};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::schema;

const ERAS: [Era; 2] = [Era::Current, Era::Previous];

/// The tools that do something: an editor's.
const ACTING: [&str; 13] = [
    "scrape_url",
    "scrape_dynamic_page",
    "extract_structured_data",
    "take_screenshot",
    "download_file",
    "launch_scraper",
    "launch_dag",
    "cancel_run",
    "retry_run",
    "schedule_spider",
    "pause_schedule",
    "resume_schedule",
    "remove_schedule",
];

/// Each tool's happy path, and the parts of the structured answer that its text must say:
/// paths of names and places, `*` for every item.
fn happy_paths(
    platform: &TestPlatform,
    schedule: i64,
) -> Vec<(&'static str, Value, &'static [&'static str])> {
    let advert = format!("{}/annonces/4801", platform.portal.url());
    let sales = format!("{}/geo-dvf/latest/csv/2025/communes/77/77243.csv", platform.portal.url());
    let sql = "select code_commune, nom, population from analytics.dim_commune where membre order by nom";
    vec![
        (
            "list_kpis",
            json!({}),
            &["kpis/*/name", "kpis/*/title_fr", "kpis/*/unit", "kpis/*/last_period", "kpis/*/edition"],
        ),
        (
            "get_indicator",
            json!({ "name": "logements_autorises", "date": "2025-04", "communes": ["Lagny-sur-Marne", "77307"] }),
            &[
                "title_fr",
                "name",
                "period",
                "unit",
                "edition",
                "values/*/zone_name",
                "values/*/zone",
                "values/*/value",
                "values/*/records",
                "values/*/previous/change",
                "values/*/year_before/value",
                "previous_period",
                "year_before_period",
                "communes_with_value",
                "communes_with_value_percent",
                "freshness/age_days",
                "freshness/loaded_at",
                "definition",
            ],
        ),
        (
            "forecast_kpi",
            json!({ "name": "prix_m2_appartement", "horizon": 4, "communes": ["ensemble", "77243"] }),
            &[
                "title_en",
                "name",
                "unit",
                "edition",
                "made_at",
                "definition",
                "forecasts/*/zone_name",
                "forecasts/*/zone",
                "forecasts/*/model",
                "forecasts/*/mase",
                "forecasts/*/last_observed_period",
                "forecasts/*/steps/*/period",
                "forecasts/*/steps/*/value",
                "forecasts/*/steps/*/intervals/*/level",
                "forecasts/*/steps/*/intervals/*/low",
                "forecasts/*/steps/*/intervals/*/high",
            ],
        ),
        ("list_tables", json!({}), &["tables/*/name", "tables/*/comment"]),
        (
            "describe_table",
            json!({ "table": "fact_permis" }),
            &[
                "name",
                "comment",
                "columns/*/name",
                "columns/*/type",
                "columns/*/comment",
                "columns/*/refers_to",
            ],
        ),
        (
            "get_table_schemas",
            json!({ "tables": ["fact_mutation", "analytics.zone", "kpi.valu"] }),
            &["tables/*/name", "tables/*/columns/*/name", "tables/*/columns/*/comment", "unknown/*/name"],
        ),
        (
            "get_sample",
            json!({ "table": "fact_mutation", "rows": 3, "columns": ["date_mutation", "nature"] }),
            &["table", "columns/*/name", "rows/*/*", "row_count", "ordered_by/*"],
        ),
        ("run_sql", json!({ "sql": sql }), &["columns/*/name", "rows/*/*", "row_count"]),
        ("explain_query", json!({ "sql": sql }), &["plan/*"]),
        (
            "list_spiders",
            json!({}),
            &[
                "spiders/*/name",
                "spiders/*/title_en",
                "spiders/*/producer",
                "spiders/*/base",
                "spiders/*/table",
                "spiders/*/arguments/*/name",
                "spiders/*/arguments/*/example",
            ],
        ),
        ("launch_scraper", json!({ "spider": "dvf", "url": sales }), &["run_id", "state"]),
        ("scrape_url", json!({ "url": advert }), &["url", "title", "markdown"]),
        ("scrape_dynamic_page", json!({ "url": advert, "wait_for": "h1" }), &["url", "title"]),
        (
            "extract_structured_data",
            json!({ "url": advert, "fields": [{ "name": "titre", "selector": "h1" }] }),
            &["url", "fields/*/name", "fields/*/value"],
        ),
        ("take_screenshot", json!({ "url": advert }), &["url", "size_bytes"]),
        ("download_file", json!({ "url": advert }), &["url", "file", "media_type", "size_bytes"]),
        ("get_run", json!({ "run_id": 1 }), &["run_id", "dag", "state", "tasks/*/name", "log/*/message"]),
        ("cancel_run", json!({ "run_id": 1 }), &["run_id", "dag", "state"]),
        ("list_dags", json!({}), &["dags/*/name", "dags/*/doc", "dags/*/last_run/run_id"]),
        ("launch_dag", json!({ "dag": "urbanisme" }), &["run_id", "state"]),
        (
            "list_runs",
            json!({ "limit": 5 }),
            &["runs/*/run_id", "runs/*/dag", "runs/*/state", "runs/*/requested_by"],
        ),
        (
            "get_run_logs",
            json!({ "run_id": 1 }),
            &["run_id", "lines/*/message", "lines/*/task", "lines/*/at"],
        ),
        ("retry_run", json!({ "run_id": 1 }), &["run_id", "dag", "state"]),
        (
            "schedule_spider",
            json!({ "spider": "dvf", "cron": "0 6 * * 1", "name": "lundi" }),
            &["schedule_id", "name", "cron", "zone", "next_instant"],
        ),
        (
            "list_alerts",
            json!({ "kinds": ["failure"] }),
            &["alerts/*/kind", "alerts/*/dag", "alerts/*/run_id", "alerts/*/since", "alerts/*/waiting/*"],
        ),
        (
            "list_schedules",
            json!({}),
            &["schedules/*/schedule_id", "schedules/*/name", "schedules/*/dag", "schedules/*/cron"],
        ),
        ("pause_schedule", json!({ "schedule_id": schedule }), &["name"]),
        ("resume_schedule", json!({ "schedule_id": schedule }), &["name"]),
        ("remove_schedule", json!({ "schedule_id": schedule }), &["schedule_id", "name"]),
        (
            "get_current_date",
            json!({}),
            &[
                "date",
                "time",
                "instant",
                "time_zone",
                "weekday",
                "iso_week",
                "quarter",
                "last_complete/month",
            ],
        ),
    ]
}

#[tokio::test]
async fn every_tool_answers_as_its_schema_says_and_with_a_text_that_stands_alone() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    platform.run_dag("urbanisme").await?;
    platform.database.execute(
        "mg_owner",
        "with alert as (
            insert into mg.alert (key, kind, dag, run_id, since) values ('a test', 'failure', 'dvf', 1, now())
            returning id)
         insert into mg.alert_delivery (alert_id, channel, dag) select id, 'astreinte', 'dvf' from alert",
    )?;
    // Each era makes a schedule of its own, and removes it.
    for (era, schedule) in ERAS.into_iter().zip(1..) {
        let agent = platform.agent(Role::Editor, era).await?;
        let tools = agent.tools().await?;
        let calls = happy_paths(&platform, schedule);
        let called: BTreeSet<&str> = calls.iter().map(|(name, ..)| *name).collect();
        let served: BTreeSet<&str> = tools.iter().map(|tool| tool.name.as_ref()).collect();
        assert_eq!(served, called, "a call for each tool");
        for (name, arguments, said) in calls {
            let tool = tools.iter().find(|tool| tool.name == name).context(name)?;
            let input = Value::Object(tool.input_schema.as_ref().clone());
            assert_eq!(schema::faults(&input, &arguments)?, Vec::<String>::new(), "arguments of {name}");
            let answer = agent.call(name, arguments).await?;
            assert!(!answer.is_error, "{name}: {}", answer.text);
            let output =
                tool.output_schema.as_ref().with_context(|| format!("{name} has no output schema"))?;
            let faults = schema::faults(&Value::Object(output.as_ref().clone()), &answer.structured)?;
            assert_eq!(faults, Vec::<String>::new(), "{name}");
            for path in said {
                check_said(name, &answer, path);
            }
        }
    }
    platform.stop().await;
    Ok(())
}

fn check_said(tool: &str, answer: &ToolAnswer, path: &str) {
    let parts: Vec<&str> = path.split('/').collect();
    let leaves = leaves(&answer.structured, &parts);
    assert!(!leaves.is_empty(), "{tool} has nothing at {path}: {}", answer.structured);
    for leaf in leaves {
        let text = match leaf {
            Value::String(text) => text.clone(),
            Value::Number(number) => plain(number.as_f64().expect("a number of JSON")),
            other => other.to_string(),
        };
        assert!(answer.text.contains(&text), "{tool} does not say {path} ({text}):\n{}", answer.text);
    }
}

fn leaves<'a>(value: &'a Value, path: &[&str]) -> Vec<&'a Value> {
    match path {
        [] => vec![value],
        ["*", rest @ ..] => {
            value.as_array().into_iter().flatten().flat_map(|item| leaves(item, rest)).collect()
        }
        [name, rest @ ..] => value.get(name).into_iter().flat_map(|part| leaves(part, rest)).collect(),
    }
}

/// No more than two decimals, as texts have it.
fn plain(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[tokio::test]
async fn each_role_sees_the_tools_that_it_may_call_in_schemas_that_every_client_takes() -> anyhow::Result<()>
{
    let platform = TestPlatform::start().await?;
    for era in ERAS {
        let editors = platform.agent(Role::Editor, era).await?.tools().await?;
        let viewers = platform.agent(Role::Viewer, era).await?.tools().await?;
        let names =
            |tools: &[rmcp::model::Tool]| tools.iter().map(|tool| tool.name.to_string()).collect::<Vec<_>>();
        let mut reading = names(&editors);
        reading.retain(|name| !ACTING.contains(&name.as_str()));
        assert_eq!(editors.len(), 30);
        assert_eq!(names(&viewers), reading);
        let mut faults = Vec::new();
        for tool in &editors {
            let mut schemas = vec![Value::Object(tool.input_schema.as_ref().clone())];
            schemas.extend(tool.output_schema.as_ref().map(|schema| Value::Object(schema.as_ref().clone())));
            assert_eq!(schemas.len(), 2, "{} has both schemas", tool.name);
            for schema in &schemas {
                assert_eq!(schema["type"], "object", "{}: {schema}", tool.name);
                faults.extend(
                    schema::unloved(schema).into_iter().map(|fault| format!("{}: {fault}", tool.name)),
                );
            }
            for (name, property) in schemas[0]["properties"].as_object().into_iter().flatten() {
                assert!(property["examples"][0] != Value::Null, "{}.{name} has no example", tool.name);
            }
            let annotations = tool.annotations.as_ref().context("annotations")?;
            let hints = [
                annotations.read_only_hint,
                annotations.destructive_hint,
                annotations.idempotent_hint,
                annotations.open_world_hint,
            ];
            let expected = match tool.name.as_ref() {
                "launch_scraper" | "launch_dag" => [false, false, false, true],
                "schedule_spider" | "download_file" => [false, false, true, true],
                "scrape_url" | "scrape_dynamic_page" | "extract_structured_data" | "take_screenshot" => {
                    [true, false, true, true]
                }
                "cancel_run" => [false, true, true, false],
                "retry_run" => [false, true, false, true],
                "remove_schedule" => [false, true, false, false],
                "pause_schedule" | "resume_schedule" => [false, false, true, false],
                _ => [true, false, true, false],
            };
            assert_eq!(hints, expected.map(Some), "{}", tool.name);
            assert!(tool.description.as_ref().is_some_and(|text| text.len() > 80), "{}", tool.name);
            assert!(tool.title.is_some(), "{}", tool.name);
        }
        assert_eq!(faults, Vec::<String>::new());
    }
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_launched_scraper_is_answered_at_once_and_followed_to_its_end() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let agent = platform.agent(Role::Editor, Era::Current).await?;
    let sales = format!("{}/geo-dvf/latest/csv/2025/communes/77/77243.csv", platform.portal.url());
    // The file comes only long after the answer.
    let kind = mg_portal::TroubleKind::Slow { delay_ms: 1_000 };
    platform.portal.trouble().play(mg_portal::Trouble { path_contains: "/2025/".to_owned(), kind, times: 1 });
    let launched = agent.call("launch_scraper", json!({ "spider": "dvf", "url": sales })).await?;
    // A worker may have begun it by the time of the answer.
    let state = &launched.structured["state"];
    assert!(state == "queued" || state == "running", "{}", launched.text);
    let run = launched.structured["run_id"].as_i64().context("a run id")?;
    let first = agent.call("get_run", json!({ "run_id": run })).await?;
    assert_eq!(first.structured["finished"], false, "{}", first.text);
    assert!(first.text.contains("Not finished"), "{}", first.text);

    let last = timeout(Duration::from_secs(120), finished(&agent, run)).await??;
    assert_eq!(last.structured["state"], "succeeded", "{}", last.text);
    let tasks = last.structured["tasks"].as_array().context("tasks")?;
    let states: Vec<&Value> = tasks.iter().map(|task| &task["state"]).collect();
    assert_eq!(states, ["succeeded", "succeeded", "succeeded"]);
    let inserted = tasks[0]["output"]["inserted"].as_u64().context("a count")?;
    let counted = agent.call("run_sql", json!({ "sql": "select count(*) from fact_mutation" })).await?;
    assert_eq!(counted.structured["rows"], json!([[inserted]]));
    assert!(inserted > 100 && last.text.contains(&format!("{inserted} new")), "{}", last.text);
    platform.stop().await;
    Ok(())
}

async fn finished(agent: &Agent, run: i64) -> anyhow::Result<ToolAnswer> {
    loop {
        let answer = agent.call("get_run", json!({ "run_id": run })).await?;
        if answer.structured["finished"] == true {
            return Ok(answer);
        }
        sleep(Duration::from_millis(50)).await;
    }
}

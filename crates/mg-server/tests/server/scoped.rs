//! What a token of one commune hears: of its own what everybody hears, of another nothing, by
//! whichever way it asks.

use anyhow::Context;
use mg_core::{Role, Scope};
use serde_json::{Value, json};

use crate::two_communes::{OTHER, OWN, given_away, two_communes};
use crate::wire::Wire;

/// The whole answer to a call of a tool that must succeed, and its structured part.
async fn told(wire: &Wire, tool: &str, arguments: Value) -> anyhow::Result<Value> {
    let answer = wire.ask("tools/call", json!({ "name": tool, "arguments": arguments })).await?;
    assert_eq!(given_away(&answer.to_string()), None, "{tool} {arguments}: {answer}");
    assert_eq!(answer["isError"], false, "{tool} {arguments}: {answer}");
    Ok(answer["structuredContent"].clone())
}

#[tokio::test]
async fn a_token_of_one_commune_hears_nothing_of_another() -> anyhow::Result<()> {
    let (platform, _web) = two_communes().await?;
    let scope = Scope::Communes([OWN.to_owned()].into());
    let wire = Wire::at(platform.url(), platform.scoped_token(Role::Editor, scope).await?)?;

    let tables = told(&wire, "list_tables", json!({})).await?["tables"].clone();
    for table in tables.as_array().context("tables")? {
        assert_eq!(table.get("estimated_rows"), None, "{table}");
        let name = table["name"].as_str().context("a name")?;
        told(&wire, "get_sample", json!({ "table": name, "rows": 20 })).await?;
        for sql in [format!("select * from {name}"), format!("select count(*), max(t::text) from {name} t")] {
            told(&wire, "run_sql", json!({ "sql": sql })).await?;
        }
    }
    let counted = "select count(*), min(prix_eur) from analytics.fact_mutation";
    let counted = told(&wire, "run_sql", json!({ "sql": counted })).await?;
    assert_eq!(counted["rows"], json!([[38, 300_000.0]]), "its own sales are all there");

    let sales = told(&wire, "get_indicator", json!({ "name": "mutations", "date": "2025-02" })).await?;
    assert_eq!((&sales["values"][0]["zone"], &sales["values"][0]["value"]), (&json!(OWN), &json!(3.0)));
    assert_eq!((&sales["communes_with_value"], &sales["communes"]), (&json!(1), &json!(1)), "{sales}");
    let forecast = told(&wire, "forecast_kpi", json!({ "name": "mutations" })).await?;
    assert_eq!(forecast["forecasts"].as_array().map(Vec::len), Some(1), "{forecast}");

    for run in [1, 2] {
        let report = told(&wire, "get_run", json!({ "run_id": run })).await?;
        assert_eq!((&report["state"], &report["log"]), (&json!("succeeded"), &json!([])), "{report}");
        assert_eq!(report["parameters"], json!({}), "{report}");
    }
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn asking_for_another_commune_tells_neither_its_name_nor_its_code() -> anyhow::Result<()> {
    let (platform, _web) = two_communes().await?;
    let scope = Scope::Communes([OWN.to_owned()].into());
    let wire = Wire::at(platform.url(), platform.scoped_token(Role::Viewer, scope).await?)?;
    let name = "Chanteloup-en-Brie";
    for tool in ["get_indicator", "forecast_kpi"] {
        for (asked, hidden, code) in [
            (OTHER, name, "out_of_scope"),
            (name, OTHER, "out_of_scope"),
            ("Chantelou-en-Brie", name, "unknown_commune"),
        ] {
            let arguments = json!({ "name": "mutations", "communes": [asked] });
            let answer = wire.ask("tools/call", json!({ "name": tool, "arguments": arguments })).await?;
            let text = answer["content"][0]["text"].as_str().context("a text")?;
            assert!(text.ends_with(&format!("[{code}]")) && !text.contains(hidden), "{asked}: {text}");
        }
    }
    let report = json!({ "name": "generate_report", "arguments": { "commune": OTHER } });
    let error = wire.refused("prompts/get", report).await?;
    assert_eq!(error["data"]["code"], "out_of_scope", "{error}");
    assert!(!error.to_string().contains(name), "{error}");

    let argument = |name: &str, value: &str| json!({ "name": name, "value": value });
    let prompt = json!({ "type": "ref/prompt", "name": "generate_report" });
    for typed in ["", "chan", OTHER] {
        let request = json!({ "ref": prompt, "argument": argument("commune", typed) });
        let offered = wire.ask("completion/complete", request).await?["completion"]["values"].clone();
        let expected = if typed.is_empty() { json!(["Lagny-sur-Marne"]) } else { json!([]) };
        assert_eq!(offered, expected, "{typed}");
    }
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn spans_are_those_of_the_communes_that_a_token_sees() -> anyhow::Result<()> {
    let (platform, _web) = two_communes().await?;
    // A commune of the territory without a sale.
    let scope = Scope::Communes(["77234".to_owned()].into());
    let wire = Wire::at(platform.url(), platform.scoped_token(Role::Viewer, scope).await?)?;
    let price = |list: &Value| {
        let kpis = list.as_array().into_iter().flatten();
        kpis.clone().find(|kpi| kpi["name"] == "prix_m2_appartement").cloned().unwrap_or_default()
    };
    let listed = told(&wire, "list_kpis", json!({})).await?;
    assert_eq!(price(&listed["kpis"]).get("first_period"), None, "{listed}");
    let stats = wire.ask("resources/read", json!({ "uri": "mg://stats" })).await?;
    let stats: Value = serde_json::from_str(stats["contents"][0]["text"].as_str().context("a text")?)?;
    assert_eq!(price(&stats["kpis"]).get("last_period"), None, "{stats}");
    let whole = Wire::of(&platform, Role::Viewer).await?;
    let listed = whole.ask("tools/call", json!({ "name": "list_kpis", "arguments": {} })).await?;
    assert_eq!(price(&listed["structuredContent"]["kpis"])["first_period"], "2022-T4", "{listed}");

    let periods = json!({
        "ref": { "type": "ref/prompt", "name": "generate_report" },
        "argument": { "name": "periode", "value": "" },
        "context": { "arguments": { "kpi": "prix_m2_appartement" } },
    });
    let offered = wire.ask("completion/complete", periods.clone()).await?["completion"]["values"].clone();
    assert_eq!(offered, json!([]));
    let offered = whole.ask("completion/complete", periods).await?["completion"]["values"].clone();
    assert!(offered.as_array().is_some_and(|periods| periods.contains(&json!("2022-T4"))), "{offered}");
    platform.stop().await;
    Ok(())
}

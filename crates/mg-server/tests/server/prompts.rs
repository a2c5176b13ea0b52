//! Prompts: both languages, what they show, and what they refuse.

use mg_core::Role;
use mg_testkit::TestPlatform;
use serde_json::{Value, json};

use crate::wire::Wire;

async fn get(wire: &Wire, name: &str, arguments: Value) -> anyhow::Result<Value> {
    wire.ask("prompts/get", json!({ "name": name, "arguments": arguments })).await
}

fn said(prompt: &Value) -> &str {
    prompt["messages"][0]["content"]["text"].as_str().unwrap_or_default()
}

fn shown(prompt: &Value, place: usize) -> &Value {
    &prompt["messages"][place]["content"]["resource"]
}

#[tokio::test]
async fn a_prompt_speaks_french_unless_english_is_asked_for() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    platform.run_dag("urbanisme").await?;
    let wire = Wire::of(&platform, Role::Viewer).await?;
    for (name, arguments) in [
        ("analyze_table", json!({ "table": "fact_permis" })),
        ("optimize_query", json!({ "sql": "select 1" })),
        ("generate_report", json!({ "kpi": "mutations" })),
    ] {
        let french = get(&wire, name, arguments.clone()).await?;
        let mut asked = arguments.clone();
        asked["langue"] = "fr".into();
        assert_eq!(get(&wire, name, asked.clone()).await?["messages"], french["messages"], "{name}");
        asked["langue"] = "en".into();
        let english = get(&wire, name, asked).await?;
        assert!(said(&french).contains(" en français") || said(&french).contains(" En français"), "{french}");
        assert!(said(&english).contains("n English"), "{english}");
        for text in [said(&french), said(&english)] {
            assert!(!text.contains('{'), "a place was left open in {name}: {text}");
            assert!(text.contains("run_sql") || text.contains("get_indicator"), "{name}: {text}");
        }
    }
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_prompt_shows_what_is_known() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    platform.run_dag("urbanisme").await?;
    let wire = Wire::of(&platform, Role::Viewer).await?;

    let analysis = get(&wire, "analyze_table", json!({ "table": "fact_permis" })).await?;
    assert_eq!(shown(&analysis, 1)["uri"], "mg://tables/analytics.fact_permis");
    assert!(shown(&analysis, 1)["text"].as_str().is_some_and(|text| text.contains("code_commune")));

    let report = get(&wire, "generate_report", json!({ "kpi": "mutations", "commune": "77243" })).await?;
    let kpi: Value = serde_json::from_str(shown(&report, 1)["text"].as_str().unwrap_or_default())?;
    assert!(kpi["latest"]["values"][0]["value"].is_number(), "{kpi}");
    let whole = get(&wire, "generate_report", json!({})).await?;
    assert_eq!(shown(&whole, 1)["uri"], "mg://stats");

    let sql = "select '```', count(*) from analytics.fact_permis";
    let query = get(&wire, "optimize_query", json!({ "sql": sql })).await?;
    assert!(said(&query).contains(&format!("````sql\n{sql}\n````")), "{query}");
    assert_eq!(shown(&query, 1)["uri"], "mg://plan");
    let plan = shown(&query, 1)["text"].as_str().unwrap_or_default();
    assert!(plan.contains("cost=") && plan.contains("fact_permis"), "{plan}");
    assert_eq!(shown(&query, 2)["uri"], "mg://tables/analytics.fact_permis");
    let attack = get(&wire, "optimize_query", json!({ "sql": "drop table analytics.fact_permis" })).await?;
    let plan = shown(&attack, 1)["text"].as_str().unwrap_or_default();
    assert!(plan.starts_with("No plan.") && plan.contains("[sql_"), "{plan}");
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn what_a_prompt_does_not_take_is_refused_with_a_sentence() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let wire = Wire::of(&platform, Role::Viewer).await?;
    for (name, arguments, said) in [
        ("analyse_table", json!({}), "analyze_table"),
        ("analyze_table", json!({}), "`table` is needed"),
        ("analyze_table", json!({ "tabel": "fact_permis" }), "Did you mean table?"),
        ("analyze_table", json!({ "table": "fact_permit" }), "fact_permis"),
        ("analyze_table", json!({ "table": 3 }), "`table` is a text"),
        ("analyze_table", json!({ "table": "fact_permis", "langue": "de" }), "fr or en"),
        ("generate_report", json!({ "kpi": "mutation" }), "mutations"),
        ("generate_report", json!({ "commune": "Lagny sur Marn" }), "Lagny-sur-Marne"),
        ("optimize_query", json!({ "sql": "x".repeat(20_001) }), "20000 characters"),
    ] {
        let request = json!({ "name": name, "arguments": arguments });
        let error = wire.refused("prompts/get", request).await?;
        assert_eq!(error["code"], -32602, "{name}: {error}");
        assert!(error["message"].as_str().unwrap_or_default().contains(said), "{name}: {error}");
    }
    platform.stop().await;
    Ok(())
}

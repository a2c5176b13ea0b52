//! Resources: what is listed reads, what is not is told with its neighbours, and arguments
//! complete.

use mg_core::Role;
use mg_testkit::TestPlatform;
use serde_json::{Value, json};

use crate::wire::Wire;

async fn text(wire: &Wire, uri: &str) -> anyhow::Result<String> {
    let read = wire.ask("resources/read", json!({ "uri": uri })).await?;
    assert_eq!(read["cacheScope"], "private", "{uri}");
    assert!(read["ttlMs"].is_u64(), "{uri}: {read}");
    assert_eq!(read["contents"][0]["uri"], uri);
    Ok(read["contents"][0]["text"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn whatever_is_listed_reads_as_it_was_announced() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    platform.run_dag("urbanisme").await?;
    let wire = Wire::of(&platform, Role::Viewer).await?;
    let listed = wire.ask("resources/list", json!({})).await?;
    let resources = listed["resources"].as_array().cloned().unwrap_or_default();
    let uris: Vec<&str> = resources.iter().filter_map(|resource| resource["uri"].as_str()).collect();
    for wanted in ["mg://schema", "mg://stats", "mg://tables/analytics.fact_permis", "mg://kpis/mutations"] {
        assert!(uris.contains(&wanted), "{wanted}: {uris:?}");
    }
    for resource in &resources {
        for said in ["name", "title", "description", "mimeType"] {
            assert!(resource[said].as_str().is_some_and(|text| !text.is_empty()), "{said}: {resource}");
        }
        assert!(resource["annotations"]["audience"].is_array(), "{resource}");
        assert!(resource["annotations"]["priority"].is_number(), "{resource}");
        let uri = resource["uri"].as_str().unwrap_or_default();
        let read = wire.ask("resources/read", json!({ "uri": uri })).await?;
        assert_eq!(read["contents"][0]["mimeType"], resource["mimeType"], "{uri}");
        let text = text(&wire, uri).await?;
        if resource["mimeType"] == "application/json" {
            serde_json::from_str::<Value>(&text)?;
        } else {
            assert!(text.contains("analytics.") || text.contains("kpi."), "{uri}: {text}");
        }
    }
    let measured = resources.iter().find(|resource| resource["uri"] == "mg://kpis/mutations");
    assert!(measured.is_some_and(|kpi| kpi["annotations"]["lastModified"].is_string()), "{measured:?}");
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn resources_say_what_the_tools_say() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let run = platform.run_dag("urbanisme").await?;
    let wire = Wire::of(&platform, Role::Viewer).await?;

    let schema = text(&wire, "mg://schema").await?;
    for table in platform.app.store.tables().await? {
        assert!(schema.contains(&format!("## {}.{} (", table.schema, table.name)), "{}", table.name);
        for column in platform.app.store.columns(&table.schema, &table.name).await? {
            let comment = column.comment.unwrap_or_default();
            assert!(
                schema.contains(&format!("- `{}` ", column.name)) && schema.contains(&comment),
                "{comment}"
            );
        }
    }
    let stats: Value = serde_json::from_str(&text(&wire, "mg://stats").await?)?;
    assert_eq!(stats["runs"][0]["run_id"], run.run_id);
    assert_eq!(stats["runs"][0]["state"], "succeeded");
    let datasets = stats["datasets"].as_array().cloned().unwrap_or_default();
    assert!(datasets.iter().all(|dataset| dataset["edition"].is_string()), "{stats}");
    assert_eq!(stats["kpis"].as_array().map(Vec::len), Some(platform.app.models.kpis.len()));

    let kpi: Value = serde_json::from_str(&text(&wire, "mg://kpis/mutations").await?)?;
    let call = json!({ "name": "get_indicator", "arguments": { "name": "mutations" } });
    let told = wire.ask("tools/call", call).await?["structuredContent"].clone();
    assert_eq!(kpi["latest"], told);
    assert_eq!(kpi["unit"], told["unit"]);

    let uri = format!("mg://runs/{}", run.run_id);
    let read: Value = serde_json::from_str(&text(&wire, &uri).await?)?;
    assert_eq!(read["state"], "succeeded");
    assert_eq!(read["tasks"].as_array().map(Vec::len), Some(run.tasks.len()));
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn an_unknown_resource_is_told_with_its_neighbours() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let wire = Wire::of(&platform, Role::Viewer).await?;
    for (uri, neighbour) in [
        ("mg://tables/analytics.fact_permit", "mg://tables/analytics.fact_permis"),
        ("mg://kpis/mutation", "mg://kpis/mutations"),
        ("mg://Schema", "mg://schema"),
    ] {
        let error = wire.refused("resources/read", json!({ "uri": uri })).await?;
        assert_eq!(error["code"], -32602, "{uri}");
        assert_eq!(error["data"]["uri"], uri);
        assert!(error["message"].as_str().unwrap_or_default().contains(neighbour), "{error}");
        let previous = wire.ask_previous("resources/read", json!({ "uri": uri })).await?;
        assert_eq!(previous["error"]["code"], -32002, "{uri}");
    }
    for uri in [
        "mg://runs/9999",
        "mg://tables/mg.token",
        "mg://tables/pg_catalog.pg_class",
        "file:///etc/passwd",
        "",
    ] {
        let error = wire.refused("resources/read", json!({ "uri": uri })).await?;
        assert_eq!(error["code"], -32602, "{uri}: {error}");
    }
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn arguments_of_templates_and_prompts_complete() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let run = platform.run_dag("urbanisme").await?.run_id.to_string();
    let wire = Wire::of(&platform, Role::Viewer).await?;
    let template = |uri: &str| json!({ "type": "ref/resource", "uri": uri });
    let prompt = |name: &str| json!({ "type": "ref/prompt", "name": name });
    let tables = template("mg://tables/{schema}.{table}");
    let cases = [
        (tables.clone(), "schema", "", json!({}), vec!["analytics", "kpi"]),
        (tables.clone(), "table", "fact_pe", json!({}), vec!["fact_permis"]),
        (tables.clone(), "table", "definition", json!({ "schema": "kpi" }), vec!["definition"]),
        (tables, "table", "definition", json!({ "schema": "analytics" }), vec![]),
        (template("mg://kpis/{name}"), "name", "mutat", json!({}), vec!["mutations"]),
        (template("mg://runs/{id}"), "id", &run, json!({}), vec![&run]),
        (prompt("analyze_table"), "table", "analytics.fact_pe", json!({}), vec!["analytics.fact_permis"]),
        (prompt("analyze_table"), "langue", "", json!({}), vec!["fr", "en"]),
        (prompt("optimize_query"), "sql", "select", json!({}), vec![]),
        (prompt("generate_report"), "kpi", "mutat", json!({}), vec!["mutations"]),
        (prompt("generate_report"), "commune", "montevr", json!({}), vec!["Montévrain"]),
        (
            prompt("generate_report"),
            "periode",
            "2025-04",
            json!({ "kpi": "logements_autorises" }),
            vec!["2025-04"],
        ),
    ];
    for (reference, name, value, resolved, expected) in cases {
        let request = json!({
            "ref": reference,
            "argument": { "name": name, "value": value },
            "context": { "arguments": resolved },
        });
        let completion = wire.ask("completion/complete", request).await?["completion"].clone();
        assert_eq!(completion["values"], json!(expected), "{reference} {name} {value}");
        assert_eq!(completion["total"], expected.len(), "{completion}");
        assert_eq!(completion["hasMore"], false, "{completion}");
    }
    let all = json!({ "ref": prompt("generate_report"), "argument": { "name": "periode", "value": "" } });
    let completion = wire.ask("completion/complete", all).await?["completion"].clone();
    assert_eq!(completion["values"].as_array().map(Vec::len), Some(100), "{completion}");
    assert_eq!(completion["hasMore"], true);
    assert!(completion["total"].as_u64().is_some_and(|total| total > 100), "{completion}");
    for (reference, name) in [
        (prompt("analyse"), "table"),
        (prompt("analyze_table"), "tabel"),
        (template("mg://kpis/{name}"), "id"),
        (template("mg://users/{id}"), "id"),
    ] {
        let request = json!({ "ref": reference, "argument": { "name": name, "value": "" } });
        assert_eq!(wire.refused("completion/complete", request).await?["code"], -32602, "{reference} {name}");
    }
    platform.stop().await;
    Ok(())
}

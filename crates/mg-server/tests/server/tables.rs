//! Tables as agents get to know them: several schemas at once, and samples.

use anyhow::Context;
use mg_core::Role;
use mg_testkit::{Era, TestPlatform};
use serde_json::{Value, json};

#[tokio::test]
async fn several_schemas_are_those_of_each_table_and_unknown_names_come_with_the_nearest()
-> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let agent = platform.agent(Role::Viewer, Era::Current).await?;
    let listed = agent.call("list_tables", json!({})).await?;
    let names: Vec<Value> = listed.structured["tables"]
        .as_array()
        .context("tables")?
        .iter()
        .map(|table| table["name"].clone())
        .collect();
    let all = agent.call("get_table_schemas", json!({ "tables": names })).await?;
    assert_eq!(all.structured["tables"].as_array().map(Vec::len), Some(names.len()));
    for (place, name) in names.iter().enumerate() {
        let alone = agent.call("describe_table", json!({ "table": name })).await?;
        assert_eq!(all.structured["tables"][place], alone.structured, "{name}");
        assert!(all.text.contains(&alone.text), "{name}: {}", all.text);
    }
    assert!(all.structured.get("unknown").is_none());

    let tables = json!(["Fact_Permis", "\"analytics\".\"fact_permis\"", "fact_mutatoin", "météo"]);
    let some = agent.call("get_table_schemas", json!({ "tables": tables })).await?;
    assert_eq!(some.structured["tables"].as_array().map(Vec::len), Some(1), "each once: {}", some.text);
    let unknown = json!([
        { "name": "fact_mutatoin", "nearest": ["fact_mutation", "fact_population", "fact_permis"] },
        { "name": "météo", "nearest": [] },
    ]);
    assert_eq!(some.structured["unknown"], unknown);
    assert!(
        some.text.contains("`fact_mutatoin`: did you mean fact_mutation or fact_population or fact_permis"),
        "{}",
        some.text
    );
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_sample_is_the_first_rows_by_the_key_and_of_the_columns_asked_for() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let agent = platform.agent(Role::Viewer, Era::Current).await?;
    let arguments = json!({ "table": "DIM_COMMUNE", "rows": 3, "columns": ["nom", "CODE_COMMUNE", "nom"] });
    let sample = agent.call("get_sample", arguments).await?;
    let rows =
        json!([["Bussy-Saint-Georges", "77058"], ["Bussy-Saint-Martin", "77059"], ["Carnetin", "77062"]]);
    assert_eq!(sample.structured["rows"], rows, "{}", sample.text);
    assert_eq!(sample.structured["ordered_by"], json!(["code_commune"]));
    let columns: Vec<&Value> = sample.structured["columns"]
        .as_array()
        .context("columns")?
        .iter()
        .map(|column| &column["name"])
        .collect();
    assert_eq!(columns, ["nom", "code_commune"]);
    assert!(
        sample.text.contains("3 rows of analytics.dim_commune, the first by code_commune"),
        "{}",
        sample.text
    );

    // What it ran is a query that run_sql takes.
    let sql = agent.call("run_sql", json!({ "sql": sample.structured["sql"] })).await?;
    assert_eq!(sql.structured["rows"], rows);
    // Every table can be sampled, whole, those without a key and without a row too.
    let listed = agent.call("list_tables", json!({})).await?;
    for table in listed.structured["tables"].as_array().context("tables")? {
        let sample = agent.call("get_sample", json!({ "table": table["name"] })).await?;
        assert!(!sample.is_error && sample.structured["table"] == table["name"], "{}", sample.text);
    }
    let view = agent.call("get_sample", json!({ "table": "zone" })).await?;
    assert_eq!((&view.structured["row_count"], &view.structured["ordered_by"]), (&json!(5), &json!([])));
    platform.stop().await;
    Ok(())
}

//! The OpenAPI document: it tells of every route, and of nothing else.

use std::collections::BTreeSet;

use anyhow::Context;
use mg_core::Role;
use mg_testkit::TestPlatform;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::Program;

#[tokio::test]
async fn every_route_is_in_the_document_and_the_other_way_round() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let url = format!("{}/api/v1/openapi.json", platform.url());
    let document: Value = Client::builder().no_proxy().build()?.get(url).send().await?.json().await?;
    let mut told = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().context("paths")? {
        for method in methods.as_object().context("methods")?.keys() {
            told.insert((method.to_uppercase(), path.clone()));
        }
    }
    let routes = mg_server::endpoints().into_iter().filter(|endpoint| endpoint.path.starts_with("/api/"));
    let mut routes: BTreeSet<(String, String)> =
        routes.map(|endpoint| (endpoint.method, endpoint.path.to_owned())).collect();
    assert!(routes.remove(&("GET".to_owned(), "/api/v1/openapi.json".to_owned())), "it tells of itself");
    assert_eq!(told, routes);
    platform.stop().await;
    Ok(())
}

#[test]
fn operations_have_names_of_their_own_and_point_to_schemas_that_are_there() -> anyhow::Result<()> {
    let document = mg_server::openapi();
    assert_eq!(document["openapi"], "3.1.0");
    let mut names = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().context("paths")? {
        for operation in methods.as_object().context("methods")?.values() {
            let name = operation["operationId"].as_str().context("a name")?;
            assert!(names.insert(name), "{name} is there twice");
            for part in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
                let parameters = operation["parameters"].as_array().context("parameters")?;
                let found =
                    parameters.iter().find(|parameter| parameter["name"] == part).context(path.clone())?;
                assert!(found["in"] == "path" && found["required"] == true, "{found}");
                assert!(found["schema"]["type"].is_string(), "{found}");
            }
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                assert!(parameter["description"].is_string(), "{name}: {parameter}");
            }
        }
    }
    let schemas = document["components"]["schemas"].as_object().context("schemas")?;
    for reference in references(&document) {
        let name = reference.strip_prefix("#/components/schemas/").context(reference.clone())?;
        assert!(schemas.contains_key(name), "{name} is not there");
    }
    Ok(())
}

/// What answers say is what the document says that they say.
#[tokio::test]
async fn answers_are_as_the_document_says() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let run = platform.run_dag("urbanisme").await?.run_id;
    let editor = Program::of(&platform, Role::Editor).await?;
    let monthly = json!({ "name": "mensuel", "dag": "collecte", "cron": "0 6 3 * *", "parameters": { "spider": "dvf" } });
    editor.post("/schedules", &monthly).await?;
    editor.post("/schedules/1/backfill", &json!({ "from": "90d" })).await?;
    editor.post("/backfills/1/cancel", &json!({})).await?;
    let program = Program::of(&platform, Role::Viewer).await?;
    let document = mg_server::openapi();
    let mut seen = 0;
    for (served, methods) in document["paths"].as_object().context("paths")? {
        let Some(operation) = methods.get("get") else { continue };
        let path = served.replace("{run_id}", &run.to_string()).replace("{table}", "analytics.fact_permis");
        let path =
            path.replace("{dag}", "collecte").replace("{schedule_id}", "1").replace("{backfill_id}", "1");
        let path = path.replace(
            "/backfill",
            if served.ends_with("/backfill") { "/backfill?from=900d" } else { "/backfill" },
        );
        let path = path.strip_prefix("/api/v1").context("a path of ours")?.to_owned();
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"];
        if schema.is_null() {
            continue;
        }
        let answer = program.get(&path).await.with_context(|| path.clone())?;
        let name = schema.as_str().and_then(|name| name.rsplit('/').next()).context("a schema")?;
        let faults = crate::schema::faults(&document["components"]["schemas"][name], &answer)?;
        assert_eq!(faults, Vec::<String>::new(), "{path}: {answer}");
        seen += 1;
    }
    assert!(seen >= 14, "only {seen} were looked at");
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn an_answer_that_is_known_is_not_sent_again() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    platform.run_dag("urbanisme").await?;
    let program = Program::of(&platform, Role::Viewer).await?;
    for path in ["/runs/1", "/runs", "/openapi.json"] {
        let first = program.request(Method::GET, path).send().await?;
        let tag = first.headers()["ETag"].to_str()?.to_owned();
        assert!(!first.text().await?.is_empty());
        let again = program.request(Method::GET, path).header("If-None-Match", &tag).send().await?;
        assert_eq!(again.status(), 304, "{path}");
        assert!(again.text().await?.is_empty());
        let other = program.request(Method::GET, path).header("If-None-Match", "\"other\"").send().await?;
        assert_eq!(other.status(), 200, "{path}");
    }
    platform.stop().await;
    Ok(())
}

fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(object) => {
            let own = object.get("$ref").and_then(Value::as_str).map(str::to_owned);
            own.into_iter().chain(object.values().flat_map(references)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

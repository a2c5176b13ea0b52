//! Pages of lists: nothing is lost between them, and a cursor serves nobody else.

use mg_core::Role;
use mg_server::{Agents, Sessions, mcp_door};
use mg_testkit::TestPlatform;
use serde_json::{Value, json};

use crate::wire::{Wire, clock, options, serve};

const LISTS: [(&str, &str); 4] = [
    ("tools/list", "tools"),
    ("resources/list", "resources"),
    ("resources/templates/list", "resourceTemplates"),
    ("prompts/list", "prompts"),
];

/// Another door to the same platform, as a restart or a replica would be, with small pages.
async fn door(platform: &TestPlatform, page_size: usize) -> anyhow::Result<String> {
    let agents = Agents::new(platform.app.clone()).with_page_size(page_size);
    serve(mcp_door(agents, Sessions::Never, &platform.app, clock(), &options())).await
}

async fn first_cursor(wire: &Wire, method: &str) -> anyhow::Result<String> {
    let page = wire.ask(method, json!({})).await?;
    Ok(page["nextCursor"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn the_pages_of_a_list_are_the_list() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let whole = Wire::of(&platform, Role::Viewer).await?;
    for page_size in [1, 2, 5] {
        let paged = whole.moved_to(&door(&platform, page_size).await?);
        for (method, items) in LISTS {
            let expected = whole.ask(method, json!({})).await?[items].clone();
            let (mut read, mut cursor) = (Vec::new(), Value::Null);
            loop {
                let request = if cursor.is_null() { json!({}) } else { json!({ "cursor": cursor }) };
                let page = paged.ask(method, request).await?;
                let part = page[items].as_array().cloned().unwrap_or_default();
                assert!(!part.is_empty() && part.len() <= page_size, "{method}: {}", part.len());
                read.extend(part);
                cursor = page["nextCursor"].clone();
                if cursor.is_null() {
                    break;
                }
                assert_eq!(page["cacheScope"], "private", "a cursor is one principal's own");
            }
            assert_eq!(Value::from(read), expected, "{method}");
        }
    }
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_cursor_serves_its_principal_and_list_alone_and_outlives_a_restart() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let url = door(&platform, 2).await?;
    let ada = Wire::of(&platform, Role::Viewer).await?.moved_to(&url);
    let eve = Wire::of(&platform, Role::Viewer).await?.moved_to(&url);
    let cursor = first_cursor(&ada, "resources/list").await?;
    let request = json!({ "cursor": cursor });
    let second = ada.ask("resources/list", request.clone()).await?;
    let restarted = ada.moved_to(&door(&platform, 2).await?);
    assert_eq!(restarted.ask("resources/list", request.clone()).await?["resources"], second["resources"]);

    let mut forged = cursor.clone().into_bytes();
    forged[7] = if forged[7] == b'4' { b'6' } else { b'4' };
    let forged = String::from_utf8(forged)?;
    for (wire, method, cursor) in [
        (&eve, "resources/list", cursor.as_str()),
        (&ada, "tools/list", &cursor),
        (&ada, "resources/list", &forged),
        (&ada, "resources/list", "2"),
        (&ada, "resources/list", ""),
    ] {
        let error = wire.refused(method, json!({ "cursor": cursor })).await?;
        assert_eq!(error["code"], -32602, "{method} {cursor}: {error}");
        assert!(error["message"].as_str().unwrap_or_default().contains("call it without one"), "{error}");
    }
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_list_that_has_changed_is_read_anew() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let wire = Wire::of(&platform, Role::Viewer).await?;
    let before = wire.moved_to(&door(&platform, 2).await?);
    let cursor = first_cursor(&before, "resources/list").await?;
    let mut app = platform.app.clone();
    let mut models = mg_server::model::Models::clone(&app.models);
    models.kpis.pop();
    app.models = models.into();
    let agents = Agents::new(app).with_page_size(2);
    let url = serve(mcp_door(agents, Sessions::Never, &platform.app, clock(), &options())).await?;
    let error = before.moved_to(&url).refused("resources/list", json!({ "cursor": cursor })).await?;
    assert_eq!(error["code"], -32602);
    assert!(error["message"].as_str().unwrap_or_default().contains("has changed"), "{error}");
    platform.stop().await;
    Ok(())
}

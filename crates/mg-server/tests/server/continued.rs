//! Queries that are read page by page: the pages are the query, and a cursor serves its holder alone.

use mg_core::{Role, Scope};
use mg_server::app;
use mg_testkit::{Agent, Era, TestPlatform, ToolAnswer};
use serde_json::{Value, json};

const ORDERED: &str = "select n, md5(n::text) from generate_series(1, 2500) s(n) order by n";

async fn page(agent: &Agent, sql: &str, cursor: Option<&str>) -> anyhow::Result<ToolAnswer> {
    let mut arguments = json!({ "sql": sql });
    if let Some(cursor) = cursor {
        arguments["cursor"] = cursor.into();
    }
    agent.call("run_sql", arguments).await
}

fn next(answer: &ToolAnswer) -> Option<&str> {
    answer.structured["next_cursor"].as_str()
}

#[tokio::test]
async fn the_pages_of_an_ordered_query_are_the_query() -> anyhow::Result<()> {
    let mut platform = TestPlatform::start().await?;
    let agent = platform.agent(Role::Viewer, Era::Current).await?;
    let (mut numbers, mut pages, mut cursor) = (Vec::new(), 0, None);
    loop {
        let answer = page(&agent, ORDERED, cursor.as_deref()).await?;
        assert!(!answer.is_error, "{}", answer.text);
        let rows = answer.structured["rows"].as_array().cloned().unwrap_or_default();
        numbers.extend(rows.iter().filter_map(|row| row[0].as_i64()));
        pages += 1;
        cursor = next(&answer).map(str::to_owned);
        assert_eq!(cursor.is_some(), answer.structured["truncated"] == true, "{}", answer.text);
        match &cursor {
            Some(cursor) => assert!(answer.text.contains(cursor), "the text stands alone: {}", answer.text),
            None => break,
        }
    }
    assert_eq!((pages, &numbers), (3, &(1..=2_500).collect::<Vec<i64>>()));

    // By bytes as by rows.
    platform.app.limits.bytes = 10_000;
    let ctx = platform.context(Role::Viewer);
    let (mut read, mut cursor) = (0, None::<String>);
    loop {
        let answer = app::run_sql(&ctx, &platform.app, ORDERED, cursor.as_deref()).await?;
        assert_eq!(answer.rows.first().map(|row| row[0].clone()), Some(json!(read + 1)));
        read += answer.row_count;
        cursor = answer.next_cursor.clone();
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(read, 2_500);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_continued_says_how_to_narrow_it() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let agent = platform.agent(Role::Viewer, Era::Previous).await?;
    for (sql, advice) in [
        ("select n from generate_series(1, 2500) s(n)", "add ORDER BY"),
        ("select n from (select n from generate_series(1, 2500) s(n) order by n) q", "add ORDER BY"),
        ("select n, random() from generate_series(1, 2500) s(n) order by n", "random()"),
        ("select n from generate_series(1, 2500) s(n) order by n, now()", "now()"),
    ] {
        let answer = page(&agent, sql, None).await?;
        assert_eq!((next(&answer), &answer.structured["truncated"]), (None, &json!(true)), "{sql}");
        assert!(
            answer.structured["truncation"].as_str().is_some_and(|told| told.contains(advice)),
            "{}",
            answer.text
        );
    }
    let whole = page(&agent, "select 1 order by 1", None).await?;
    assert_eq!((next(&whole), &whole.structured["truncated"]), (None, &json!(false)));
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_cursor_serves_its_token_its_query_and_its_data_alone() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let agent = platform.agent(Role::Viewer, Era::Current).await?;
    let other = platform.agent(Role::Viewer, Era::Current).await?;
    let scope = Scope::Communes(["77243".to_owned()].into());
    let limited = platform.scoped_token(Role::Viewer, scope).await?;
    let limited = Agent::connect(&format!("{}/mcp", platform.url()), &limited, Era::Current).await?;
    let first = page(&agent, ORDERED, None).await?;
    let cursor = next(&first).map(str::to_owned).unwrap_or_default();
    let refused = async |agent: &Agent, sql: &str, cursor: &str| {
        let answer = page(agent, sql, Some(cursor)).await?;
        anyhow::Ok(answer.is_error && answer.text.contains("[bad_cursor]"))
    };
    assert!(refused(&other, ORDERED, &cursor).await?, "another token");
    assert!(refused(&limited, ORDERED, &cursor).await?, "another scope");
    assert!(refused(&agent, &format!("{ORDERED} desc"), &cursor).await?, "another query");
    let forged = format!("A{}", cursor.get(1..).unwrap_or_default());
    for forged in [&forged, "", "AAAA", "not a cursor", &cursor[..cursor.len() / 2]] {
        assert!(refused(&agent, ORDERED, forged).await?, "{forged}");
    }
    assert_eq!(page(&agent, ORDERED, Some(&cursor)).await?.structured["rows"][0][0], Value::from(1_001));
    platform.app.store.record_edition("sitadel", "2026-11", 1).await?;
    assert!(refused(&agent, ORDERED, &cursor).await?, "the data have changed");
    platform.stop().await;
    Ok(())
}

//! What tools refuse, and how they say so: a code for programs, a sentence and what to do.

use mg_core::Role;
use mg_server::app;
use mg_store::query::Limits;
use mg_testkit::{Agent, Era, TestPlatform};
use rmcp::ServiceError;
use rmcp::model::ErrorCode;
use serde_json::{Value, json};

/// Calls a tool that must refuse with `code`; gives the text.
async fn refused(agent: &Agent, tool: &str, arguments: Value, code: &str) -> anyhow::Result<String> {
    let what = format!("{tool} {arguments}");
    let answer = agent.call(tool, arguments).await?;
    assert!(answer.is_error, "{what}: {}", answer.text);
    assert!(answer.text.ends_with(&format!(" [{code}]")), "{what} should be {code}: {}", answer.text);
    Ok(answer.text)
}

#[tokio::test]
async fn a_viewer_who_launches_a_scraper_is_forbidden_to_and_makes_no_run() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    for era in [Era::Current, Era::Previous] {
        let viewer = platform.agent(Role::Viewer, era).await?;
        let launch = json!({ "spider": "dvf" });
        if era == Era::Current {
            // The door itself answers 403, for the headers name the tool.
            let error = viewer.call("launch_scraper", launch).await.expect_err("it is forbidden");
            assert!(error.to_string().contains("Insufficient scope"), "{error:?}");
        } else {
            let text = refused(&viewer, "launch_scraper", launch, "forbidden").await?;
            assert!(text.contains("editor"), "{text}");
        }
        assert_eq!(platform.app.store.recent_runs(1).await?, Vec::<i64>::new());

        let error = viewer.call("drop_table", json!({})).await.expect_err("no such tool");
        let Some(ServiceError::McpError(fault)) = error.downcast_ref() else {
            panic!("not a fault of the protocol: {error:?}");
        };
        assert_eq!(fault.code, ErrorCode::INVALID_PARAMS, "{fault:?}");
        assert_eq!(fault.code.0, -32602);
        assert!(fault.message.contains("drop_table"), "{fault:?}");
    }
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn arguments_that_do_not_fit_are_told_from_what_does() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let kpi = "permis_autorises";
    let lagny = format!(
        "{}/dido/api/v1/datafiles/{}/csv?millesime=2026-11&COMM=eq:77243",
        platform.portal.url(),
        mg_portal::LOGEMENTS
    );
    let agent = platform.agent(Role::Editor, Era::Current).await?;
    let empty = refused(&agent, "get_indicator", json!({ "name": kpi }), "no_values_yet").await?;
    assert!(empty.contains("Marne et Gondoire") && empty.contains("launches a scraper"), "{empty}");
    platform.crawl("sitadel", Some(&lagny), None).await?;

    for (tool, arguments, code, hints) in [
        ("get_indicator", json!({}), "bad_arguments", &["`name`", "list_kpis"][..]),
        ("get_indicator", json!({ "name": 3 }), "bad_arguments", &["`name`", "string", "3"]),
        (
            "get_indicator",
            json!({ "name": kpi, "commune": "77243" }),
            "bad_arguments",
            &["no argument `commune`", "Did you mean `communes`?", "`date`"],
        ),
        (
            "get_indicator",
            json!({ "name": kpi, "communes": "77243" }),
            "bad_arguments",
            &["`communes`", "list"],
        ),
        ("list_kpis", json!({ "all": true }), "bad_arguments", &["no argument `all`", "takes no arguments"]),
        ("forecast_kpi", json!({ "name": kpi, "horizon": 0 }), "bad_arguments", &["`horizon`", "at least 1"]),
        ("forecast_kpi", json!({ "name": kpi, "horizon": 25 }), "bad_horizon", &["1 to 24", "month"]),
        ("forecast_kpi", json!({ "name": kpi, "levels": [90] }), "bad_arguments", &["`levels`", "80, 95"]),
        ("get_indicator", json!({ "name": "logement_autorise" }), "unknown_kpi", &["logements_autorises"]),
        ("forecast_kpi", json!({ "name": "prix" }), "unknown_kpi", &["prix_m2_maison"]),
        (
            "get_indicator",
            json!({ "name": kpi, "communes": ["77243", "Lagny", "Chalifer"] }),
            "unknown_commune",
            &["`Lagny`, `Chalifer`", "Lagny-sur-Marne", "Chalifert"],
        ),
        ("forecast_kpi", json!({ "name": kpi, "communes": ["75056"] }), "unknown_commune", &["INSEE codes"]),
        (
            "get_indicator",
            json!({ "name": kpi, "date": "hier" }),
            "bad_date",
            &["2026-10-15", "2013-", "2026-"],
        ),
        (
            "get_indicator",
            json!({ "name": kpi, "date": "1999-01" }),
            "no_value",
            &["nearest with one: 2013-", "2026-"],
        ),
        ("get_indicator", json!({ "name": "mutations" }), "no_values_yet", &["mutations"]),
        ("describe_table", json!({ "table": "fact_permit" }), "unknown_table", &["fact_permis"]),
        (
            "describe_table",
            json!({ "table": "analytics.permis" }),
            "unknown_table",
            &["analytics.fact_permis"],
        ),
        ("describe_table", json!({ "table": "mg.token" }), "unknown_table", &["list_tables"]),
        (
            "get_table_schemas",
            json!({ "tables": ["fact_permit", "fact_mutatio"] }),
            "unknown_table",
            &["`fact_permit`, `fact_mutatio`", "fact_permis", "fact_mutation"],
        ),
        ("get_table_schemas", json!({ "tables": [] }), "bad_arguments", &["`tables`", "1 to 20"]),
        ("get_sample", json!({ "table": "mg.token" }), "unknown_table", &["list_tables"]),
        ("get_sample", json!({ "table": "kpi.value", "rows": 21 }), "bad_arguments", &["`rows`", "1 to 20"]),
        (
            "get_sample",
            json!({ "table": "fact_permis", "columns": ["num_dua"] }),
            "unknown_column",
            &["num_dau", "analytics.fact_permis"],
        ),
        ("cancel_run", json!({ "run_id": 9_999 }), "unknown_run", &["9999", "latest runs are 1"]),
        ("cancel_run", json!({ "run_id": "1" }), "bad_arguments", &["`run_id`", "integer"]),
        ("launch_scraper", json!({ "spider": "sitadl" }), "unknown_spider", &["sitadel"]),
        (
            "launch_scraper",
            json!({ "spider": "dvf", "url": "http://[::1]/" }),
            "foreign_host",
            &["127.0.0.1"],
        ),
        ("get_run", json!({ "run_id": 9_999 }), "unknown_run", &["9999", "latest runs are 1"]),
    ] {
        let text = refused(&agent, tool, arguments, code).await?;
        assert!(hints.iter().all(|hint| text.contains(hint)), "{hints:?}: {text}");
    }
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn sql_that_is_refused_comes_back_with_a_code_and_a_hint() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let agent = platform.agent(Role::Viewer, Era::Current).await?;
    let ctx = platform.context(Role::Viewer);
    for sql in [
        "",
        "selec 1",
        "select 1; select 2",
        "delete from analytics.fact_permis",
        "with gone as (delete from analytics.fact_permis returning 1) select * from gone",
        "select * from mg.token",
        "select pg_sleep(60)",
        "select pg_read_file('/etc/passwd')",
        "copy analytics.fact_permis to program 'sh'",
        "select * into kpi.copy from kpi.value",
        "explain analyze select 1",
        "select no_such_column from analytics.fact_permis",
        "select 1 / 0",
    ] {
        let answer = agent.call("run_sql", json!({ "sql": sql })).await?;
        let problem = app::run_sql(&ctx, &platform.app, sql, None).await.expect_err(sql);
        assert!(answer.is_error && problem.code.starts_with("sql_"), "{sql}: {problem:?}");
        assert!(problem.advice.len() > 10, "{sql}: {problem:?}");
        assert_eq!(answer.text, format!("{} {} [{}]", problem.message, problem.advice, problem.code));
    }
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn an_answer_beyond_the_limits_says_that_it_is_cut_and_why() -> anyhow::Result<()> {
    let mut platform = TestPlatform::start().await?;
    platform.run_dag("urbanisme").await?;
    let agent = platform.agent(Role::Viewer, Era::Current).await?;
    let all = "select * from kpi.value order by kpi, zone, periode";
    let cut = agent.call("run_sql", json!({ "sql": all })).await?;
    assert_eq!((&cut.structured["truncated"], &cut.structured["row_count"]), (&json!(true), &json!(1_000)));
    assert_eq!(cut.structured["rows"].as_array().map(Vec::len), Some(1_000));
    assert!(cut.text.contains("50 shown here") && cut.text.contains("limit of 1000 rows"), "{}", cut.text);

    let exactly = format!("{all} limit 1000");
    let whole = agent.call("run_sql", json!({ "sql": exactly })).await?;
    assert_eq!(
        (&whole.structured["truncated"], &whole.structured["row_count"]),
        (&json!(false), &json!(1_000))
    );
    assert!(
        whole.structured.get("truncation").is_none() && whole.text.contains("1000 rows"),
        "{}",
        whole.text
    );

    let wide = "select m.*, m.*, m.*, m.*, m.*, m.* from analytics.fact_mutation m";
    let cut = agent.call("run_sql", json!({ "sql": wide })).await?;
    assert_eq!(cut.structured["truncated"], true);
    assert!(cut.structured["row_count"].as_u64().is_some_and(|rows| rows > 0 && rows < 1_000));
    assert!(cut.text.contains("limit of 1000000 bytes"), "{}", cut.text);

    platform.app.limits = Limits { timeout_ms: 100, ..platform.app.limits };
    let endless =
        "select count(*) from kpi.value a, kpi.value b, kpi.value c where a.valeur < b.valeur + c.valeur";
    let ctx = platform.context(Role::Viewer);
    let problem = app::run_sql(&ctx, &platform.app, endless, None).await.expect_err("it would run for hours");
    assert_eq!(problem.code, "sql_timed_out");
    assert!(problem.message.contains("100 ms"), "{problem}");
    platform.stop().await;
    Ok(())
}

//! Launches that are refused at once, with a code and what to do, before there is a run.

use mg_core::Role;
use mg_server::Problem;
use mg_server::app::{self, CrawlOrder};
use mg_testkit::TestPlatform;
use serde_json::Value;

async fn refused(platform: &TestPlatform, spider: &str, url: Option<&str>, edition: Option<&str>) -> Problem {
    let ctx = platform.context(Role::Editor);
    let launched =
        app::launch_scraper(&ctx, &platform.app, CrawlOrder { spider, url, edition, accept_fall: false })
            .await;
    launched.expect_err("the launch is refused")
}

#[tokio::test]
async fn a_launch_that_cannot_work_is_refused_before_there_is_a_run() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let host = platform.portal.url().replace("http://", "");
    for url in [
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "https://files.data.gouv.fr/geo-dvf/latest/csv/2025/communes/77/77243.csv".to_owned(),
        // A name before the @ is no host; another port is another server.
        format!("http://{host}@example.org/2026-11.csv"),
        "http://127.0.0.1:1/2026-11.csv".to_owned(),
    ] {
        let problem = refused(&platform, "dvf", Some(&url), None).await;
        assert_eq!(problem.code, "foreign_host", "{url}: {problem}");
        assert!(problem.message.contains(&host), "the hosts that are read are named: {problem}");
    }
    for url in ["77243.csv", "file:///etc/passwd", "ftp://example.org/f.csv", "http://"] {
        let problem = refused(&platform, "dvf", Some(url), None).await;
        assert_eq!(problem.code, "not_a_url", "{url}: {problem}");
    }
    let problem = refused(&platform, "sitadelle", None, None).await;
    assert_eq!(problem.code, "unknown_spider");
    assert!(problem.advice.contains("Did you mean sitadel?"), "{problem}");
    for edition in ["2026", "2026-13", "10-2026", "2026-1", "latest", "2026-10 ", "2026-12", "2099-12"] {
        let problem = refused(&platform, "sitadel", None, Some(edition)).await;
        assert_eq!(problem.code, "bad_edition", "{edition}: {problem}");
        assert!(problem.advice.contains("2026-11"), "{problem}");
    }
    // DVF has but its latest edition, and a month that has not come is none.
    let problem = refused(&platform, "dvf", None, Some("2026-10")).await;
    assert_eq!(problem.code, "edition_not_kept", "{problem}");
    let viewer = platform.context(Role::Viewer);
    let problem =
        app::launch_scraper(&viewer, &platform.app, CrawlOrder { spider: "dvf", ..CrawlOrder::default() })
            .await
            .expect_err("no editor");
    assert_eq!(problem.code, "forbidden");
    let problem =
        app::launch_dag(&viewer, &platform.app, "urbanisme", Value::Null).await.expect_err("no editor");
    assert_eq!(problem.code, "forbidden");
    let editor = platform.context(Role::Editor);
    let problem =
        app::launch_dag(&editor, &platform.app, "urbanism", Value::Null).await.expect_err("no such DAG");
    assert_eq!(problem.code, "unknown_dag");
    assert!(problem.advice.contains("urbanisme"), "{problem}");

    assert_eq!(platform.app.store.recent_runs(1).await?, Vec::<i64>::new());
    assert_eq!(platform.portal.requests(), []);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn an_edition_that_the_portal_does_not_have_fails_the_run() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let report = platform.crawl("sitadel", None, Some("2019-01")).await?;
    let (code, sentence) = crate::web::failure(&report);
    assert_eq!((report.state.as_str(), code.as_str()), ("failed", "source_refused"), "{sentence}");
    assert!(sentence.contains("400") && sentence.contains("2019-01"), "{sentence}");
    assert_eq!(platform.column("select count(*) from analytics.fact_permis").await?, ["0"]);
    platform.stop().await;
    Ok(())
}

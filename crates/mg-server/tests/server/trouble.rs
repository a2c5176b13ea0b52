//! Bad days of a portal: what passes is waited out; what does not fails the run with a code,
//! and what was loaded before stays as it was.

use std::sync::Arc;

use mg_portal::{LOGEMENTS, Trouble, TroubleKind};
use mg_server::app::{CrawlSettings, RunReport};
use mg_testkit::TestPlatform;

use crate::reckoned::{PERMIT_LINES, permit_line};
use crate::sitadel_file::SitadelFile;
use crate::web::{Web, brought, failure};

const EDITION: &str = "2026-11";
const LAGNY: &str = "77243";

/// One file of the portal: the permits of a commune.
fn permits_of(platform: &TestPlatform, commune: &str) -> String {
    let portal = platform.portal.url();
    format!(
        "{portal}/dido/api/v1/datafiles/{LOGEMENTS}/csv?millesime={EDITION}&withColumnName=true\
         &withColumnDescription=true&COMM=eq:{commune}"
    )
}

fn order(platform: &TestPlatform, kind: TroubleKind, times: u32) {
    let path_contains = format!("COMM=eq:{LAGNY}");
    platform.portal.trouble().play(Trouble { path_contains, kind, times });
}

/// The statuses that Lagny's file was answered with, in order.
fn answers(platform: &TestPlatform) -> Vec<u16> {
    let seen = platform.portal.requests().into_iter();
    seen.filter(|request| request.query.contains(LAGNY)).map(|request| request.status).collect()
}

/// The lines that Lagny's permits should have.
fn lagny(platform: &TestPlatform) -> Vec<String> {
    let permits = platform.portal.truth().permits(EDITION).iter();
    let mut lines: Vec<String> = permits.filter(|p| p.commune == LAGNY).map(permit_line).collect();
    lines.sort_unstable();
    lines
}

async fn rows(platform: &TestPlatform) -> anyhow::Result<Vec<String>> {
    let mut rows = platform.app.store.texts(PERMIT_LINES).await?;
    rows.sort_unstable();
    Ok(rows)
}

/// Loads Lagny's file while the portal plays `kind` once: it must come whole, after `statuses`.
async fn passes(kind: TroubleKind, statuses: &[u16]) -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    order(&platform, kind, 1);
    let report = platform.crawl("sitadel", Some(&permits_of(&platform, LAGNY)), None).await?;
    assert_eq!(report.state, "succeeded", "{report:?}");
    assert_eq!(answers(&platform), statuses);
    let (rows, expected) = (rows(&platform).await?, lagny(&platform));
    assert!(expected.len() > 100, "Lagny has only {} permits", expected.len());
    assert_eq!(rows, expected);
    assert_eq!(brought(&report)?.inserted, expected.len() as u64);
    assert!(platform.portal.trouble().pending().is_empty(), "the trouble was not played");
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_portal_that_asks_for_patience_gets_it() -> anyhow::Result<()> {
    passes(TroubleKind::TooManyRequests { retry_after_s: 1 }, &[429, 200]).await
}

#[tokio::test]
async fn a_portal_that_stumbles_once_is_asked_again() -> anyhow::Result<()> {
    passes(TroubleKind::ServerError(500), &[500, 200]).await
}

#[tokio::test]
async fn a_slow_portal_is_waited_for() -> anyhow::Result<()> {
    passes(TroubleKind::Slow { delay_ms: 1_500 }, &[200]).await
}

#[tokio::test]
async fn a_file_that_breaks_off_in_the_middle_is_fetched_again_and_loaded_whole() -> anyhow::Result<()> {
    passes(TroubleKind::CutInTheMiddle, &[200, 200]).await
}

#[tokio::test]
async fn a_portal_that_stays_broken_fails_the_run_and_leaves_the_facts() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let url = permits_of(&platform, LAGNY);
    platform.crawl("sitadel", Some(&url), None).await?;
    let before = rows(&platform).await?;
    let values = platform.column("select count(*) from kpi.value").await?;

    order(&platform, TroubleKind::ServerError(500), u32::MAX);
    let report = platform.crawl("sitadel", Some(&url), None).await?;
    assert_eq!(report.state, "failed");
    let (code, sentence) = failure(&report);
    assert_eq!(code, "source_refused", "{sentence}");
    assert!(sentence.contains("500") && sentence.contains("after 5 attempts"), "{sentence}");
    let states = |report: &RunReport| report.tasks.iter().map(|task| task.state.clone()).collect::<Vec<_>>();
    assert_eq!(states(&report), ["failed", "skipped", "skipped"]);
    assert_eq!(answers(&platform), [200, 500, 500, 500, 500, 500]);
    assert_eq!(rows(&platform).await?, before);
    assert_eq!(platform.column("select count(*) from kpi.value").await?, values);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_column_that_is_gone_is_named_and_nothing_is_lost() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let sales = format!("{}/geo-dvf/latest/csv/2025/communes/77/{LAGNY}.csv", platform.portal.url());
    platform.crawl("sitadel", Some(&permits_of(&platform, LAGNY)), None).await?;
    platform.crawl("dvf", Some(&sales), None).await?;
    let (permits, counted) =
        (rows(&platform).await?, "select count(*), sum(prix_eur) from analytics.fact_mutation");
    let sold = platform.column(counted).await?;

    let renamed = |from: &str| TroubleKind::ChangedHeader { from: from.to_owned(), to: format!("{from}_V2") };
    order(&platform, renamed("NB_LGT_TOT_CREES"), 1);
    let report = platform.crawl("sitadel", Some(&permits_of(&platform, LAGNY)), None).await?;
    let (code, sentence) = failure(&report);
    assert_eq!((report.state.as_str(), code.as_str()), ("failed", "column_missing"), "{sentence}");
    assert!(sentence.contains("NB_LGT_TOT_CREES:") && sentence.contains(LAGNY), "{sentence}");

    let path_contains = "/geo-dvf/".to_owned();
    platform.portal.trouble().play(Trouble { path_contains, kind: renamed("valeur_fonciere"), times: 1 });
    let report = platform.crawl("dvf", Some(&sales), None).await?;
    let (code, sentence) = failure(&report);
    assert_eq!((report.state.as_str(), code.as_str()), ("failed", "column_missing"), "{sentence}");
    assert!(sentence.contains("valeur_fonciere:"), "{sentence}");

    assert_eq!(rows(&platform).await?, permits);
    assert_eq!(platform.column(counted).await?, sold);
    assert_eq!(platform.column("select count(*) from analytics.revision").await?, ["0"]);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn an_answer_without_rows_is_no_failure_and_loses_nothing() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    platform.crawl("sitadel", Some(&permits_of(&platform, LAGNY)), None).await?;
    // The portal knows no commune of that code, and says "Le fichier est vide".
    let report = platform.crawl("sitadel", Some(&permits_of(&platform, "75056")), None).await?;
    assert_eq!(report.state, "succeeded", "{report:?}");
    assert_eq!(brought(&report)?, mg_store::load::Loaded::default());
    assert_eq!(rows(&platform).await?, lagny(&platform));
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_base_where_nothing_is_says_so() -> anyhow::Result<()> {
    let web = Web::start().await?;
    let mut platform = TestPlatform::start().await?;
    for spider in ["sitadel", "dvf", "populations", "communes"] {
        platform.point_spider(spider, web.base()).await?;
        let report = platform.crawl(spider, None, None).await?;
        let (code, sentence) = failure(&report);
        assert_eq!((report.state.as_str(), code.as_str()), ("failed", "nothing_found"), "{sentence}");
        assert!(sentence.contains(web.base()) && sentence.contains("base URL"), "{sentence}");
    }
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_redirect_is_followed_at_home_and_refused_abroad() -> anyhow::Result<()> {
    let (home, abroad) = (Web::start().await?, Web::start().await?);
    let mut platform = TestPlatform::start().await?;
    let csv = SitadelFile::new().bytes();
    let (at_home, elsewhere) = (home.put("/2026-11.csv", csv.clone()), abroad.put("/2026-11.csv", csv));
    platform.point_spider("sitadel", home.base()).await?;

    let moved = home.redirect("/moved-2026-11.csv", &at_home);
    let report = platform.crawl("sitadel", Some(&moved), None).await?;
    assert_eq!(report.state, "succeeded", "{report:?}");

    let lured = home.redirect("/lured-2026-11.csv", &elsewhere);
    let report = platform.crawl("sitadel", Some(&lured), None).await?;
    let (code, sentence) = failure(&report);
    assert_eq!((report.state.as_str(), code.as_str()), ("failed", "source_unreachable"), "{sentence}");
    assert!(sentence.contains("a redirect to a place that is not allowed"), "{sentence}");
    assert_eq!(abroad.asked(), Vec::<String>::new());
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_file_beyond_the_limit_is_not_read_to_its_end() -> anyhow::Result<()> {
    let web = Web::start().await?;
    let url = web.put("/2026-11.csv", vec![b'x'; 200_000]);
    let mut platform = TestPlatform::start().await?;
    let crawl = CrawlSettings { body_limit_bytes: 100_000, ..CrawlSettings::clone(&platform.app.crawl) };
    platform.app.crawl = Arc::new(crawl);
    platform.point_spider("sitadel", web.base()).await?;
    let report = platform.crawl("sitadel", Some(&url), None).await?;
    let (code, sentence) = failure(&report);
    assert_eq!((report.state.as_str(), code.as_str()), ("failed", "source_too_large"), "{sentence}");
    assert!(sentence.contains("100000 bytes"), "{sentence}");
    platform.stop().await;
    Ok(())
}

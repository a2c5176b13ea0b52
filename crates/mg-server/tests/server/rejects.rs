//! Records that cannot be loaded: kept with line, column and reason, while the good ones load.

use anyhow::Context;
use mg_core::RunId;
use mg_testkit::TestPlatform;

use crate::sitadel_file::{Permit, SitadelFile};
use crate::web::{Web, brought};

#[tokio::test]
async fn bad_lines_are_kept_with_line_column_and_reason_and_good_ones_are_loaded() -> anyhow::Result<()> {
    let web = Web::start().await?;
    let mut platform = TestPlatform::start().await?;
    platform.point_spider("sitadel", web.base()).await?;
    let good = |number| Permit { number, ..Permit::default() };
    let file = SitadelFile::new()
        .permit(good("0772432500001"))
        .permit(Permit { authorised: "2025-02-30", ..good("0772432500002") })
        .permit(good(""))
        .permit(Permit { dwellings: "-3", ..good("0772432500004") })
        .line(b"77243;PC;0772432500005;2;2025-03-14")
        .line(b"77243;P\xe9;0772432500006;2;2025-03-14;;;2024;1;1;1;0;0;0;0;400;110;0")
        .permit(Permit { authorised: "hi\0er", ..good("0772432500007") })
        .permit(Permit { commune: "Lagny", ..good("0772432500008") })
        .permit(Permit { dwellings: "deux", ..good("0772432500009") })
        .permit(good("0772432500010"));
    let url = web.put("/permis-2026-11.csv", file.clone().bytes());

    let report = platform.crawl("sitadel", Some(&url), None).await?;
    assert_eq!(report.state, "succeeded", "{report:?}");
    let loaded = brought(&report)?;
    assert_eq!((loaded.read, loaded.inserted, loaded.rejected), (2, 2, 8));
    let numbers = platform.column("select num_dau from analytics.fact_permis order by 1").await?;
    assert_eq!(numbers, ["0772432500001", "0772432500010"]);

    let kept = platform.app.store.rejects(RunId(report.run_id), 100).await?;
    let told: Vec<(i64, &str, &str)> = kept
        .iter()
        .map(|reject| (reject.line, reject.column.as_deref().unwrap_or(""), reject.reason.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (3, "DATE_REELLE_AUTORISATION", "`2025-02-30` is not a date (YYYY-MM-DD)"),
            (4, "NUM_DAU", "it is empty"),
            (5, "NB_LGT_TOT_CREES", "a count below zero"),
            (6, "", "5 cells where the header has 18"),
            (7, "TYPE_DAU", "the text is not UTF-8"),
            (8, "DATE_REELLE_AUTORISATION", "`hier` is not a date (YYYY-MM-DD)"),
            (9, "COMM", "`Lagny` is no INSEE code"),
            (10, "NB_LGT_TOT_CREES", "`deux` is not a whole number"),
        ]
    );
    assert_eq!(kept[3].content, "77243;PC;0772432500005;2;2025-03-14");
    let warned = report.log.iter().find(|line| line.level == "warn").context("a warning in the log")?;
    assert!(warned.message.contains("8 records rejected") && warned.message.contains("line 3"), "{warned:?}");

    // Once the file is mended nothing of it is rejected any more.
    let mended = SitadelFile::new().permit(good("0772432500001")).permit(good("0772432500002"));
    web.put("/permis-2026-11.csv", mended.bytes());
    let again = platform.crawl("sitadel", Some(&url), None).await?;
    assert_eq!(brought(&again)?.rejected, 0);
    assert!(platform.app.store.rejects(RunId(report.run_id), 100).await?.is_empty());
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn of_a_flood_of_rejects_all_are_counted_and_the_first_are_kept() -> anyhow::Result<()> {
    let web = Web::start().await?;
    let mut platform = TestPlatform::start().await?;
    platform.point_spider("sitadel", web.base()).await?;
    let long = "x".repeat(2_000);
    let flood = (0..1_200).fold(SitadelFile::new(), |file, _| file.line(long.as_bytes()));
    let url = web.put("/permis-2026-11.csv", flood.bytes());
    let report = platform.crawl("sitadel", Some(&url), None).await?;
    assert_eq!(brought(&report)?.rejected, 1_200);
    let kept = platform.app.store.rejects(RunId(report.run_id), 5_000).await?;
    assert_eq!((kept.len(), kept[0].line, kept[999].line), (1_000, 2, 1_001));
    assert_eq!(kept[0].content.len(), 500, "a reject's content is shortened");
    platform.stop().await;
    Ok(())
}

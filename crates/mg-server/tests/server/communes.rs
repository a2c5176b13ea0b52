//! The communes of the intercommunality: from the portal's list to rows.

use mg_core::RunId;
use mg_store::load::Loaded;
use mg_testkit::TestPlatform;

use crate::web::{Web, brought, failure};

const LIST: &str = "/epcis/247700594/communes";
const ROWS: &str = "select concat_ws('|', code_commune, nom, coalesce(codes_postaux, '-'),
    coalesce(population::text, '-'), millesime) from analytics.ref_commune order by code_commune";

#[tokio::test]
async fn the_communes_of_the_territory_are_rows_and_a_second_crawl_changes_nothing() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let report = platform.crawl("communes", None, None).await?;
    assert_eq!(report.state, "succeeded", "{report:?}");
    assert_eq!(brought(&report)?, Loaded { read: 20, inserted: 20, ..Loaded::default() });
    let names = "select concat_ws('|', code_commune, nom, population) from analytics.ref_commune order by 1";
    let communes = &platform.app.models.territory.communes;
    let mut expected: Vec<String> =
        communes.iter().map(|c| format!("{}|{}|{}", c.code, c.nom, c.population)).collect();
    expected.sort_unstable();
    assert_eq!(platform.column(names).await?, expected);
    let rows = platform.column(ROWS).await?;
    assert_eq!(rows[13], "77243|Lagny-sur-Marne|77400|21191|2026-01");
    let dimension =
        "select concat_ws('|', code_commune, nom, population, membre) from analytics.dim_commune order by 1";
    let members: Vec<String> = expected.iter().map(|commune| format!("{commune}|t")).collect();
    assert_eq!(
        platform.column(dimension).await?,
        members,
        "the territory's own file still says who is in it"
    );

    let again = platform.crawl("communes", None, None).await?;
    assert_eq!(brought(&again)?, Loaded { read: 20, ..Loaded::default() });
    assert_eq!(platform.column(ROWS).await?, rows);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn wrong_communes_are_kept_as_rejects_and_a_wrong_list_loads_nothing() -> anyhow::Result<()> {
    let web = Web::start().await?;
    let mut platform = TestPlatform::start().await?;
    platform.point_spider("communes", web.base()).await?;
    web.put(
        LIST,
        r#"[{"nom": "Lagny-sur-Marne", "code": "77243", "codesPostaux": ["77405", "77400"], "population": 21191},
            {"nom": "Lagny", "code": "77243", "codesPostaux": ["77400"], "population": 1},
            {"nom": "Lesches", "code": "77248", "codesPostaux": ["77450"], "population": -1},
            {"nom": "Jablines", "code": "77234", "codesPostaux": []}]"#,
    );
    let report = platform.crawl("communes", None, None).await?;
    assert_eq!(brought(&report)?, Loaded { read: 2, inserted: 2, rejected: 2, ..Loaded::default() });
    let rows = ["77234|Jablines|-|-|2026-01", "77243|Lagny-sur-Marne|77400 77405|21191|2026-01"];
    assert_eq!(platform.column(ROWS).await?, rows);
    let kept = platform.app.store.rejects(RunId(report.run_id), 10).await?;
    let told: Vec<(i64, Option<&str>)> =
        kept.iter().map(|reject| (reject.line, reject.column.as_deref())).collect();
    assert_eq!(told, [(2, Some("code")), (3, Some("population"))]);

    for (body, code, said) in [
        ("<html><body>502 Bad Gateway</body></html>", "format_changed", "a page (HTML)"),
        ("", "format_changed", "the file is empty"),
        ("[]", "format_changed", "no commune"),
        ("{\"message\": \"trop de requêtes\"}", "format_changed", "no list in JSON"),
        (r#"[{"code": "77243", "libelle": "Lagny", "codesPostaux": []}]"#, "column_missing", "nom"),
    ] {
        web.put(LIST, body);
        let report = platform.crawl("communes", None, None).await?;
        let (found, sentence) = failure(&report);
        assert_eq!((report.state.as_str(), found.as_str()), ("failed", code), "{sentence}");
        assert!(sentence.contains(said) && sentence.contains(LIST), "{sentence}");
    }
    assert_eq!(platform.column(ROWS).await?, rows);
    platform.stop().await;
    Ok(())
}

//! Legal populations: from the portal's archives to rows, and what becomes of wrong ones.

use std::io::{Cursor, Write};

use mg_core::RunId;
use mg_portal::{Trouble, TroubleKind};
use mg_store::load::Loaded;
use mg_testkit::{TestPlatform, shared_file};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::web::{Web, brought, failure};

/// The archive of 2023.
const OF_2023: &str = "/fr/statistiques/fichier/8680726/ensemble.zip";
const HEADER: &str = "REG;Région;DEP;CODARR;CODCAN;CODCOM;COM;Commune;PMUN;PCAP;PTOT";
const LAGNY: &str = "11;Île-de-France;77;5;09;243;77243;Lagny-sur-Marne;21191;193;21384";
const PARIS: &str = "11;Île-de-France;75;1;  ;101;75101;Paris 1er Arrondissement;15919;111;16030";

const ROWS: &str =
    "select concat_ws('|', annee, code_commune, nom, population_municipale, population_comptee_a_part,
    population_totale, millesime) from analytics.fact_population order by annee, code_commune";

/// The archive with a file of these lines.
fn archive(lines: &[&str]) -> anyhow::Result<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("donnees_communes.csv", SimpleFileOptions::default())?;
    archive.write_all(format!("{}\r\n", lines.join("\r\n")).as_bytes())?;
    Ok(archive.finish()?.into_inner())
}

#[tokio::test]
async fn every_year_of_every_commune_is_a_row_and_a_second_crawl_changes_nothing() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let report = platform.crawl("populations", None, None).await?;
    assert_eq!(report.state, "succeeded", "{report:?}");
    let truth = platform.portal.truth();
    let mut expected = Vec::new();
    for year in 2020..=2023 {
        for p in truth.populations(year) {
            let (municipal, apart, total) = (p.municipal, p.apart, p.total());
            let (edition, commune, name) = (year + 3, &p.commune, &p.name);
            expected.push(format!("{year}|{commune}|{name}|{municipal}|{apart}|{total}|{edition}-01"));
        }
    }
    let communes = platform.app.models.territory.communes.len();
    assert_eq!(expected.len(), 4 * communes);
    expected.sort_unstable();
    assert_eq!(platform.column(ROWS).await?, expected);
    let inserted = expected.len() as u64;
    assert_eq!(brought(&report)?, Loaded { read: inserted, inserted, ..Loaded::default() });
    let edition = platform.app.store.latest_edition("populations").await?.expect("an edition");
    assert_eq!(edition.name, "2026-01");

    let again = platform.crawl("populations", None, None).await?;
    assert_eq!(brought(&again)?, Loaded { read: inserted, ..Loaded::default() });
    let one = platform.crawl("populations", None, Some("2025-01")).await?;
    assert_eq!(brought(&one)?, Loaded { read: communes as u64, ..Loaded::default() });
    assert_eq!(platform.column(ROWS).await?, expected);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_corrected_count_revises_the_row_and_the_former_one_is_kept() -> anyhow::Result<()> {
    let web = Web::start().await?;
    let mut platform = TestPlatform::start().await?;
    platform.point_spider("populations", web.base()).await?;
    let url = web.put(OF_2023, archive(&[HEADER, LAGNY, PARIS])?);
    platform.crawl("populations", Some(&url), None).await?;
    web.put(OF_2023, archive(&[HEADER, &LAGNY.replace("21191;193;21384", "21200;193;21393"), PARIS])?);
    let report = platform.crawl("populations", Some(&url), None).await?;
    assert_eq!(brought(&report)?, Loaded { read: 2, revised: 1, ..Loaded::default() });
    let rows = [
        "2023|75101|Paris 1er Arrondissement|15919|111|16030|2026-01",
        "2023|77243|Lagny-sur-Marne|21200|193|21393|2026-01",
    ];
    assert_eq!(platform.column(ROWS).await?, rows);
    let kept = "select concat_ws('|', cle, valeurs ->> 'population_municipale') from analytics.revision";
    assert_eq!(platform.column(kept).await?, ["77243/2023|21191"]);
    let member = "select code_commune from analytics.zone where code_commune = '75101'";
    assert!(platform.column(member).await?.is_empty(), "a commune that a file names is no member for that");
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn wrong_rows_are_kept_as_rejects_and_a_wrong_file_loads_nothing() -> anyhow::Result<()> {
    let web = Web::start().await?;
    let mut platform = TestPlatform::start().await?;
    platform.point_spider("populations", web.base()).await?;
    let wrong = LAGNY.replace("77243", "77248").replace("21191", "s");
    let url = web.put(OF_2023, archive(&[HEADER, LAGNY, &wrong, LAGNY])?);
    let report = platform.crawl("populations", Some(&url), None).await?;
    assert_eq!(brought(&report)?, Loaded { read: 1, inserted: 1, rejected: 2, ..Loaded::default() });
    let kept = platform.app.store.rejects(RunId(report.run_id), 10).await?;
    let told: Vec<(i64, Option<&str>, &str)> =
        kept.iter().map(|reject| (reject.line, reject.column.as_deref(), reject.reason.as_str())).collect();
    let expected = [
        (3, Some("PMUN"), "`s` is not a whole number"),
        (4, Some("COM"), "`77243` stands on line 2 already"),
    ];
    assert_eq!(told, expected);
    let rows = platform.column(ROWS).await?;

    for (body, code, said) in [
        (b"<!DOCTYPE html><title>Maintenance</title>".to_vec(), "format_changed", "a page (HTML)"),
        (Vec::new(), "format_changed", "no line"),
        (archive(&[HEADER])?, "format_changed", "no commune"),
        (archive(&[&HEADER.replace("PTOT", "TOTAL"), LAGNY])?, "column_missing", "PTOT"),
    ] {
        web.put(OF_2023, body);
        let report = platform.crawl("populations", Some(&url), None).await?;
        let (found, sentence) = failure(&report);
        assert_eq!((report.state.as_str(), found.as_str()), ("failed", code), "{sentence}");
        assert!(sentence.contains(said) && sentence.contains(OF_2023), "{sentence}");
    }
    assert_eq!(platform.column(ROWS).await?, rows);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn an_edition_that_is_not_known_and_a_column_that_is_gone_are_told() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let report = platform.crawl("populations", None, Some("2019-01")).await?;
    let (code, sentence) = failure(&report);
    assert_eq!((report.state.as_str(), code.as_str()), ("failed", "edition_not_kept"), "{sentence}");
    assert!(sentence.contains("2026-01") && sentence.contains("url"), "{sentence}");

    let kind = TroubleKind::ChangedHeader { from: "PMUN".to_owned(), to: "POP_MUN".to_owned() };
    platform.portal.trouble().play(Trouble { path_contains: OF_2023.to_owned(), kind, times: 1 });
    let report = platform.crawl("populations", None, Some("2026-01")).await?;
    let (code, sentence) = failure(&report);
    assert_eq!((report.state.as_str(), code.as_str()), ("failed", "column_missing"), "{sentence}");
    assert_eq!(platform.column(ROWS).await?, Vec::<String>::new());
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn the_real_file_gives_each_of_its_communes_once() -> anyhow::Result<()> {
    let Some(file) = shared_file("data/insee/populations_communes.csv") else {
        return Ok(());
    };
    let web = Web::start().await?;
    let mut platform = TestPlatform::start().await?;
    platform.point_spider("populations", web.base()).await?;
    let url = web.put("/populations_communes.csv", std::fs::read(file)?);
    let unknown = platform.crawl("populations", Some(&url), None).await?;
    assert_eq!(
        failure(&unknown).0,
        "edition_unknown",
        "neither the file nor its address says of which year it is"
    );

    let report = platform.crawl("populations", Some(&url), Some("2026-01")).await?;
    assert_eq!(brought(&report)?, Loaded { read: 34_970, inserted: 34_970, ..Loaded::default() });
    let territory = "select sum(f.population_municipale) from analytics.fact_population f
                     join analytics.dim_commune d using (code_commune) where d.membre";
    let known: i64 = platform.app.models.territory.communes.iter().map(|commune| commune.population).sum();
    assert_eq!(platform.column(territory).await?, [known.to_string()]);
    platform.stop().await;
    Ok(())
}

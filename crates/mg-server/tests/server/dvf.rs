//! Sales as DVF publishes them, several rows a mutation: what becomes of each case.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use mg_core::{Role, RunId};
use mg_server::app;
use mg_store::load::Loaded;
use mg_testkit::TestPlatform;

use crate::dvf_file::{Cells, DvfFile};
use crate::web::{Web, brought, failure};

/// All of Lagny's sales of a year.
const LAGNY_2025: &str = "/geo-dvf/latest/csv/2025/communes/77/77243.csv";

const HOUSE: Cells<'_> =
    &[("code_type_local", "1"), ("surface_reelle_bati", "100"), ("nombre_pieces_principales", "5")];
const FLAT: Cells<'_> = &[
    ("code_type_local", "2"),
    ("surface_reelle_bati", "60"),
    ("nombre_pieces_principales", "3"),
    ("lot1_numero", "12"),
    ("lot1_surface_carrez", "58.2"),
    ("lot2_numero", "212"),
];
const CELLAR: Cells<'_> =
    &[("code_type_local", "3"), ("nombre_pieces_principales", "0"), ("lot1_numero", "40")];
const SHOP: Cells<'_> =
    &[("code_type_local", "4"), ("surface_reelle_bati", "80"), ("nombre_pieces_principales", "0")];
const GROUND: Cells<'_> = &[("code_nature_culture", "S"), ("surface_terrain", "300")];
const GARDEN: Cells<'_> = &[("code_nature_culture", "J"), ("surface_terrain", "200.5")];

/// What the platform made of each mutation, in one line.
const SALES: &str = "select concat_ws('|', id_mutation, prix_eur, locaux, maisons, appartements, dependances,
    locaux_activite, coalesce(type_logement, '-'), coalesce(surface_bati_m2::text, '-'),
    coalesce(pieces::text, '-'), coalesce(surface_terrain_m2::text, '-'), coalesce(prix_m2_eur::text, '-'))
    from analytics.fact_mutation order by id_mutation";

/// A platform whose DVF spider reads `web`.
async fn reading(web: &Web) -> anyhow::Result<TestPlatform> {
    let mut platform = TestPlatform::start().await?;
    platform.point_spider("dvf", web.base()).await?;
    Ok(platform)
}

fn cases() -> DvfFile {
    DvfFile::new()
        .mutation(
            "2025-01",
            &[("valeur_fonciere", "400000")],
            &[&[HOUSE, GROUND].concat(), &[HOUSE, GARDEN].concat()],
        )
        .mutation("2025-02", &[("valeur_fonciere", "270000")], &[FLAT, CELLAR, CELLAR])
        .mutation("2025-03", &[("valeur_fonciere", "300000.5")], &[FLAT])
        .mutation("2025-04", &[("valeur_fonciere", "500000")], &[HOUSE, SHOP])
        .mutation(
            "2025-05",
            &[("valeur_fonciere", "450000")],
            &[FLAT, &[&[("lot1_numero", "13"), ("surface_reelle_bati", "40")], FLAT].concat()],
        )
        .mutation("2025-06", &[("valeur_fonciere", "90000")], &[GROUND])
        .mutation(
            "2025-07",
            &[("valeur_fonciere", "310000"), ("nature_mutation", "Adjudication")],
            &[&[HOUSE, GROUND].concat()],
        )
        // The dwelling's area is missing, or the price.
        .mutation(
            "2025-08",
            &[("valeur_fonciere", "310000")],
            &[&[&[("surface_reelle_bati", "")], HOUSE].concat()],
        )
        .mutation("2025-09", &[], &[HOUSE])
}

const EXPECTED: [&str; 9] = [
    "2025-01|400000|1|1|0|0|0|maison|100|5|500.5|4000",
    "2025-02|270000|3|0|1|2|0|appartement|60|3|-|4500",
    "2025-03|300000.5|1|0|1|0|0|appartement|60|3|-|5000.008333333333",
    "2025-04|500000|2|1|0|0|1|-|100|5|-|-",
    "2025-05|450000|2|0|2|0|0|-|100|6|-|-",
    "2025-06|90000|0|0|0|0|0|-|-|-|300|-",
    "2025-07|310000|1|1|0|0|0|maison|100|5|300|-",
    "2025-08|310000|1|1|0|0|0|maison|-|5|-|-",
    "2025-09|1|1|0|0|0|maison|100|5|-|-",
];

#[tokio::test]
async fn a_mutation_is_one_row_with_its_price_once_and_each_premises_once() -> anyhow::Result<()> {
    let web = Web::start().await?;
    let platform = reading(&web).await?;
    let url = web.put(LAGNY_2025, cases().bytes());
    let report = platform.crawl("dvf", Some(&url), None).await?;
    assert_eq!(report.state, "succeeded", "{report:?}");
    assert_eq!(brought(&report)?, Loaded { read: 9, inserted: 9, ..Loaded::default() });
    assert_eq!(platform.column(SALES).await?, EXPECTED);
    let ctx = platform.context(Role::Viewer);
    let price = app::get_indicator(&ctx, &platform.app, "prix_m2_appartement", Some("2025-T1"), &[]).await?;
    let price = &price.values[0];
    assert_eq!(
        (price.records, price.value.map(f64::round)),
        (Some(2), Some(4750.0)),
        "the median of two flats"
    );
    let lagny = ["Lagny-sur-Marne".to_owned()];
    let sales = app::get_indicator(&ctx, &platform.app, "mutations", Some("2025-03"), &lagny).await?;
    let sold = sales.values[0].value;
    assert_eq!((sold, sales.edition.as_str()), (Some(8.0), "2026-10"), "an auction is no sale");

    // The same sales in the département's compressed file: nothing is new.
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&cases().bytes())?;
    let url = web.put("/geo-dvf/latest/csv/2025/departements/77.csv.gz", packed.finish()?);
    let report = platform.crawl("dvf", Some(&url), None).await?;
    assert_eq!(brought(&report)?, Loaded { read: 9, ..Loaded::default() });
    assert_eq!(platform.column(SALES).await?, EXPECTED);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_compressed_file_is_read_on_its_own() -> anyhow::Result<()> {
    let web = Web::start().await?;
    let platform = reading(&web).await?;
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&cases().bytes())?;
    let url = web.put("/geo-dvf/latest/csv/2025/departements/77.csv.gz", packed.finish()?);
    platform.crawl("dvf", Some(&url), None).await?;
    assert_eq!(platform.column(SALES).await?, EXPECTED);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_mutation_with_an_unreadable_row_is_left_out_whole() -> anyhow::Result<()> {
    let web = Web::start().await?;
    let platform = reading(&web).await?;
    let price: Cells<'_> = &[("valeur_fonciere", "200000")];
    let file = DvfFile::new()
        .mutation("2025-01", price, &[HOUSE])
        // The second row is wrong, the first is, and one breaks off after its id.
        .mutation("2025-02", price, &[FLAT, &[&[("surface_reelle_bati", "douze")], FLAT].concat()])
        .mutation("2025-03", price, &[&[&[("date_mutation", "14/03/2025")], FLAT].concat(), FLAT])
        .mutation("2025-04", price, &[HOUSE])
        .line("2025-04,2025-03-14,000001,Vente")
        .mutation("2025-05", price, &[&[&[("code_commune", "Lagny")], HOUSE].concat()])
        .mutation("2025-06", price, &[FLAT]);
    let url = web.put(LAGNY_2025, file.bytes());
    let report = platform.crawl("dvf", Some(&url), None).await?;
    let loaded = brought(&report)?;
    assert_eq!((loaded.read, loaded.inserted, loaded.rejected), (2, 2, 4));
    let ids = platform.column("select id_mutation from analytics.fact_mutation order by 1").await?;
    assert_eq!(ids, ["2025-01", "2025-06"]);
    let kept = platform.app.store.rejects(RunId(report.run_id), 10).await?;
    let places: Vec<(i64, Option<&str>)> =
        kept.iter().map(|reject| (reject.line, reject.column.as_deref())).collect();
    assert_eq!(
        places,
        [(4, Some("surface_reelle_bati")), (5, Some("date_mutation")), (8, None), (9, Some("code_commune"))]
    );
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_sale_that_the_next_edition_no_longer_has_is_withdrawn_for_good() -> anyhow::Result<()> {
    let web = Web::start().await?;
    let platform = reading(&web).await?;
    let price: Cells<'_> = &[("valeur_fonciere", "200000")];
    let elsewhere: Cells<'_> = &[("valeur_fonciere", "200000"), ("date_mutation", "2024-05-02")];
    let before = web.put("/geo-dvf/latest/csv/2024/communes/77/77243.csv", {
        DvfFile::new().mutation("2024-01", elsewhere, &[HOUSE]).bytes()
    });
    platform.crawl("dvf", Some(&before), Some("2026-04")).await?;
    let kept = DvfFile::new().mutation("2025-01", price, &[HOUSE]);
    let all = kept.clone().mutation("2025-02", price, &[FLAT]).bytes();
    let url = web.put(LAGNY_2025, all.clone());
    platform.crawl("dvf", Some(&url), Some("2026-04")).await?;

    // A row that cannot be read may be the one that seems to be gone: it stays.
    web.put(LAGNY_2025, kept.clone().line("2025-02").bytes());
    let report = platform.crawl("dvf", Some(&url), Some("2026-04")).await?;
    assert_eq!((brought(&report)?.withdrawn, brought(&report)?.rejected), (0, 1));

    web.put(LAGNY_2025, kept.bytes());
    let report = platform.crawl("dvf", Some(&url), Some("2026-10")).await?;
    assert_eq!(brought(&report)?, Loaded { read: 1, withdrawn: 1, ..Loaded::default() });
    let ids = "select id_mutation from analytics.fact_mutation order by 1";
    assert_eq!(platform.column(ids).await?, ["2024-01", "2025-01"], "other years are not spoken for");
    let kept = "select concat_ws('|', cle, millesime, remplace_par, retiree, valeurs->>'prix_eur') from analytics.revision";
    let withdrawn = ["2025-02/77243|2026-04|2026-10|t|200000"];
    assert_eq!(platform.column(kept).await?, withdrawn);

    // An older edition does not bring it back.
    web.put(LAGNY_2025, all);
    let report = platform.crawl("dvf", Some(&url), Some("2026-04")).await?;
    assert_eq!(brought(&report)?, Loaded { read: 2, ..Loaded::default() });
    assert_eq!(platform.column(ids).await?, ["2024-01", "2025-01"]);
    // A newer one does: the portal has it again.
    platform.crawl("dvf", Some(&url), Some("2026-11")).await?;
    assert_eq!(platform.column(ids).await?, ["2024-01", "2025-01", "2025-02"]);
    assert_eq!(platform.column(kept).await?, withdrawn);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_header_without_sales_is_no_failure_and_a_file_without_a_line_is_one() -> anyhow::Result<()> {
    let web = Web::start().await?;
    let platform = reading(&web).await?;
    let url = web.put(LAGNY_2025, DvfFile::new().bytes());
    let report = platform.crawl("dvf", Some(&url), None).await?;
    assert_eq!(report.state, "succeeded", "{report:?}");
    assert_eq!(brought(&report)?, Loaded::default());

    web.put(LAGNY_2025, cases().bytes());
    platform.crawl("dvf", Some(&url), None).await?;
    web.put(LAGNY_2025, "");
    let report = platform.crawl("dvf", Some(&url), None).await?;
    let (code, sentence) = failure(&report);
    assert_eq!((report.state.as_str(), code.as_str()), ("failed", "format_changed"), "{sentence}");
    assert_eq!(platform.column(SALES).await?, EXPECTED);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn an_edition_that_numbers_anew_doubles_no_sale_even_with_a_bad_row() -> anyhow::Result<()> {
    let web = Web::start().await?;
    let platform = reading(&web).await?;
    let price: Cells<'_> = &[("valeur_fonciere", "200000")];
    let first = DvfFile::new().mutation("2025-1", price, &[HOUSE]).mutation("2025-2", price, &[FLAT]);
    let url = web.put(LAGNY_2025, first.bytes());
    platform.crawl("dvf", Some(&url), Some("2026-04")).await?;

    let renumbered = DvfFile::new().mutation("2025-8", price, &[HOUSE]).mutation("2025-9", price, &[FLAT]);
    web.put(LAGNY_2025, renumbered.line("2025-7").bytes());
    platform.crawl("dvf", Some(&url), Some("2026-10")).await?;
    let ids = "select id_mutation from analytics.fact_mutation order by 1";
    assert_eq!(platform.column(ids).await?, ["2025-8", "2025-9"]);
    platform.stop().await;
    Ok(())
}

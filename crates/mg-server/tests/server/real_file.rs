//! Sitadel's published file for Toulouse, through the spider, from a web of the test's own.

use mg_store::load::Loaded;
use mg_testkit::{TestPlatform, shared_file};

use crate::web::{Web, brought};

#[tokio::test]
async fn the_real_file_gives_its_permits_once_however_often_it_is_loaded() -> anyhow::Result<()> {
    let Some(file) = shared_file("data/sitadel/logements_31555_2026-01.csv") else {
        return Ok(());
    };
    let web = Web::start().await?;
    let url = web.put("/sitadel/logements_31555_2026-01.csv", std::fs::read(file)?);
    let mut platform = TestPlatform::start().await?;
    platform.point_spider("sitadel", web.base()).await?;

    let first = platform.crawl("sitadel", Some(&url), None).await?;
    assert_eq!(first.state, "succeeded", "{first:?}");
    assert_eq!(brought(&first)?, Loaded { read: 3_710, inserted: 3_710, ..Loaded::default() });
    assert_eq!(
        first.tasks[0].output.as_ref().map(|output| output["edition"].clone()),
        Some("2026-01".into())
    );

    let second = platform.crawl("sitadel", Some(&url), None).await?;
    assert_eq!(second.state, "succeeded", "{second:?}");
    assert_eq!(brought(&second)?, Loaded { read: 3_710, ..Loaded::default() });
    let counted = "select (select count(*) from analytics.fact_permis) || ' permits, '
                       || (select count(*) from analytics.revision) || ' revisions'";
    assert_eq!(platform.column(counted).await?, ["3710 permits, 0 revisions"]);

    // What the file itself says, counted outside the platform.
    let in_january =
        "select count(*) || ' permits, ' || sum(logements) || ' dwellings' from analytics.fact_permis
                      where date_autorisation between '2019-01-01' and '2019-01-31'";
    assert_eq!(platform.column(in_january).await?, ["34 permits, 601 dwellings"]);
    let sums = "select sum(logements) || ' dwellings, ' || sum(surface_habitation_creee_m2) || ' m²'
                from analytics.fact_permis";
    assert_eq!(platform.column(sums).await?, ["68759 dwellings, 3892421 m²"]);
    let twins = "select type_dau || ' ' || date_autorisation from analytics.fact_permis
                 where num_dau = '0315552500300' order by 1";
    assert_eq!(platform.column(twins).await?, ["DP 2025-02-25", "PC 2025-08-04"]);
    let states = "select etat || ' ' || count(*) from analytics.fact_permis group by etat order by 1";
    assert_eq!(
        platform.column(states).await?,
        ["annule 360", "autorise 1211", "commence 1118", "termine 1021"]
    );
    // A site that opened and was given up later is cancelled all the same.
    let given_up =
        "select count(*) from analytics.fact_permis where etat = 'annule' and date_ouverture is not null";
    assert_eq!(platform.column(given_up).await?, ["12"]);
    platform.stop().await;
    Ok(())
}

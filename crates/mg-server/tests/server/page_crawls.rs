//! Spiders that a file declares, from the portal's pages to the rows of their tables.

use anyhow::ensure;
use mg_core::Role;
use mg_server::app::{self, CrawlOrder, RunReport};
use mg_testkit::TestPlatform;

const ADVERTS: &str = "select concat_ws('|', reference, titre, commune, round(prix_eur * 100)::bigint,
                              round(surface_m2 * 10)::bigint, pieces, date_publication)
                       from analytics.fact_annonce order by reference";

fn failure(report: &RunReport) -> (&str, &str) {
    let failed = report.tasks.iter().find(|task| task.state == "failed");
    failed.map_or(("", ""), |task| {
        (task.error_code.as_deref().unwrap_or_default(), task.error.as_deref().unwrap_or_default())
    })
}

#[tokio::test]
async fn every_advert_of_the_listing_is_a_row_with_its_provenance_and_a_second_crawl_reads_no_page_anew()
-> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let store = &platform.app.store;
    let report = platform.crawl("annonces", None, None).await?;
    ensure!(report.state == "succeeded", "{:?}", failure(&report));
    let mut expected: Vec<String> = platform
        .portal
        .truth()
        .listings()
        .iter()
        .map(|advert| {
            let cells =
                [advert.price_cents, advert.area_tenths, advert.rooms].map(|number| number.to_string());
            format!("{}|{}|{}|{}|{}", advert.id, advert.title, advert.commune, cells.join("|"), advert.date)
        })
        .collect();
    expected.sort();
    ensure!(expected.len() > 40);
    assert_eq!(store.texts(ADVERTS).await?, expected);

    // Each row leads to its page, the run that read it, and the page's content.
    let provenance = format!(
        "select distinct (a.source_url = '{}/annonces/' || a.reference and a.run_id = {}
             and a.content_hash = p.hash and length(p.hash) = 64
             and a.edition = to_char(r.created_at at time zone 'UTC', 'YYYY-MM-DD'))::text
         from analytics.fact_annonce a join mg.run r on r.id = a.run_id join mg.crawl_page p on p.url = a.source_url",
        platform.portal.url(),
        report.run_id
    );
    assert_eq!(store.texts(Box::leak(provenance.into_boxed_str())).await?, ["true"]);
    // robots.txt asks to spare these.
    let asked = platform.portal.requests();
    ensure!(asked.iter().all(|request| !request.path.starts_with("/contact")), "{asked:?}");

    let again = platform.crawl("annonces", None, None).await?;
    ensure!(again.state == "succeeded", "{:?}", failure(&again));
    let stood = "select concat_ws('|', state, count(*)) from mg.crawl_request
                 where crawl_id = (select max(id) from mg.crawl) group by state";
    assert_eq!(
        store.texts(stood).await?,
        [format!("unchanged|{}", expected.len() + expected.len().div_ceil(10))]
    );
    assert_eq!(store.texts(ADVERTS).await?, expected);
    assert_eq!(store.texts("select cle from analytics.revision").await?, Vec::<String>::new());
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_page_that_only_its_script_fills_is_read_through_a_browser() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let report = platform.crawl("chantiers", None, None).await?;
    ensure!(report.state == "succeeded", "{:?}", failure(&report));
    let rows =
        platform.app.store.texts("select count(distinct numero)::text from analytics.fact_chantier").await?;
    assert_eq!(rows, ["40"]);
    platform.app.web.close().await;
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_site_that_gives_much_less_than_before_empties_no_table_in_silence() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let store = &platform.app.store;
    // As if three crawls before had found five hundred adverts.
    platform.database.execute(
        "mg_writer",
        "insert into mg.crawl (spider, definition, arguments, attempt, finished_at, finish_reason, pages, items, fills)
         select 'annonces', 'as it was', '{\"url\": null}', 1, now(), 'done', 550, 500, '{\"prix_eur\": 500}' from generate_series(1, 3)",
    )?;
    let report = platform.crawl("annonces", None, None).await?;
    let (code, message) = failure(&report);
    assert_eq!((report.state.as_str(), code), ("failed", "yield_fell"));
    ensure!(message.contains("47 records, where there were about 500"), "{message}");
    assert_eq!(store.texts("select count(*)::text from analytics.fact_annonce").await?, ["0"]);

    let order = CrawlOrder { spider: "annonces", accept_fall: true, ..CrawlOrder::default() };
    let launch = app::launch_scraper(&platform.context(Role::Editor), &platform.app, order).await?;
    let report = platform.finished(mg_core::RunId(launch.run_id)).await?;
    ensure!(report.state == "succeeded", "{:?}", failure(&report));
    assert_eq!(store.texts("select count(*)::text from analytics.fact_annonce").await?, ["47"]);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_crawl_begins_at_a_page_of_its_site_and_nowhere_else() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let ctx = platform.context(Role::Editor);
    for (url, code) in [
        ("http://169.254.169.254/latest/meta-data", "foreign_host"),
        ("http://portal.invalid/annonces", "foreign_host"),
        ("annonces", "not_a_url"),
        ("http://127.0.0.1:1/annonces", "url_refused"),
        ("ftp://127.0.0.1/annonces", "url_refused"),
    ] {
        let order = CrawlOrder { spider: "annonces", url: Some(url), ..CrawlOrder::default() };
        let refused = app::launch_scraper(&ctx, &platform.app, order).await.expect_err(url);
        assert_eq!(refused.code, code, "{url}: {refused:?}");
    }
    let order = CrawlOrder { spider: "annonces", edition: Some("2026-10"), ..CrawlOrder::default() };
    let refused = app::launch_scraper(&ctx, &platform.app, order).await.expect_err("an edition");
    assert_eq!(refused.code, "edition_not_kept");

    // The last page of the listing, and so the adverts of it alone; none of the others is withdrawn.
    let last = format!("{}/annonces?page=5", platform.portal.url());
    let report = platform.crawl("annonces", Some(&last), None).await?;
    ensure!(report.state == "succeeded", "{:?}", failure(&report));
    let rows = platform.app.store.texts("select count(*)::text from analytics.fact_annonce").await?;
    assert_eq!(rows, ["7"]);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn spiders_of_files_stand_in_the_list_and_run_each_day() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let spiders = app::list_spiders(&platform.context(Role::Viewer), &platform.app);
    let annonces = spiders.iter().find(|spider| spider.name == "annonces").expect("it is declared");
    assert_eq!(annonces.table, "analytics.fact_annonce");
    assert_eq!(annonces.base.trim_end_matches('/'), platform.portal.url().trim_end_matches('/'));
    // A file that says when it is to be run is read by `veille`.
    let report = platform.run_dag("veille").await?;
    ensure!(report.state == "succeeded", "{:?}", failure(&report));
    let rows = platform.app.store.texts("select count(*)::text from analytics.fact_annonce").await?;
    assert_eq!(rows, ["47"]);
    platform.stop().await;
    Ok(())
}

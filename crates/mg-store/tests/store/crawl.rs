//! Crawls of pages: each asked once, none lost with an attempt, and what has not changed still holds.

use std::time::Duration;

use mg_core::{Column, ColumnType, Identifier, Table};
use mg_store::Store;
use mg_store::crawl::{CrawlCounts, CrawlHold, CrawlYield, NewRequest, PageRead, PageReject, RequestOutcome};
use mg_store::run::Rerun;
use mg_store::task::ClaimedTask;
use mg_testkit::TestDatabase;
use serde_json::{Value, json};

use crate::task::{claim, run_of};

const TABLE_DDL: &str = "create table analytics.fact_annonce (
    page text primary key, prix double precision, source_url text not null, fetched_at timestamptz not null,
    run_id bigint, content_hash text not null, edition text not null)";
const ROWS: &str = "select concat_ws(' ', page, prix, source_url) from analytics.fact_annonce order by 1";

fn table() -> Table {
    const COLUMNS: &[Column] =
        &[Column::key("page", ColumnType::Text), Column::optional("prix", ColumnType::Float)];
    Table { name: Identifier::fixed("fact_annonce"), columns: COLUMNS.into() }
}

fn request(page: &str, priority: i32) -> NewRequest {
    NewRequest { fingerprint: page.to_owned(), request: json!({ "page": page }), priority }
}

fn read(page: &str, follow: &[&str]) -> PageRead {
    PageRead {
        url: format!("http://portal/{page}"),
        status: 200,
        size_bytes: 10,
        hash: format!("hash of {page}"),
        etag: Some(format!("\"{page}\"")),
        last_modified: None,
        items: json!([[page, 1]]),
        rejects: Vec::new(),
        follow: follow.iter().map(|next| request(next, 0)).collect(),
    }
}

/// The page of each request that is handed out, with its number.
async fn taken(crawl: &CrawlHold, at_most: usize) -> anyhow::Result<Vec<(String, i64)>> {
    let taken = crawl.take(at_most).await?;
    Ok(taken.iter().map(|one| (one.request["page"].as_str().expect("a page").to_owned(), one.id)).collect())
}

async fn a_task(store: &Store) -> anyhow::Result<ClaimedTask> {
    run_of(store, &[("crawl", &[])]).await?;
    claim(store, store.register_worker("w").await?).await
}

#[tokio::test]
async fn every_page_is_asked_once_and_the_highest_priority_first() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let crawl = store.open_crawl(&a_task(store).await?, "annonces", "v1", &json!({})).await?;
    assert!(!crawl.is_taken_up);
    assert_eq!(crawl.add(&[request("a", 0), request("b", 5), request("c", 0), request("a", 9)]).await?, 3);
    assert_eq!(crawl.add(&[request("b", 9)]).await?, 0);
    let mut pages = Vec::new();
    while let Some(wait) = crawl.next_due().await? {
        assert!(wait < Duration::from_secs(60));
        for (page, id) in taken(&crawl, 1).await? {
            let leads = if page == "b" { vec!["a", "d"] } else { vec!["b"] };
            crawl.report(&[(id, RequestOutcome::Read(read(&page, &leads)))]).await?;
            // What was reported is not reported again.
            crawl.report(&[(id, RequestOutcome::GivenUp("late".to_owned(), "late".to_owned()))]).await?;
            pages.push(page);
        }
    }
    assert_eq!(pages, ["b", "a", "c", "d"]);
    assert_eq!(crawl.counts().await?, CrawlCounts { read: 4, ..CrawlCounts::default() });
    Ok(())
}

#[tokio::test]
async fn what_failed_for_now_comes_again_when_it_is_due_and_what_failed_for_good_does_not()
-> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let crawl = store.open_crawl(&a_task(store).await?, "annonces", "v1", &json!({})).await?;
    crawl.add(&[request("now", 0), request("later", 0), request("never", 0)]).await?;
    let handed = taken(&crawl, 10).await?;
    assert_eq!(taken(&crawl, 10).await?, []);
    let again = |seconds| RequestOutcome::Again(Duration::from_secs(seconds), "503".to_owned());
    let gone = RequestOutcome::GivenUp("source_refused".to_owned(), "it answered 404\0".to_owned());
    let outcomes = [again(0), again(3_600), gone];
    let outcomes: Vec<_> = handed.iter().map(|(_, id)| *id).zip(outcomes).collect();
    crawl.report(&outcomes).await?;
    let due = crawl.take(10).await?;
    assert_eq!(due.iter().map(|one| (one.id, one.tried)).collect::<Vec<_>>(), [(handed[0].1, 1)]);
    crawl.hand_back(&[due[0].id]).await?;
    assert_eq!(crawl.waiting().await?, 2);
    let due = crawl.take(10).await?;
    crawl.report(&[(due[0].id, RequestOutcome::Read(read("now", &[])))]).await?;
    let wait = crawl.next_due().await?.expect("one waits");
    assert!(wait > Duration::from_secs(3_000), "{wait:?}");
    assert_eq!(crawl.counts().await?, CrawlCounts { read: 1, given_up: 1, open: 1, unchanged: 0 });
    Ok(())
}

#[tokio::test]
async fn the_next_attempt_goes_on_where_the_crawl_was_and_the_former_changes_nothing() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let first = a_task(store).await?;
    let before = store.open_crawl(&first, "annonces", "v1", &json!({})).await?;
    before.add(&[request("a", 0), request("b", 0)]).await?;
    let a = taken(&before, 1).await?;
    before.report(&[(a[0].1, RequestOutcome::Read(read("a", &["c"])))]).await?;
    let b = taken(&before, 1).await?;

    store.reclaim_lost_tasks(Duration::ZERO).await?;
    let second = claim(store, store.register_worker("w").await?).await?;
    let crawl = store.open_crawl(&second, "annonces", "v1", &json!({})).await?;
    assert!(crawl.is_taken_up && crawl.id == before.id);
    let late = before.report(&[(b[0].1, RequestOutcome::Read(read("b", &["x"])))]).await;
    assert!(late.is_err(), "the attempt was given up");
    assert!(before.take(1).await.is_err());
    let rest = crawl.take(10).await?;
    let rest: Vec<_> =
        rest.iter().map(|one| (one.request["page"].as_str().unwrap_or(""), one.tried)).collect();
    assert_eq!(rest, [("b", 1), ("c", 0)], "a is read, b was under way");

    let yielded = CrawlYield { pages: 1, items: 1, fills: json!({ "prix": 1 }) };
    assert!(!before.close("done", &yielded, &Value::Null).await?);
    assert!(crawl.close("done", &yielded, &json!({ "requests": 1 })).await?);
    assert_eq!(store.crawl_yields("annonces", &json!({}), 5).await?, [yielded]);
    assert_eq!(store.crawl_yields("annonces", &json!({ "commune": "77243" }), 5).await?, []);

    // A task that is done once more begins a crawl of its own.
    store.complete_task(&second, &json!(null)).await?;
    store.rerun(second.run, &Rerun::All, "ada").await?;
    let third = claim(store, store.register_worker("w").await?).await?;
    let anew = store.open_crawl(&third, "annonces", "v1", &json!({})).await?;
    assert!(!anew.is_taken_up && anew.id != crawl.id);
    Ok(())
}

#[tokio::test]
async fn a_page_that_has_not_changed_still_gives_what_it_gave_and_leads_where_it_led() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let first = store.open_crawl(&a_task(store).await?, "annonces", "v1", &json!({})).await?;
    first.add(&[request("list", 0)]).await?;
    let list = first.take(1).await?;
    assert_eq!((&list[0].etag, &list[0].hash), (&None, &None), "nothing is known of it yet");
    let rejected = PageReject {
        field: Some("prix".to_owned()),
        reason: "`.prix`: no number".to_owned(),
        content: "sur demande\0".to_owned(),
    };
    let page = PageRead { rejects: vec![rejected], ..read("list", &["detail"]) };
    first.report(&[(list[0].id, RequestOutcome::Read(page))]).await?;
    let detail = taken(&first, 1).await?;
    first.report(&[(detail[0].1, RequestOutcome::Read(read("detail", &[])))]).await?;
    first.close("done", &CrawlYield { pages: 2, items: 2, fills: json!({}) }, &Value::Null).await?;
    let kept = "select concat_ws('|', spider, source, column_name, reason) from mg.reject";
    assert_eq!(store.texts(kept).await?, ["annonces|http://portal/list|prix|`.prix`: no number"]);

    let second = store.open_crawl(&a_task(store).await?, "annonces", "v1", &json!({})).await?;
    second.add(&[request("list", 0)]).await?;
    let list = second.take(1).await?;
    assert_eq!((list[0].etag.as_deref(), list[0].hash.as_deref()), (Some("\"list\""), Some("hash of list")));
    second.report(&[(list[0].id, RequestOutcome::Unchanged)]).await?;
    let detail = taken(&second, 10).await?;
    assert_eq!(detail[0].0, "detail");
    let changed = PageRead { items: json!([["detail", 2]]), ..read("detail", &[]) };
    second.report(&[(detail[0].1, RequestOutcome::Read(changed))]).await?;
    assert_eq!(second.next_due().await?, None);
    // Its table is made of what both pages gave: the one now, the other when it was read.
    database
        .execute("mg_owner", &format!("{TABLE_DDL}; grant all on analytics.fact_annonce to mg_writer"))?;
    let table = table();
    let staged = second.stage(&table).await?;
    assert_eq!(staged.yielded(), &CrawlYield { pages: 2, items: 2, fills: json!({ "page": 2, "prix": 2 }) });
    let loaded = staged.merge("2026-11-21", true).await?;
    assert_eq!((loaded.read, loaded.inserted), (2, 2));
    assert_eq!(store.texts(ROWS).await?, ["detail 2 http://portal/detail", "list 1 http://portal/list"]);
    // Another spider knows nothing of these pages.
    let other = store.open_crawl(&a_task(store).await?, "autres", "v1", &json!({})).await?;
    other.add(&[request("list", 0)]).await?;
    assert_eq!(other.take(1).await?[0].etag, None);
    Ok(())
}

#[tokio::test]
async fn workers_that_book_a_host_keep_one_pace_between_them() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let gap = Duration::from_secs(100);
    assert_eq!(store.book_host("portal", 3, gap).await?, Duration::ZERO);
    let second = store.book_host("portal", 2, gap).await?;
    assert!(second <= gap * 3 && second > gap * 2, "{second:?}");
    let third = store.book_host("portal", 1, gap).await?;
    assert!(third <= gap * 5 && third > gap * 4, "{third:?}");
    assert_eq!(store.book_host("other", 1, gap).await?, Duration::ZERO);
    store.hold_off_host("other", gap * 9).await?;
    let held = store.book_host("other", 1, gap).await?;
    assert!(held <= gap * 9 && held > gap * 8, "{held:?}");
    Ok(())
}

/// A crawl of these pages, each giving these records.
async fn crawled(store: &Store, pages: &[(&str, Value)]) -> anyhow::Result<CrawlHold> {
    let crawl = store.open_crawl(&a_task(store).await?, "annonces", "v1", &json!({})).await?;
    crawl.add(&pages.iter().map(|(page, _)| request(page, 0)).collect::<Vec<_>>()).await?;
    for taken in crawl.take(pages.len()).await? {
        let page = taken.request["page"].as_str().expect("a page");
        let (_, items) = pages.iter().find(|(name, _)| *name == page).expect("it was asked for");
        let read = PageRead { items: items.clone(), ..read(page, &[]) };
        crawl.report(&[(taken.id, RequestOutcome::Read(read))]).await?;
    }
    Ok(crawl)
}

#[tokio::test]
async fn what_a_site_changes_and_takes_away_is_kept_and_an_older_crawl_undoes_nothing() -> anyhow::Result<()>
{
    let database = TestDatabase::start().await?;
    let store = &database.store;
    database
        .execute("mg_owner", &format!("{TABLE_DDL}; grant all on analytics.fact_annonce to mg_writer"))?;
    let table = table();
    let first =
        crawled(store, &[("a", json!([["x", 1], ["y", 2]])), ("b", json!([["z", null], ["x", 9]]))]).await?;
    let loaded = first.stage(&table).await?.merge("2026-11-20", true).await?;
    assert_eq!((loaded.read, loaded.inserted, loaded.revised, loaded.withdrawn), (3, 3, 0, 0));
    assert_eq!(
        store.texts(ROWS).await?,
        ["x 9 http://portal/b", "y 2 http://portal/a", "z http://portal/b"],
        "the last of a key counts"
    );
    // Staged and not merged is nothing done.
    let empty = crawled(store, &[("a", json!([]))]).await?;
    let staged = empty.stage(&table).await?;
    assert_eq!(staged.yielded().items, 0);
    drop(staged);
    assert_eq!(store.texts(ROWS).await?.len(), 3);

    let second = crawled(store, &[("a", json!([["x", 9], ["y", 3], ["w", 4]]))]).await?;
    let loaded = second.stage(&table).await?.merge("2026-11-21", true).await?;
    assert_eq!((loaded.read, loaded.inserted, loaded.revised, loaded.withdrawn), (3, 1, 1, 1));
    let kept = "select concat_ws('|', cle, millesime, remplace_par, retiree, valeurs) from analytics.revision order by 1";
    assert_eq!(
        store.texts(kept).await?,
        [
            r#"y|2026-11-20|2026-11-21|f|{"page": "y", "prix": 2}"#,
            r#"z|2026-11-20|2026-11-21|t|{"page": "z", "prix": null}"#
        ]
    );
    let again = crawled(store, &[("a", json!([["x", 1], ["y", 1]]))]).await?;
    let loaded = again.stage(&table).await?.merge("2026-11-19", true).await?;
    assert_eq!(
        (loaded.inserted, loaded.revised, loaded.withdrawn),
        (0, 0, 0),
        "every row is of a newer edition"
    );
    Ok(())
}

#[tokio::test]
async fn of_a_spider_that_was_changed_nothing_from_before_is_of_use() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    let crawl = crawled(store, &[("a", json!([["x", 1]]))]).await?;
    crawl.close("done", &CrawlYield { pages: 1, items: 1, fills: json!({}) }, &Value::Null).await?;
    let task = a_task(store).await?;
    let before = store.open_crawl(&task, "annonces", "v1", &json!({})).await?;
    before.add(&[request("a", 0), request("b", 0)]).await?;
    assert!(before.take(1).await?[0].hash.is_some());
    // The file was edited, and the service started anew: the same task, and nothing known of its pages.
    let after = store.open_crawl(&task, "annonces", "v2", &json!({})).await?;
    assert!(!after.is_taken_up && after.id != before.id);
    after.add(&[request("a", 0)]).await?;
    let taken = after.take(10).await?;
    assert_eq!((taken.len(), &taken[0].hash, &taken[0].etag), (1, &None, &None));
    assert!(before.take(1).await.is_err(), "it is closed");
    Ok(())
}

//! A revised edition: it replaces what an older one said, and what that was is kept.

use std::collections::HashMap;

use anyhow::ensure;
use chrono::Months;
use mg_core::Period;
use mg_portal::Permit;
use mg_testkit::{TODAY, TestPlatform};

use crate::reckoned::{PERMIT_LINES, permit_line};
use crate::web::brought;

const OLDER: &str = "2026-10";
const NEWER: &str = "2026-11";

#[tokio::test]
async fn a_newer_edition_replaces_what_it_revises_and_an_older_one_replaces_nothing() -> anyhow::Result<()> {
    let platform = TestPlatform::start().await?;
    let (store, truth) = (&platform.app.store, platform.portal.truth());
    let lines = |edition: &str| {
        let mut lines: Vec<String> = truth.permits(edition).iter().map(permit_line).collect();
        lines.sort_unstable();
        lines
    };
    let rows = async || -> anyhow::Result<Vec<String>> {
        let mut rows = store.texts(PERMIT_LINES).await?;
        rows.sort_unstable();
        Ok(rows)
    };

    platform.portal.publish_up_to(OLDER)?;
    platform.crawl("sitadel", None, None).await?;
    assert_eq!(rows().await?, lines(OLDER));

    platform.portal.publish_up_to(NEWER)?;
    let newer = brought(&platform.crawl("sitadel", None, None).await?)?;
    assert_eq!(rows().await?, lines(NEWER));
    let revised = revised(truth.permits(OLDER), truth.permits(NEWER));
    assert_eq!(newer.revised, revised.len() as u64);
    assert_eq!(newer.inserted, (truth.permits(NEWER).len() - truth.permits(OLDER).len()) as u64);
    check_revisions(&platform, &revised).await?;
    check_share_of_recent(truth.permits(OLDER), &revised)?;

    let counted = "select count(*) from analytics.revision";
    let kept = store.texts("select count(*)::text from analytics.revision").await?;
    let back = platform.crawl("sitadel", None, Some(OLDER)).await?;
    assert_eq!(back.state, "succeeded", "{back:?}");
    let back = brought(&back)?;
    assert_eq!((back.inserted, back.revised, back.withdrawn), (0, 0, 0));
    assert_eq!(rows().await?, lines(NEWER));
    assert_eq!(platform.column(counted).await?, kept);
    let measured = platform.column("select distinct millesime from kpi.value").await?;
    assert_eq!(measured, [NEWER], "what is measured stays of the newer edition");
    platform.stop().await;
    Ok(())
}

/// The permits of `older` of which `newer` says something else that the platform keeps.
fn revised<'a>(older: &'a [Permit], newer: &[Permit]) -> HashMap<String, &'a Permit> {
    let now: HashMap<String, String> =
        newer.iter().map(|permit| (key(permit), permit_line(permit))).collect();
    let older = older.iter().map(|permit| (key(permit), permit));
    older.filter(|(key, permit)| now.get(key).is_some_and(|now| *now != permit_line(permit))).collect()
}

fn key(permit: &Permit) -> String {
    format!("logements/{}/{}", permit.type_dau, permit.num_dau)
}

/// Each revision has the key, both editions, and what the older one had said.
async fn check_revisions(platform: &TestPlatform, revised: &HashMap<String, &Permit>) -> anyhow::Result<()> {
    let kept = "select concat_ws('|', cle, millesime, remplace_par, retiree, valeurs->>'logements',
                    valeurs->>'surface_habitation_creee_m2') from analytics.revision";
    let mut kept = platform.app.store.texts(kept).await?;
    kept.sort_unstable();
    let mut expected: Vec<String> = revised
        .iter()
        .map(|(key, permit)| {
            let (dwellings, area) = (permit.programme.dwellings(), permit.programme.area.created);
            format!("{key}|{OLDER}|{NEWER}|f|{dwellings}|{area}")
        })
        .collect();
    expected.sort_unstable();
    assert_eq!(kept, expected);
    Ok(())
}

/// As in the published editions, about a third of the rows of the last year change.
fn check_share_of_recent(older: &[Permit], revised: &HashMap<String, &Permit>) -> anyhow::Result<()> {
    let year_ago = Period::parse(mg_core::Grain::Month, OLDER)?.start() - Months::new(12);
    ensure!(year_ago < TODAY, "the editions are of the past");
    let recent: Vec<&Permit> = older.iter().filter(|permit| permit.autorisation >= year_ago).collect();
    let changed = recent.iter().filter(|permit| revised.contains_key(&key(permit))).count();
    let share = changed as f64 / recent.len() as f64;
    ensure!((0.2..0.45).contains(&share), "{changed} of {} recent permits were revised", recent.len());
    Ok(())
}

//! The main job: DAG `urbanisme`, from the portal's files to KPIs and forecasts.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use chrono::NaiveDate;
use mg_core::{Period, Role, WHOLE};
use mg_server::app::{self, Change, ForecastQuestion};
use mg_server::model::Empty;
use mg_testkit::{TODAY, TestPlatform};

use crate::reckoned::{self, PERMIT_LINES, Reckoned, Values};
use crate::web::brought;

/// The portal's latest edition on the day that tests live in.
const EDITION: &str = "2026-11";
const LAGNY: &str = "77243";

async fn loaded() -> anyhow::Result<TestPlatform> {
    let platform = TestPlatform::start().await?;
    platform.run_dag("urbanisme").await?;
    Ok(platform)
}

#[tokio::test]
async fn every_permit_and_every_sale_of_the_portal_is_a_row_and_a_second_run_changes_none()
-> anyhow::Result<()> {
    let platform = loaded().await?;
    let store = &platform.app.store;
    let truth = platform.portal.truth();
    let mut permits: Vec<String> = truth.permits(EDITION).iter().map(reckoned::permit_line).collect();
    permits.sort_unstable();
    ensure!(permits.len() > 3_000, "the portal has only {} permits", permits.len());
    let mut rows = store.texts(PERMIT_LINES).await?;
    rows.sort_unstable();
    assert_eq!(rows, permits);

    let mut sales: Vec<String> = reckoned::mutations(truth)
        .map(|m| format!("{}|{}|{}|{}|{}", m.id, m.commune, m.date, m.nature.label(), m.dwellings()))
        .collect();
    sales.sort_unstable();
    ensure!(sales.len() > 10_000, "the portal has only {} sales", sales.len());
    let mut rows = store
        .texts(
            "select concat_ws('|', id_mutation, code_commune, date_mutation, nature, maisons + appartements)
             from analytics.fact_mutation",
        )
        .await?;
    rows.sort_unstable();
    assert_eq!(rows, sales);

    let counted = "select concat_ws('|', (select count(*) from analytics.fact_permis),
                       (select count(*) from analytics.fact_mutation), (select count(*) from kpi.value),
                       (select count(*) from kpi.forecast), (select count(*) from analytics.revision),
                       (select sum(hashtext(kpi || zone || periode || valeur)::bigint) from kpi.value))";
    let before = store.texts(counted).await?;
    let again = platform.run_dag("urbanisme").await?;
    assert_eq!(store.texts(counted).await?, before);
    let permits = brought(&again)?;
    assert_eq!((permits.inserted, permits.revised, permits.withdrawn, permits.rejected), (0, 0, 0, 0));
    assert_eq!(platform.column("select count(*) from analytics.revision").await?, ["0"]);
    platform.stop().await;
    Ok(())
}

/// From the spider by the table to the KPI: who wrote it, and what is measured from it.
#[tokio::test]
async fn the_lineage_of_a_table_leads_from_the_task_that_wrote_it_to_the_kpis_that_read_it()
-> anyhow::Result<()> {
    let platform = loaded().await?;
    let ctx = platform.context(Role::Viewer);
    let lines =
        [("analytics.fact_permis", "permis", "sitadel"), ("analytics.fact_mutation", "ventes", "dvf")];
    for (table, task, spider) in lines {
        let lineage = app::get_lineage(&ctx, &platform.app, table).await?;
        let write = lineage.writes.first().context("nobody wrote it")?;
        ensure!((write.dag.as_str(), write.task.as_str()) == ("urbanisme", task), "{write:?}");
        ensure!(write.rows.is_some_and(|rows| rows > 3_000), "{write:?}");
        let mut kpis: Vec<_> = lineage.kpis.iter().map(|kpi| kpi.kpi.as_str()).collect();
        kpis.sort_unstable();
        let of_spider = platform.app.models.kpis.iter().filter(|kpi| kpi.dataset == spider);
        let mut expected: Vec<_> = of_spider.map(|kpi| kpi.name.as_str()).collect();
        expected.sort_unstable();
        assert_eq!(kpis, expected);
        ensure!(
            lineage.kpis.iter().all(|kpi| kpi.edition.is_some() && kpi.measured_at.is_some()),
            "{lineage:?}"
        );
    }
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn every_kpi_is_what_the_portals_own_structs_give() -> anyhow::Result<()> {
    let platform = loaded().await?;
    for kpi in &platform.app.models.kpis {
        let expected = reckoned::kpi(platform.portal.truth(), EDITION, &kpi.name)?;
        let stored = stored(&platform, &kpi.name).await?;
        for (place, reckoned) in &expected {
            let value =
                stored.get(place).with_context(|| format!("{} has no value in {place:?}", kpi.name))?;
            assert_same(value, reckoned, &format!("{} in {place:?}", kpi.name));
        }
        let empty = stored.iter().filter(|(place, _)| !expected.contains_key(*place));
        for (place, value) in empty {
            ensure!(kpi.empty == Empty::Zero, "{} has a value from nothing in {place:?}", kpi.name);
            assert_eq!(*value, Reckoned { value: 0.0, records: 0 }, "{} in {place:?}", kpi.name);
        }
        for zone in [None, Some(LAGNY)] {
            check_answers(&platform, &kpi.name, zone, &expected).await?;
        }
    }
    assert_eq!(platform.app.models.kpis.len(), 7);
    platform.stop().await;
    Ok(())
}

#[tokio::test]
async fn every_zone_is_forecast_to_the_horizon_within_ordered_intervals() -> anyhow::Result<()> {
    let platform = loaded().await?;
    let ctx = platform.context(Role::Viewer);
    let zones = platform.app.store.zones().await?;
    assert_eq!(zones.len(), 21);
    for kpi in &platform.app.models.kpis {
        for (zone, _) in &zones {
            let communes = [zone.clone()];
            let question = ForecastQuestion {
                name: &kpi.name,
                horizon: Some(kpi.forecast.horizon),
                communes: &communes,
                levels: &[],
            };
            let answer = app::forecast_kpi(&ctx, &platform.app, question)
                .await
                .with_context(|| format!("{} in {zone}", kpi.name))?;
            let [forecast] = answer.forecasts.as_slice() else {
                anyhow::bail!("{} in {zone}: not one forecast: {answer:?}", kpi.name);
            };
            assert_eq!((&forecast.zone, answer.without_forecast.len()), (zone, 0), "{}", kpi.name);
            let first = Period::parse(kpi.grain, &forecast.last_observed_period)?.plus(1);
            // What has passed since the last complete period, then the horizon from the present on.
            let present = Period::holding(kpi.grain, TODAY);
            let passed = u32::try_from(present.since(first)).expect("sources are late");
            let steps = passed + kpi.forecast.horizon;
            let expected = (0..steps).map(|step| first.plus(step).to_string());
            let nowcasts = forecast.steps.iter().filter(|step| step.nowcast).count();
            assert_eq!(nowcasts, passed as usize, "{} in {zone}", kpi.name);
            let periods: Vec<&str> = forecast.steps.iter().map(|step| step.period.as_str()).collect();
            assert_eq!(periods, expected.collect::<Vec<_>>(), "{} in {zone}", kpi.name);
            for step in &forecast.steps {
                let [narrow, wide] = step.intervals.as_slice() else {
                    anyhow::bail!("{} in {zone}: not two intervals: {step:?}", kpi.name);
                };
                assert_eq!((narrow.level, wide.level), (80, 95));
                let bounds = [0.0, wide.low, narrow.low, step.value, narrow.high, wide.high];
                assert!(bounds.is_sorted(), "{} in {zone}: {step:?}", kpi.name);
                assert!(bounds.iter().all(|bound| bound.is_finite()), "{} in {zone}: {step:?}", kpi.name);
            }
        }
    }
    platform.stop().await;
    Ok(())
}

/// `get_indicator` for the last complete period and for one long ago.
async fn check_answers(
    platform: &TestPlatform,
    name: &str,
    zone: Option<&str>,
    expected: &Values,
) -> anyhow::Result<()> {
    let ctx = platform.context(Role::Viewer);
    let kpi = platform.app.models.kpi(name).context("a KPI of the models")?;
    for date in [None, Some("2019-05"), Some("2024-10-15")] {
        let communes: Vec<String> = zone.map(str::to_owned).into_iter().collect();
        let found = app::get_indicator(&ctx, &platform.app, name, date, &communes).await?;
        let [entry] = found.values.as_slice() else {
            anyhow::bail!("{name} in {zone:?}: not one value: {found:?}");
        };
        let period = Period::parse(kpi.grain, &found.period)?;
        let at = |zone: &str, period: Period| expected.get(&(zone.to_owned(), period.start())).copied();
        let nothing = Reckoned { value: 0.0, records: 0 };
        let what = format!("{name} in {zone:?}, {}", found.period);
        assert_eq!(
            date.map(|date| Period::parse(kpi.grain, date)).transpose()?.unwrap_or(period),
            period,
            "{what}"
        );
        assert_eq!(entry.zone, zone.unwrap_or(WHOLE), "{what}");
        let reckoned = at(&entry.zone, period).unwrap_or(nothing);
        let measured = Reckoned {
            value: entry.value.with_context(|| what.clone())?,
            records: entry.records.with_context(|| what.clone())?,
        };
        assert_same(&measured, &reckoned, &what);
        check_change(measured.value, entry.year_before, at(&entry.zone, period.year_before()), &what);
        check_change(measured.value, entry.previous, at(&entry.zone, period.minus(1)), &what);
        assert_eq!(found.previous_period, period.minus(1).to_string(), "{what}");
        assert_eq!(found.year_before_period, period.year_before().to_string(), "{what}");

        let with_value = match kpi.empty {
            Empty::Zero => 20,
            Empty::Missing => {
                let there = expected.keys().filter(|(zone, day)| zone != WHOLE && *day == period.start());
                there.count() as i64
            }
        };
        assert_eq!((found.communes_with_value, found.communes), (with_value, 20), "{what}");
        assert!(close(found.communes_with_value_percent, 5.0 * with_value as f64), "{what}");
        let edition = if kpi.dataset == "sitadel" { EDITION } else { "2026-10" };
        assert_eq!(found.edition, edition, "{what}");
        assert!(!found.provisional, "{what}");
    }
    Ok(())
}

/// The change from an earlier value to `value`, held against what that value was reckoned to be.
fn check_change(value: f64, change: Option<Change>, reckoned: Option<Reckoned>, what: &str) {
    let Some(reckoned) = reckoned else {
        return assert!(change.is_none_or(|before| before.value == 0.0), "{what}: {change:?}");
    };
    let before = change.expect(what);
    assert!(close(before.value, reckoned.value), "{what}: {before:?}");
    assert!(close(before.change, value - reckoned.value), "{what}: {before:?}");
    let percent = (reckoned.value != 0.0).then(|| 100.0 * (value / reckoned.value - 1.0));
    assert_eq!(before.change_percent.is_some(), percent.is_some(), "{what}: {before:?}");
    assert!(close(before.change_percent.unwrap_or(0.0), percent.unwrap_or(0.0)), "{what}: {before:?}");
}

/// Every value of a KPI that the database has.
async fn stored(platform: &TestPlatform, kpi: &str) -> anyhow::Result<Values> {
    let all =
        "select concat_ws('|', kpi, zone, periode, valeur, effectif) from kpi.value where valeur is not null";
    let mut values = BTreeMap::new();
    for line in platform.app.store.texts(all).await? {
        let parts: Vec<&str> = line.split('|').collect();
        let [name, zone, day, value, records] = parts[..] else {
            anyhow::bail!("{line}");
        };
        if name == kpi {
            let reckoned = Reckoned { value: value.parse()?, records: records.parse()? };
            values.insert((zone.to_owned(), day.parse::<NaiveDate>()?), reckoned);
        }
    }
    Ok(values)
}

fn assert_same(found: &Reckoned, expected: &Reckoned, what: &str) {
    assert_eq!(found.records, expected.records, "{what}");
    assert!(close(found.value, expected.value), "{what}: {} is not {}", found.value, expected.value);
}

/// Equal but for the last bits: Postgres and we need not add in the same order.
fn close(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * one.abs().max(other.abs()).max(1.0)
}

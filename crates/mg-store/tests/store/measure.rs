//! KPI definitions, and the values that measuring gives.

use std::time::Duration;

use chrono::NaiveDate;
use mg_core::{Commune, Grain, Territory};
use mg_gate::{Admitted, Gate, Policy};
use mg_store::kpi::KpiDefinition;
use mg_store::{Store, StoreError};
use mg_testkit::TestDatabase;
use tokio::time::{sleep, timeout};

use crate::session::{execute, session};

const VALUES: &str =
    "select concat_ws(' ', zone, periode, coalesce(valeur::text, 'none'), effectif, provisoire)
                      from kpi.value order by periode, zone";

/// Two communes and the whole, January to April; Chessy in two months, Serris in one.
const MEASURED: &str = "
    select * from (values
        ('77111', date '2026-01-01', 4.0, 2), ('77111', date '2026-04-01', 1.0, 1),
        ('77449', date '2026-02-01', 3.0, 3),
        ('ensemble', date '2026-01-01', 4.0, 2), ('ensemble', date '2026-02-01', 3.0, 3),
        ('ensemble', date '2026-04-01', 1.0, 1)
    ) as m (zone, periode, valeur, effectif)";

#[tokio::test]
async fn a_count_is_zero_where_nothing_happened() -> anyhow::Result<()> {
    let database = measured(true, 2).await?;
    assert_eq!(
        database.store.texts(VALUES).await?,
        [
            "77111 2026-01-01 4 2 f",
            "77449 2026-01-01 0 0 f",
            "ensemble 2026-01-01 4 2 f",
            "77111 2026-02-01 0 0 f",
            "77449 2026-02-01 3 3 f",
            "ensemble 2026-02-01 3 3 f",
            "77111 2026-03-01 0 0 t",
            "77449 2026-03-01 0 0 t",
            "ensemble 2026-03-01 0 0 t",
            "77111 2026-04-01 1 1 t",
            "77449 2026-04-01 0 0 t",
            "ensemble 2026-04-01 1 1 t",
        ]
    );
    Ok(())
}

#[tokio::test]
async fn a_median_is_missing_where_nothing_happened() -> anyhow::Result<()> {
    let database = measured(false, 0).await?;
    assert_eq!(
        database.store.texts(VALUES).await?,
        [
            "77111 2026-01-01 4 2 f",
            "ensemble 2026-01-01 4 2 f",
            "77449 2026-02-01 3 3 f",
            "ensemble 2026-02-01 3 3 f",
            "77111 2026-04-01 1 1 f",
            "ensemble 2026-04-01 1 1 f",
        ]
    );
    Ok(())
}

#[tokio::test]
async fn the_span_tells_the_last_period_that_the_source_has_completed() -> anyhow::Result<()> {
    let database = measured(false, 1).await?;
    let store = &database.store;
    let span = store.kpi_span("ventes", &zones(&["77111"])).await?;
    assert_eq!((span.first, span.last), (Some(month(1)), Some(month(4))));
    assert_eq!(span.last_settled, Some(month(1)));
    let unknown = store.kpi_span("ventes", &zones(&["75056"])).await?;
    assert_eq!((unknown.first, unknown.last, unknown.last_settled), (None, None, None));

    let learnt = store.settled_values("ventes").await?;
    let learnt: Vec<String> = learnt.iter().map(|p| format!("{} {} {}", p.zone, p.period, p.value)).collect();
    assert_eq!(
        learnt,
        ["77111 2026-01-01 4", "77449 2026-02-01 3", "ensemble 2026-01-01 4", "ensemble 2026-02-01 3"]
    );
    Ok(())
}

#[tokio::test]
async fn a_value_is_found_by_zone_and_period_and_coverage_counts_communes() -> anyhow::Result<()> {
    let database = measured(false, 1).await?;
    let store = &database.store;
    let both = zones(&["ensemble", "77111"]);
    let values = store.kpi_values("ventes", &both, &[month(4), month(2)]).await?;
    let found: Vec<_> = values.iter().map(|v| (v.zone.as_str(), v.period, v.value, v.records)).collect();
    let expected =
        [("77111", month(4), 1.0, 1), ("ensemble", month(2), 3.0, 3), ("ensemble", month(4), 1.0, 1)];
    assert_eq!(found, expected, "77111 has no value in February");
    assert_eq!((values[0].provisional, values[0].edition.as_str()), (true, "2026-05"));
    let near = store.kpi_neighbours("ventes", &zones(&["77111"]), month(2)).await?;
    assert_eq!((near.before, near.after), (Some(month(1)), Some(month(4))));
    let near = store.kpi_neighbours("ventes", &both, month(9)).await?;
    assert_eq!((near.before, near.after), (Some(month(4)), None));
    assert_eq!(store.kpi_coverage("ventes", month(2), None).await?, (1, 2));
    assert_eq!(store.kpi_coverage("ventes", month(3), None).await?, (0, 2));
    let kpi = store.kpi("ventes").await?.expect("it is defined");
    assert_eq!(kpi.edition.as_deref(), Some("2026-05"));
    assert!(kpi.computed_at.is_some());
    Ok(())
}

fn zones(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

#[tokio::test]
async fn measuring_again_replaces_every_value() -> anyhow::Result<()> {
    let database = measured(true, 0).await?;
    let store = &database.store;
    let one = "select 'ensemble' as zone, date '2026-01-01' as periode, 9 as valeur, 9 as effectif";
    let count = store
        .measure_kpi(&definition("ventes", "f1", 0), Grain::Month, &admitted(one), false, "2026-06")
        .await?;
    assert_eq!(count, 1);
    assert_eq!(store.texts(VALUES).await?, ["ensemble 2026-01-01 9 9 f"]);

    let nothing =
        "select 'ensemble' as zone, date '2026-01-01' as periode, 9 as valeur, 9 as effectif where false";
    let count = store
        .measure_kpi(&definition("ventes", "f1", 0), Grain::Month, &admitted(nothing), true, "2026-07")
        .await?;
    assert_eq!(count, 0);
    assert_eq!(store.texts(VALUES).await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn a_measurement_that_fails_keeps_the_former_values() -> anyhow::Result<()> {
    let database = measured(true, 0).await?;
    let store = &database.store;
    let before = store.texts(VALUES).await?;
    for wrong in [
        "select 'ensemble' as zone, date '2026-01-01' as periode, 1 / (1 - n) as valeur, 1 as effectif
         from generate_series(1, 2) as s(n)",
        // Two values for one zone and period.
        "select 'ensemble' as zone, date '2026-01-01' as periode, n as valeur, 1 as effectif
         from generate_series(1, 2) as s(n)",
    ] {
        let kpi = definition("ventes", "f1", 0);
        let failed = store.measure_kpi(&kpi, Grain::Month, &admitted(wrong), true, "2026-06").await;
        assert!(matches!(failed, Err(StoreError::Failed { .. })), "{failed:?}");
        assert_eq!(store.texts(VALUES).await?, before);
    }
    Ok(())
}

#[tokio::test]
async fn a_measurement_whose_caller_left_is_ended_in_postgres() -> anyhow::Result<()> {
    let database = measured(true, 0).await?;
    let store = &database.store;
    let mut holder = session(&database, "mg_writer").await?;
    execute(&mut holder, "begin; select from kpi.definition for update").await?;
    let (kpi, query) = (definition("ventes", "f1", 0), admitted(MEASURED));
    let held_up = async |count: &str| {
        let waiting = "select count(*)::text from pg_stat_activity
                       where usename = 'mg_writer' and wait_event_type = 'Lock' and state = 'active'";
        while store.texts(waiting).await? != [count] {
            sleep(Duration::from_millis(10)).await;
        }
        anyhow::Ok(())
    };
    tokio::select! {
        ended = store.measure_kpi(&kpi, Grain::Month, &query, true, "2026-06") => anyhow::bail!("{ended:?}"),
        waits = timeout(Duration::from_secs(20), held_up("1")) => waits??,
    }
    // The KPI is held still: only a cancel ends the statement.
    timeout(Duration::from_secs(20), held_up("0")).await??;
    execute(&mut holder, "commit").await?;
    store.measure_kpi(&kpi, Grain::Month, &query, true, "2026-06").await?;
    Ok(())
}

#[tokio::test]
async fn quarters_are_three_months_apart() -> anyhow::Result<()> {
    let database = territory().await?;
    let store = &database.store;
    let kpi = KpiDefinition { grain: "quarter".to_owned(), ..definition("prix", "f1", 1) };
    store.set_kpis(std::slice::from_ref(&kpi)).await?;
    let sql = "select 'ensemble' as zone, d as periode, 1.5 as valeur, 1 as effectif
               from (values (date '2025-10-01'), (date '2026-04-01')) as v (d)";
    store.measure_kpi(&kpi, Grain::Quarter, &admitted(sql), true, "2026-06").await?;
    let whole = "select concat_ws(' ', periode, valeur, provisoire) from kpi.value where zone = 'ensemble' order by 1";
    assert_eq!(store.texts(whole).await?, ["2025-10-01 1.5 f", "2026-01-01 0 f", "2026-04-01 1.5 t"]);
    Ok(())
}

#[tokio::test]
async fn a_query_without_the_four_columns_is_found_out_before_it_measures() -> anyhow::Result<()> {
    let database = territory().await?;
    database.store.try_kpi_query(&admitted(MEASURED)).await?;
    for (wrong, said) in [
        ("select 'ensemble' as zone, date '2026-01-01' as periode, 1 as valeur", "effectif"),
        ("select 'ensemble' as zone, true as periode, 1 as valeur, 1 as effectif", "cannot cast"),
        ("select commune as zone, 1 as periode, 1 as valeur, 1 as effectif from fact_permis", "commune"),
    ] {
        let refused = database.store.try_kpi_query(&admitted(wrong)).await;
        let said_so = refused.as_ref().is_err_and(|error| error.to_string().contains(said));
        assert!(said_so, "{wrong} gave {refused:?}");
    }
    Ok(())
}

#[tokio::test]
async fn definitions_are_replaced_and_one_that_is_gone_takes_its_values_along() -> anyhow::Result<()> {
    let database = measured(true, 0).await?;
    let store = &database.store;
    let other = definition("permis", "f1", 0);
    let same = KpiDefinition { title_en: "Unnoticed".to_owned(), ..definition("ventes", "f1", 0) };
    store.set_kpis(&[other.clone(), same]).await?;
    let named = |kpis: Vec<KpiDefinition>| kpis.into_iter().map(|kpi| kpi.name).collect::<Vec<_>>();
    assert_eq!(named(store.kpis().await?), ["permis", "ventes"]);
    assert_eq!(
        store.kpi("ventes").await?.expect("it stays").title_en,
        "Sales",
        "the fingerprint had not changed"
    );

    let changed = KpiDefinition { title_en: "Sold".to_owned(), ..definition("ventes", "f2", 0) };
    store.set_kpis(&[other.clone(), changed]).await?;
    assert_eq!(store.kpi("ventes").await?.expect("it stays").title_en, "Sold");
    assert_eq!(store.texts(VALUES).await?.len(), 12, "values outlive a change of the definition");

    store.set_kpis(&[other]).await?;
    assert_eq!(named(store.kpis().await?), ["permis"]);
    assert_eq!(store.kpi("ventes").await?, None);
    assert_eq!(store.texts(VALUES).await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn a_commune_that_left_the_territory_is_no_zone_any_more() -> anyhow::Result<()> {
    let database = territory().await?;
    let store = &database.store;
    let whole = ("ensemble".to_owned(), "Ensemble du territoire".to_owned());
    let (chessy, serris) =
        (("77111".to_owned(), "Chessy".to_owned()), ("77449".to_owned(), "Serris".to_owned()));
    assert_eq!(store.zones().await?, [whole.clone(), chessy.clone(), serris]);
    store.set_territory(&of_communes(&[("77111", "Chessy")])).await?;
    assert_eq!(store.zones().await?, [whole, chessy]);
    let known = "select concat_ws(' ', code_commune, nom, membre) from analytics.dim_commune order by 1";
    assert_eq!(store.texts(known).await?, ["77111 Chessy t", "77449 Serris f"]);
    Ok(())
}

/// A database with the two communes in which `ventes` was measured.
async fn measured(zero_when_empty: bool, provisional_periods: i32) -> anyhow::Result<TestDatabase> {
    let database = territory().await?;
    let kpi = definition("ventes", "f1", provisional_periods);
    database.store.set_kpis(std::slice::from_ref(&kpi)).await?;
    measure(&database.store, &kpi, zero_when_empty).await?;
    Ok(database)
}

async fn measure(store: &Store, kpi: &KpiDefinition, zero_when_empty: bool) -> anyhow::Result<()> {
    let count = store.measure_kpi(kpi, Grain::Month, &admitted(MEASURED), zero_when_empty, "2026-05").await?;
    assert_eq!(count, if zero_when_empty { 12 } else { 6 });
    Ok(())
}

async fn territory() -> anyhow::Result<TestDatabase> {
    let database = TestDatabase::start().await?;
    database.store.set_territory(&of_communes(&[("77111", "Chessy"), ("77449", "Serris")])).await?;
    Ok(database)
}

fn of_communes(communes: &[(&str, &str)]) -> Territory {
    let communes = communes.iter().map(|(code, name)| Commune {
        code: (*code).to_owned(),
        nom: (*name).to_owned(),
        population: 1_000,
    });
    Territory { nom: "Essai".to_owned(), siren: "247700594".to_owned(), communes: communes.collect() }
}

pub(crate) fn definition(name: &str, fingerprint: &str, provisional_periods: i32) -> KpiDefinition {
    KpiDefinition {
        name: name.to_owned(),
        title_fr: "Ventes".to_owned(),
        title_en: "Sales".to_owned(),
        description: "Sales.".to_owned(),
        unit: "ventes".to_owned(),
        grain: "month".to_owned(),
        good_direction: "neutre".to_owned(),
        dataset: "dvf".to_owned(),
        provisional_periods,
        sql: MEASURED.to_owned(),
        fingerprint: fingerprint.to_owned(),
        computed_at: None,
        edition: None,
    }
}

fn admitted(sql: &str) -> Admitted {
    let policy = Policy::reading(["analytics"]);
    Gate::new(policy).admit(sql).unwrap_or_else(|refusal| panic!("{sql} is no query of ours: {refusal:?}"))
}

fn month(month: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, 1).expect("a month")
}

//! Forecasts as they are stored.

use chrono::{DateTime, NaiveDate};
use mg_store::forecast::ForecastRow;
use mg_store::{Store, StoreError};
use mg_testkit::TestDatabase;

use crate::measure::definition;

#[tokio::test]
async fn a_forecast_is_read_back_as_it_was_made() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    store.set_kpis(&[definition("ventes", "f1", 0)]).await?;
    let noted = ForecastRow { mase: None, note: Some("short".to_owned()), ..row("77111", 1) };
    store.replace_forecasts("ventes", &[row("ensemble", 2), row("ensemble", 1), noted.clone()]).await?;
    let forecast = of(store, "ventes", "ensemble").await?;
    assert_eq!(without_time(&forecast), [row("ensemble", 1), row("ensemble", 2)]);
    assert_eq!(without_time(&of(store, "ventes", "77111").await?), [noted]);
    assert_eq!(of(store, "ventes", "75056").await?, []);
    let all = store.forecasts("ventes", &["ensemble".to_owned(), "77111".to_owned()]).await?;
    let order: Vec<(&str, i32)> = all.iter().map(|row| (row.zone.as_str(), row.step)).collect();
    assert_eq!(order, [("77111", 1), ("ensemble", 1), ("ensemble", 2)]);
    Ok(())
}

#[tokio::test]
async fn a_new_forecast_replaces_the_former_of_its_kpi_alone() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    store.set_kpis(&[definition("ventes", "f1", 0), definition("permis", "f1", 0)]).await?;
    store.replace_forecasts("ventes", &[row("ensemble", 1), row("77111", 1)]).await?;
    store.replace_forecasts("permis", &[row("ensemble", 1)]).await?;
    store.replace_forecasts("ventes", &[ForecastRow { value: 10.5, ..row("ensemble", 1) }]).await?;
    assert_eq!(of(store, "ventes", "ensemble").await?[0].value, 10.5);
    assert_eq!(of(store, "ventes", "77111").await?, []);
    assert_eq!(of(store, "permis", "ensemble").await?.len(), 1);

    store.set_kpis(&[definition("permis", "f1", 0)]).await?;
    assert_eq!(of(store, "ventes", "ensemble").await?, [], "a KPI that is gone left its forecast");
    Ok(())
}

#[tokio::test]
async fn crossed_intervals_are_refused_and_the_former_forecast_stays() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let store = &database.store;
    store.set_kpis(&[definition("ventes", "f1", 0)]).await?;
    store.replace_forecasts("ventes", &[row("ensemble", 1)]).await?;
    let good = row("ensemble", 1);
    for crossed in [
        ForecastRow { low_80: 11.0, ..good.clone() },
        ForecastRow { high_80: 9.0, ..good.clone() },
        ForecastRow { low_95: 9.0, ..good.clone() },
        ForecastRow { high_95: 11.0, ..good.clone() },
        ForecastRow { step: 0, ..good.clone() },
    ] {
        let refused = store.replace_forecasts("ventes", std::slice::from_ref(&crossed)).await;
        assert!(matches!(refused, Err(StoreError::Failed { .. })), "{crossed:?} gave {refused:?}");
        assert_eq!(without_time(&of(store, "ventes", "ensemble").await?), std::slice::from_ref(&good));
    }
    Ok(())
}

#[tokio::test]
async fn a_forecast_of_no_kpi_is_refused() -> anyhow::Result<()> {
    let database = TestDatabase::start().await?;
    let refused = database.store.replace_forecasts("nothing", &[row("ensemble", 1)]).await;
    assert!(matches!(refused, Err(StoreError::Failed { .. })), "{refused:?}");
    Ok(())
}

/// The forecast of one zone.
async fn of(store: &Store, kpi: &str, zone: &str) -> Result<Vec<ForecastRow>, StoreError> {
    store.forecasts(kpi, &[zone.to_owned()]).await
}

fn row(zone: &str, step: i32) -> ForecastRow {
    let month = |month: u32| NaiveDate::from_ymd_opt(2026, month, 1).expect("a month");
    ForecastRow {
        zone: zone.to_owned(),
        period: month(3 + step.unsigned_abs()),
        step,
        value: 10.0,
        low_80: 8.5,
        high_80: 12.0,
        low_95: 7.0,
        high_95: 14.0,
        model: "seasonal_naive".to_owned(),
        mase: Some(0.9),
        note: None,
        last_period: month(3),
        edition: "2026-10".to_owned(),
        made_at: DateTime::UNIX_EPOCH,
    }
}

fn without_time(rows: &[ForecastRow]) -> Vec<ForecastRow> {
    rows.iter().map(|row| ForecastRow { made_at: DateTime::UNIX_EPOCH, ..row.clone() }).collect()
}

//! Forecasts, stored with the edition they were made from.

use chrono::{DateTime, NaiveDate, Utc};

use crate::{Store, StoreError};

/// One future period of a zone.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct ForecastRow {
    /// INSEE code of a commune, or `ensemble`.
    pub zone: String,
    /// First day of the period.
    #[sqlx(rename = "periode")]
    pub period: NaiveDate,
    /// Periods after the last one that the model saw.
    #[sqlx(rename = "pas")]
    pub step: i32,
    /// Expected value.
    #[sqlx(rename = "valeur")]
    pub value: f64,
    /// Lower bound, 80 %.
    #[sqlx(rename = "bas_80")]
    pub low_80: f64,
    /// Upper bound, 80 %.
    #[sqlx(rename = "haut_80")]
    pub high_80: f64,
    /// Lower bound, 95 %.
    #[sqlx(rename = "bas_95")]
    pub low_95: f64,
    /// Upper bound, 95 %.
    #[sqlx(rename = "haut_95")]
    pub high_95: f64,
    /// Model that made it.
    #[sqlx(rename = "modele")]
    pub model: String,
    /// Its backtest error.
    pub mase: Option<f64>,
    /// Why no model was chosen by backtest, where that is so.
    pub note: Option<String>,
    /// Last period that the model saw.
    #[sqlx(rename = "derniere_periode")]
    pub last_period: NaiveDate,
    /// Edition of the data.
    #[sqlx(rename = "millesime")]
    pub edition: String,
    /// When it was made.
    #[sqlx(rename = "calcule_le")]
    pub made_at: DateTime<Utc>,
}

impl Store {
    /// Puts `rows` in the place of every forecast of the KPI.
    /// `made_at` of what is given is not looked at.
    pub async fn replace_forecasts(&self, kpi: &str, rows: &[ForecastRow]) -> Result<(), StoreError> {
        let failed = || StoreError::from_sqlx("storing forecasts");
        let mut transaction = self.writer.begin().await.map_err(failed())?;
        crate::kpi::hold(&mut transaction, kpi).await?;
        sqlx::query("delete from kpi.forecast where kpi = $1")
            .bind(kpi)
            .execute(&mut *transaction)
            .await
            .map_err(failed())?;
        let floats = |of: fn(&ForecastRow) -> f64| rows.iter().map(of).collect::<Vec<f64>>();
        let dates = |of: fn(&ForecastRow) -> NaiveDate| rows.iter().map(of).collect::<Vec<NaiveDate>>();
        let texts = |of: fn(&ForecastRow) -> String| rows.iter().map(of).collect::<Vec<String>>();
        sqlx::query(
            "insert into kpi.forecast (kpi, zone, periode, pas, valeur, bas_80, haut_80, bas_95, haut_95,
                                       modele, mase, note, millesime, derniere_periode)
             select $1, * from unnest($2::text[], $3::date[], $4::int[], $5::float8[], $6::float8[],
                                      $7::float8[], $8::float8[], $9::float8[], $10::text[],
                                      $11::float8[], $12::text[], $13::text[], $14::date[])",
        )
        .bind(kpi)
        .bind(texts(|row| row.zone.clone()))
        .bind(dates(|row| row.period))
        .bind(rows.iter().map(|row| row.step).collect::<Vec<i32>>())
        .bind(floats(|row| row.value))
        .bind(floats(|row| row.low_80))
        .bind(floats(|row| row.high_80))
        .bind(floats(|row| row.low_95))
        .bind(floats(|row| row.high_95))
        .bind(texts(|row| row.model.clone()))
        .bind(rows.iter().map(|row| row.mase).collect::<Vec<Option<f64>>>())
        .bind(rows.iter().map(|row| row.note.clone()).collect::<Vec<Option<String>>>())
        .bind(texts(|row| row.edition.clone()))
        .bind(dates(|row| row.last_period))
        .execute(&mut *transaction)
        .await
        .map_err(failed())?;
        transaction.commit().await.map_err(failed())
    }

    /// The forecasts of a KPI in `zones`, by zone and period.
    pub async fn forecasts(&self, kpi: &str, zones: &[String]) -> Result<Vec<ForecastRow>, StoreError> {
        sqlx::query_as("select * from kpi.forecast where kpi = $1 and zone = any ($2) order by zone, pas")
            .bind(kpi)
            .bind(zones)
            .fetch_all(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("reading forecasts"))
    }
}

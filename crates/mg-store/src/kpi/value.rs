//! Measured values.

use chrono::NaiveDate;

use crate::{Store, StoreError};

/// A measured value.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct KpiValue {
    /// INSEE code of a commune, or `ensemble`.
    pub zone: String,
    /// First day of its period.
    #[sqlx(rename = "periode")]
    pub period: NaiveDate,
    /// The value.
    #[sqlx(rename = "valeur")]
    pub value: f64,
    /// How many records it rests on.
    #[sqlx(rename = "effectif")]
    pub records: i64,
    /// Whether the source still completes the period.
    #[sqlx(rename = "provisoire")]
    pub provisional: bool,
    /// Edition of the data.
    #[sqlx(rename = "millesime")]
    pub edition: String,
}

/// One point of a series that a model may learn from.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct SeriesPoint {
    /// INSEE code of a commune, or `ensemble`.
    pub zone: String,
    /// First day of the period.
    #[sqlx(rename = "periode")]
    pub period: NaiveDate,
    /// The value.
    #[sqlx(rename = "valeur")]
    pub value: f64,
}

/// The span of a KPI.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct KpiSeries {
    /// First period with a value.
    pub first: Option<NaiveDate>,
    /// Last period with a value.
    pub last: Option<NaiveDate>,
    /// Last period that the source has completed.
    pub last_settled: Option<NaiveDate>,
}

/// A period with a value, before and after one that has none.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Neighbours {
    /// The last one before.
    pub before: Option<NaiveDate>,
    /// The first one after.
    pub after: Option<NaiveDate>,
}

impl Store {
    /// The values of a KPI in `zones` and `periods`, where there is one; by zone and period.
    pub async fn kpi_values(
        &self,
        kpi: &str,
        zones: &[String],
        periods: &[NaiveDate],
    ) -> Result<Vec<KpiValue>, StoreError> {
        sqlx::query_as(
            "select zone, periode, valeur, effectif, provisoire, millesime from kpi.value
             where kpi = $1 and zone = any ($2) and periode = any ($3) and valeur is not null
             order by zone, periode",
        )
        .bind(kpi)
        .bind(zones)
        .bind(periods)
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("reading a KPI's values"))
    }

    /// From when to when a KPI has values in any of `zones`.
    pub async fn kpi_span(&self, kpi: &str, zones: &[String]) -> Result<KpiSeries, StoreError> {
        sqlx::query_as(
            "select min(periode) as first, max(periode) as last,
                    max(periode) filter (where not provisoire) as last_settled
             from kpi.value where kpi = $1 and zone = any ($2) and valeur is not null",
        )
        .bind(kpi)
        .bind(zones)
        .fetch_one(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("reading a KPI's span"))
    }

    /// The periods nearest to `period` in which a KPI has a value in any of `zones`.
    pub async fn kpi_neighbours(
        &self,
        kpi: &str,
        zones: &[String],
        period: NaiveDate,
    ) -> Result<Neighbours, StoreError> {
        sqlx::query_as(
            "select max(periode) filter (where periode < $3) as before,
                    min(periode) filter (where periode > $3) as after
             from kpi.value where kpi = $1 and zone = any ($2) and valeur is not null",
        )
        .bind(kpi)
        .bind(zones)
        .bind(period)
        .fetch_one(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("looking for a KPI's nearest values"))
    }

    /// How many of the territory's communes have a value of the KPI in the period, of how many;
    /// counted among the INSEE codes of `within` alone where they are given.
    pub async fn kpi_coverage(
        &self,
        kpi: &str,
        period: NaiveDate,
        within: Option<&[String]>,
    ) -> Result<(i64, i64), StoreError> {
        sqlx::query_as(
            "select count(v.valeur), count(*)
             from analytics.dim_commune c
             left join kpi.value v on v.zone = c.code_commune and v.kpi = $1 and v.periode = $2
             where c.membre and ($3::text[] is null or c.code_commune = any ($3))",
        )
        .bind(kpi)
        .bind(period)
        .bind(within)
        .fetch_one(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("reading a KPI's coverage"))
    }

    /// The settled values of a KPI in every zone: what a model may learn from.
    pub async fn settled_values(&self, kpi: &str) -> Result<Vec<SeriesPoint>, StoreError> {
        sqlx::query_as(
            "select zone, periode, valeur from kpi.value
             where kpi = $1 and not provisoire and valeur is not null order by zone, periode",
        )
        .bind(kpi)
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("reading a KPI's series"))
    }

    /// The zones there are, with the name of each; `ensemble` first.
    pub async fn zones(&self) -> Result<Vec<(String, String)>, StoreError> {
        sqlx::query_as(
            "select 'ensemble', 'Ensemble du territoire' union all
             (select code_commune, nom from analytics.dim_commune where membre order by nom)",
        )
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("listing zones"))
    }
}

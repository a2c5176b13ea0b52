//! Measuring a KPI: its query, run over every zone, put in the place of its former values.

use mg_core::Grain;
use mg_gate::Admitted;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row};

use super::KpiDefinition;
use crate::attended::Attended;
use crate::{Store, StoreError};

impl Store {
    /// Runs a KPI's query with no rows asked for, to see that it runs and gives the four
    /// columns `zone text`, `periode date`, `valeur double precision`, `effectif bigint`.
    pub async fn try_kpi_query(&self, query: &Admitted) -> Result<(), StoreError> {
        sqlx::query(AssertSqlSafe(format!("{} limit 0", typed_columns(query))))
            .persistent(false)
            .execute(&self.writer)
            .await
            .map(drop)
            .map_err(StoreError::from_sqlx("trying the KPI's query"))
    }

    /// Measures `kpi` with `query` (its own, admitted) and returns how many values it has now. Whoever
    /// drops this cancels it in Postgres.
    ///
    /// The last period measured is the latest in which any zone has a value: beyond it the
    /// source has published nothing. With `zero_when_empty` a zone without a row in a period
    /// up to there counts 0; else it has no value.
    pub async fn measure_kpi(
        &self,
        kpi: &KpiDefinition,
        grain: Grain,
        query: &Admitted,
        zero_when_empty: bool,
        edition: &str,
    ) -> Result<u64, StoreError> {
        let failed = || StoreError::from_sqlx("measuring a KPI");
        let mut transaction = Attended::begin(&self.writer, "measuring a KPI").await?;
        sqlx::query("set local statement_timeout = '5min'")
            .execute(&mut *transaction)
            .await
            .map_err(failed())?;
        super::hold(&mut transaction, &kpi.name).await?;
        sqlx::query("delete from kpi.value where kpi = $1")
            .bind(&kpi.name)
            .execute(&mut *transaction)
            .await
            .map_err(failed())?;
        let inserted = sqlx::query(AssertSqlSafe(insert_statement(query)))
            .persistent(false)
            .bind(&kpi.name)
            .bind(format!("{} months", grain.months()))
            .bind(zero_when_empty)
            .bind(kpi.provisional_periods)
            .bind(edition)
            .execute(&mut *transaction)
            .await
            .map_err(failed())?;
        sqlx::query("update kpi.definition set calcule_le = now(), millesime = $2 where kpi = $1")
            .bind(&kpi.name)
            .bind(edition)
            .execute(&mut *transaction)
            .await
            .map_err(failed())?;
        transaction.commit().await?;
        Ok(inserted.rows_affected())
    }

    /// What a query over `analytics` alone gives, one text a row: for tests of other crates.
    #[doc(hidden)]
    pub async fn texts(&self, query: &'static str) -> Result<Vec<String>, StoreError> {
        let rows: Vec<PgRow> =
            sqlx::query(query).fetch_all(&self.writer).await.map_err(StoreError::from_sqlx("reading"))?;
        rows.iter().map(|row| row.try_get(0).map_err(StoreError::from_sqlx("reading"))).collect()
    }
}

fn typed_columns(query: &Admitted) -> String {
    format!(
        "select zone::text, periode::date, valeur::double precision, effectif::bigint from ({}) as measured",
        query.sql()
    )
}

fn insert_statement(query: &Admitted) -> String {
    format!(
        "with measured as materialized (
                  -- Nothing happened after the edition came out: such a date is a slip of the pen.
                  select * from ({measured}) as m where m.periode <= to_date($5, 'YYYY-MM')
              ),
              span as (select min(periode) as first, max(periode) as last from measured),
              cell as (
                  select z.zone, p::date as periode
                  from (select distinct zone from analytics.zone) z, span,
                       generate_series(span.first, span.last, $2::interval) p
              )
         insert into kpi.value (kpi, zone, periode, valeur, effectif, provisoire, millesime)
         select $1, cell.zone, cell.periode,
                coalesce(measured.valeur, case when $3 then 0 end), coalesce(measured.effectif, 0),
                cell.periode > span.last - $4 * $2::interval, $5
         from span, cell left join measured using (zone, periode)
         where $3 or measured.valeur is not null",
        measured = typed_columns(query)
    )
}

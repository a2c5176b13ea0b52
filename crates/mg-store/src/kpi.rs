//! KPIs: their definitions, and the values that measuring them gave.

mod measure;
mod value;

pub use value::{KpiSeries, KpiValue, Neighbours, SeriesPoint};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::{Store, StoreError};

/// A KPI as the database knows it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct KpiDefinition {
    /// Its name.
    #[sqlx(rename = "kpi")]
    pub name: String,
    /// Title in French.
    #[sqlx(rename = "titre_fr")]
    pub title_fr: String,
    /// Title in English.
    #[sqlx(rename = "titre_en")]
    pub title_en: String,
    /// What is counted, and what is left out.
    pub description: String,
    /// Unit of the values.
    #[sqlx(rename = "unite")]
    pub unit: String,
    /// `month`, `quarter` or `year`.
    pub grain: String,
    /// `hausse`, `baisse` or `neutre`.
    #[sqlx(rename = "bon_sens")]
    pub good_direction: String,
    /// Dataset that it is measured from.
    #[sqlx(rename = "jeu")]
    pub dataset: String,
    /// How many of the latest periods are still incomplete at the source.
    #[sqlx(rename = "periodes_provisoires")]
    pub provisional_periods: i32,
    /// The query that measures it.
    pub sql: String,
    /// SHA-256 of the definition, hexadecimal.
    #[sqlx(rename = "empreinte")]
    pub fingerprint: String,
    /// When its values were last computed.
    #[sqlx(rename = "calcule_le")]
    pub computed_at: Option<DateTime<Utc>>,
    /// Edition of the data that they were computed from.
    #[sqlx(rename = "millesime")]
    pub edition: Option<String>,
}

/// Keeps others from replacing values or forecasts of the KPI until the transaction ends:
/// two that did so at a time would find each other's rows in their way.
pub(crate) async fn hold(transaction: &mut PgConnection, kpi: &str) -> Result<(), StoreError> {
    sqlx::query("select from kpi.definition where kpi = $1 for update")
        .bind(kpi)
        .execute(transaction)
        .await
        .map(drop)
        .map_err(StoreError::from_sqlx("holding a KPI"))
}

impl Store {
    /// Makes `definitions` the KPIs there are; one that is gone goes with its values.
    /// `computed_at` and `edition` of what is given are not looked at.
    pub async fn set_kpis(&self, definitions: &[KpiDefinition]) -> Result<(), StoreError> {
        let failed = || StoreError::from_sqlx("storing the KPI definitions");
        let mut transaction = self.writer.begin().await.map_err(failed())?;
        let names: Vec<String> = definitions.iter().map(|kpi| kpi.name.clone()).collect();
        sqlx::query("delete from kpi.definition where kpi <> all ($1)")
            .bind(names)
            .execute(&mut *transaction)
            .await
            .map_err(failed())?;
        for kpi in definitions {
            sqlx::query(
                "insert into kpi.definition (kpi, titre_fr, titre_en, description, unite, grain, bon_sens,
                                             jeu, periodes_provisoires, sql, empreinte)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                 on conflict (kpi) do update
                 set titre_fr = $2, titre_en = $3, description = $4, unite = $5, grain = $6, bon_sens = $7,
                     jeu = $8, periodes_provisoires = $9, sql = $10, empreinte = $11
                 where kpi.definition.empreinte <> $11",
            )
            .bind(&kpi.name)
            .bind(&kpi.title_fr)
            .bind(&kpi.title_en)
            .bind(&kpi.description)
            .bind(&kpi.unit)
            .bind(&kpi.grain)
            .bind(&kpi.good_direction)
            .bind(&kpi.dataset)
            .bind(kpi.provisional_periods)
            .bind(&kpi.sql)
            .bind(&kpi.fingerprint)
            .execute(&mut *transaction)
            .await
            .map_err(failed())?;
        }
        transaction.commit().await.map_err(failed())
    }

    /// Every KPI, by name.
    pub async fn kpis(&self) -> Result<Vec<KpiDefinition>, StoreError> {
        sqlx::query_as("select * from kpi.definition order by kpi")
            .fetch_all(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("listing KPIs"))
    }

    /// The KPI of that name.
    pub async fn kpi(&self, name: &str) -> Result<Option<KpiDefinition>, StoreError> {
        sqlx::query_as("select * from kpi.definition where kpi = $1")
            .bind(name)
            .fetch_optional(&self.writer)
            .await
            .map_err(StoreError::from_sqlx("reading a KPI"))
    }
}

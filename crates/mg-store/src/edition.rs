//! Editions (millésimes): which issue of a dataset was loaded, and when.

use chrono::{DateTime, Utc};

use crate::{Store, StoreError};

/// An edition of a dataset that was loaded.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Edition {
    /// `YYYY-MM`.
    #[sqlx(rename = "millesime")]
    pub name: String,
    /// When it was first loaded: since then nothing newer has come.
    #[sqlx(rename = "premier_chargement")]
    pub first_loaded_at: DateTime<Utc>,
    /// When it was last loaded.
    #[sqlx(rename = "dernier_chargement")]
    pub loaded_at: DateTime<Utc>,
}

impl Store {
    /// Notes that a run loaded `records` records of an edition.
    pub async fn record_edition(&self, dataset: &str, edition: &str, records: u64) -> Result<(), StoreError> {
        sqlx::query(
            "insert into analytics.edition (jeu, millesime, enregistrements) values ($1, $2, $3)
             on conflict (jeu, millesime) do update
             set dernier_chargement = now(), enregistrements = excluded.enregistrements",
        )
        .bind(dataset)
        .bind(edition)
        .bind(i64::try_from(records).unwrap_or(i64::MAX))
        .execute(&self.writer)
        .await
        .map(drop)
        .map_err(StoreError::from_sqlx("noting the edition"))
    }

    /// The newest edition of a dataset that was loaded.
    pub async fn latest_edition(&self, dataset: &str) -> Result<Option<Edition>, StoreError> {
        sqlx::query_as(
            "select millesime, premier_chargement, dernier_chargement from analytics.edition
             where jeu = $1 order by millesime desc limit 1",
        )
        .bind(dataset)
        .fetch_optional(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("reading the edition"))
    }
}

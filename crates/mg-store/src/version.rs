//! What changes while somebody watches: a short text for each run and KPI, and for the data as a
//! whole, that differs as soon as there is news of it.

use crate::{Store, StoreError};

/// How a watched run or KPI stands.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Version {
    /// The run's id or the KPI's name.
    pub name: String,
    /// A text that changes with the run's state, or the KPI's values and edition.
    pub version: String,
    /// Whether nothing more will come: the run has ended.
    pub ended: bool,
}

impl Store {
    /// How those of the runs `ids` stand that exist.
    pub async fn run_versions(&self, ids: &[i64]) -> Result<Vec<Version>, StoreError> {
        sqlx::query_as(
            "select id::text as name, state as version, finished_at is not null as ended
             from mg.run where id = any ($1)",
        )
        .bind(ids)
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("watching runs"))
    }

    /// How those of the KPIs `names` stand that exist.
    pub async fn kpi_versions(&self, names: &[String]) -> Result<Vec<Version>, StoreError> {
        sqlx::query_as(
            "select kpi as name, format('%s %s', calcule_le, millesime) as version, false as ended
             from kpi.definition where kpi = any ($1)",
        )
        .bind(names)
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("watching KPIs"))
    }

    /// A text that changes with the data: with each load of an edition, once it is noted, with each
    /// definition and measurement of a KPI, with each forecast and with the list of communes. All
    /// replicas read the same. It is that of the server which readers ask: with a standby, of the
    /// data that are there.
    pub async fn data_version(&self) -> Result<String, StoreError> {
        sqlx::query_scalar(
            "select md5(string_agg(line, ' ' order by line)) from (
                 select format('e %s %s %s', jeu, millesime, extract(epoch from dernier_chargement)) from analytics.edition
                 union all
                 select format('k %s %s %s', kpi, empreinte, extract(epoch from calcule_le)) from kpi.definition
                 union all
                 select format('f %s %s', count(*), extract(epoch from max(calcule_le))) from kpi.forecast
                 union all
                 select format('c %s', md5(string_agg(c::text, ' ' order by code_commune))) from analytics.dim_commune c
             ) seen (line)",
        )
        .fetch_one(self.beside_readers())
        .await
        .map_err(StoreError::from_sqlx("reading the version of the data"))
    }
}

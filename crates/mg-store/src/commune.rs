//! Communes: the dimension that every fact hangs on.

use mg_core::Territory;

use crate::{Store, StoreError};

impl Store {
    /// Makes the communes of `territory` the members, with its names and populations.
    /// Communes that were members before stay known, and are no longer members.
    pub async fn set_territory(&self, territory: &Territory) -> Result<(), StoreError> {
        let communes = &territory.communes;
        let codes: Vec<&str> = communes.iter().map(|commune| commune.code.as_str()).collect();
        let names: Vec<&str> = communes.iter().map(|commune| commune.nom.as_str()).collect();
        let populations: Vec<i64> = communes.iter().map(|commune| commune.population).collect();
        sqlx::query(
            "with given as (
                select * from unnest($1::text[], $2::text[], $3::bigint[]) as g (code_commune, nom, population)
            ), gone as (
                update analytics.dim_commune set membre = false
                where membre and code_commune <> all ($1::text[])
            )
            insert into analytics.dim_commune as d (code_commune, nom, population, membre)
            select code_commune, nom, population, true from given
            on conflict (code_commune) do update
            set nom = excluded.nom, population = excluded.population, membre = true
            where (d.nom, d.population, d.membre) is distinct from (excluded.nom, excluded.population, true)",
        )
        .bind(codes)
        .bind(names)
        .bind(populations)
        .execute(&self.writer)
        .await
        .map(drop)
        .map_err(StoreError::from_sqlx("storing the communes"))
    }
}

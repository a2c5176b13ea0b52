//! What is asked: queries, and what a good answer to each must hold.

use anyhow::ensure;

use super::bed::Bed;
use super::settings::Settings;
use crate::psql;

/// How many rows the long answer has.
const MANY: usize = 1_000;

const COLUMNS: &str =
    "num_dau, code_commune, etat, date_autorisation, logements, surface_terrain_m2, charge_le";

/// Queries of one kind, asked in turn.
pub(super) struct Workload {
    /// Its name: `key` or `rows`.
    pub(super) name: &'static str,
    /// The queries.
    pub(super) queries: Vec<Query>,
}

/// A query.
pub(super) struct Query {
    /// Its text.
    pub(super) sql: String,
    /// Texts that a right answer has, each in its place: so many and in this order.
    pub(super) expected: Vec<String>,
}

/// The workloads that are wanted.
pub(super) fn all(bed: &Bed, settings: &Settings) -> anyhow::Result<Vec<Workload>> {
    let mut workloads = Vec::new();
    for name in &settings.workloads {
        workloads.push(match name.as_str() {
            "key" => by_key(bed, settings.keys)?,
            "rows" => many_rows(bed)?,
            _ => anyhow::bail!("there is no workload `{name}`: say key or rows"),
        });
    }
    Ok(workloads)
}

fn by_key(bed: &Bed, keys: usize) -> anyhow::Result<Workload> {
    let found = psql::rows(
        &bed.socket_dir,
        &format!(
            "select type_dau, num_dau, code_commune, date_autorisation from analytics.fact_permis
             where fichier = 'logements' order by md5(num_dau) limit {keys}"
        ),
    )?;
    ensure!(found.len() == keys, "the portal has {} permits, and KEYS is {keys}", found.len());
    let queries = found.iter().map(|row| {
        let cells: Vec<&str> = row.split('\t').collect();
        let (kind, number) = (cells[0], cells[1]);
        Query {
            sql: format!(
                "select {COLUMNS} from analytics.fact_permis \
                 where fichier = 'logements' and type_dau = '{kind}' and num_dau = '{number}'"
            ),
            expected: cells[1..].iter().map(|&cell| cell.to_owned()).collect(),
        }
    });
    Ok(Workload { name: "key", queries: queries.collect() })
}

fn many_rows(bed: &Bed) -> anyhow::Result<Workload> {
    let sql = format!(
        "select {COLUMNS} from analytics.fact_permis where fichier = 'logements' order by type_dau, num_dau limit {MANY}"
    );
    let found = psql::rows(&bed.socket_dir, &sql)?;
    ensure!(found.len() == MANY, "the portal has only {} permits", found.len());
    let cells = found.iter().flat_map(|row| row.split('\t').take(4)).filter(|cell| !cell.is_empty());
    let expected = cells.map(str::to_owned).collect();
    Ok(Workload { name: "rows", queries: vec![Query { sql, expected }] })
}

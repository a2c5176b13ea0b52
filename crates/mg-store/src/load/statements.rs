//! The SQL of a load, built once a load from the declared table.
//!
//! Names of tables and columns are [`mg_core::Identifier`]s, which need no quotes; that of the dataset is quoted.

use mg_core::{Column, ColumnType, Table};

use super::SliceColumn;

/// Stands in [`Statements::withdraw`] for a condition that is known only at the end.
pub(super) const GUARD: &str = "/* guard */";

/// The statements of one load; `$1` is the edition, `$2` the source, `$3…` the slice.
pub(super) struct Statements {
    pub(super) create_staging: String,
    pub(super) copy: String,
    pub(super) settle_staging: String,
    pub(super) keep_revised: String,
    pub(super) update: String,
    pub(super) withdraw: Option<String>,
    pub(super) insert: String,
}

impl Statements {
    pub(super) fn for_table(table: &Table, slice: &[SliceColumn], dataset: &str) -> Self {
        let name = &table.name;
        let dataset = dataset.replace('\'', "''");
        let columns = list(table.columns.iter().map(|column| column.name.to_string()));
        let same_key = join(" and ", table.key().map(|key| format!("f.{key} = s.{key}")));
        let rest: Vec<&Column> = table.columns.iter().filter(|column| !column.key).collect();
        let key_text = list(table.key().map(|key| format!("f.{key}")));
        let staged_key = list(table.key().map(|key| format!("s.{key}")));
        // What the row itself does not say about the thing, and so is no part of a revision.
        let former = "to_jsonb(f) - 'millesime' - 'source' - 'charge_le'";
        let assignments = list(rest.iter().map(|column| format!("{0} = s.{0}", column.name)));
        let within = within(table, slice);
        // Of a slice that a newer edition has filled, an older one says nothing.
        let is_current = match &within {
            Some(within) => {
                format!("not exists (select from analytics.{name} f where {within} and f.millesime > $1)")
            }
            None => "true".to_owned(),
        };
        // A row keeps the edition that last changed it. A newer one that found it right has left
        // no mark on it, only in the list of editions, so that is asked too.
        let changed = format!(
            "({}) is distinct from ({}) and f.millesime <= $1 and {is_current}
             and not exists (
                 select from analytics.edition e where e.jeu = '{dataset}' and e.millesime > $1)",
            list(rest.iter().map(|column| format!("f.{}", column.name))),
            list(rest.iter().map(|column| format!("s.{}", column.name))),
        );
        Self {
            create_staging: format!(
                "create temp table staging (numero bigint not null, {}) on commit drop",
                list(table.columns.iter().map(staging_column))
            ),
            copy: format!("copy staging (numero, {columns}) from stdin"),
            settle_staging: settle(table),
            keep_revised: format!(
                "insert into analytics.revision (table_name, cle, millesime, remplace_par, valeurs)
                 select '{name}', concat_ws('/', {key_text}), f.millesime, $1, {former}
                 from analytics.{name} f join staging s on {same_key}
                 where {changed} and $2::text is not null{}",
                unused_slice(slice)
            ),
            update: format!(
                "update analytics.{name} f
                 set {assignments}, millesime = $1, source = $2, charge_le = now()
                 from staging s where {same_key} and {changed}{}",
                unused_slice(slice)
            ),
            withdraw: within.as_ref().map(|within| {
                format!(
                    "with gone as (
                        delete from analytics.{name} f
                        where {within} and {GUARD} and f.millesime <= $1 and $2::text is not null
                          and {is_current}
                          and not exists (select from staging s where {same_key})
                        returning f.*
                     )
                     insert into analytics.revision
                         (table_name, cle, millesime, remplace_par, retiree, valeurs)
                     select '{name}', concat_ws('/', {key_text}), f.millesime, $1, true, {former}
                     from gone f"
                )
            }),
            // What a later edition withdrew, an older one does not bring back. In the order of
            // the key, each page of its index is written once.
            insert: format!(
                "insert into analytics.{name} ({columns}, millesime, source)
                 select {columns}, $1, $2 from staging s
                 where {is_current}
                   and not exists (select from analytics.{name} f where {same_key})
                   and not exists (
                       select from analytics.revision r
                       where r.table_name = '{name}' and r.cle = concat_ws('/', {staged_key})
                         and r.retiree and r.remplace_par > $1){}
                 order by {staged_key}",
                unused_slice(slice)
            ),
        }
    }
}

/// The condition on a row `f` of being in the slice; `None` for a source without one.
fn within(table: &Table, slice: &[SliceColumn]) -> Option<String> {
    if slice.is_empty() {
        return None;
    }
    let conditions = slice.iter().enumerate();
    let mut within = join(
        " and ",
        conditions.map(|(place, condition)| format!("f.{}::text = ${}", condition.column, place + 3)),
    );
    // A file of several communes speaks for those that are in it.
    let names_commune = slice.iter().any(|condition| condition.column == "code_commune");
    if !names_commune && table.position("code_commune").is_some() {
        within.push_str(" and f.code_commune in (select code_commune from staging)");
    }
    Some(within)
}

/// Every parameter that is bound must be typed, used or not.
fn unused_slice(slice: &[SliceColumn]) -> String {
    (3..3 + slice.len()).map(|number| format!(" and ${number}::text is not null")).collect()
}

/// Of several records of one key the last counts; communes that are new become known, in one
/// order, so that loads that bring the same ones do not wait for each other in a ring; and
/// loads of one table follow each other, so that two cannot both find a row missing.
fn settle(table: &Table) -> String {
    let same_key = join(" and ", table.key().map(|key| format!("later.{key} = s.{key}")));
    let mut sql = format!(
        "analyze staging ({});
         delete from staging s where exists
             (select from staging later where {same_key} and later.numero > s.numero);",
        list(table.key().map(|key| key.to_string()))
    );
    if table.position("code_commune").is_some() {
        sql.push_str(
            "insert into analytics.dim_commune (code_commune, nom)
             select distinct code_commune, code_commune from staging order by 1 on conflict do nothing;",
        );
    }
    sql.push_str(&format!("lock table analytics.{} in share row exclusive mode;", table.name));
    sql
}

fn staging_column(column: &Column) -> String {
    let kind = match column.kind {
        ColumnType::Text => "text collate \"C\"",
        ColumnType::Integer => "bigint",
        ColumnType::Float => "double precision",
        ColumnType::Date => "date",
    };
    format!("{} {kind}", column.name)
}

fn list(parts: impl Iterator<Item = String>) -> String {
    join(", ", parts)
}

fn join(separator: &str, parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(separator)
}

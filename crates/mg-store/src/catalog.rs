//! What tables there are, with their comments, columns and keys: what agents read first.

use crate::{Store, StoreError};

/// The schemas that readers see, in the order of their search path.
pub const READABLE_SCHEMAS: [&str; 3] = ["masked", "analytics", "kpi"];

/// A table or view that readers may query.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TableInfo {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// `table` or `view`.
    pub kind: String,
    /// What it holds, one sentence.
    pub comment: Option<String>,
    /// Rows, as the planner estimates them; `None` for a view or before the first count.
    pub estimated_rows: Option<i64>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ColumnInfo {
    /// Its name.
    pub name: String,
    /// Its type, as Postgres writes it.
    pub data_type: String,
    /// Whether it may be empty.
    pub nullable: bool,
    /// What it holds.
    pub comment: Option<String>,
    /// Whether it belongs to the primary key.
    pub in_primary_key: bool,
    /// `schema.table.column` that it refers to.
    pub refers_to: Option<String>,
}

impl Store {
    /// Every readable table and view, by schema and name.
    pub async fn tables(&self) -> Result<Vec<TableInfo>, StoreError> {
        sqlx::query_as(
            "select n.nspname::text as schema, c.relname::text as name,
                    case c.relkind when 'v' then 'view' else 'table' end as kind,
                    obj_description(c.oid, 'pg_class') as comment,
                    case when c.relkind <> 'v' and c.reltuples >= 0 then c.reltuples::bigint end
                        as estimated_rows
             from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where n.nspname = any ($1) and c.relkind in ('r', 'v', 'm', 'p')
               -- A masked view stands in its table's place.
               and (n.nspname = 'masked' or to_regclass(format('masked.%I', c.relname)) is null)
               -- A view over masked columns is closed.
               and coalesce((select has_table_privilege(r.oid, c.oid, 'select') from pg_roles r
                             where r.rolname = 'mg_reader'), true)
             order by 1, 2",
        )
        .bind(READABLE_SCHEMAS.map(str::to_owned).to_vec())
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("listing tables"))
    }

    /// The columns of a readable table; empty when there is no such table.
    pub async fn columns(&self, schema: &str, table: &str) -> Result<Vec<ColumnInfo>, StoreError> {
        sqlx::query_as(
            "select a.attname::text as name, format_type(a.atttypid, a.atttypmod) as data_type,
                    not a.attnotnull as nullable, col_description(c.oid, a.attnum) as comment,
                    coalesce(a.attnum = any (p.conkey), false) as in_primary_key,
                    (select format('%s.%s.%s', rn.nspname, r.relname, ra.attname)
                     from pg_constraint f
                     join pg_class r on r.oid = f.confrelid
                     join pg_namespace rn on rn.oid = r.relnamespace
                     join pg_attribute ra on ra.attrelid = r.oid
                          and ra.attnum = f.confkey[array_position(f.conkey, a.attnum)]
                     where f.conrelid = c.oid and f.contype = 'f' and a.attnum = any (f.conkey)
                     limit 1) as refers_to
             from pg_class c
             join pg_namespace n on n.oid = c.relnamespace
             join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
             left join pg_constraint p on p.conrelid = c.oid and p.contype = 'p'
             where n.nspname = $1 and c.relname = $2 and n.nspname = any ($3)
               and c.relkind in ('r', 'v', 'm', 'p')
             order by a.attnum",
        )
        .bind(schema)
        .bind(table)
        .bind(READABLE_SCHEMAS.map(str::to_owned).to_vec())
        .fetch_all(&self.writer)
        .await
        .map_err(StoreError::from_sqlx("describing a table"))
    }
}

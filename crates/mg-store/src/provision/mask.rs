//! Sensitive columns: a view without them takes the table's place.
//!
//! The readers lose every right on the table itself, so that no error message, join, ordering
//! or whole row gives a value away; they see `masked.<table>`, where those columns are null.
//! `masked` comes first on their search path, so a bare name means the view.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use super::execute;
use crate::StoreError;

#[derive(sqlx::FromRow)]
struct FoundColumn {
    schema: String,
    table: String,
    column: String,
    data_type: String,
    comment: Option<String>,
    table_comment: Option<String>,
}

/// Makes the masked views that `patterns` ask for, and drops those that nothing asks for
/// any longer. A pattern is `schema.table.column`, each part a name or `*`.
///
/// To be run in one transaction with the grants: at no moment is the table itself open.
pub(super) async fn apply(connection: &mut PgConnection, patterns: &[String]) -> Result<(), StoreError> {
    let failed = || StoreError::from_sqlx("masking columns");
    let found = columns(connection).await?;
    let mut tables: BTreeMap<(String, String), Vec<FoundColumn>> = BTreeMap::new();
    for column in found {
        tables.entry((column.schema.clone(), column.table.clone())).or_default().push(column);
    }
    let is_masked = |column: &FoundColumn| patterns.iter().any(|pattern| fits(pattern, column));
    let hidden: Vec<String> =
        tables.values().flatten().filter(|column| is_masked(column)).map(|c| c.column.clone()).collect();
    let old: Vec<String> = sqlx::query_scalar(
        "select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = 'masked' and c.relkind = 'v'",
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(failed())?;
    let mut statements: Vec<String> =
        old.iter().map(|view| format!("drop view masked.{}", quoted(view))).collect();
    for ((schema, table), columns) in &tables {
        // What a row said before holds what its columns said.
        let keeps_former_rows = table == "revision" && !hidden.is_empty();
        if keeps_former_rows || columns.iter().any(is_masked) {
            statements.extend(mask_table(schema, table, columns, &is_masked, &hidden));
        }
    }
    if statements.is_empty() {
        return Ok(());
    }
    execute(connection, statements.join("; ")).await?;
    close_views_over_masked_columns(connection, &hidden).await
}

/// Every column of the readable tables, in order.
async fn columns(connection: &mut PgConnection) -> Result<Vec<FoundColumn>, StoreError> {
    sqlx::query_as(
        "select n.nspname::text as schema, c.relname::text as table, a.attname::text as column,
                format_type(a.atttypid, a.atttypmod) as data_type,
                col_description(c.oid, a.attnum) as comment,
                obj_description(c.oid, 'pg_class') as table_comment
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
         join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
         where n.nspname in ('analytics', 'kpi') and c.relkind in ('r', 'p')
         order by 1, 2, a.attnum",
    )
    .fetch_all(connection)
    .await
    .map_err(StoreError::from_sqlx("reading the columns of tables"))
}

fn mask_table(
    schema: &str,
    table: &str,
    columns: &[FoundColumn],
    is_masked: &impl Fn(&FoundColumn) -> bool,
    hidden: &[String],
) -> Vec<String> {
    let base = format!("{}.{}", quoted(schema), quoted(table));
    let view = format!("masked.{}", quoted(table));
    let expressions = columns.iter().map(|column| {
        let name = quoted(&column.column);
        if is_masked(column) {
            return format!("null::{} as {name}", column.data_type);
        }
        if table == "revision" && column.column == "valeurs" {
            let hidden: Vec<String> = hidden.iter().map(|name| literal(name)).collect();
            return format!("valeurs - array[{}]::text[] as valeurs", hidden.join(", "));
        }
        name
    });
    let expressions: Vec<String> = expressions.collect();
    // A view reads with its owner's eyes, who sees every row, so the scope is asked here.
    let commune = columns.iter().find(|column| ["code_commune", "zone"].contains(&column.column.as_str()));
    let inside = match commune {
        Some(column) => format!("{} = any ((select mg.row_scope())::text[])", quoted(&column.column)),
        None if table == "revision" => {
            "valeurs ->> 'code_commune' = any ((select mg.row_scope())::text[])".to_owned()
        }
        None => "false".to_owned(),
    };
    let mut statements = vec![
        format!(
            "create view {view} with (security_barrier = true) as select {} from {base} \
             where (select current_user <> 'mg_scoped_reader') or {inside}",
            expressions.join(", ")
        ),
        format!("grant select on {view} to {READERS}"),
        format!("revoke all on {base} from {READERS}"),
    ];
    let note = "Sensitive columns are empty here.";
    let table_comment =
        columns.first().and_then(|column| column.table_comment.as_deref()).unwrap_or_default();
    statements
        .push(format!("comment on view {view} is {}", literal(format!("{table_comment} {note}").trim())));
    for column in columns {
        let comment = match (is_masked(column), column.comment.as_deref().unwrap_or_default()) {
            (true, comment) => format!("{comment} Masked: always empty."),
            (false, comment) => comment.to_owned(),
        };
        let name = quoted(&column.column);
        statements.push(format!("comment on column {view}.{name} is {}", literal(comment.trim())));
    }
    statements
}

const READERS: &str = "mg_reader, mg_scoped_reader";

/// A view that shows a masked column is closed to the readers: nothing says what it makes of it.
async fn close_views_over_masked_columns(
    connection: &mut PgConnection,
    hidden: &[String],
) -> Result<(), StoreError> {
    let views: Vec<String> = sqlx::query_scalar(
        "select distinct format('%I.%I', n.nspname, v.relname)
         from pg_depend d join pg_rewrite r on r.oid = d.objid and d.classid = 'pg_rewrite'::regclass
         join pg_class v on v.oid = r.ev_class join pg_namespace n on n.oid = v.relnamespace
         join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
         where n.nspname in ('analytics', 'kpi') and v.relkind in ('v', 'm') and d.refobjid <> v.oid
           and a.attname = any ($1)",
    )
    .bind(hidden)
    .fetch_all(&mut *connection)
    .await
    .map_err(StoreError::from_sqlx("looking for views over masked columns"))?;
    for view in views {
        tracing::warn!("{view} reads a masked column: it is closed to queries");
        execute(connection, format!("revoke all on {view} from {READERS}")).await?;
    }
    Ok(())
}

fn fits(pattern: &str, column: &FoundColumn) -> bool {
    let parts: Vec<&str> = pattern.split('.').collect();
    let names = [&column.schema, &column.table, &column.column];
    parts.len() == names.len() && parts.iter().zip(names).all(|(part, name)| *part == "*" || part == name)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The first readable column that a pattern would mask, as `schema.table.column`.
pub(crate) async fn first_match(
    connection: &mut PgConnection,
    patterns: &[String],
) -> Result<Option<String>, StoreError> {
    let columns = columns(connection).await?;
    let found = columns.iter().find(|column| patterns.iter().any(|pattern| fits(pattern, column)));
    Ok(found.map(|column| format!("{}.{}.{}", column.schema, column.table, column.column)))
}

/// `schema.table` of each table whose place a masked view has taken, and that view.
pub(crate) async fn replaced(connection: &sqlx::PgPool) -> Result<Vec<(String, String)>, StoreError> {
    sqlx::query_as(
        "select n.nspname || '.' || c.relname, 'masked.' || m.relname
         from pg_class m join pg_namespace mn on mn.oid = m.relnamespace and mn.nspname = 'masked'
         join pg_class c on c.relname = m.relname and c.relkind in ('r', 'p')
         join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('analytics', 'kpi')
         order by 1",
    )
    .fetch_all(connection)
    .await
    .map_err(StoreError::from_sqlx("listing masked tables"))
}

//! `describe_table`.

use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, McpTool};
use crate::Problem;
use crate::app::{self, App, TableDescription};

pub(super) struct DescribeTable;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The table: schema.table, or its bare name.
    #[schemars(example = &"analytics.fact_permis")]
    table: String,
}

impl McpTool for DescribeTable {
    type Input = Input;
    type Output = TableDescription;
    const NAME: &'static str = "describe_table";
    const TITLE: &'static str = "Describe a table / Décrire une table";
    const DESCRIPTION: &'static str = "Gives the columns of a table with type, meaning, units, primary key and \
        foreign keys. Use it before a query on a table that you have not seen; for several, get_table_schemas.";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Answer, Problem> {
        let table = app::describe_table(&ctx, &app, &input.table).await?;
        let text = account(&table);
        Answer::new(&table, text)
    }
}

/// A table and its columns, a line each.
pub(super) fn account(table: &TableDescription) -> String {
    let lines = table.columns.iter().map(|column| {
        let key = if column.primary_key { ", primary key" } else { "" };
        let needed = if column.nullable { "" } else { ", never empty" };
        let refers = column.refers_to.as_ref().map(|to| format!(", refers to {to}")).unwrap_or_default();
        let comment = column.comment.as_deref().unwrap_or("no comment");
        format!("- {} {}{key}{needed}{refers}: {comment}\n", column.name, column.data_type)
    });
    let comment = table.comment.as_deref().unwrap_or("no comment");
    format!("{} ({}): {comment}\n{}", table.name, table.kind, lines.collect::<String>())
}

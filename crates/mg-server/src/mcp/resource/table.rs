//! `mg://tables/{schema}.{table}`: one table with its columns.

use std::fmt::Write;

use mg_core::OpContext;
use rmcp::model::{Resource, ResourceTemplate, Role};

use super::{Address, MARKDOWN, Reading, TABLE_TEMPLATE, annotations};
use crate::Problem;
use crate::app::{self, App, TableDescription};

pub(super) async fn listed(ctx: &OpContext, app: &App) -> Result<Vec<Resource>, Problem> {
    let mut tables = app::list_tables(ctx, app).await?;
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    let resource = |table: app::TableSummary| {
        let comment = table.comment.unwrap_or_else(|| "No comment.".to_owned());
        Resource::new(Address::Table(table.name.clone()).uri(), table.name.clone())
            .with_title(format!("{} ({})", table.name, table.kind))
            .with_description(comment)
            .with_mime_type(MARKDOWN)
            .with_annotations(annotations(&[Role::Assistant], 0.6))
    };
    Ok(tables.into_iter().map(resource).collect())
}

pub(super) fn template() -> ResourceTemplate {
    ResourceTemplate::new(TABLE_TEMPLATE, "table")
        .with_title("A table / Une table")
        .with_description("Columns of a table with type, meaning, unit and keys.")
        .with_mime_type(MARKDOWN)
        .with_annotations(annotations(&[Role::Assistant], 0.6))
}

pub(super) async fn read(ctx: &OpContext, app: &App, name: &str) -> Result<Reading, Problem> {
    Ok(Reading::markdown(account(&app::describe_table(ctx, app, name).await?)))
}

/// A table as Markdown.
pub(super) fn account(table: &TableDescription) -> String {
    let comment = table.comment.as_deref().unwrap_or("No comment.");
    let mut text = format!("## {} ({})\n\n{comment}\n\n", table.name, table.kind);
    for column in &table.columns {
        let key = if column.primary_key { ", primary key" } else { "" };
        let needed = if column.nullable { "" } else { ", never empty" };
        let refers = column.refers_to.as_ref().map(|to| format!(", refers to {to}")).unwrap_or_default();
        let comment = column.comment.as_deref().unwrap_or("No comment.");
        writeln!(text, "- `{}` {}{key}{needed}{refers}: {comment}", column.name, column.data_type)
            .expect("writing into a string does not fail");
    }
    text
}

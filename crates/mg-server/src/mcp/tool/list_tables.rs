//! `list_tables`.

use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Answer, McpTool};
use crate::Problem;
use crate::app::{self, App, TableSummary};

pub(super) struct ListTables;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    /// The tables and views.
    tables: Vec<TableSummary>,
}

impl McpTool for ListTables {
    type Input = Input;
    type Output = Output;
    const NAME: &'static str = "list_tables";
    const TITLE: &'static str = "List tables / Lister les tables";
    const DESCRIPTION: &'static str = "Lists the tables and views that run_sql can read, with what each holds and \
        about how many rows. Use it before writing SQL.";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, _input: Input) -> Result<Answer, Problem> {
        let tables = app::list_tables(&ctx, &app).await?;
        let lines = tables.iter().map(|table| {
            let rows = table.estimated_rows.map(|rows| format!(", about {rows} rows")).unwrap_or_default();
            let comment = table.comment.as_deref().unwrap_or("no comment");
            format!("- {} ({}{rows}): {comment}\n", table.name, table.kind)
        });
        let text = format!("{} tables and views:\n{}", tables.len(), lines.collect::<String>());
        Answer::new(&Output { tables }, text)
    }
}

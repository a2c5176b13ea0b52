//! `get_table_schemas`.

use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::describe_table::account;
use super::{Answer, McpTool};
use crate::Problem;
use crate::app::{self, App, MOST_SCHEMAS, TableSchemas, UnknownTable};

pub(super) struct GetTableSchemas;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The tables: schema.table, or bare names.
    #[schemars(example = ["analytics.fact_permis", "analytics.zone"], length(min = 1, max = MOST_SCHEMAS))]
    tables: Vec<String>,
}

impl McpTool for GetTableSchemas {
    type Input = Input;
    type Output = TableSchemas;
    const NAME: &'static str = "get_table_schemas";
    const TITLE: &'static str = "Describe several tables / Décrire plusieurs tables";
    const DESCRIPTION: &'static str = "Gives the columns of up to 20 tables at once, each with type, meaning, units, \
        primary key and foreign keys. Use it before a query that joins tables; for one table, describe_table.";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Answer, Problem> {
        let schemas = app::get_table_schemas(&ctx, &app, &input.tables).await?;
        let mut text = schemas.tables.iter().map(account).collect::<Vec<_>>().join("\n");
        text.extend(schemas.unknown.iter().map(unknown));
        Answer::new(&schemas, text)
    }
}

fn unknown(table: &UnknownTable) -> String {
    let near = match table.nearest.as_slice() {
        [] => "list_tables lists them".to_owned(),
        nearest => format!("did you mean {}", nearest.join(" or ")),
    };
    format!("\nThere is no table named `{}`: {near}.\n", table.name)
}

//! `get_sample`.

use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::table;
use super::{Answer, McpTool};
use crate::Problem;
use crate::app::{self, App, MOST_SAMPLE_ROWS, TableSample};

/// Rows given when none are asked for.
const USUAL_ROWS: u32 = 5;

pub(super) struct GetSample;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The table: schema.table, or its bare name.
    #[schemars(example = &"analytics.fact_mutation")]
    table: String,
    /// How many rows. Without it, 5.
    #[schemars(example = 3, range(min = 1, max = MOST_SAMPLE_ROWS))]
    rows: Option<u32>,
    /// Names of columns. Without them, all.
    #[schemars(example = ["date_mutation", "prix_eur"])]
    #[serde(default)]
    columns: Vec<String>,
}

impl McpTool for GetSample {
    type Input = Input;
    type Output = TableSample;
    const NAME: &'static str = "get_sample";
    const TITLE: &'static str = "Sample a table / Voir un extrait";
    const DESCRIPTION: &'static str = "Gives a few rows of a table, the first by its primary key, so the same each \
        time. Use it to see what values look like before writing SQL; they are no fair picture of the whole, so \
        count and average with run_sql.";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Answer, Problem> {
        let rows = input.rows.unwrap_or(USUAL_ROWS);
        let sample = app::get_sample(&ctx, &app, &input.table, rows, &input.columns).await?;
        let text = account(&sample);
        Answer::new(&sample, text)
    }
}

fn account(sample: &TableSample) -> String {
    let names: Vec<&str> = sample.answer.columns.iter().map(|column| column.name.as_str()).collect();
    let order = match sample.ordered_by.as_slice() {
        [] => "in no order".to_owned(),
        columns => format!("the first by {}", columns.join(", ")),
    };
    let rows = table::markdown(&names, &sample.answer.rows, MOST_SAMPLE_ROWS as usize);
    let cut = sample.answer.truncation.as_ref().map(|why| format!(" {why}")).unwrap_or_default();
    format!("{rows}{} rows of {}, {order}.{cut}\n", sample.answer.row_count, sample.table)
}

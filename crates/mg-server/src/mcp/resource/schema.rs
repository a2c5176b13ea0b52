//! `mg://schema`: every table with its columns.

use mg_core::OpContext;
use rmcp::model::{Resource, Role};

use super::{Address, MARKDOWN, Reading, annotations, table};
use crate::Problem;
use crate::app::{self, App};

pub(super) fn listed() -> Resource {
    Resource::new(Address::Schema.uri(), "schema")
        .with_title("All tables and columns / Toutes les tables")
        .with_description(
            "Every table that run_sql can read, with columns, types, meaning, units, primary and foreign keys. \
             Read it before writing SQL over several tables.",
        )
        .with_mime_type(MARKDOWN)
        .with_annotations(annotations(&[Role::Assistant], 1.0))
}

pub(super) async fn read(ctx: &OpContext, app: &App) -> Result<Reading, Problem> {
    let mut text =
        "Schemas analytics (facts) and kpi (measures) of a PostgreSQL database, read with run_sql. \
                    Comments give meaning and unit.\n"
            .to_owned();
    for summary in app::list_tables(ctx, app).await? {
        let description = app::describe_table(ctx, app, &summary.name).await?;
        text.push('\n');
        text.push_str(&table::account(&description));
    }
    Ok(Reading::markdown(text))
}

//! `optimize_query`: a query, its plan, and how to make it cheaper.

use futures::FutureExt;
use mg_core::OpContext;
use rmcp::model::ResourceContents;

use super::{Argument, Draft, LANGUAGE, Source, Template, fill};
use crate::app::{self, App};
use crate::mcp::resource::{self, Address};

/// Tables whose columns are shown beside the plan.
const TABLES: usize = 5;

pub(super) const TEMPLATE: Template = Template {
    name: "optimize_query",
    title: "Optimiser une requête / Optimise a query",
    description: "Reads the plan of a query, finds what costs most, and proposes a cheaper query with the same answer.",
    arguments: &[
        Argument {
            name: "sql",
            title: "SQL",
            description: "One read-only PostgreSQL query.",
            required: true,
            source: Source::Free,
        },
        LANGUAGE,
    ],
    write: |ctx, app, arguments| {
        async move {
            let sql = arguments.needed("sql");
            let text = arguments
                .language
                .choose(include_str!("optimize_query.fr.md"), include_str!("optimize_query.en.md"));
            let mut shown = vec![plan(ctx, app, sql).await];
            let words: Vec<&str> =
                sql.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect();
            for table in app::list_tables(ctx, app).await? {
                let bare = table.name.split_once('.').map_or(table.name.as_str(), |(_, bare)| bare);
                if shown.len() <= TABLES && words.iter().any(|word| word.eq_ignore_ascii_case(bare)) {
                    shown.push(resource::contents(ctx, app, &Address::Table(table.name)).await?);
                }
            }
            Ok(Draft { text: fill(text, &[("sql", &fenced(sql))]), shown })
        }
        .boxed()
    },
};

/// The plan as Postgres tells it, or why there is none: a query that is refused is what the
/// person wants help with, too.
async fn plan(ctx: &OpContext, app: &App, sql: &str) -> ResourceContents {
    let text = match app::explain_query(ctx, app, sql, false).await {
        Ok(found) => found.plan.join("\n"),
        Err(problem) => format!("No plan. {problem} [{}]", problem.code),
    };
    ResourceContents::text(text, "mg://plan")
}

/// The query as a block of code that it cannot end itself.
fn fenced(sql: &str) -> String {
    let longest = sql.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}sql\n{sql}\n{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_cannot_leave_its_block() {
        assert_eq!(fenced("select 1"), "```sql\nselect 1\n```");
        assert_eq!(fenced("select '```'"), "````sql\nselect '```'\n````");
    }
}

//! `analyze_table`: get to know a table, then say what is in it.

use futures::FutureExt;

use super::{Argument, Draft, LANGUAGE, Source, Template, fill};
use crate::app;
use crate::mcp::resource::{self, Address};

pub(super) const TEMPLATE: Template = Template {
    name: "analyze_table",
    title: "Analyser une table / Analyse a table",
    description: "Profiles a table step by step with the tools (size, gaps, ranges, spread over communes and time, \
        oddities) and sums up what it can be used for.",
    arguments: &[
        Argument {
            name: "table",
            title: "Table",
            description: "The table: schema.table, or its bare name.",
            required: true,
            source: Source::Table,
        },
        LANGUAGE,
    ],
    write: |ctx, app, arguments| {
        async move {
            let table = app::describe_table(ctx, app, arguments.needed("table")).await?;
            let text = arguments
                .language
                .choose(include_str!("analyze_table.fr.md"), include_str!("analyze_table.en.md"));
            let address = Address::Table(table.name.clone());
            Ok(Draft {
                text: fill(text, &[("table", &table.name)]),
                shown: vec![resource::contents(ctx, app, &address).await?],
            })
        }
        .boxed()
    },
};

//! `list_spiders`.

use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Answer, McpTool};
use crate::Problem;
use crate::app::{self, App, SpiderArgument, SpiderSummary};

pub(super) struct ListSpiders;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    /// The spiders, by name.
    spiders: Vec<SpiderSummary>,
}

impl McpTool for ListSpiders {
    type Input = Input;
    type Output = Output;
    const NAME: &'static str = "list_spiders";
    const TITLE: &'static str = "List spiders / Lister les collecteurs";
    const DESCRIPTION: &'static str = "Lists the spiders: what each reads, from where, into which table, and the \
        arguments it takes. Use it before launch_scraper, or to tell where data come from.";
    const ROLE: Role = Role::Viewer;

    async fn call(ctx: OpContext, app: App, _input: Input) -> Result<Answer, Problem> {
        let spiders = app::list_spiders(&ctx, &app);
        let lines = spiders.iter().map(|spider| {
            let SpiderSummary { name, title_fr, title_en, producer, base, table, arguments } = spider;
            let line = |argument: &SpiderArgument| {
                format!("  {}: {} As {}\n", argument.name, argument.doc, argument.example)
            };
            let arguments: String = arguments.iter().map(line).collect();
            format!("- {name}: {title_fr} / {title_en} ({producer}), from {base} into {table}\n{arguments}")
        });
        let text = format!("{} spiders:\n{}", spiders.len(), lines.collect::<String>());
        Answer::new(&Output { spiders }, text)
    }
}

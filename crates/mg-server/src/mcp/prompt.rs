//! Prompts: ways to work that a person picks from a list, in French and English.
//!
//! A prompt comes with what is known already (a table's columns, a query's plan, a KPI's present
//! figures) as resources in its messages, so that the model begins with facts.

mod analyze_table;
mod arguments;
mod generate_report;
mod language;
mod optimize_query;

use futures::future::BoxFuture;
use mg_core::OpContext;
use rmcp::ErrorData;
use rmcp::model::{
    ContentBlock, GetPromptRequestParams, GetPromptResult, Prompt, PromptArgument, PromptMessage,
    ResourceContents, Role,
};

use super::failure;
use crate::Problem;
use crate::app::App;
use crate::problem::nearest;

use arguments::Arguments;
pub(super) use language::Language;

/// Where the values of an argument come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// Anything: nothing is offered.
    Free,
    /// fr or en.
    Language,
    /// Tables as `schema.table`.
    Table,
    /// Schemas.
    Schema,
    /// Tables without their schema.
    BareTable,
    /// KPIs.
    Kpi,
    /// Communes.
    Commune,
    /// Periods, of the KPI that was chosen.
    Period,
    /// Ids of runs.
    Run,
}

/// An argument of a prompt.
struct Argument {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    required: bool,
    source: Source,
}

const LANGUAGE: Argument = Argument {
    name: "langue",
    title: "Langue / Language",
    description: "fr (by default) or en.",
    required: false,
    source: Source::Language,
};

type Write = for<'a> fn(&'a OpContext, &'a App, &'a Arguments) -> BoxFuture<'a, Result<Draft, Problem>>;

/// A prompt as it is declared.
struct Template {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    arguments: &'static [Argument],
    write: Write,
}

/// What a prompt says, and what it shows.
struct Draft {
    text: String,
    shown: Vec<ResourceContents>,
}

const TEMPLATES: [Template; 3] =
    [analyze_table::TEMPLATE, optimize_query::TEMPLATE, generate_report::TEMPLATE];

/// Every prompt, in the order that clients see.
pub(super) fn list() -> Vec<Prompt> {
    TEMPLATES.iter().map(declaration).collect()
}

fn declaration(template: &Template) -> Prompt {
    let arguments = template.arguments.iter().map(|argument| {
        PromptArgument::new(argument.name)
            .with_title(argument.title)
            .with_description(argument.description)
            .with_required(argument.required)
    });
    Prompt::new(template.name, Some(template.description), Some(arguments.collect()))
        .with_title(template.title)
}

/// Where the values of an argument of a prompt come from.
pub(super) fn source(prompt: &str, argument: &str) -> Result<Source, ErrorData> {
    let template = named(prompt)?;
    let found = template.arguments.iter().find(|known| known.name == argument);
    found.map(|known| known.source).ok_or_else(|| {
        let names: Vec<&str> = template.arguments.iter().map(|known| known.name).collect();
        ErrorData::invalid_params(
            format!("The prompt {} takes {} alone.", template.name, names.join(", ")),
            None,
        )
    })
}

/// The messages of a prompt.
///
/// # Errors
///
/// `-32602` for an unknown prompt or argument, a missing one, or one that names nothing.
pub(super) async fn get(
    ctx: &OpContext,
    app: &App,
    request: GetPromptRequestParams,
) -> Result<GetPromptResult, ErrorData> {
    let template = named(&request.name)?;
    let written = async {
        let arguments = Arguments::read(template, request.arguments)?;
        (template.write)(ctx, app, &arguments).await
    };
    let draft = written.await.map_err(|problem| failure(&problem))?;
    let mut messages = vec![PromptMessage::new_text(Role::User, draft.text)];
    let shown = draft.shown.into_iter().map(ContentBlock::resource);
    messages.extend(shown.map(|block| PromptMessage::new(Role::User, block)));
    Ok(GetPromptResult::new(messages).with_description(template.description))
}

fn named(name: &str) -> Result<&'static Template, ErrorData> {
    TEMPLATES.iter().find(|template| template.name == name).ok_or_else(|| {
        let near = nearest(name, TEMPLATES.iter().map(|template| template.name));
        let advice =
            if near.is_empty() { String::new() } else { format!(" Did you mean {}?", near.join(" or ")) };
        let shown: String = name.chars().take(60).collect();
        ErrorData::invalid_params(
            format!("There is no prompt named `{shown}`.{advice} prompts/list lists them."),
            None,
        )
    })
}

/// Puts values into the places `{name}` of a text. What a value says is never read as a place.
fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let place = after.split_once('}');
        let value = place.and_then(|(name, _)| values.iter().find(|(known, _)| *known == name));
        match (value, place) {
            (Some((_, value)), Some((_, behind))) => {
                filled.push_str(value);
                rest = behind;
            }
            _ => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_put_in_as_it_is() {
        assert_eq!(fill("{a} and {b}: {c} {", &[("a", "{b}"), ("b", "2")]), "{b} and 2: {c} {");
    }
}

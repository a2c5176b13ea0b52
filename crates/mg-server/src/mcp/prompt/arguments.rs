//! The arguments of a prompt, read against what it declares.

use rmcp::model::JsonObject;
use serde_json::Value;

use super::{Language, Template};
use crate::Problem;
use crate::problem::nearest;

/// Longest argument, characters.
const LONGEST: usize = 20_000;

/// Arguments that a prompt takes, trimmed; empty ones are as if they were not given.
#[derive(Debug)]
pub(super) struct Arguments {
    given: Vec<(&'static str, String)>,
    /// The language to speak.
    pub(super) language: Language,
}

impl Arguments {
    pub(super) fn read(template: &Template, given: Option<JsonObject>) -> Result<Self, Problem> {
        let mut read = Vec::new();
        for (name, value) in given.unwrap_or_default() {
            let known = template.arguments.iter().find(|argument| argument.name == name);
            let known = known.ok_or_else(|| unknown(template, &name))?;
            let Value::String(text) = value else {
                return Err(bad(template, &format!("`{name}` is a text")));
            };
            if text.chars().count() > LONGEST {
                return Err(bad(template, &format!("`{name}` has at most {LONGEST} characters")));
            }
            let text = text.trim();
            if !text.is_empty() {
                read.push((known.name, text.to_owned()));
            }
        }
        let missing = template
            .arguments
            .iter()
            .find(|argument| argument.required && !read.iter().any(|(name, _)| *name == argument.name));
        if let Some(missing) = missing {
            return Err(bad(template, &format!("`{}` is needed: {}", missing.name, missing.description)));
        }
        let langue = read.iter().find(|(name, _)| *name == "langue").map(|(_, value)| value.as_str());
        let language = Language::parse(langue)?;
        Ok(Self { given: read, language })
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.given.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// One that the template requires.
    pub(super) fn needed(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }
}

fn unknown(template: &Template, name: &str) -> Problem {
    let names = || template.arguments.iter().map(|argument| argument.name);
    let near = nearest(name, names());
    let advice = match near.first() {
        Some(near) => format!("Did you mean {near}?"),
        None => format!("It takes {}.", names().collect::<Vec<_>>().join(", ")),
    };
    let shown: String = name.chars().take(60).collect();
    Problem::new("bad_arguments", format!("The prompt {} has no argument `{shown}`.", template.name), advice)
}

fn bad(template: &Template, what: &str) -> Problem {
    let what = what.trim_end_matches('.');
    Problem::new(
        "bad_arguments",
        format!("The arguments of the prompt {} do not fit: {what}.", template.name),
        "prompts/list tells what it takes.",
    )
}

//! `extract_structured_data`: fields of a page, by selectors.

use mg_core::{OpContext, Value};
use mg_crawl::declared::{FieldSpec, Kind, extract};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::App;
use super::{Fetching, fetch};
use crate::Problem;

/// Fields that are read at most.
const MOST_FIELDS: usize = 50;

/// A field of a page.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldWanted {
    /// What it is to be called: letters, digits and underscores.
    pub name: String,
    /// CSS selector of where it stands; the first that matches counts.
    pub selector: String,
    /// Attribute of that element, in the place of its text.
    pub attribute: Option<String>,
    /// Regular expression on what was found: its first group, or all that it matches.
    pub regex: Option<String>,
    /// text, integer, float, date, boolean or url. Without it, text. Numbers and dates are read as French pages
    /// write them: 1 234,56 € and 3 mars 2024.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// A field with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FieldFound {
    /// Its name.
    pub name: String,
    /// Its value as text: numbers with a point, days as YYYY-MM-DD.
    pub value: String,
    /// What it is: text, integer, float or date.
    #[serde(rename = "type")]
    pub kind: String,
}

/// What was read of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ExtractedData {
    /// Where the page was found, after redirects.
    pub url: String,
    /// The fields where something was found that is a value, in the order asked for.
    pub fields: Vec<FieldFound>,
    /// The fields without a value, and why, a sentence each.
    pub missing: Vec<String>,
}

/// Reads fields of a page of the web.
pub async fn extract_structured_data(
    ctx: &OpContext,
    app: &App,
    url: &str,
    wanted: Vec<FieldWanted>,
    how: &Fetching,
) -> Result<ExtractedData, Problem> {
    if wanted.is_empty() || wanted.len() > MOST_FIELDS {
        let message = format!("{} fields are asked for; 1 to {MOST_FIELDS} can be.", wanted.len());
        return Err(Problem::new("bad_fields", message, "Name the fields with a CSS selector each."));
    }
    let fields = wanted.into_iter().map(field).collect::<Result<Vec<_>, _>>()?;
    let page = fetch(ctx, app, url, how).await?;
    let found = page.url.to_string();
    let read = tokio::task::spawn_blocking(move || extract(&page, &fields));
    let extracted = read.await.map_err(|error| {
        Problem::new("parser_panicked", format!("Reading the page broke off: {error}."), "Report the page.")
    })??;
    let mut missing: Vec<String> = extracted
        .rejects
        .iter()
        .map(|reject| format!("{}: {}.", reject.field.as_deref().unwrap_or_default(), reject.reason))
        .collect();
    let mut fields = Vec::new();
    for (name, value) in extracted.values {
        match told(value) {
            None => {
                let told = missing.iter().any(|sentence| sentence.starts_with(&format!("{name}: ")));
                if !told {
                    missing.push(format!("{name}: nothing on the page matches its selector."));
                }
            }
            Some((kind, value)) => fields.push(FieldFound { name, value, kind: kind.to_owned() }),
        }
    }
    Ok(ExtractedData { url: found, fields, missing })
}

fn field(wanted: FieldWanted) -> Result<mg_crawl::declared::Field, Problem> {
    let FieldWanted { name, selector, attribute, regex, kind } = wanted;
    let spec = FieldSpec {
        name: name.clone(),
        selector: Some(selector),
        attribute,
        regex,
        kind,
        ..FieldSpec::default()
    };
    spec.check(Kind::Html).map_err(|wrong| {
        let reasons: Vec<String> =
            wrong.iter().map(|wrong| format!("`{}`: {}", wrong.key, wrong.reason)).collect();
        let advice: Vec<String> = wrong.into_iter().map(|wrong| format!("{}.", wrong.advice)).collect();
        Problem::new(
            "bad_fields",
            format!("Field `{name}` is wrong: {}.", reasons.join("; ")),
            advice.join(" "),
        )
    })
}

/// What a value is, and it as text; `None` for nothing.
fn told(value: Value) -> Option<(&'static str, String)> {
    match value {
        Value::Null => None,
        Value::Text(text) => Some(("text", text)),
        Value::Integer(number) => Some(("integer", number.to_string())),
        Value::Float(number) => Some(("float", number.to_string())),
        Value::Date(day) => Some(("date", day.to_string())),
    }
}

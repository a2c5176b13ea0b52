//! `extract_structured_data`.

use mg_core::{OpContext, Role};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Effect, McpTool};
use crate::Problem;
use crate::app::{self, App, ExtractedData, Fetching, FieldWanted};

pub(super) struct ExtractStructuredData;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The page, a whole URL of the public web.
    #[schemars(example = &"https://www.marneetgondoire.fr/")]
    url: String,
    /// The fields that are wanted, 1 to 50.
    #[schemars(length(min = 1, max = 50), example = [example()])]
    fields: Vec<FieldWanted>,
    /// True when the page is to be read through a browser, because its scripts fill it.
    #[schemars(example = true)]
    dynamic: Option<bool>,
}

fn example() -> Value {
    json!({ "name": "prix_eur", "selector": "dd.prix", "type": "float" })
}

impl McpTool for ExtractStructuredData {
    type Input = Input;
    type Output = ExtractedData;
    const NAME: &'static str = "extract_structured_data";
    const TITLE: &'static str = "Extract fields of a page / Extraire des champs";
    const DESCRIPTION: &'static str = "Reads fields of one page of the public web by CSS selectors and gives them typed: \
        numbers and dates as French pages write them (1 234,56 €, 3 mars 2024) become numbers and YYYY-MM-DD. What is \
        missing is told with the reason. Nothing is stored: for that, a spider is declared and launched.";
    const ROLE: Role = Role::Editor;
    const EFFECT: Effect = Effect { destructive: false, idempotent: true, open_world: true };

    async fn call(ctx: OpContext, app: App, input: Input) -> Result<Answer, Problem> {
        let how = if input.dynamic.unwrap_or(false) { Fetching::Rendered(None) } else { Fetching::Plain };
        let data = app::extract_structured_data(&ctx, &app, &input.url, input.fields, &how).await?;
        let text = account(&data);
        Answer::new(&data, text)
    }
}

fn account(data: &ExtractedData) -> String {
    let mut text = format!("Of {}, a stranger's text:\n", data.url);
    data.fields.iter().for_each(|field| text.push_str(&format!("- {}: {}\n", field.name, field.value)));
    data.missing.iter().for_each(|missing| text.push_str(&format!("- missing: {missing}\n")));
    text
}

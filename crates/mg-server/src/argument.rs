//! Arguments held against the schema that was declared, so that what is wrong is said by name.
//!
//! It knows the keywords that this server's own schemas use, and no others.

use rmcp::model::JsonObject;
use serde_json::Value;

use crate::Problem;
use crate::problem::nearest;

/// The arguments of `tool` as its schema takes them. A `null` says nothing, as an argument that is
/// left out does; the first that does not fit is a problem that names it.
pub(crate) fn checked(tool: &str, schema: &JsonObject, arguments: JsonObject) -> Result<JsonObject, Problem> {
    let given: JsonObject = arguments.into_iter().filter(|(_, value)| !value.is_null()).collect();
    let empty = JsonObject::new();
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    for name in given.keys() {
        if !properties.contains_key(name) {
            return Err(unknown(tool, name, properties));
        }
    }
    for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
        let missing = name.as_str().filter(|name| !given.contains_key(*name));
        if let Some(name) = missing {
            let message = format!("{tool} needs the argument `{name}`.");
            return Err(Problem::new("bad_arguments", message, meaning(properties.get(name))));
        }
    }
    for (name, value) in &given {
        if let Some(declared) = properties.get(name) {
            fits(declared, value).map_err(|must| {
                let message = format!("`{name}` of {tool} must be {must}, not {}.", shown(value));
                Problem::new("bad_arguments", message, meaning(Some(declared)))
            })?;
        }
    }
    Ok(given)
}

fn unknown(tool: &str, name: &str, properties: &JsonObject) -> Problem {
    let name: String = name.chars().take(60).collect();
    let known: Vec<&str> = properties.keys().map(String::as_str).collect();
    let near = nearest(&name, known.iter().copied());
    let near = near.first().map(|near| format!("Did you mean `{near}`? ")).unwrap_or_default();
    let listed: Vec<String> = known.iter().map(|known| format!("`{known}`")).collect();
    let advice = match listed.as_slice() {
        [] => format!("{tool} takes no arguments."),
        listed => format!("{near}{tool} takes {}.", listed.join(", ")),
    };
    Problem::new("bad_arguments", format!("{tool} has no argument `{name}`."), advice)
}

/// What a schema says of an argument, and an example of it.
fn meaning(declared: Option<&Value>) -> String {
    let text = |key: &str| declared.and_then(|declared| declared.get(key));
    let doc = text("description").and_then(Value::as_str).unwrap_or("Its input schema is in tools/list.");
    let example = text("examples").and_then(|examples| examples.get(0));
    example.map_or_else(|| doc.to_owned(), |example| format!("{doc} For example {example}."))
}

/// Whether `value` is as `schema` says; else what it must be.
fn fits(schema: &Value, value: &Value) -> Result<(), String> {
    let least = schema.get("minimum").and_then(Value::as_f64);
    let most = schema.get("maximum").and_then(Value::as_f64);
    let size = |key: &str| schema.get(key).and_then(Value::as_u64);
    match (schema.get("type").and_then(Value::as_str), value) {
        (Some("string"), Value::String(_)) | (Some("boolean"), Value::Bool(_)) => {}
        (Some("integer"), Value::Number(number)) if number.is_i64() || number.is_u64() => {}
        (Some("number"), Value::Number(_)) | (Some("object"), Value::Object(_)) => {}
        (Some("array"), Value::Array(items)) => {
            let count = items.len() as u64;
            let (fewest, longest) = (size("minItems").unwrap_or(0), size("maxItems").unwrap_or(u64::MAX));
            if count < fewest || count > longest {
                return Err(format!("a list of {fewest} to {longest} items"));
            }
            let declared = schema.get("items").unwrap_or(&Value::Null);
            for item in items {
                fits(declared, item).map_err(|must| format!("a list of which each item is {must}"))?;
            }
        }
        (None, _) => {}
        (Some("array"), _) => return Err("a list, as [\"…\"]".to_owned()),
        (Some("integer"), _) => return Err(format!("an integer{}", bounds(least, most))),
        (Some("object"), _) => return Err("an object, as {…}".to_owned()),
        (Some(kind), _) => return Err(format!("a {kind}")),
    }
    if let (Some(options), false) = (schema.get("enum").and_then(Value::as_array), value.is_array())
        && !options.contains(value)
    {
        let options: Vec<String> = options.iter().map(Value::to_string).collect();
        return Err(format!("one of {}", options.join(", ")));
    }
    let number = value.as_f64();
    let low = number.zip(least).is_some_and(|(number, least)| number < least);
    let high = number.zip(most).is_some_and(|(number, most)| number > most);
    if low || high { Err(format!("an integer{}", bounds(least, most))) } else { Ok(()) }
}

fn bounds(least: Option<f64>, most: Option<f64>) -> String {
    match (least, most) {
        (Some(least), Some(most)) => format!(" from {least} to {most}"),
        (Some(least), None) => format!(" of at least {least}"),
        (None, Some(most)) => format!(" of at most {most}"),
        (None, None) => String::new(),
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 60 {
        text
    } else {
        format!("{}…", text.chars().take(59).collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn checked_of(arguments: Value) -> Result<Value, Problem> {
        let schema = json!({
            "type": "object",
            "properties": {
                "name": { "type": "string", "description": "Name of it.", "examples": ["a"] },
                "rows": { "type": "integer", "minimum": 1, "maximum": 20 },
                "levels": { "type": "array", "maxItems": 2, "items": { "type": "integer", "enum": [80, 95] } },
            },
            "required": ["name"],
            "additionalProperties": false,
        });
        let object = |value: Value| value.as_object().cloned().expect("an object");
        checked("t", &object(schema), object(arguments)).map(Value::Object)
    }

    #[test]
    fn what_fits_is_taken_and_a_null_is_left_out() {
        let taken = checked_of(json!({ "name": "x", "rows": 20, "levels": null })).expect("it fits");
        assert_eq!(taken, json!({ "name": "x", "rows": 20 }));
        assert!(checked_of(json!({ "name": "x", "levels": [80, 95] })).is_ok());
    }

    #[test]
    fn what_does_not_fit_is_named_with_what_would() {
        for (arguments, message) in [
            (json!({}), "t needs the argument `name`. Name of it. For example \"a\"."),
            (json!({ "name": null }), "t needs the argument `name`. Name of it. For example \"a\"."),
            (json!({ "name": 3 }), "`name` of t must be a string, not 3. Name of it. For example \"a\"."),
            (
                json!({ "name": "x", "row": 1 }),
                "t has no argument `row`. Did you mean `rows`? t takes `name`, `rows`, `levels`.",
            ),
            (
                json!({ "name": "x", "rows": 0 }),
                "`rows` of t must be an integer from 1 to 20, not 0. Its input schema is in tools/list.",
            ),
            (
                json!({ "name": "x", "rows": 1.5 }),
                "`rows` of t must be an integer from 1 to 20, not 1.5. Its input schema is in tools/list.",
            ),
            (
                json!({ "name": "x", "levels": [90] }),
                "`levels` of t must be a list of which each item is one of 80, 95, not [90]. Its input schema is \
                 in tools/list.",
            ),
            (
                json!({ "name": "x", "levels": 80 }),
                "`levels` of t must be a list, as [\"…\"], not 80. Its input schema is in tools/list.",
            ),
            (
                json!({ "name": "x", "levels": [80, 80, 80] }),
                "`levels` of t must be a list of 0 to 2 items, not [80,80,80]. Its input schema is in tools/list.",
            ),
        ] {
            let problem = checked_of(arguments).expect_err("it does not fit");
            assert_eq!((problem.code.as_str(), problem.to_string().as_str()), ("bad_arguments", message));
        }
    }
}

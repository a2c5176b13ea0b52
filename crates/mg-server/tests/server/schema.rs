//! Tools' schemas: what fits them, and what some clients or careful readers would mind in them.

mod validator;

use serde_json::Value;

/// What of `value` does not fit `schema`, one line a fault.
pub(crate) fn faults(schema: &Value, value: &Value) -> anyhow::Result<Vec<String>> {
    validator::faults(schema, value)
}

/// What in `schema` some clients refuse (references, unions, types beside `null`, Rust's widths),
/// or leaves a reader without an answer (properties that nobody describes, open objects).
pub(crate) fn unloved(schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    match validator::faults_of_schema(schema) {
        Ok(faults) => found.extend(faults.into_iter().map(|fault| format!("no valid JSON Schema: {fault}"))),
        Err(error) => found.push(error.to_string()),
    }
    look(schema, "$", &mut found);
    found
}

fn look(schema: &Value, at: &str, found: &mut Vec<String>) {
    let Value::Object(object) = schema else {
        return found.push(format!("{at}: {schema} is no object"));
    };
    for refused in ["$ref", "$defs", "anyOf", "oneOf", "allOf", "format", "title"] {
        if object.contains_key(refused) {
            found.push(format!("{at} has {refused}"));
        }
    }
    match object.get("type") {
        Some(Value::String(word)) if word != "null" => {}
        // A cell of a query's answer may be anything.
        None if at.ends_with("rows[][]") => {}
        other => found.push(format!("{at} is of type {other:?}")),
    }
    if let Some(properties) = object.get("properties").and_then(Value::as_object) {
        if object.get("additionalProperties") != Some(&Value::Bool(false)) {
            found.push(format!("{at} takes more than it declares"));
        }
        for (name, property) in properties {
            let at = format!("{at}.{name}");
            if property["description"].as_str().is_none_or(|text| text.len() < 8) {
                found.push(format!("{at} is not described"));
            }
            look(property, &at, found);
        }
    }
    if let Some(items) = object.get("items") {
        look(items, &format!("{at}[]"), found);
    }
    for example in object.get("examples").and_then(Value::as_array).into_iter().flatten() {
        let fits = faults(schema, example).is_ok_and(|faults| faults.is_empty());
        if !fits {
            found.push(format!("{at}: its example {example} does not fit"));
        }
    }
}

#[test]
fn the_checker_finds_what_does_not_fit_and_what_nobody_loves() -> anyhow::Result<()> {
    let schema = serde_json::json!({
        "type": "object",
        "properties": {
            "n": { "type": "integer", "minimum": 1, "description": "A number of things." },
            "list": { "type": "array", "items": { "type": "string" }, "description": "A list of words." },
        },
        "required": ["n"],
        "additionalProperties": false,
    });
    assert_eq!(unloved(&schema), Vec::<String>::new());
    let found = |value: Value| faults(&schema, &value).map(|faults| faults.len());
    assert_eq!(found(serde_json::json!({ "n": 1, "list": ["a"] }))?, 0);
    assert_eq!(found(serde_json::json!({ "n": 0 }))?, 1);
    assert_eq!(found(serde_json::json!({ "n": 1.5, "list": [1, "a", null] }))?, 3);
    assert_eq!(found(serde_json::json!({ "more": true }))?, 2);
    let bad = serde_json::json!({
        "type": "object",
        "properties": { "a": { "type": ["string", "null"], "format": "uint", "examples": [3] } },
    });
    // Open, not described, of two types, a width, an example that does not fit.
    assert_eq!(unloved(&bad).len(), 5, "{:?}", unloved(&bad));
    Ok(())
}

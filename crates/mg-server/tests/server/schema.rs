//! As much of JSON Schema as the tools use. A keyword that is not known here is a fault, so
//! that no constraint passes unchecked.

use serde_json::{Map, Value};

/// Keywords that constrain nothing.
const NOTES: [&str; 5] = ["title", "description", "examples", "default", "format"];

/// What of `value` does not fit `schema`, one line a fault.
pub(crate) fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    check(schema, value, "$", &mut faults);
    faults
}

/// What in `schema` some clients refuse: references, and types beside `null`.
pub(crate) fn unloved(schema: &Value) -> Vec<String> {
    match schema {
        Value::Object(object) => {
            let refs = object
                .keys()
                .filter(|key| ["$ref", "$defs", "anyOf", "oneOf", "allOf"].contains(&key.as_str()));
            let mut found: Vec<String> = refs.cloned().collect();
            // A property may be called `type`; a schema's own `type` is a word.
            match object.get("type") {
                Some(Value::Array(types)) => found.push(format!("type {types:?}")),
                Some(Value::String(word)) if word == "null" => found.push("type null".to_owned()),
                _ => {}
            }
            found.extend(object.values().flat_map(unloved));
            found
        }
        Value::Array(items) => items.iter().flat_map(unloved).collect(),
        _ => Vec::new(),
    }
}

fn check(schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    let schema = match schema {
        Value::Bool(true) => return,
        Value::Object(schema) => schema,
        other => return faults.push(format!("{at}: {other} is no schema")),
    };
    for (keyword, constraint) in schema {
        match keyword.as_str() {
            "type" => check_type(constraint, value, at, faults),
            "properties" => check_properties(schema, value, at, faults),
            "required" => check_required(constraint, value, at, faults),
            "items" => {
                for (place, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(constraint, item, &format!("{at}[{place}]"), faults);
                }
            }
            "minimum" => {
                if value.as_f64() < constraint.as_f64() {
                    faults.push(format!("{at}: {value} is below {constraint}"));
                }
            }
            "additionalProperties" => {}
            note if NOTES.contains(&note) => {}
            other => faults.push(format!("{at}: nothing here checks `{other}`")),
        }
    }
}

fn check_type(constraint: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    let fits = match constraint.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        _ => false,
    };
    if !fits {
        faults.push(format!("{at}: {value} is no {constraint}"));
    }
}

/// A property that is not declared is a fault: the schema should tell of all there is.
fn check_properties(schema: &Map<String, Value>, value: &Value, at: &str, faults: &mut Vec<String>) {
    for (name, value) in value.as_object().into_iter().flatten() {
        match schema.get("properties").and_then(|properties| properties.get(name)) {
            Some(schema) => check(schema, value, &format!("{at}.{name}"), faults),
            None => faults.push(format!("{at}.{name} is not declared")),
        }
    }
}

fn check_required(constraint: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    for name in constraint.as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.get(name).is_none() {
            faults.push(format!("{at}.{name} is missing"));
        }
    }
}

#[test]
fn the_checker_finds_what_does_not_fit() {
    let schema = serde_json::json!({
        "type": "object",
        "properties": { "n": { "type": "integer", "minimum": 1 }, "list": { "type": "array", "items": { "type": "string" } } },
        "required": ["n"],
    });
    let found = |value: Value| faults(&schema, &value).len();
    assert_eq!(found(serde_json::json!({ "n": 1, "list": ["a"] })), 0);
    assert_eq!(found(serde_json::json!({ "n": 0 })), 1);
    assert_eq!(found(serde_json::json!({ "n": 1.5, "list": [1, "a", null] })), 3);
    assert_eq!(found(serde_json::json!({ "more": true })), 2);
    assert_eq!(faults(&serde_json::json!({ "pattern": "x" }), &Value::Null).len(), 1);
    let nullable =
        serde_json::json!({ "properties": { "type": { "type": ["string", "null"] } }, "x": { "$ref": "#" } });
    assert_eq!(unloved(&nullable).len(), 2);
}

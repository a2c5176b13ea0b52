//! JSON Schemas of arguments and answers, in a form that every client takes.

use std::sync::Arc;

use rmcp::model::JsonObject;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

/// The schema of `T`: no references, and no `null` beside a type, for some clients refuse
/// both. What is optional is simply not required.
pub(crate) fn of<T: JsonSchema>() -> Arc<JsonObject> {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let schema = settings.into_generator().into_root_schema_for::<T>();
    let mut schema = schema.to_value();
    simplify(&mut schema);
    match schema {
        Value::Object(mut object) => {
            // The name of a type of ours.
            object.remove("title");
            Arc::new(object)
        }
        _ => Arc::default(),
    }
}

/// The schema of an answer. It tells of all that an answer holds, so that a test finds what it does
/// not tell of.
pub(crate) fn of_answer<T: JsonSchema>() -> Arc<JsonObject> {
    let mut schema = JsonObject::clone(&of::<T>());
    schema.values_mut().for_each(close);
    close_object(&mut schema);
    Arc::new(schema)
}

fn close(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.values_mut().for_each(close);
            close_object(object);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// Objects with declared properties have no others.
fn close_object(object: &mut JsonObject) {
    let declares = object.get("properties").is_some_and(Value::is_object);
    if declares && object.get("type").is_some_and(|kind| kind == "object") {
        object.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
}

fn simplify(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.remove("$schema");
            // Rust's widths (int64, uint32, double) mean nothing to a client.
            if object.get("format").and_then(Value::as_str).is_some_and(is_width) {
                object.remove("format");
            }
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    object.insert("type".to_owned(), only);
                }
            }
            // That an empty list and none are the same is said in words.
            if object.get("default").is_some_and(|default| default.is_null() || *default == json!([])) {
                object.remove("default");
            }
            // Whatever may stand there: some clients know only the long way to say so.
            if object.get("items") == Some(&Value::Bool(true)) {
                object.insert("items".to_owned(), json!({}));
            }
            object.values_mut().for_each(simplify);
        }
        Value::Array(items) => items.iter_mut().for_each(simplify),
        _ => {}
    }
}

fn is_width(format: &str) -> bool {
    matches!(format, "int32" | "int64" | "uint" | "uint32" | "uint64" | "float" | "double")
}

//! The schema of a run's parameters: what it asks for, and whether what was given fits.
//!
//! Schemas come from [`schemars`] with everything inlined. Only what that writes for plain structs
//! is understood; a schema that says more is refused when the DAG is checked, so nothing that it
//! asks for is passed over when a run is launched.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value};

/// Why a run cannot be asked for with these parameters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the parameters of {dag} do not fit: {}", .reasons.join("; "))]
pub struct ParameterError {
    /// The DAG.
    pub dag: String,
    /// What does not fit, each with the parameter's name.
    pub reasons: Vec<String>,
}

/// What says nothing about which values fit.
const NOTES: [&str; 8] =
    ["$schema", "title", "description", "default", "examples", "format", "deprecated", "writeOnly"];
/// What [`misfits`] looks at.
const UNDERSTOOD: [&str; 16] = [
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "const",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "anyOf",
];

/// The schema of a type, in one piece.
pub(super) fn schema_of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    with_one_choice(Schema::into(settings.into_generator().into_root_schema_for::<T>()))
}

/// What documented variants are written as, `oneOf`, is the same as `anyOf` where no value fits two.
fn with_one_choice(schema: Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let renamed = |(key, value)| {
                let key = if key == "oneOf" { "anyOf".to_owned() } else { key };
                (key, with_one_choice(value))
            };
            fields.into_iter().map(renamed).collect::<Map<_, _>>().into()
        }
        Value::Array(elements) => elements.into_iter().map(with_one_choice).collect(),
        other => other,
    }
}

/// The schema without what says nothing about values.
pub(super) fn bare(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let telling = fields.iter().filter(|(key, _)| !NOTES.contains(&key.as_str()));
            telling.map(|(key, value)| (key.clone(), bare(value))).collect::<Map<_, _>>().into()
        }
        Value::Array(elements) => elements.iter().map(bare).collect(),
        other => other.clone(),
    }
}

/// Words of a schema that are not understood.
pub(super) fn not_understood(schema: &Value) -> Vec<String> {
    let Some(fields) = schema.as_object() else {
        return Vec::new();
    };
    let known = |word: &String| UNDERSTOOD.contains(&word.as_str()) || NOTES.contains(&word.as_str());
    let mut words: Vec<String> = fields.keys().filter(|word| !known(word)).cloned().collect();
    let below = fields.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::values);
    let choices = fields.get("anyOf").and_then(Value::as_array).into_iter().flatten();
    let inner = below.chain(choices).chain(fields.get("items")).chain(fields.get("additionalProperties"));
    words.extend(inner.flat_map(not_understood));
    words
}

/// `given` with what it leaves out as its schema says, in the schema's order: two that ask for the
/// same are the same text. What the schema does not know stays at the end.
pub(super) fn completed(schema: &Value, given: Map<String, Value>) -> Map<String, Value> {
    let mut given = given;
    let mut complete = Map::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(value) = given.shift_remove(name).or_else(|| property.get("default").cloned()) {
            complete.insert(name.clone(), value);
        }
    }
    complete.extend(given);
    complete
}

/// What of `value`, which is called `name`, does not fit the schema.
pub(super) fn misfits(schema: &Value, value: &Value, name: &str) -> Vec<String> {
    if schema.as_bool() == Some(false) {
        return vec![format!("there is no {name}")];
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let fits = choices.iter().any(|choice| misfits(choice, value, name).is_empty());
        return if fits { Vec::new() } else { vec![format!("{name} cannot be {value}{}", among(choices))] };
    }
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.contains(value)
    {
        return vec![format!("{name} cannot be {value}: {}", listed(allowed))];
    }
    if let Some(only) = schema.get("const")
        && only != value
    {
        return vec![format!("{name} can only be {only}")];
    }
    if let Some(expected) = wrong_type(&schema["type"], value) {
        return vec![format!("{name} must be {expected}, not {value}")];
    }
    match value {
        Value::Object(fields) => misfits_of_fields(schema, fields, name),
        Value::Array(elements) => {
            let mut reasons =
                out_of_bounds(schema, ["minItems", "maxItems"], elements.len() as f64, name, "elements");
            let each = elements.iter().enumerate();
            reasons.extend(each.flat_map(|(place, element)| {
                misfits(&schema["items"], element, &format!("{name}[{place}]"))
            }));
            reasons
        }
        Value::String(text) => {
            out_of_bounds(schema, ["minLength", "maxLength"], text.chars().count() as f64, name, "characters")
        }
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or(f64::NAN);
            let mut reasons = out_of_bounds(schema, ["minimum", "maximum"], number, name, "");
            let beyond = |word: &str, out: fn(f64, f64) -> bool| {
                schema[word].as_f64().filter(|bound| out(number, *bound))
            };
            if let Some(bound) = beyond("exclusiveMinimum", |number, bound| number <= bound) {
                reasons.push(format!("{name} must be above {bound}"));
            }
            if let Some(bound) = beyond("exclusiveMaximum", |number, bound| number >= bound) {
                reasons.push(format!("{name} must be below {bound}"));
            }
            reasons
        }
        Value::Null | Value::Bool(_) => Vec::new(),
    }
}

fn misfits_of_fields(schema: &Value, fields: &Map<String, Value>, name: &str) -> Vec<String> {
    let called =
        |field: &str| if name.is_empty() { format!("`{field}`") } else { format!("{name}.`{field}`") };
    let properties = schema["properties"].as_object();
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut reasons: Vec<String> = required
        .filter(|field| !fields.contains_key(*field))
        .map(|field| format!("{} is missing", called(field)))
        .collect();
    for (field, value) in fields {
        match (properties.and_then(|known| known.get(field)), schema.get("additionalProperties")) {
            (Some(property), _) => reasons.extend(misfits(property, value, &called(field))),
            (None, Some(others)) if others.is_object() => {
                reasons.extend(misfits(others, value, &called(field)));
            }
            (None, _) => {
                let known = properties.into_iter().flat_map(Map::keys).cloned().collect::<Vec<_>>();
                reasons.push(format!("there is no {}: {}", called(field), known.join(", ")));
            }
        }
    }
    reasons
}

/// What was expected, if the value is of no type that the schema allows.
fn wrong_type(types: &Value, value: &Value) -> Option<String> {
    let types: Vec<&str> = match types {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    let fits = |kind: &&str| match *kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    };
    let word = |kind: &&str| match *kind {
        "null" => "null",
        "boolean" => "true or false",
        "integer" => "a whole number",
        "number" => "a number",
        "string" => "text",
        "array" => "a list",
        _ => "an object",
    };
    let expected = || types.iter().map(word).collect::<Vec<_>>().join(" or ");
    (!types.iter().any(fits)).then(expected)
}

fn out_of_bounds(schema: &Value, words: [&str; 2], size: f64, name: &str, unit: &str) -> Vec<String> {
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    let [least, most] = words.map(|word| schema[word].as_f64());
    let below =
        least.filter(|least| size < *least).map(|least| format!("{name} must be at least {least}{unit}"));
    let above = most.filter(|most| size > *most).map(|most| format!("{name} must be at most {most}{unit}"));
    below.into_iter().chain(above).collect()
}

fn listed(allowed: &[Value]) -> String {
    allowed.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The values that a choice of constants names.
fn among(choices: &[Value]) -> String {
    let named: Vec<Value> = choices
        .iter()
        .flat_map(|choice| match (choice.get("const"), choice["enum"].as_array()) {
            (Some(only), _) => vec![only.clone()],
            (None, Some(several)) => several.clone(),
            (None, None) => Vec::new(),
        })
        .collect();
    if named.is_empty() { String::new() } else { format!(": {}", listed(&named)) }
}

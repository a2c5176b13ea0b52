//! Putting values in the place of what a template leaves open.
//!
//! A placeholder is an object of one key: `{"$output": "edition"}`, what the task of that name
//! gave; `{"$item": {}}`, the element of the list that a mapped task is for; `{"$parameters": {}}`
//! and `{"$parameter": "spider"}`, what the run was asked to do; `{"$instant": {}}`, the instant it
//! is for, RFC 3339.

use mg_store::task::Known;
use serde_json::{Map, Value};

use crate::JobError;

/// The template with values in the place of placeholders.
pub(crate) fn fill(template: &Value, known: &Known) -> Result<Value, JobError> {
    match template {
        Value::Object(object) => match placeholder(object) {
            Some((key, what)) => value_of(key, what, known),
            None => {
                let filled = object.iter().map(|(key, value)| Ok((key.clone(), fill(value, known)?)));
                filled.collect::<Result<Map<_, _>, JobError>>().map(Value::Object)
            }
        },
        Value::Array(elements) => {
            let filled = elements.iter().map(|element| fill(element, known));
            filled.collect::<Result<Vec<_>, _>>().map(Value::Array)
        }
        plain => Ok(plain.clone()),
    }
}

fn placeholder(object: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (key, what) = object.iter().next().filter(|_| object.len() == 1)?;
    key.starts_with('$').then_some((key.as_str(), what))
}

fn value_of(key: &str, what: &Value, known: &Known) -> Result<Value, JobError> {
    let named = || what.as_str().unwrap_or_default();
    let found = match key {
        "$output" => known.outputs.get(named()).cloned(),
        "$item" => known.item.clone(),
        "$parameters" => Some(known.parameters.clone()),
        // A parameter that was not given is null, as in the input of a job that may do without.
        "$parameter" => Some(known.parameters.get(named()).cloned().unwrap_or(Value::Null)),
        "$instant" => Some(known.instant.to_rfc3339().into()),
        _ => None,
    };
    found.ok_or_else(|| {
        let what = if named().is_empty() { key.to_owned() } else { format!("{key} {}", named()) };
        JobError::new("input_missing", format!("the task's input needs {what}, which there is not")).lasting()
    })
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use serde_json::json;

    use super::*;

    fn known() -> Known {
        let outputs = json!({"edition": {"name": "2026-10"}, "parts": [1, 2]});
        Known {
            outputs: outputs.as_object().cloned().unwrap_or_default(),
            parameters: json!({"spider": "dvf"}),
            item: Some(json!([7, {"$output": "not a placeholder, but data"}])),
            instant: Utc.with_ymd_and_hms(2026, 3, 3, 5, 0, 0).unwrap(),
        }
    }

    #[test]
    fn values_stand_where_placeholders_stood_however_deep() {
        let template = json!({
            "edition": {"$output": "edition"},
            "deep": [{"list": {"$output": "parts"}}, {"$item": {}}],
            "spider": {"$parameter": "spider"}, "all": {"$parameters": {}}, "none": {"$parameter": "url"},
            "at": {"$instant": {}}, "plain": {"a": 1, "$b": 2},
        });
        let filled = json!({
            "edition": {"name": "2026-10"},
            "deep": [{"list": [1, 2]}, [7, {"$output": "not a placeholder, but data"}]],
            "spider": "dvf", "all": {"spider": "dvf"}, "none": null,
            "at": "2026-03-03T05:00:00+00:00", "plain": {"a": 1, "$b": 2},
        });
        assert_eq!(fill(&template, &known()), Ok(filled));
    }

    #[test]
    fn what_is_not_there_is_named() {
        let missing = fill(&json!([{"$output": "permits"}]), &known()).unwrap_err();
        assert_eq!(missing.code, "input_missing");
        assert!(missing.message.contains("$output permits"), "{missing}");
        let no_item = fill(&json!({"$item": {}}), &Known { item: None, ..known() }).unwrap_err();
        assert!(no_item.message.contains("$item"), "{no_item}");
    }
}

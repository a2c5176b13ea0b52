//! Putting values in the place of what a template leaves open.
//!
//! What placeholders there are stands with [`Given`](crate::Given), which writes them.

use mg_store::task::Known;
use serde_json::{Map, Value};

use crate::JobError;
use crate::given::Placeholder;

/// The template with values in the place of placeholders.
pub(crate) fn fill(template: &Value, known: &Known) -> Result<Value, JobError> {
    if let Some(placeholder) = Placeholder::read(template) {
        return value_of(&placeholder, known);
    }
    match template {
        Value::Object(fields) => {
            let filled = fields.iter().map(|(key, value)| Ok((key.clone(), fill(value, known)?)));
            filled.collect::<Result<Map<_, _>, JobError>>().map(Value::Object)
        }
        Value::Array(elements) => {
            let filled = elements.iter().map(|element| fill(element, known));
            filled.collect::<Result<Vec<_>, _>>().map(Value::Array)
        }
        plain => Ok(plain.clone()),
    }
}

fn value_of(placeholder: &Placeholder, known: &Known) -> Result<Value, JobError> {
    let missing = |what: &str| {
        JobError::new("input_missing", format!("the task's input needs {what}, which there is not")).lasting()
    };
    match placeholder {
        Placeholder::Output(task) => {
            known.outputs.get(task).cloned().ok_or_else(|| missing(&format!("the output of {task}")))
        }
        Placeholder::Item => known.item.clone().ok_or_else(|| missing("an element of a list")),
        Placeholder::Parameters => Ok(known.parameters.clone()),
        // A parameter that was not given is null, as in the input of a job that may do without.
        Placeholder::Parameter(field) => Ok(known.parameters.get(field).cloned().unwrap_or(Value::Null)),
        Placeholder::Instant => Ok(known.instant.to_rfc3339().into()),
    }
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
        let missing = fill(&json!([{"$output": "permits"}]), &known()).expect_err("it is refused");
        assert_eq!(missing.code, "input_missing");
        assert!(missing.message.contains("the output of permits"), "{missing}");
        let no_item =
            fill(&json!({"$item": {}}), &Known { item: None, ..known() }).expect_err("it is refused");
        assert!(no_item.message.contains("an element of a list"), "{no_item}");
    }
}

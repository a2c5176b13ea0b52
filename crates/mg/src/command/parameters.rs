//! Parameters as they are typed: `name=value`.

use anyhow::Context;
use serde_json::{Map, Value};

/// The parameters that `NAME=VALUE`s say; null when there are none. What is no JSON is a text.
pub(super) fn parse(said: &[String]) -> anyhow::Result<Value> {
    let mut parameters = Map::new();
    for text in said {
        let (name, value) =
            text.split_once('=').with_context(|| format!("`{text}` is no parameter: write name=value"))?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        parameters.insert(name.trim().to_owned(), value);
    }
    Ok(if parameters.is_empty() { Value::Null } else { Value::Object(parameters) })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::parse;

    #[test]
    fn a_value_is_json_or_a_text() {
        let said =
            ["spider=dvf", "edition=2026-10", "n=3", "list=[1]", "empty=", "eq=a=b"].map(str::to_owned);
        let parsed = parse(&said).expect("they are parameters");
        assert_eq!(
            parsed,
            json!({ "spider": "dvf", "edition": "2026-10", "n": 3, "list": [1], "empty": "", "eq": "a=b" })
        );
        assert_eq!(parse(&[]).expect("none"), json!(null));
        assert!(parse(&["spider".to_owned()]).is_err());
    }
}

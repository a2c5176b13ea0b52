//! Values of a job's input that are known when a DAG is written, or only when a task begins.
//!
//! In a template, what comes later stands as an object of one key: `{"$output": "edition"}`,
//! `{"$item": {}}`, `{"$parameters": {}}`, `{"$parameter": "spider"}`, `{"$instant": {}}`. The
//! worker puts the value there when the task begins.

use std::ops::Deref;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// A value of an input. Who writes a DAG may give one that comes later: a task's output, an element
/// of the list that a task is mapped over, a parameter of the run, its instant. A job is given the
/// value itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given<T>(Source<T>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Source<T> {
    Known(T),
    Later(Placeholder),
}

/// What stands in a template for a value that comes later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Placeholder {
    /// What the task of that name gave.
    Output(String),
    /// The element of the list that a mapped task is for.
    Item,
    /// All that the run was asked to do.
    Parameters,
    /// A field of that.
    Parameter(String),
    /// The instant that the run is for, or when it was asked for.
    Instant,
}

impl<T> Given<T> {
    pub(crate) fn later(placeholder: Placeholder) -> Self {
        Self(Source::Later(placeholder))
    }

    /// The value, if it is known.
    pub fn get(&self) -> Option<&T> {
        match &self.0 {
            Source::Known(value) => Some(value),
            Source::Later(_) => None,
        }
    }

    /// The value, if it is known.
    pub fn into_known(self) -> Option<T> {
        match self.0 {
            Source::Known(value) => Some(value),
            Source::Later(_) => None,
        }
    }
}

/// For jobs: what a job is given is known.
///
/// # Panics
///
/// Where a DAG is written, of a value that comes later.
impl<T> Deref for Given<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.get().expect("what a job is given was read from JSON, which gives known values alone")
    }
}

impl<T: Default> Default for Given<T> {
    fn default() -> Self {
        T::default().into()
    }
}

impl<T> From<T> for Given<T> {
    fn from(value: T) -> Self {
        Self(Source::Known(value))
    }
}

impl From<&str> for Given<String> {
    fn from(value: &str) -> Self {
        value.to_owned().into()
    }
}

impl<T: Serialize> Serialize for Given<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Source::Known(value) => value.serialize(serializer),
            Source::Later(placeholder) => placeholder.to_json().serialize(serializer),
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::from)
    }
}

impl Placeholder {
    fn to_json(&self) -> Value {
        let nothing = || Value::Object(Map::new());
        let (key, value) = match self {
            Placeholder::Output(task) => ("$output", task.as_str().into()),
            Placeholder::Item => ("$item", nothing()),
            Placeholder::Parameters => ("$parameters", nothing()),
            Placeholder::Parameter(field) => ("$parameter", field.as_str().into()),
            Placeholder::Instant => ("$instant", nothing()),
        };
        Value::Object(Map::from_iter([(key.to_owned(), value)]))
    }

    /// What `value` stands for, if it is a placeholder.
    pub(crate) fn read(value: &Value) -> Option<Self> {
        let object = value.as_object().filter(|object| object.len() == 1)?;
        let (key, value) = object.iter().next()?;
        let text = || value.as_str().map(str::to_owned);
        match key.as_str() {
            "$output" => text().map(Placeholder::Output),
            "$parameter" => text().map(Placeholder::Parameter),
            "$item" => Some(Placeholder::Item),
            "$parameters" => Some(Placeholder::Parameters),
            "$instant" => Some(Placeholder::Instant),
            _ => None,
        }
    }

    /// Every placeholder in a template, in its order.
    pub(crate) fn all_in(template: &Value) -> Vec<Self> {
        if let Some(placeholder) = Self::read(template) {
            return vec![placeholder];
        }
        match template {
            Value::Array(elements) => elements.iter().flat_map(Self::all_in).collect(),
            Value::Object(fields) => fields.values().flat_map(Self::all_in).collect(),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, Serialize, Deserialize)]
    struct Input {
        known: Given<u32>,
        list: Vec<Given<String>>,
    }

    #[test]
    fn a_value_that_comes_later_stands_as_a_placeholder_and_is_read_from_a_value_alone() {
        let later = Given::later(Placeholder::Output("edition".to_owned()));
        let input = Input { known: 7.into(), list: vec!["a".into(), later] };
        let template = serde_json::to_value(&input).expect("plain data");
        assert_eq!(template, json!({"known": 7, "list": ["a", {"$output": "edition"}]}));
        assert_eq!(Placeholder::all_in(&template), [Placeholder::Output("edition".to_owned())]);
        assert!(serde_json::from_value::<Input>(template).is_err());

        let input: Input = serde_json::from_value(json!({"known": 8, "list": ["b"]})).expect("values");
        assert_eq!((*input.known, input.list[0].as_str()), (8, "b"));
        assert_eq!(input.known.into_known(), Some(8));
    }

    #[test]
    fn every_placeholder_is_read_as_it_is_written() {
        let all = [
            Placeholder::Output("a".to_owned()),
            Placeholder::Item,
            Placeholder::Parameters,
            Placeholder::Parameter("spider".to_owned()),
            Placeholder::Instant,
        ];
        for placeholder in all {
            assert_eq!(Placeholder::all_in(&json!([{ "x": placeholder.to_json() }])), [placeholder]);
        }
        assert_eq!(Placeholder::all_in(&json!({"$output": "a", "b": {}})), []);
    }
}

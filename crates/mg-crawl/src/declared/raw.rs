//! What stood in a source, and the value that a field makes of it.

use std::borrow::Cow;

use chrono::NaiveDate;
use mg_core::Value;
use url::Url;

use super::{Field, FieldType};
use crate::normalise::{self, NoValue};

/// What stood in a source: text of a page, or something that its format has a type for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Raw<'a> {
    Nothing,
    Text(Cow<'a, str>),
    Integer(i64),
    Float(f64),
    Truth(bool),
    Day(NaiveDate),
}

impl Raw<'_> {
    /// The same as text, for whoever must read it.
    pub(super) fn shown(&self) -> String {
        match self {
            Raw::Nothing => String::new(),
            Raw::Text(text) => text.clone().into_owned(),
            Raw::Integer(number) => number.to_string(),
            Raw::Float(number) => number.to_string(),
            Raw::Truth(truth) => truth.to_string(),
            Raw::Day(day) => day.to_string(),
        }
    }
}

impl Field {
    /// The value of what was found, on the page at `address`.
    pub(super) fn value(&self, raw: &Raw<'_>, address: &Url) -> Result<Value, NoValue> {
        let value = match (raw, &self.regex) {
            (Raw::Nothing, _) => Value::Null,
            (raw, Some(regex)) => match regex.captures(&normalise::spaces(&raw.shown())) {
                // Where the pattern is not, the field is not.
                None => Value::Null,
                Some(groups) => {
                    let group = groups.get(1).or(groups.get(0));
                    self.of_text(group.map_or("", |group| group.as_str()), address)?
                }
            },
            (Raw::Text(text), None) => self.of_text(text, address)?,
            (raw, None) => self.of_typed(raw, address)?,
        };
        match (&self.default, &value) {
            (Some(default), Value::Null) => Ok(default.clone()),
            (None, Value::Null) if self.required => {
                Err(NoValue("it is required and nothing was found".into()))
            }
            _ => Ok(value),
        }
    }

    fn of_text(&self, text: &str, address: &Url) -> Result<Value, NoValue> {
        Ok(match self.kind {
            FieldType::Text => match normalise::spaces(text) {
                text if text.is_empty() => Value::Null,
                text => Value::Text(text),
            },
            FieldType::Integer => normalise::integer(text, self.decimal)?.into(),
            FieldType::Float => normalise::number(text, self.decimal)?.into(),
            FieldType::Date => match &self.format {
                Some(format) => normalise::day_as(text, format)?.into(),
                None => normalise::day(text)?.into(),
            },
            FieldType::Time => normalise::time_of_day(text)?.into(),
            FieldType::Boolean => normalise::truth(text)?.map(yes_or_no).into(),
            FieldType::Url => match text.trim() {
                "" => Value::Null,
                text => Value::Text(whole_address(text, address)?),
            },
        })
    }

    /// A number of JSON or of a sheet is one whatever the marks of a language are.
    fn of_typed(&self, raw: &Raw<'_>, address: &Url) -> Result<Value, NoValue> {
        Ok(match (self.kind, raw) {
            (FieldType::Integer, Raw::Integer(number)) => Value::Integer(*number),
            (FieldType::Integer, Raw::Float(number)) if number.fract() == 0.0 && number.abs() < 9e15 => {
                Value::Integer(*number as i64)
            }
            (FieldType::Float, Raw::Integer(number)) => Value::Float(*number as f64),
            (FieldType::Float, Raw::Float(number)) => Value::Float(*number),
            (FieldType::Date, Raw::Day(day)) => Value::Date(*day),
            (FieldType::Boolean, Raw::Truth(truth)) => yes_or_no(*truth).into(),
            (FieldType::Text | FieldType::Boolean, raw) => self.of_text(&raw.shown(), address)?,
            // 20240303 in a sheet or in JSON.
            (FieldType::Date, Raw::Integer(number)) => self.of_text(&number.to_string(), address)?,
            (FieldType::Date, Raw::Float(number)) => self.of_text(&number.to_string(), address)?,
            (_, raw) => return Err(NoValue(format!("`{}` is of another type", raw.shown()))),
        })
    }
}

fn yes_or_no(truth: bool) -> &'static str {
    if truth { "oui" } else { "non" }
}

fn whole_address(text: &str, address: &Url) -> Result<String, NoValue> {
    match address.join(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url.into()),
        _ => Err(NoValue(format!("`{text}` is no address of the web"))),
    }
}

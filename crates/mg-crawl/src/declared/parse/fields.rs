//! The sections `[[field]]`.

use chrono::NaiveDate;
use mg_core::Value;
use toml::de::DeValue;

use super::PROVENANCE;
use crate::declared::fault::Faults;
use crate::declared::section::{Said, Section};
use crate::declared::{Field, FieldSpec, FieldType, Kind};

/// A field for each section; `None` where one is at fault.
pub(super) fn read(
    sections: &mut Vec<Section<'_>>,
    kind: Kind,
    faults: &mut Faults<'_>,
) -> Vec<Option<Field>> {
    let mut fields: Vec<Option<Field>> = Vec::new();
    for section in sections.drain(..) {
        let place = section.place_of("name");
        let field = field(section, kind, faults);
        if let Some(field) = &field {
            let path = format!("field.{}.name", field.name);
            if PROVENANCE.contains(&field.name.as_str()) {
                let reason = format!("`{}` is a column that each table has", field.name);
                faults.note(&place, path, reason, "Name the field otherwise");
            } else if fields.iter().flatten().any(|other| other.name == field.name) {
                faults.note(&place, path, "there are two of that name", "Name one of them otherwise");
            }
        }
        fields.push(field);
    }
    fields
}

fn field(mut section: Section<'_>, kind: Kind, faults: &mut Faults<'_>) -> Option<Field> {
    let before = faults.count();
    let name = section.needed("name", faults);
    if let Some(name) = &name {
        section.path = format!("field.{}", name.value);
    }
    let mut text = |key| section.text(key, faults).map(|said| said.value);
    let spec = FieldSpec {
        name: name.map(|name| name.value).unwrap_or_default(),
        selector: text("selector"),
        attribute: text("attribute"),
        regex: text("regex"),
        kind: text("type"),
        decimal: text("decimal"),
        format: text("format"),
        unit: text("unit"),
        doc_fr: text("doc_fr"),
        doc_en: text("doc_en"),
        pointer: text("pointer"),
        column: text("column"),
        join: section.text_as_it_is("join", faults),
        address: section.truth("address", faults).unwrap_or(false),
        page: section.truth("page", faults).unwrap_or(false),
        required: section.truth("required", faults).unwrap_or(false),
    };
    let default = section.any("default");
    let has_name = !spec.name.is_empty();
    let checked = spec.check(kind);
    let field = match checked {
        Ok(field) => with_default(field, default, &section, faults),
        Err(wrong) => {
            // A name that is missing was told already.
            for wrong in wrong.into_iter().filter(|wrong| has_name || wrong.key != "name") {
                section.fault(wrong.key, wrong.reason, wrong.advice, faults);
            }
            None
        }
    };
    section.end(faults);
    field.filter(|_| faults.count() == before)
}

fn with_default(
    mut field: Field,
    default: Option<Said<&DeValue<'_>>>,
    section: &Section<'_>,
    faults: &mut Faults<'_>,
) -> Option<Field> {
    let Some(said) = default else { return Some(field) };
    let value = value_of(said.value, field.kind);
    if value.is_none() {
        let kind = FieldType::NAMES.iter().find(|(_, kind)| *kind == field.kind).map_or("", |(name, _)| name);
        let reason = format!("it is of type {} and the field of type {kind}", said.value.type_str());
        let advice = "Write a default of the field's type: 0, 1.5, \"text\", \"2024-03-03\", \"12:30\", true";
        section.fault("default", reason, advice.to_owned(), faults);
        return None;
    }
    if field.required {
        let advice = "Take out `required` or `default`".to_owned();
        section.fault("default", "a required field is never without a value".to_owned(), advice, faults);
        return None;
    }
    field.default = value;
    Some(field)
}

fn value_of(value: &DeValue<'_>, kind: FieldType) -> Option<Value> {
    let number = |digits: &str| digits.replace('_', "");
    Some(match (kind, value) {
        (FieldType::Integer, DeValue::Integer(digits)) => {
            Value::Integer(i64::from_str_radix(&number(digits.as_str()), digits.radix()).ok()?)
        }
        (FieldType::Float, DeValue::Integer(digits)) => Value::Float(number(digits.as_str()).parse().ok()?),
        (FieldType::Float, DeValue::Float(digits)) => Value::Float(number(digits.as_str()).parse().ok()?),
        (FieldType::Date, DeValue::String(text)) => {
            Value::Date(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?)
        }
        (FieldType::Date, DeValue::Datetime(day)) => {
            Value::Date(NaiveDate::parse_from_str(&day.to_string(), "%Y-%m-%d").ok()?)
        }
        (FieldType::Time, DeValue::String(text)) => {
            Value::Text(crate::normalise::time_of_day(text).ok().flatten()?)
        }
        (FieldType::Boolean, DeValue::Boolean(truth)) => Value::from(if *truth { "oui" } else { "non" }),
        (FieldType::Text, DeValue::String(text)) => Value::Text(text.to_string()),
        (FieldType::Url, DeValue::String(text)) => Value::Text(url::Url::parse(text).ok()?.into()),
        _ => return None,
    })
}

//! One table of a spider's TOML, read key by key; each value knows where it stands.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Faults, nearest};

/// A value, and where it stands in the text.
#[derive(Debug, Clone)]
pub(super) struct Said<T> {
    pub(super) value: T,
    pub(super) place: Range<usize>,
}

/// A table being read. [`Section::end`] notes the keys that nobody asked for.
pub(super) struct Section<'a> {
    pub(super) path: String,
    pub(super) place: Range<usize>,
    table: Option<&'a DeTable<'a>>,
    asked: Vec<&'static str>,
}

impl<'a> Section<'a> {
    pub(super) fn root(table: &'a DeTable<'a>) -> Self {
        Self { path: String::new(), place: 0..0, table: Some(table), asked: Vec::new() }
    }

    /// The section of that name; an empty one where there is none.
    pub(super) fn section(&mut self, key: &'static str, faults: &mut Faults<'_>) -> Section<'a> {
        let path = self.path_of(key);
        let Some(value) = self.get(key) else {
            return Section { path, place: self.place.clone(), table: None, asked: Vec::new() };
        };
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong(key, value, "a section", &format!("Write [{path}] above its keys"), faults);
        }
        Section { path, place: value.span(), table, asked: Vec::new() }
    }

    /// The sections `[[key]]`, in their order.
    pub(super) fn sections(&mut self, key: &'static str, faults: &mut Faults<'_>) -> Vec<Section<'a>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let path = self.path_of(key);
        let advice = format!("Write [[{path}]] above the keys of each");
        let Some(list) = value.get_ref().as_array() else {
            self.wrong(key, value, "a list of sections", &advice, faults);
            return Vec::new();
        };
        let mut sections = Vec::new();
        for entry in list.iter() {
            let table = entry.get_ref().as_table();
            if table.is_none() {
                self.wrong(key, entry, "a list of sections", &advice, faults);
            }
            sections.push(Section { path: path.clone(), place: entry.span(), table, asked: Vec::new() });
        }
        sections
    }

    pub(super) fn exists(&self) -> bool {
        self.table.is_some()
    }

    pub(super) fn text(&mut self, key: &'static str, faults: &mut Faults<'_>) -> Option<Said<String>> {
        let value = self.get(key)?;
        let Some(text) = value.get_ref().as_str() else {
            self.wrong(key, value, "a text", "Put it between quotes", faults);
            return None;
        };
        if text.trim().is_empty() {
            faults.note(&value.span(), self.path_of(key), "it is empty", "Fill it or take it out");
            return None;
        }
        Some(Said { value: text.to_owned(), place: value.span() })
    }

    /// A text that may be of spaces alone.
    pub(super) fn text_as_it_is(&mut self, key: &'static str, faults: &mut Faults<'_>) -> Option<String> {
        let value = self.get(key)?;
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.wrong(key, value, "a text", "Put it between quotes", faults);
        }
        text.map(str::to_owned)
    }

    /// A text that must be there.
    pub(super) fn needed(&mut self, key: &'static str, faults: &mut Faults<'_>) -> Option<Said<String>> {
        if self.table.is_some_and(|table| table.get(key).is_none()) {
            faults.note(
                &self.place,
                self.path_of(key),
                "it is missing",
                format!("Add a line `{key} = \"…\"`"),
            );
        }
        self.text(key, faults)
    }

    /// Texts: a list of them, or one.
    pub(super) fn texts(&mut self, key: &'static str, faults: &mut Faults<'_>) -> Vec<Said<String>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let entries = match value.get_ref() {
            DeValue::Array(list) => list.iter().collect(),
            _ => vec![value],
        };
        let mut texts = Vec::new();
        for entry in entries {
            match entry.get_ref().as_str() {
                Some(text) if !text.trim().is_empty() => {
                    texts.push(Said { value: text.to_owned(), place: entry.span() });
                }
                Some(_) => faults.note(&entry.span(), self.path_of(key), "it is empty", "Take it out"),
                None => self.wrong(key, entry, "a list of texts", "Put each between quotes", faults),
            }
        }
        texts
    }

    /// A whole number within `range`.
    pub(super) fn integer(
        &mut self,
        key: &'static str,
        range: Range<i64>,
        faults: &mut Faults<'_>,
    ) -> Option<Said<i64>> {
        let value = self.get(key)?;
        let advice = format!("Write a number of {} to {}", range.start, range.end - 1);
        let Some(digits) = value.get_ref().as_integer() else {
            self.wrong(key, value, "a whole number", &advice, faults);
            return None;
        };
        let number = i64::from_str_radix(&digits.as_str().replace('_', ""), digits.radix());
        let Some(number) = number.ok().filter(|number| range.contains(number)) else {
            faults.note(&value.span(), self.path_of(key), "it is out of bounds", advice);
            return None;
        };
        Some(Said { value: number, place: value.span() })
    }

    /// A number above zero, whole or not.
    pub(super) fn number(&mut self, key: &'static str, faults: &mut Faults<'_>) -> Option<Said<f64>> {
        let value = self.get(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(digits) => digits.as_str().replace('_', "").parse::<f64>().ok(),
            DeValue::Float(digits) => digits.as_str().replace('_', "").parse::<f64>().ok(),
            _ => None,
        };
        let Some(number) = number.filter(|number| number.is_finite() && *number > 0.0) else {
            self.wrong(key, value, "a number above zero", "Write it without quotes: 0.5", faults);
            return None;
        };
        Some(Said { value: number, place: value.span() })
    }

    pub(super) fn truth(&mut self, key: &'static str, faults: &mut Faults<'_>) -> Option<bool> {
        let value = self.get(key)?;
        let truth = value.get_ref().as_bool();
        if truth.is_none() {
            self.wrong(key, value, "a truth value", "Write true or false, without quotes", faults);
        }
        truth
    }

    /// Whatever stands there.
    pub(super) fn any(&mut self, key: &'static str) -> Option<Said<&'a DeValue<'a>>> {
        let value = self.get(key)?;
        Some(Said { value: value.get_ref(), place: value.span() })
    }

    /// Where `key` stands; where the section does, if it is not there.
    pub(super) fn place_of(&self, key: &str) -> Range<usize> {
        let value = self.table.and_then(|table| table.get(key));
        value.map_or_else(|| self.place.clone(), Spanned::span)
    }

    /// Notes a fault of `key`.
    pub(super) fn fault(&self, key: &str, reason: String, advice: String, faults: &mut Faults<'_>) {
        faults.note(&self.place_of(key), self.path_of(key), reason, advice);
    }

    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Notes the keys that mean nothing here.
    pub(super) fn end(self, faults: &mut Faults<'_>) {
        for (key, _) in self.table.into_iter().flatten() {
            let name: &str = key.get_ref();
            if !self.asked.contains(&name) {
                let advice = nearest(name, &self.asked);
                faults.note(&key.span(), self.path_of(name), "there is no such key", advice);
            }
        }
    }

    fn get(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.asked.push(key);
        self.table?.get(key)
    }

    fn wrong(
        &self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        what: &str,
        advice: &str,
        faults: &mut Faults<'_>,
    ) {
        let found = value.get_ref().type_str();
        faults.note(
            &value.span(),
            self.path_of(key),
            format!("it should be {what} and is of type {found}"),
            advice,
        );
    }
}

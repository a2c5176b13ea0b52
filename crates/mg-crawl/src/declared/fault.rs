//! What is wrong with a spider's file, said so that it can be mended.

use std::fmt;
use std::ops::Range;

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The key at fault, with those above it: `field.prix.selector`.
    pub key: String,
    /// What is wrong, a sentence without its end.
    pub reason: String,
    /// What to do, a sentence without its end.
    pub advice: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, key, reason, advice } = self;
        let key = if key.is_empty() { String::new() } else { format!(" {key}:") };
        write!(formatter, "{file}:{line}:{key} {reason}. {advice}.")
    }
}

/// The faults of a file while it is read.
pub(super) struct Faults<'a> {
    file: &'a str,
    text: &'a str,
    found: Vec<Fault>,
}

impl<'a> Faults<'a> {
    pub(super) fn of(file: &'a str, text: &'a str) -> Self {
        Self { file, text, found: Vec::new() }
    }

    /// Notes a fault of what stands at `place`.
    pub(super) fn note(
        &mut self,
        place: &Range<usize>,
        key: impl Into<String>,
        reason: impl Into<String>,
        advice: impl Into<String>,
    ) {
        let before = self.text.get(..place.start).unwrap_or(self.text);
        self.found.push(Fault {
            file: self.file.to_owned(),
            line: before.matches('\n').count() + 1,
            key: key.into(),
            reason: reason.into(),
            advice: advice.into(),
        });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub(super) fn count(&self) -> usize {
        self.found.len()
    }

    /// All of them, by line.
    pub(super) fn into_list(mut self) -> Vec<Fault> {
        self.found.sort_by_key(|fault| fault.line);
        self.found
    }
}

/// Which of `known` was meant by `name`, as an advice.
pub(super) fn nearest(name: &str, known: &[&str]) -> String {
    let near = known.iter().map(|known| (strsim::jaro_winkler(name, known), known));
    let near = near.filter(|(likeness, _)| *likeness > 0.8).max_by(|a, b| a.0.total_cmp(&b.0));
    match near {
        Some((_, near)) => format!("Write `{near}` if that is meant"),
        None => format!("Take it out; what may stand here is {}", known.join(", ")),
    }
}

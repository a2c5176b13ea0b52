//! What a field might be called and hold, by the texts seen of it.

use mg_core::Identifier;
use url::Url;

use crate::declared::FieldType;
use crate::normalise::{self, Decimal};

/// Longer names say more than a column should.
const NAME_CHARS: usize = 40;

/// A field, guessed.
#[derive(Debug, Clone)]
pub(super) struct Guess {
    pub(super) name: String,
    /// How it is found: keys and values.
    pub(super) finding: Vec<(&'static str, String)>,
    pub(super) kind: FieldType,
    pub(super) unit: Option<&'static str>,
    /// Whether each sample differs from the others, and none is empty.
    pub(super) tells_apart: bool,
    /// One of the texts.
    pub(super) sample: String,
}

impl Guess {
    /// A field called about `name`, of which these texts were seen, one an item; `None` if all are empty.
    pub(super) fn of(
        name: &str,
        finding: Vec<(&'static str, String)>,
        samples: &[String],
        address: Option<&Url>,
    ) -> Option<Self> {
        let samples: Vec<String> = samples.iter().map(|sample| normalise::spaces(sample)).collect();
        let filled: Vec<&str> =
            samples.iter().map(String::as_str).filter(|sample| !sample.is_empty()).collect();
        let sample = filled.first()?.chars().take(80).collect();
        let (kind, unit) = match address {
            Some(_) => (FieldType::Url, None),
            None => kind_of(&filled),
        };
        let mut different = filled.clone();
        different.sort_unstable();
        different.dedup();
        let tells_apart = different.len() == samples.len();
        Some(Self { name: column_name(name), finding, kind, unit, tells_apart, sample })
    }
}

/// The names made different from each other by a number.
pub(super) fn distinct(mut guesses: Vec<Guess>) -> Vec<Guess> {
    for place in 0..guesses.len() {
        let (before, rest) = guesses.split_at_mut(place);
        let stem = rest[0].name.clone();
        let mut number = 2;
        while before.iter().any(|other| other.name == rest[0].name) {
            rest[0].name = format!("{stem}_{number}");
            number += 1;
        }
    }
    guesses
}

/// A text as the name of a column.
pub(super) fn column_name(text: &str) -> String {
    let mut name = String::new();
    for character in normalise::folded(text).chars() {
        if character.is_ascii_alphanumeric() {
            name.push(character);
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
    }
    let name: String = name.chars().take(NAME_CHARS).collect();
    let name = name.trim_matches('_');
    match Identifier::parse(name) {
        Ok(name) => name.to_string(),
        Err(_) if name.is_empty() => "champ".to_owned(),
        Err(_) => format!("champ_{name}"),
    }
}

fn kind_of(samples: &[&str]) -> (FieldType, Option<&'static str>) {
    let all = |test: &dyn Fn(&str) -> bool| samples.iter().all(|sample| test(sample));
    if all(&|sample| matches!(normalise::day(sample), Ok(Some(_))) && sample.chars().count() < 30) {
        return (FieldType::Date, None);
    }
    if all(&|sample| matches!(normalise::truth(sample), Ok(Some(_))) && sample.parse::<f64>().is_err()) {
        return (FieldType::Boolean, None);
    }
    let units: Option<Vec<Option<&'static str>>> = samples.iter().map(|sample| measure(sample)).collect();
    let Some(unit) = units.and_then(|units| units.into_iter().flatten().next().map(Some).or(Some(None)))
    else {
        return (FieldType::Text, None);
    };
    // A code keeps its leading zero.
    if samples
        .iter()
        .any(|sample| sample.starts_with('0') && sample.len() > 1 && !sample.contains([',', '.']))
    {
        return (FieldType::Text, None);
    }
    if unit.is_none() && all(&|sample| matches!(normalise::integer(sample, Decimal::Comma), Ok(Some(_)))) {
        return (FieldType::Integer, None);
    }
    (FieldType::Float, unit)
}

/// The unit of a text that is a number and at most a unit; outside `None` for any other text.
fn measure(sample: &str) -> Option<Option<&'static str>> {
    matches!(normalise::number(sample, Decimal::Comma), Ok(Some(_))).then_some(())?;
    let letters = |one: &char| one.is_alphabetic() || matches!(one, '€' | '%' | '²' | '$' | '°');
    let unit: String = sample.replace("m2", "m²").chars().filter(letters).collect();
    Some(match normalise::folded(&unit).as_str() {
        "" => None,
        "€" | "eur" | "euros" | "k€" | "m€" => Some("EUR"),
        "m²" => Some("m2"),
        "ha" => Some("ha"),
        "km" => Some("km"),
        "%" => Some("%"),
        "piece" | "pieces" | "logement" | "logements" => None,
        _ => return None,
    })
}

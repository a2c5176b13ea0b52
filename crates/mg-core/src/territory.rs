//! The communes that the platform answers for.

use serde::{Deserialize, Serialize};

/// The zone that stands for all communes of the territory together.
pub const WHOLE: &str = "ensemble";

/// A commune of the territory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commune {
    /// INSEE code, five characters.
    pub code: String,
    /// Official name, in French.
    pub nom: String,
    /// Municipal population (INSEE), inhabitants.
    pub population: i64,
}

/// An intercommunality and its communes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Territory {
    /// Its name, in French.
    pub nom: String,
    /// Its SIREN number, nine digits.
    pub siren: String,
    /// Its communes.
    pub communes: Vec<Commune>,
}

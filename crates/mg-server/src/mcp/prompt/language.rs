//! The languages that prompts speak.

use crate::Problem;

/// French unless English is asked for: so do the people of the territory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mcp) enum Language {
    French,
    English,
}

impl Language {
    pub(in crate::mcp) const ALL: [Language; 2] = [Language::French, Language::English];

    /// The word that the argument `langue` takes.
    pub(in crate::mcp) fn code(self) -> &'static str {
        match self {
            Language::French => "fr",
            Language::English => "en",
        }
    }

    pub(super) fn parse(word: Option<&str>) -> Result<Self, Problem> {
        let Some(word) = word.map(str::trim).filter(|word| !word.is_empty()) else {
            return Ok(Language::French);
        };
        let found = Language::ALL.into_iter().find(|language| language.code() == word.to_lowercase());
        found.ok_or_else(|| {
            let shown: String = word.chars().take(20).collect();
            Problem::new("bad_language", format!("`{shown}` is no language of the prompts."), "Say fr or en.")
        })
    }

    pub(super) fn choose<T>(self, french: T, english: T) -> T {
        match self {
            Language::French => french,
            Language::English => english,
        }
    }
}

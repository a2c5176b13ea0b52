//! What the environment chooses.

use std::env;

use anyhow::Context;

/// Sizes beyond this are crawled once: a peer takes minutes for them.
const LARGE_PAGES: usize = 5_000;

/// What is measured.
pub(super) struct Settings {
    /// CRAWLERS: whom.
    pub(super) crawlers: Vec<String>,
    /// SIZES: sites of how many pages.
    pub(super) sizes: Vec<usize>,
    rounds: usize,
}

impl Settings {
    pub(super) fn from_environment() -> anyhow::Result<Self> {
        let words = |name: &str, default: &str| -> Vec<String> {
            let text = env::var(name).unwrap_or_else(|_| default.to_owned());
            text.split_whitespace().map(str::to_owned).collect()
        };
        let numbers = |name: &'static str, default: &str| -> anyhow::Result<Vec<usize>> {
            let parsed = words(name, default).iter().map(|word| word.parse()).collect::<Result<_, _>>();
            parsed.with_context(|| format!("{name} is of numbers"))
        };
        Ok(Self {
            crawlers: words("CRAWLERS", "mg scrapy crawlee"),
            sizes: numbers("SIZES", "2000 20000")?,
            rounds: numbers("ROUNDS", "3")?.first().copied().unwrap_or(1).max(1),
        })
    }

    /// How often each crawls a site of that size; the median counts.
    pub(super) fn rounds_of(&self, pages: usize) -> usize {
        if pages > LARGE_PAGES { 1 } else { self.rounds }
    }
}

//! How a declared spider goes about: what it follows, how politely, when, and for which edition.

use chrono::{DateTime, Utc};
use regex::Regex;
use scraper::Selector;

/// Which links a spider follows.
#[derive(Debug, Clone, Default)]
pub struct Follow {
    /// To the next page of a list. In JSON a pointer to its address.
    pub next: Option<Next>,
    /// From a list to the pages of its items; with it, items are read there and not on the list.
    pub details: Option<Selector>,
    /// To further lists.
    pub links: Option<Selector>,
    /// Sitemaps and indexes of them, as written.
    pub sitemap: Vec<String>,
    /// RSS and Atom feeds, as written.
    pub feed: Vec<String>,
    /// How many links a page may lie from a start page; without it, any number.
    pub depth: Option<u32>,
    /// Only addresses that one of these matches, if there are any.
    pub include: Vec<Regex>,
    /// No address that one of these matches.
    pub exclude: Vec<Regex>,
}

/// How the next page of a list is found.
#[derive(Debug, Clone)]
pub enum Next {
    /// By a link.
    Link(Selector),
    /// By a pointer into JSON (RFC 6901) at its address.
    Pointer(String),
}

impl Follow {
    /// Whether `address` is one to follow.
    pub fn takes(&self, address: &str) -> bool {
        (self.include.is_empty() || self.include.iter().any(|pattern| pattern.is_match(address)))
            && !self.exclude.iter().any(|pattern| pattern.is_match(address))
    }
}

/// How politely a site is read. What is unset is as the platform's configuration has it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Politeness {
    /// Most requests a second to a host.
    pub rate: Option<f64>,
    /// Most requests at a time to a host.
    pub concurrency: Option<u32>,
    /// Least time between two requests to a host, milliseconds.
    pub delay_ms: Option<u64>,
    /// Whether a host that is slow or fails is asked less often.
    pub throttle: Option<bool>,
}

/// When a spider would be run; a hint for whoever schedules it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Five fields, local times.
    pub cron: String,
    /// IANA time zone.
    pub zone: String,
}

/// The address that a spider is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlArgument {
    /// What it means.
    pub doc: String,
    /// One that works.
    pub example: Option<String>,
}

/// Which edition records are of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Edition {
    /// The month of the fetch, `YYYY-MM`.
    #[default]
    Month,
    /// The day of the fetch, `YYYY-MM-DD`.
    Day,
    /// Always this one.
    Fixed(String),
}

impl Edition {
    /// The edition of what was fetched at an instant; days are those of UTC.
    pub fn at(&self, instant: DateTime<Utc>) -> String {
        match self {
            Self::Month => instant.format("%Y-%m").to_string(),
            Self::Day => instant.format("%Y-%m-%d").to_string(),
            Self::Fixed(edition) => edition.clone(),
        }
    }
}

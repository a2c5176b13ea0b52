//! geo-dvf: property sales by commune and year.
//!
//! A row is not a sale: each dwelling, outbuilding and piece of land of a mutation has its
//! row, and each repeats the price of the whole.

mod file;
mod market;
mod mutation;
mod routes;

use chrono::{Datelike, NaiveDate};

pub use file::COLUMNS;
pub use mutation::{Culture, LocalType, Lot, Mutation, MutationRow, Nature};

pub(crate) use routes::routes;

use crate::place::Place;

/// The first year that is published.
pub(crate) const FIRST_YEAR: i32 = 2014;

/// All sales of the territory, and the edition that they stand in.
pub(crate) struct Sales {
    /// By year, then commune, then date.
    mutations: Vec<Mutation>,
    /// The day the edition came out.
    pub(crate) published: NaiveDate,
    /// The last day that it tells of.
    pub(crate) last: NaiveDate,
}

impl Sales {
    /// Draws the sales of `places` that are published by `today`. As in reality, editions
    /// come out in April, up to December, and in October, up to June.
    pub(crate) fn draw(seed: u64, places: &[Place], today: NaiveDate) -> Self {
        let (published, last) = edition(today);
        let years = FIRST_YEAR..=last.year();
        let mutations = years.flat_map(|year| market::year(seed, places, year, last)).collect();
        Self { mutations, published, last }
    }

    /// The mutations of `year`.
    pub(crate) fn of_year(&self, year: i32) -> &[Mutation] {
        let start = self.mutations.partition_point(|mutation| mutation.date.year() < year);
        let end = self.mutations.partition_point(|mutation| mutation.date.year() <= year);
        &self.mutations[start..end]
    }
}

/// When the edition that stands on `today` came out, and up to when it tells.
fn edition(today: NaiveDate) -> (NaiveDate, NaiveDate) {
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).expect("a day of any year");
    let year = today.year();
    if today >= day(year, 10, 10) {
        (day(year, 10, 10), day(year, 6, 30))
    } else if today >= day(year, 4, 10) {
        (day(year, 4, 10), day(year - 1, 12, 31))
    } else {
        (day(year - 1, 10, 10), day(year - 1, 6, 30))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sales_are_published_some_months_late() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        for (today, last) in [
            ("2026-11-15", "2026-06-30"),
            ("2026-10-09", "2025-12-31"),
            ("2026-04-10", "2025-12-31"),
            ("2026-01-31", "2025-06-30"),
        ] {
            let (published, told) = edition(day(today));
            assert_eq!(told, day(last), "on {today}");
            assert!(published <= day(today) && told < published);
        }
    }
}

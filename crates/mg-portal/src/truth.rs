//! What the portal knows that it serves, so that a test can check what came of it.

use std::sync::Arc;

use chrono::NaiveDate;
use mg_core::Period;

use crate::dido::Edition;
use crate::dvf::{Mutation, Sales};
use crate::listing::Listing;
use crate::national::NationalMonth;
use crate::permit::{List, Permit};
use crate::populations::Population;

/// The data behind the endpoints. Clones share it.
#[derive(Clone)]
pub struct Truth {
    pub(crate) editions: Arc<[Edition]>,
    pub(crate) sales: Arc<Sales>,
    pub(crate) listings: Arc<[Listing]>,
    pub(crate) populations: Arc<[Population]>,
}

impl Truth {
    /// The months of Sitadel's editions, oldest first, whether published yet or not.
    pub fn millesimes(&self) -> Vec<String> {
        self.editions.iter().map(|edition| edition.month.to_string()).collect()
    }

    /// The permits for dwellings in the edition called `millesime`; none in an unknown one.
    pub fn permits(&self, millesime: &str) -> &[Permit] {
        self.list(List::Logements, millesime)
    }

    /// The rows of `list` in the edition called `millesime`; none in an unknown one.
    pub fn list(&self, list: List, millesime: &str) -> &[Permit] {
        let index = List::ALL.iter().position(|known| *known == list);
        match (self.edition(millesime), index) {
            (Some(edition), Some(index)) => &edition.lists[index],
            _ => &[],
        }
    }

    /// The national series in the edition called `millesime`; nothing in an unknown one.
    pub fn national(&self, millesime: &str) -> &[NationalMonth] {
        self.edition(millesime).map_or(&[], |edition| &edition.national)
    }

    /// The mutations of `year`, by commune, then date.
    pub fn mutations(&self, year: i32) -> &[Mutation] {
        self.sales.of_year(year)
    }

    /// The last day that the sales tell of.
    pub fn last_sale_day(&self) -> NaiveDate {
        self.sales.last
    }

    /// The housing adverts, in the order of the listing.
    pub fn listings(&self) -> &[Listing] {
        &self.listings
    }

    /// The populations of `year`, in the order of the communes; none of a year that is not out.
    pub fn populations(&self, year: i32) -> impl Iterator<Item = &Population> {
        self.populations.iter().filter(move |population| population.year == year)
    }

    /// The newest year that there are populations of.
    pub fn last_population_year(&self) -> Option<i32> {
        self.populations.last().map(|population| population.year)
    }

    fn edition(&self, millesime: &str) -> Option<&Edition> {
        self.editions.iter().find(|edition| edition.month.to_string() == millesime)
    }

    /// The month of the edition called `millesime`.
    pub(crate) fn month(&self, millesime: &str) -> Option<Period> {
        self.edition(millesime).map(|edition| edition.month)
    }
}

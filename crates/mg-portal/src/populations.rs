//! INSEE's legal populations: an archive a year, drawn so that the newest counts what the
//! territory's file says and earlier years lead up to it.
//!
//! As published, the archive has a file for the communes and others for larger areas; this
//! one has that of the communes alone.

mod file;
mod routes;

use chrono::{Datelike, NaiveDate};

pub use file::COLUMNS;

pub(crate) use routes::routes;

use crate::dice::Dice;
use crate::place::Place;
use crate::truth::Truth;

/// Years that there are populations of, and the numbers of their publications, oldest first.
const PUBLICATIONS: [(i32, &str); 4] =
    [(2020, "6683035"), (2021, "7739582"), (2022, "8290591"), (2023, "8680726")];
/// They come into force on the first of January of this many years later.
const YEARS_UNTIL_IN_FORCE: i32 = 3;

/// How many people live in a commune.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Population {
    /// The year that is told of.
    pub year: i32,
    /// INSEE code of the commune.
    pub commune: String,
    /// Its name.
    pub name: String,
    /// Who lives there (PMUN).
    pub municipal: i64,
    /// Who lives elsewhere and is counted there as well, as students are at their parents' (PCAP).
    pub apart: i64,
}

impl Population {
    /// Both together (PTOT).
    pub fn total(&self) -> i64 {
        self.municipal + self.apart
    }
}

/// The populations in force by `today`: years in order, in each the communes as they are given.
pub(crate) fn draw(seed: u64, places: &[Place], today: NaiveDate) -> Vec<Population> {
    let years: Vec<i32> = PUBLICATIONS.into_iter().map(|(year, _)| year).collect();
    let in_force = |year: &i32| year + YEARS_UNTIL_IN_FORCE <= today.year();
    let years: Vec<i32> = years.into_iter().filter(in_force).collect();
    let newest = years.last().copied().unwrap_or_default();
    let of = |year: i32| places.iter().map(move |place| population(seed, place, year, newest));
    years.iter().flat_map(|year| of(*year)).collect()
}

/// The newest year that there are populations of, and the path of its archive.
pub(crate) fn newest(truth: &Truth) -> Option<(i32, String)> {
    let year = truth.last_population_year()?;
    let (_, number) = PUBLICATIONS.into_iter().find(|(known, _)| *known == year)?;
    Some((year, format!("/fr/statistiques/fichier/{number}/ensemble.zip")))
}

fn population(seed: u64, place: &Place, year: i32, newest: i32) -> Population {
    let dice = &mut Dice::of(seed, &format!("growth of {}", place.commune.code), 0);
    let growth = dice.bell(1.012, 0.008);
    let share_apart = dice.bell(0.012, 0.003).max(0.0);
    let municipal = (place.commune.population as f64 * growth.powi(year - newest)).round() as i64;
    Population {
        year,
        commune: place.commune.code.clone(),
        name: place.commune.nom.clone(),
        municipal,
        apart: (municipal as f64 * share_apart).round() as i64,
    }
}

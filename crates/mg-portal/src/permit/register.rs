//! The register: every permit of the territory since its first year.

use chrono::{Datelike, Days};
use mg_core::{Grain, Period};

use super::life::Life;
use super::{Applicant, Etat, List, Notice, Permit, Premises, Programme, Site};
use crate::dice::Dice;
use crate::place::Place;
use crate::street::{self, Street};

/// The year in which the lists begin.
pub(crate) const FIRST_YEAR: i32 = 2013;

/// Share of a year's permits that are authorised in each month.
const SEASON: [f64; 12] = [0.94, 0.95, 1.08, 0.98, 1.0, 1.12, 1.22, 0.68, 1.04, 1.1, 0.92, 0.97];

/// The lives of all permits of one list.
pub(crate) struct Register(Vec<Life>);

impl Register {
    /// Draws the permits of `list` in `places` that were authorised up to `last`, a month.
    pub(crate) fn draw(seed: u64, list: List, places: &[Place], last: Period) -> Self {
        let mut permits: Vec<Permit> =
            places.iter().flat_map(|place| authorised_in(seed, list, place, last)).collect();
        if list == List::Logements {
            share_a_number(&mut permits);
        }
        Self(permits.into_iter().map(|permit| Life::draw(seed, list, permit)).collect())
    }

    /// The rows of `edition`.
    pub(crate) fn edition(&self, edition: Period) -> Vec<Permit> {
        self.0.iter().filter_map(|life| life.in_edition(edition)).collect()
    }
}

/// Permits a year and inhabitant.
fn rate(list: List) -> f64 {
    match list {
        List::Logements => 0.0034,
        List::Locaux => 0.0006,
        List::Amenager => 0.000_12,
        List::Demolir => 0.000_25,
    }
}

/// Building's ups and downs, 1 for a middling year.
fn trend(year: i32) -> f64 {
    match year {
        ..=2014 => 0.92,
        2015..=2016 => 1.02,
        2017 => 1.12,
        2018..=2019 => 1.06,
        2020 => 0.88,
        2021 => 1.10,
        2022 => 1.08,
        2023 => 0.88,
        2024 => 0.82,
        2025 => 0.90,
        _ => 0.96,
    }
}

fn authorised_in(seed: u64, list: List, place: &Place, last: Period) -> Vec<Permit> {
    let first = chrono::NaiveDate::from_ymd_opt(FIRST_YEAR, 1, 1).expect("a first of January exists");
    let first = Period::holding(Grain::Month, first);
    let mut numbers = Numbers::default();
    let months = u32::try_from(last.since(first) + 1).unwrap_or(0);
    let mut permits = Vec::new();
    for month in (0..months).map(|step| first.plus(step)) {
        let day = month.start();
        let name = format!("{list:?} of {}", place.commune.code);
        let dice = &mut Dice::of(seed, &name, u64::from(day.year().unsigned_abs() * 12 + day.month()));
        let yearly = place.commune.population as f64 * rate(list) * trend(day.year());
        let count = dice.poisson(yearly / 12.0 * SEASON[day.month0() as usize]);
        for _ in 0..count {
            permits.push(permit(dice, list, place, month, &mut numbers));
        }
    }
    permits
}

fn permit(dice: &mut Dice, list: List, place: &Place, month: Period, numbers: &mut Numbers) -> Permit {
    let autorisation = dice.day(month);
    let conversion = list == List::Logements && dice.chance(0.16);
    let type_dau = match list {
        List::Logements if conversion => "DP",
        List::Logements | List::Locaux => "PC",
        List::Amenager => "PA",
        List::Demolir => "PD",
    };
    let programme = match list {
        List::Logements => Programme::draw(dice, place, conversion),
        List::Demolir => Programme { demolished: dice.between(0, 3), ..Programme::default() },
        List::Locaux | List::Amenager => Programme::default(),
    };
    let premises = if list == List::Locaux { Premises::draw(dice) } else { Premises::default() };
    let applicant = Applicant::draw(dice, place, programme.dwellings(), list != List::Demolir);
    let wait = if conversion { dice.between(25, 90) } else { dice.between(60, 250) };
    let depot = autorisation - Days::new(wait.unsigned_abs());
    let filed = Period::holding(Grain::Month, depot);
    let site = site(dice, list, place, &programme);
    Permit {
        type_dau,
        num_dau: numbers.next(dice, &place.commune.code, depot.year()),
        commune: place.commune.code.clone(),
        etat: Etat::Autorise,
        depot,
        autorisation,
        ouverture: None,
        achevement: None,
        notice: Notice { depot: filed, autorisation: month, ouverture: None, derniere: month },
        programme,
        premises,
        site,
        applicant,
    }
}

fn site(dice: &mut Dice, list: List, place: &Place, programme: &Programme) -> Site {
    let street = Street::draw(dice);
    let plots = dice.weighted(&[(1, 0.65), (2, 0.2), (3, 0.15)]);
    let zone = match list {
        List::Amenager => dice.weighted(&[(1, 0.9), (2, 0.1)]),
        _ => 4,
    };
    let land_m2 = match list {
        List::Amenager => dice.between(1_500, 24_000),
        _ => (programme.dwellings().max(1) * 70 + dice.between(180, 900)).min(16_000),
    };
    let place_name = if dice.chance(0.08) { format!("LOT {}", dice.between(1, 40)) } else { String::new() };
    Site {
        number: if dice.chance(0.88) { dice.between(1, 120).to_string() } else { String::new() },
        street_type: street.kind,
        street: street.name,
        place: place_name,
        locality: place.locality(),
        postcode: place.postcode,
        plots: (0..plots)
            .map(|_| street::plot(dice))
            .map(|(section, number)| (section, number.to_string()))
            .collect(),
        land_m2,
        zone,
    }
}

/// Registration numbers of one commune and list: a counter for each year of filing, with
/// gaps, since what was refused or concerns no dwelling is not in the list.
#[derive(Default)]
struct Numbers(Vec<(i32, i64)>);

impl Numbers {
    fn next(&mut self, dice: &mut Dice, commune: &str, year: i32) -> String {
        let index = self.0.iter().position(|(known, _)| *known == year).unwrap_or_else(|| {
            self.0.push((year, 0));
            self.0.len() - 1
        });
        let counter = &mut self.0[index].1;
        *counter += dice.between(1, 5);
        let (departement, rest) = commune.split_at(commune.len().min(2));
        format!("0{departement}{rest}{:02}{:05}", year.rem_euclid(100), counter)
    }
}

/// Gives one `DP` the number of a `PC` of its commune and year: in the published file a
/// number alone is no key either.
fn share_a_number(permits: &mut [Permit]) {
    let same = |one: &Permit, other: &Permit| one.num_dau.get(..8) == other.num_dau.get(..8);
    let found = permits.iter().enumerate().find_map(|(index, declared)| {
        let twin = permits.iter().find(|permit| permit.type_dau == "PC" && same(permit, declared));
        (declared.type_dau == "DP").then(|| twin.map(|twin| (index, twin.num_dau.clone()))).flatten()
    });
    if let Some((index, number)) = found {
        permits[index].num_dau = number;
    }
}

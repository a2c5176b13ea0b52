//! Housing adverts, invented.

use chrono::{Days, NaiveDate};

use crate::dice::Dice;
use crate::place::Place;

/// How many there are: five pages of ten, but for the last.
const COUNT: usize = 47;

/// An advert for a dwelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Its number.
    pub id: u32,
    /// Its title, in French.
    pub title: String,
    /// Name of the commune.
    pub commune: String,
    /// INSEE code of the commune.
    pub commune_code: String,
    /// Price, euro cents.
    pub price_cents: i64,
    /// Floor area, tenths of a square metre.
    pub area_tenths: i64,
    /// Main rooms.
    pub rooms: i64,
    /// The day it was put up.
    pub date: NaiveDate,
}

/// The adverts on `today`, newest first; none without a place.
pub(crate) fn draw(seed: u64, places: &[Place], today: NaiveDate) -> Vec<Listing> {
    let choices: Vec<(&Place, f64)> =
        places.iter().map(|place| (place, place.commune.population.max(1) as f64)).collect();
    let count = if choices.is_empty() { 0 } else { COUNT };
    let mut listings: Vec<Listing> = (0..count)
        .map(|number| {
            let dice = &mut Dice::of(seed, "advert", number as u64);
            let place = dice.weighted(&choices);
            listing(dice, place, today)
        })
        .collect();
    listings.sort_by_key(|listing| std::cmp::Reverse(listing.date));
    for (listing, id) in listings.iter_mut().zip(4801..) {
        listing.id = id;
    }
    listings
}

fn listing(dice: &mut Dice, place: &Place, today: NaiveDate) -> Listing {
    let flat = dice.chance(place.flats.max(0.2));
    let rooms = if flat { dice.between(1, 5) } else { dice.between(4, 7) };
    let area_tenths = dice.bell(170.0 * rooms as f64 + 130.0, 40.0).max(150.0) as i64;
    let per_m2 = if flat { 4_000.0 } else { 3_650.0 } * place.price * dice.bell(1.0, 0.08);
    let euros = (per_m2 * area_tenths as f64 / 10.0 / 1_000.0).round() as i64 * 1_000;
    let kind = if flat { "Appartement" } else { "Maison" };
    let plus = match flat {
        true => {
            dice.pick(&["avec balcon", "proche RER A", "dernier étage", "avec parking & cave", "traversant"])
        }
        false => dice.pick(&["avec jardin", "au calme", "« clés en main »", "avec garage", "bords de Marne"]),
    };
    Listing {
        id: 0,
        title: format!("{kind} {rooms} pièces {plus}"),
        commune: place.commune.nom.clone(),
        commune_code: place.commune.code.clone(),
        price_cents: euros * 100,
        area_tenths,
        rooms,
        date: today - Days::new(dice.between(0, 90).unsigned_abs()),
    }
}

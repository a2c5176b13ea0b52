//! The market that the sales are drawn from: volumes, seasons, prices.

use chrono::{Datelike, NaiveDate};
use mg_core::{Grain, Period};

use super::mutation::{Culture, LocalType, Lot, Mutation, MutationRow, Nature};
use crate::dice::Dice;
use crate::place::Place;
use crate::street::{self, Street};

/// Sales a year and inhabitant.
const RATE: f64 = 0.0168;
const SEASON: [f64; 12] = [0.88, 0.86, 0.98, 0.94, 0.96, 1.14, 1.30, 0.86, 1.02, 1.04, 0.96, 1.16];
/// Euros per m² at the start of 2014, in a commune of middling prices.
const FLAT_2014: f64 = 3_350.0;
const HOUSE_2014: f64 = 3_050.0;
/// Prices at the start of each year from 2014 on, 2014 being 1.
const LEVELS: [f64; 14] =
    [1.0, 0.99, 1.0, 1.02, 1.045, 1.07, 1.10, 1.15, 1.21, 1.225, 1.175, 1.16, 1.175, 1.19];

/// The sales of `year` in `places`, up to the day `last`: by commune, then date.
pub(super) fn year(seed: u64, places: &[Place], year: i32, last: NaiveDate) -> Vec<Mutation> {
    let january = NaiveDate::from_ymd_opt(year, 1, 1).expect("a first of January exists");
    let first = Period::holding(Grain::Month, january);
    let months = (0..12).map(|step| first.plus(step)).filter(|month| month.end() <= last);
    let months: Vec<(Period, f64)> = months.zip(SEASON).collect();
    let weight: f64 = months.iter().map(|(_, weight)| weight).sum();

    let mut mutations = Vec::new();
    for place in places {
        let name = format!("sales in {}", place.commune.code);
        let dice = &mut Dice::of(seed, &name, u64::from(year.unsigned_abs()));
        let mean = place.commune.population as f64 * RATE * volume(year) * weight / 12.0;
        // No commune of some hundred people goes a year without a sale.
        let count = dice.poisson(mean).max(1);
        let mut dates: Vec<NaiveDate> = (0..count)
            .map(|_| {
                let month = dice.weighted(&months);
                dice.day(month)
            })
            .collect();
        dates.sort_unstable();
        for date in dates {
            let number = 700_000 + mutations.len();
            mutations.push(sale(dice, place, date, format!("{year}-{number}")));
        }
    }
    mutations
}

/// How many sales a year has, 1 for a middling one.
fn volume(year: i32) -> f64 {
    match year {
        ..=2014 => 0.84,
        2015 => 0.92,
        2016 => 0.98,
        2017 | 2018 => 1.08,
        2019 => 1.16,
        2020 => 1.02,
        2021 => 1.20,
        2022 => 1.12,
        2023 => 0.88,
        2024 => 0.78,
        2025 => 0.88,
        _ => 0.94,
    }
}

/// The price level of the territory on `date`, 1 at the start of 2014.
fn level(date: NaiveDate) -> f64 {
    let years = usize::try_from(date.year() - 2014).unwrap_or(0);
    let share = f64::from(date.ordinal0()) / 366.0;
    let last = LEVELS.len() - 1;
    match (LEVELS.get(years), LEVELS.get(years + 1)) {
        (Some(start), Some(end)) => start + (end - start) * share,
        _ => LEVELS[last] * 1.012_f64.powf((years - last) as f64 + share),
    }
}

fn sale(dice: &mut Dice, place: &Place, date: NaiveDate, id: String) -> Mutation {
    let nature = dice.weighted(&[
        (Nature::Vente, 0.915),
        (Nature::Vefa, 0.01 + place.large_programmes),
        (Nature::TerrainABatir, 0.02),
        (Nature::Adjudication, 0.005),
        (Nature::Echange, 0.004),
        (Nature::Expropriation, 0.002),
    ]);
    let street = Street::draw(dice);
    let (section, number) = street::plot(dice);
    let parcel = format!("{}000{section}{number:04}", place.commune.code);
    let season = if (5..=8).contains(&date.month()) { 1.012 } else { 1.0 };
    let market = Market { place, level: level(date) * season, parcel };
    let (rows, price) = market.goods(dice, nature);
    let known = nature != Nature::Echange && dice.chance(0.99);
    // Most prices are round; the others have cents.
    let price =
        if dice.chance(0.9) { (price / 500.0).round() * 500.0 } else { (price * 100.0).round() / 100.0 };
    let near = |dice: &mut Dice, centre: f64| ((centre + dice.bell(0.0, 0.006)) * 1e6).round() / 1e6;
    Mutation {
        id,
        date,
        nature,
        price: known.then_some(price),
        commune: place.commune.code.clone(),
        commune_name: place.commune.nom.clone(),
        postcode: place.postcode,
        number: if dice.chance(0.95) { dice.between(1, 140) } else { 0 },
        street: format!("{} {}", street.kind, street.name),
        street_code: format!("{:04}", street.number),
        longitude: near(dice, place.longitude),
        latitude: near(dice, place.latitude),
        rows,
    }
}

struct Market<'a> {
    place: &'a Place,
    level: f64,
    parcel: String,
}

impl Market<'_> {
    /// What is sold, and for how much.
    fn goods(&self, dice: &mut Dice, nature: Nature) -> (Vec<MutationRow>, f64) {
        match nature {
            Nature::Vefa => self.unbuilt_flat(dice),
            Nature::TerrainABatir => self.land(dice, Culture::TerrainsABatir, 260.0),
            Nature::Expropriation => self.land(dice, Culture::Terres, 20.0),
            _ if dice.chance(0.035) => self.premises(dice),
            _ if dice.chance(0.03) => self.outbuilding(dice),
            _ if dice.chance(0.02) => self.block_of_flats(dice),
            _ if dice.chance(self.place.flats) => self.flat(dice),
            _ => self.house(dice),
        }
    }

    /// The price of `area` m² at `per_m2` euros of 2014 in this place, with its luck.
    fn price(&self, dice: &mut Dice, per_m2: f64, area: f64) -> f64 {
        per_m2 * area * self.place.price * self.level * dice.bell(0.0, 0.15).exp()
    }

    fn row(&self) -> MutationRow {
        MutationRow { parcel: self.parcel.clone(), ..MutationRow::default() }
    }

    fn flat_row(&self, dice: &mut Dice) -> (MutationRow, i64) {
        let rooms = dice.weighted(&[(1, 0.10), (2, 0.30), (3, 0.34), (4, 0.20), (5, 0.06)]);
        let area = dice.bell(14.0 + 17.5 * rooms as f64, 6.0).max(14.0) as i64;
        let carrez = dice.chance(0.6).then(|| (area as f64 + dice.bell(0.0, 1.2)).max(9.0));
        let lot = Lot {
            number: dice.between(1, 220),
            carrez_m2: carrez.map(|area| (area * 100.0).round() / 100.0),
        };
        let local = Some(LocalType::Appartement);
        let row =
            MutationRow { lots: vec![lot], local, built_m2: Some(area), rooms: Some(rooms), ..self.row() };
        (row, area)
    }

    fn flat(&self, dice: &mut Dice) -> (Vec<MutationRow>, f64) {
        let (mut row, area) = self.flat_row(dice);
        // Small flats cost more per m².
        let size = if area < 35 { 1.12 } else { 1.0 };
        let mut price = self.price(dice, FLAT_2014 * size, area as f64);
        if dice.chance(0.15) {
            row.lots.push(Lot { number: dice.between(221, 400), carrez_m2: None });
        }
        if dice.chance(0.012) {
            row.built_m2 = None;
        }
        let mut rows = vec![row];
        for _ in 0..dice.weighted(&[(0, 0.4), (1, 0.45), (2, 0.15)]) {
            let lots = vec![Lot { number: dice.between(401, 600), carrez_m2: None }];
            rows.push(MutationRow { lots, local: Some(LocalType::Dependance), rooms: Some(0), ..self.row() });
            price += 9_000.0;
        }
        (rows, price)
    }

    fn block_of_flats(&self, dice: &mut Dice) -> (Vec<MutationRow>, f64) {
        let flats: Vec<(MutationRow, i64)> = (0..dice.between(2, 6)).map(|_| self.flat_row(dice)).collect();
        let area: i64 = flats.iter().map(|(_, area)| area).sum();
        let price = self.price(dice, FLAT_2014 * 0.85, area as f64);
        (flats.into_iter().map(|(row, _)| row).collect(), price)
    }

    fn house(&self, dice: &mut Dice) -> (Vec<MutationRow>, f64) {
        let rooms = dice.weighted(&[(3, 0.12), (4, 0.3), (5, 0.33), (6, 0.18), (7, 0.07)]);
        let area = dice.bell(22.0 + 17.0 * rooms as f64, 12.0).max(38.0) as i64;
        let land = dice.bell(420.0, 190.0).max(60.0) as i64;
        let price = self.price(dice, HOUSE_2014, area as f64) + land as f64 * 60.0;
        let sold = MutationRow {
            local: Some(LocalType::Maison),
            built_m2: (!dice.chance(0.008)).then_some(area),
            rooms: Some(rooms),
            culture: Some(Culture::Sols),
            land_m2: Some(land),
            ..self.row()
        };
        let mut rows = vec![sold];
        if dice.chance(0.25) {
            let local = Some(LocalType::Dependance);
            rows.push(MutationRow {
                local,
                rooms: Some(0),
                culture: Some(Culture::Sols),
                land_m2: Some(land),
                ..self.row()
            });
        }
        if dice.chance(0.2) {
            let garden = Some(dice.between(30, 600));
            rows.push(MutationRow { culture: Some(Culture::Jardins), land_m2: garden, ..self.row() });
        }
        (rows, price)
    }

    /// A flat that is not built yet: its row has a lot, and no building.
    fn unbuilt_flat(&self, dice: &mut Dice) -> (Vec<MutationRow>, f64) {
        let area = dice.bell(60.0, 16.0).max(24.0);
        let price = self.price(dice, FLAT_2014 * 1.25, area);
        let lots = vec![
            Lot { number: dice.between(1, 200), carrez_m2: None },
            Lot { number: dice.between(201, 400), carrez_m2: None },
        ];
        (vec![MutationRow { lots, ..self.row() }], price)
    }

    fn land(&self, dice: &mut Dice, culture: Culture, per_m2: f64) -> (Vec<MutationRow>, f64) {
        let area = dice.between(180, 1_400);
        let price = self.price(dice, per_m2, area as f64);
        (vec![MutationRow { culture: Some(culture), land_m2: Some(area), ..self.row() }], price)
    }

    fn premises(&self, dice: &mut Dice) -> (Vec<MutationRow>, f64) {
        let area = dice.bell(240.0, 170.0).max(18.0) as i64;
        let price = self.price(dice, 1_900.0, area as f64);
        let local = Some(LocalType::Local);
        let row = MutationRow {
            local,
            built_m2: Some(area),
            rooms: Some(0),
            culture: Some(Culture::Sols),
            land_m2: Some(area * 2),
            ..self.row()
        };
        (vec![row], price)
    }

    fn outbuilding(&self, dice: &mut Dice) -> (Vec<MutationRow>, f64) {
        let lots = vec![Lot { number: dice.between(1, 300), carrez_m2: None }];
        let row = MutationRow { lots, local: Some(LocalType::Dependance), rooms: Some(0), ..self.row() };
        (vec![row], dice.between(9_000, 24_000) as f64)
    }
}

//! What a permit builds for living in.

use crate::dice::Dice;
use crate::place::Place;

/// Dwellings and floor areas of a permit, in the register's own distinctions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Programme {
    /// 1 new building, 2 works on an existing one.
    pub nature_declared: i64,
    /// 1 new building, 2 to 6 kinds of works on an existing one.
    pub nature: i64,
    /// Detached houses, one a permit.
    pub detached: i64,
    /// Houses of a group.
    pub grouped: i64,
    /// Flats outside residences.
    pub flats: i64,
    /// Dwellings in a residence (students, elderly people).
    pub residence: i64,
    /// Dwellings that are demolished.
    pub demolished: i64,
    /// Dwellings by number of rooms: 1, 2, 3, 4, 5, 6 and more.
    pub rooms: [i64; 6],
    /// Dwellings with a social-housing loan.
    pub social: i64,
    /// Floor area for living.
    pub area: Area,
    /// Storeys of the highest building; 0 when it was not filled in.
    pub storeys: i64,
    /// 1 own use, 2 sale, 3 letting, 5 not filled in.
    pub usage: i64,
    /// Whether there is a pool.
    pub pool: bool,
    /// Whether there is a garage.
    pub garage: bool,
    /// Whether a building is extended.
    pub extension: bool,
    /// What the dwellings are made from, for a conversion: 1 housing, 3 offices, 4 shops.
    pub converted_from: Option<i64>,
}

/// A floor area through the works, m².
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Area {
    /// Before.
    pub before: i64,
    /// Newly built.
    pub created: i64,
    /// Made by converting something else.
    pub converted_in: i64,
    /// Demolished.
    pub demolished: i64,
    /// Converted into something else.
    pub converted_out: i64,
}

impl Programme {
    /// All dwellings that it creates.
    pub fn dwellings(&self) -> i64 {
        self.detached + self.grouped + self.flats + self.residence
    }

    /// The published code of the main type: 1 detached, 2 grouped, 3 flats, 4 residence.
    pub fn main_type(&self) -> i64 {
        let by_type = [(1, self.detached), (2, self.grouped), (3, self.flats), (4, self.residence)];
        by_type.into_iter().max_by_key(|(code, count)| (*count, -code)).map_or(1, |(code, _)| code)
    }

    /// What one permit for dwellings in `place` builds. `conversion` for a `DP`.
    pub(super) fn draw(dice: &mut Dice, place: &Place, conversion: bool) -> Self {
        // One building permit in eight is for works on an old building, too.
        if conversion || dice.chance(0.12) {
            return Self::conversion(dice);
        }
        let mut made = if dice.chance(place.large_programmes) {
            Self::large(dice)
        } else {
            let size = (place.commune.population as f64 / 20_000.0).min(1.0);
            let kinds = [
                (Self::house as fn(&mut Dice) -> Self, 1.0),
                (Self::group, 0.10 + 0.08 * size),
                (Self::building, 0.05 + 0.25 * size),
                (Self::home, 0.012 * size),
            ];
            dice.weighted(&kinds)(dice)
        };
        made.rooms = rooms(dice, &made);
        made
    }

    fn new_building() -> Self {
        Self { nature_declared: 1, nature: 1, usage: 5, ..Self::default() }
    }

    fn house(dice: &mut Dice) -> Self {
        let area = Area { created: dice.bell(118.0, 32.0).max(45.0) as i64, ..Area::default() };
        Self {
            detached: 1,
            area,
            storeys: dice.between(1, 2),
            usage: dice.weighted(&[(5, 0.6), (1, 0.35), (3, 0.05)]),
            pool: dice.chance(0.12),
            garage: dice.chance(0.3),
            ..Self::new_building()
        }
    }

    fn group(dice: &mut Dice) -> Self {
        let grouped = dice.weighted(&[(2, 5.0), (3, 2.0), (4, 2.0), (6, 1.0), (12, 0.5)]);
        let area = Area { created: grouped * dice.between(82, 104), ..Area::default() };
        Self { grouped, area, storeys: 1, usage: dice.pick(&[2, 3, 5]), ..Self::new_building() }
    }

    fn building(dice: &mut Dice) -> Self {
        let flats = dice.weighted(&[(2, 4.0), (3, 3.0), (4, 2.0), (6, 2.0), (9, 1.0), (14, 1.0), (22, 0.5)]);
        let area = Area { created: flats * dice.between(55, 72), ..Area::default() };
        let old = if dice.chance(0.3) { 1 } else { 0 };
        Self { flats, demolished: old, area, storeys: 3, usage: dice.pick(&[2, 3]), ..Self::new_building() }
    }

    fn large(dice: &mut Dice) -> Self {
        let flats = dice.between(28, 160);
        let social = if dice.chance(0.5) { flats * dice.between(20, 45) / 100 } else { 0 };
        let area = Area { created: flats * dice.between(58, 66), ..Area::default() };
        Self { flats, social, area, storeys: dice.between(3, 6), usage: 2, ..Self::new_building() }
    }

    fn home(dice: &mut Dice) -> Self {
        let residence = dice.between(60, 130);
        let area = Area { created: residence * dice.between(24, 32), ..Area::default() };
        Self { residence, area, storeys: 4, usage: 3, ..Self::new_building() }
    }

    fn conversion(dice: &mut Dice) -> Self {
        let flats = dice.weighted(&[(1, 6.0), (2, 3.0), (3, 1.0)]);
        let area = Area { converted_in: flats * dice.between(35, 75), before: 60, ..Area::default() };
        let (detached, flats) = if flats == 1 { (1, 0) } else { (0, flats) };
        Self {
            nature_declared: 2,
            nature: dice.weighted(&[(2, 7.0), (3, 1.0), (5, 3.0)]),
            detached,
            flats,
            area,
            usage: dice.pick(&[1, 3, 5]),
            extension: dice.chance(0.1),
            converted_from: Some(dice.weighted(&[(1, 5.0), (3, 4.0), (4, 2.0)])),
            ..Self::default()
        }
    }

    /// A small correction, never none: dwellings of a group or a building, else the area.
    pub(super) fn correct(&mut self, dice: &mut Dice) {
        let fewer = dice.chance(0.5) && self.area.created + self.area.converted_in > 80;
        let sign = if fewer { -1 } else { 1 };
        let count = if self.flats > 2 { &mut self.flats } else { &mut self.grouped };
        if *count > 2 {
            let before = *count;
            let step = (*count * dice.between(1, 5) / 100).max(1);
            *count += sign * step;
            self.area.created = self.area.created * *count / before;
            let largest = (0..6).max_by_key(|&room| self.rooms[room]).unwrap_or(2);
            // A conversion leaves the rooms empty.
            if self.rooms[largest] > 0 {
                self.rooms[largest] += sign * step;
            }
        } else {
            let area =
                if self.area.converted_in > 0 { &mut self.area.converted_in } else { &mut self.area.created };
            *area += sign * dice.between(2, 9);
        }
    }
}

fn rooms(dice: &mut Dice, programme: &Programme) -> [i64; 6] {
    let houses = [0.0, 0.02, 0.08, 0.40, 0.38, 0.12];
    let flats = [0.08, 0.34, 0.36, 0.18, 0.04, 0.0];
    let home = [0.9, 0.1, 0.0, 0.0, 0.0, 0.0];
    let mut rooms = [0; 6];
    // One house in three leaves the box of rooms empty, as in the published file.
    if programme.dwellings() == 1 && dice.chance(0.33) {
        return rooms;
    }
    let kinds = [
        (programme.detached + programme.grouped, houses),
        (programme.flats, flats),
        (programme.residence, home),
    ];
    for (count, shares) in kinds {
        let choices: Vec<(usize, f64)> = shares.into_iter().enumerate().collect();
        for _ in 0..count {
            rooms[dice.weighted(&choices)] += 1;
        }
    }
    rooms
}

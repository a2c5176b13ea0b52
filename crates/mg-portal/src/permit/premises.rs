//! What a permit builds for anything else than living in.

use super::programme::Area;
use crate::dice::Dice;

/// Premises of a permit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Premises {
    /// Main use: 2 hotels, 3 offices, 4 shops, 5 crafts, 6 industry, 7 farming, 8 warehouses,
    /// 9 public service; 0 for none.
    pub usage: i64,
    /// Floor area.
    pub area: Area,
}

impl Premises {
    /// The floor area created for `usage`, m².
    pub fn created_for(&self, usage: i64) -> i64 {
        if usage == self.usage { self.area.created } else { 0 }
    }

    /// What one permit for premises builds.
    pub(super) fn draw(dice: &mut Dice) -> Self {
        let usage =
            dice.weighted(&[(4, 5.0), (9, 4.0), (3, 3.0), (8, 2.0), (5, 2.0), (6, 1.0), (7, 1.0), (2, 0.3)]);
        let typical = match usage {
            6 | 8 => 1_800,
            2 | 9 => 900,
            _ => 260,
        };
        let created = (typical as f64 * dice.bell(1.0, 0.45).max(0.08)) as i64;
        let before = if dice.chance(0.3) { dice.between(40, 900) } else { 0 };
        Self { usage, area: Area { created, before, ..Area::default() } }
    }

    /// A small correction, never none.
    pub(super) fn correct(&mut self, dice: &mut Dice) {
        self.area.created += dice.between(2, 9);
    }
}

//! Streets and plots. The names are the ones that every French town has.

use crate::dice::Dice;

const TYPES: [(&str, f64); 8] = [
    ("RUE", 55.0),
    ("AV", 14.0),
    ("CH", 9.0),
    ("ALLEE", 8.0),
    ("IMP", 5.0),
    ("BD", 4.0),
    ("PLACE", 3.0),
    ("ROUTE", 2.0),
];

const NAMES: [&str; 24] = [
    "DE LA REPUBLIQUE",
    "DU GENERAL LECLERC",
    "DE PARIS",
    "DES TILLEULS",
    "DE LA MAIRIE",
    "DU CHATEAU",
    "DES VIGNES",
    "DE LA MARNE",
    "JEAN JAURES",
    "VICTOR HUGO",
    "DES COTEAUX",
    "DE L'EGLISE",
    "DU STADE",
    "DES MARRONNIERS",
    "DE LA GARE",
    "DU MOULIN",
    "PASTEUR",
    "DES LILAS",
    "DE LA FONTAINE",
    "DES PRES",
    "DU LAVOIR",
    "DES ACACIAS",
    "DU PUITS",
    "DE VERDUN",
];

const SECTIONS: [&str; 16] =
    ["AB", "AC", "AD", "AE", "AH", "AI", "AK", "AL", "AM", "AN", "AO", "AP", "BC", "BD", "ZA", "ZB"];

/// A street: its type and its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Street {
    pub(crate) kind: &'static str,
    pub(crate) name: &'static str,
    /// Its number in the fiscal register of streets, four characters.
    pub(crate) number: usize,
}

impl Street {
    /// Any street.
    pub(crate) fn draw(dice: &mut Dice) -> Self {
        let number = dice.between(0, NAMES.len() as i64 - 1).unsigned_abs() as usize;
        Self { kind: dice.weighted(&TYPES), name: NAMES[number], number: number * 37 + 10 }
    }
}

/// A cadastral section and a plot number in it.
pub(crate) fn plot(dice: &mut Dice) -> (&'static str, i64) {
    (dice.pick(&SECTIONS), dice.between(1, 620))
}

//! Who asks for a permit. Companies and their numbers are invented; people are unnamed, as
//! in the published file.

use crate::dice::Dice;
use crate::place::Place;

/// The applicant of a permit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applicant {
    /// Category (`CAT_DEM`): 10 a person, 30 and 31 builders, 32 a property company, 90 other.
    pub category: i64,
    /// The company, when it is one.
    pub company: Option<Company>,
    /// Postcode.
    pub postcode: &'static str,
    /// Locality, in capitals.
    pub locality: String,
    /// Whether an architect drew the plans.
    pub architect: bool,
}

/// A company that asks for a permit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// Activity code.
    pub activity: &'static str,
    /// Legal category.
    pub legal_form: i64,
    /// Name.
    pub name: &'static str,
    /// Nine digits. They begin with 000, which no real company's do.
    pub siren: String,
    /// Fourteen digits, or nothing.
    pub siret: String,
}

const BUILDERS: [&str; 8] = [
    "SCCV LE CLOS DES TILLEULS",
    "SCCV LES TERRASSES DE LA GONDOIRE",
    "NORD BRIE PROMOTION",
    "ATELIERS DE LA MARNE IMMOBILIER",
    "FONCIERE DES TROIS COTEAUX",
    "SCI LES JARDINS DU LAVOIR",
    "VALLON ET FILS PROMOTION",
    "SNC VERGERS DE BRIE",
];

const SOCIAL_LANDLORDS: [&str; 2] =
    ["HABITAT DES DEUX RIVES - SA D'HLM", "OFFICE DE L'HABITAT DU VAL BRIARD"];

const OWNERS: [&str; 5] =
    ["SCI DU MOULIN NEUF", "SCI L'ACACIA", "SCI PETIT PRE", "SARL BATI BRIE", "SCI DU PUITS"];

impl Applicant {
    /// The applicant of a programme of `dwellings` dwellings in `place`; with `premises`,
    /// someone who builds premises.
    pub(super) fn draw(dice: &mut Dice, place: &Place, dwellings: i64, premises: bool) -> Self {
        let (category, company) = match dwellings {
            0 if premises => (dice.pick(&[32, 90, 50]), Some(company(dice, &OWNERS, 6540))),
            0..=2 if dice.chance(0.88) => (10, None),
            0..=2 => (32, Some(company(dice, &OWNERS, 6540))),
            3..=9 => (dice.pick(&[31, 32, 90]), Some(company(dice, &OWNERS, 5499))),
            _ if dice.chance(0.2) => (20, Some(company(dice, &SOCIAL_LANDLORDS, 5599))),
            _ => (30, Some(company(dice, &BUILDERS, 6541))),
        };
        let elsewhere = company.is_some() && dice.chance(0.5);
        let (postcode, locality) = match elsewhere {
            true => ("75008", "PARIS".to_owned()),
            false => (place.postcode, place.locality()),
        };
        let architect = dwellings > 2 || dice.chance(0.2);
        Self { category, company, postcode, locality, architect }
    }
}

fn company(dice: &mut Dice, names: &[&'static str], legal_form: i64) -> Company {
    let siren = format!("000{}", dice.digits(6));
    let siret = if dice.chance(0.9) { format!("{siren}00017") } else { String::new() };
    let activity = dice.pick(&["41.10A", "41.10D", "68.20A", "68.20B"]);
    Company { activity, legal_form, name: dice.pick(names), siren, siret }
}

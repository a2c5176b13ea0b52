//! Building permits, as one edition of the register tells them.

mod applicant;
mod life;
mod premises;
mod programme;
mod register;

use chrono::NaiveDate;
use mg_core::Period;

pub use applicant::{Applicant, Company};
pub use premises::Premises;
pub use programme::{Area, Programme};

pub(crate) use register::{FIRST_YEAR, Register};

/// The four lists that Sitadel publishes, one datafile each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum List {
    /// Permits that create dwellings.
    Logements,
    /// Permits that create non-residential premises.
    Locaux,
    /// Permits to develop land.
    Amenager,
    /// Permits to demolish.
    Demolir,
}

impl List {
    /// All four, in the order in which the portal names them.
    pub const ALL: [List; 4] = [List::Logements, List::Locaux, List::Amenager, List::Demolir];
}

/// How far a permit has come: what `ETAT_DAU` codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Etat {
    /// Authorised; nothing later is known.
    Autorise,
    /// Cancelled.
    Annule,
    /// The site has opened.
    Commence,
    /// The works are finished.
    Termine,
}

impl Etat {
    /// The published code.
    pub fn code(self) -> i64 {
        match self {
            Etat::Autorise => 2,
            Etat::Annule => 4,
            Etat::Commence => 5,
            Etat::Termine => 6,
        }
    }
}

/// One row of a list, as one edition tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct Permit {
    /// `PC` or `DP`; in the lists without that column, `PA` or `PD`.
    pub type_dau: &'static str,
    /// Registration number, thirteen characters.
    pub num_dau: String,
    /// INSEE code of the commune.
    pub commune: String,
    /// How far it has come.
    pub etat: Etat,
    /// Day on which it was filed.
    pub depot: NaiveDate,
    /// Day on which it was authorised.
    pub autorisation: NaiveDate,
    /// Day on which the site opened, when known.
    pub ouverture: Option<NaiveDate>,
    /// Day on which the works ended, when known.
    pub achevement: Option<NaiveDate>,
    /// When the register took notice.
    pub notice: Notice,
    /// What is built for living in.
    pub programme: Programme,
    /// What is built for anything else.
    pub premises: Premises,
    /// Where.
    pub site: Site,
    /// By whom.
    pub applicant: Applicant,
}

/// The months in which the register took notice (`DPC_*`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice {
    /// Of the filing.
    pub depot: Period,
    /// Of the authorisation.
    pub autorisation: Period,
    /// Of the opening of the site.
    pub ouverture: Option<Period>,
    /// Of anything, last.
    pub derniere: Period,
}

/// The plot that a permit is for.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// House number, when there is one.
    pub number: String,
    /// Type of the street, such as `RUE`.
    pub street_type: &'static str,
    /// Name of the street.
    pub street: &'static str,
    /// Named place, when it is given instead of a street.
    pub place: String,
    /// Locality, in capitals.
    pub locality: String,
    /// Postcode.
    pub postcode: &'static str,
    /// Cadastral section and number, one to three plots.
    pub plots: Vec<(&'static str, String)>,
    /// Land area, m².
    pub land_m2: i64,
    /// Kind of zone: 1 lotissement, 2 ZAC, 4 none.
    pub zone: i64,
}

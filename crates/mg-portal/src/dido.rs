//! DiDo, the portal of the statistical service of the ministry of housing: the lists of
//! Sitadel and the monthly national series, in editions (`millésimes`).

mod answer;
mod columns;
mod datafile;
mod query;
mod routes;
mod table;

pub use datafile::{AMENAGER, DEMOLIR, LOCAUX, LOGEMENTS, MENSUEL_NATIONAL};

pub(crate) use datafile::{Catalogue, Edition};
pub(crate) use routes::routes;

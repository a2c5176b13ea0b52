//! A local open-data portal: it plays the portals that the platform's data come from, in
//! their published formats, with invented data.
//!
//! It serves the demo and the tests. Its formats are those of the real ones, so that a spider
//! that works here works there; its data never are.
//!
//! | path | plays |
//! |---|---|
//! | `/dido/api/v1/datafiles/{rid}`, `…/csv`, `…/json` | DiDo: Sitadel's lists, two editions |
//! | `/geo-dvf/latest/csv/{year}/…` | property sales |
//! | `/epcis/247700594/communes` | geo.api.gouv.fr |
//! | `/fr/statistiques/fichier/{publication}/ensemble.zip` | INSEE's legal populations |
//! | `/annonces`, `/chantiers`, `/robots.txt` | pages, one of which needs a browser |
//! | `/_portal/trouble`, `/_portal/edition` | trouble on demand, and what is published so far |

mod dice;
mod dido;
mod dvf;
mod epci;
mod french;
mod listing;
mod national;
mod pages;
mod permit;
mod place;
mod populations;
mod portal;
mod request_log;
mod state;
mod street;
mod trouble;
mod truth;

pub use dido::{AMENAGER, DEMOLIR, LOCAUX, LOGEMENTS, MENSUEL_NATIONAL};
pub use dvf::{COLUMNS as DVF_COLUMNS, Culture, LocalType, Lot, Mutation, MutationRow, Nature};
pub use listing::Listing;
pub use national::NationalMonth;
pub use permit::{Applicant, Area, Company, Etat, List, Notice, Permit, Premises, Programme, Site};
pub use populations::{COLUMNS as POPULATION_COLUMNS, Population};
pub use portal::{Portal, PortalConfig, PortalError};
pub use request_log::RequestSeen;
pub use trouble::{Trouble, TroubleDesk, TroubleKind};
pub use truth::Truth;

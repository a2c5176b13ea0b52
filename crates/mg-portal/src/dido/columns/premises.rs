//! The columns of the lists that create no dwellings.

use crate::dido::table::Column;
use crate::dido::table::Read::{Flag, Number};
use crate::permit::Permit;

/// What premises, and how much of them.
pub(super) const PREMISES: &[Column<Permit>] = &[
    Column::new(
        "NATURE_PROJET_DECLAREE",
        "Nature du projet déclarée par le demandeur",
        Number(|p| if p.premises.area.before > 0 { 2 } else { 1 }),
    ),
    Column::new("DESTINATION_PRINCIPALE", "Destination principale", Number(|p| p.premises.usage)),
    Column::new("I_EXTENSION", "Indicateur d’extension", Flag(|p| p.premises.area.before > 0)),
    Column::new(
        "SURF_LOC_AVANT",
        "Surface de plancher de locaux non résidentiels (i.e. autres que d’habitation) existante avant travaux",
        Number(|p| p.premises.area.before),
    ),
    Column::new(
        "SURF_LOC_CREEE",
        "Surface de plancher de locaux non résidentiels (i.e. autres que d’habitation) nouvelle construite",
        Number(|p| p.premises.area.created),
    ),
    Column::new(
        "SURF_LOC_DEMOLIE",
        "Surface de plancher de locaux non résidentiels (i.e. autres que d’habitation) démolie",
        Number(|p| p.premises.area.demolished),
    ),
    Column::new(
        "SURF_HEB_CREEE",
        "Surface d’hébergement hôtelier créée",
        Number(|p| p.premises.created_for(2)),
    ),
    Column::new("SURF_BUR_CREEE", "Surface de bureaux créée", Number(|p| p.premises.created_for(3))),
    Column::new("SURF_COM_CREEE", "Surface de commerce créée", Number(|p| p.premises.created_for(4))),
    Column::new("SURF_ART_CREEE", "Surface d’artisanat créée", Number(|p| p.premises.created_for(5))),
    Column::new("SURF_IND_CREEE", "Surface industrielle créée", Number(|p| p.premises.created_for(6))),
    Column::new("SURF_AGR_CREEE", "Surface agricole créée", Number(|p| p.premises.created_for(7))),
    Column::new("SURF_ENT_CREEE", "Surface d’entrepôt créée", Number(|p| p.premises.created_for(8))),
    Column::new(
        "SURF_PUB_CREEE",
        "Surface de service public ou d’intérêt collectif créée",
        Number(|p| p.premises.created_for(9)),
    ),
];

/// What is torn down.
pub(super) const DEMOLITION: &[Column<Permit>] =
    &[Column::new("NB_LGT_DEMOLIS", "Nombre de logements démolis", Number(|p| p.programme.demolished))];

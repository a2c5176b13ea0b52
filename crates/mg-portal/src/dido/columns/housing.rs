//! The columns of the list of permits that create dwellings.

use crate::dido::table::Column;
use crate::dido::table::Read::{Flag, Number, NumberOrNone};
use crate::permit::Permit;

/// What kind of works.
pub(super) const WORKS: &[Column<Permit>] = &[
    Column::new(
        "NATURE_PROJET_DECLAREE",
        "Nature du projet déclarée par le demandeur",
        Number(|p| p.programme.nature_declared),
    ),
    Column::new("NATURE_PROJET_COMPLETEE", "Nature de projet détaillée", Number(|p| p.programme.nature)),
    Column::new("DESTINATION_PRINCIPALE", "Destination principale", Number(|_| 1)),
    Column::new(
        "TYPE_PRINCIP_LOGTS_CREES",
        "Type principal des logements créés",
        Number(|p| p.programme.main_type()),
    ),
    Column::new(
        "TYPE_TRANSFO_PRINCIPAL",
        "Type principal de transformation",
        NumberOrNone(|p| p.programme.converted_from.map(|_| 1)),
    ),
    Column::new(
        "TYPE_PRINCIP_LOCAUX_TRANSFORMES",
        "Type principal des locaux d’origine transformés",
        NumberOrNone(|p| p.programme.converted_from),
    ),
    Column::new("I_EXTENSION", "Indicateur d’extension", Flag(|p| p.programme.extension)),
    Column::new("I_SURELEVATION", "Indicateur de surélévation", Flag(|_| false)),
    Column::new("I_NIVSUPP", "Indicateur de création de niveau(x) supplémentaire(s)", Flag(|_| false)),
    Column::new("NB_NIV_MAX", "Nombre de niveaux du bâtiment le plus élevé", Number(|p| p.programme.storeys)),
    Column::new("UTILISATION", "Utilisation visée des locaux à construire", Number(|p| p.programme.usage)),
    Column::new("RES_PRINCIP_OU_SECOND", "Type d’habitation principale ou secondaire", Number(|_| 1)),
    Column::new("TYP_ANNEXE", "Type d’annexe", Number(annexe)),
    Column::new("I_PISCINE", "Présence d’une piscine dans le projet", Flag(|p| p.programme.pool)),
    Column::new("I_GARAGE", "Présence d’un garage dans le projet", Flag(|p| p.programme.garage)),
    Column::new("I_VERANDA", "Présence d’une véranda dans le projet", Flag(|_| false)),
    Column::new("I_ABRI_JARDIN", "Présence d’un abri de jardin dans le projet", Flag(|_| false)),
    Column::new("I_AUTRE_ANNEXE", "Présence d’une autre annexe dans le projet", Flag(|_| false)),
    Column::new("RESIDENCE", "Type de résidence", Number(|p| if p.programme.residence > 0 { 2 } else { 9 })),
    Column::new("RES_PERS_AGEES", "Présence d’une résidence pour personnes âgées", Flag(|_| false)),
    Column::new("RES_ETUDIANTS", "Présence d’une résidence étudiante", Flag(|p| p.programme.residence > 0)),
    Column::new("RES_TOURISME", "Présence d’une résidence de tourisme", Flag(|_| false)),
    Column::new(
        "RES_HOTEL_SOCIALE",
        "Présence d’une résidence hôtelière à vocation sociale",
        Flag(|_| false),
    ),
    Column::new("RES_SOCIALE", "Présence d’une résidence sociale", Flag(|_| false)),
    Column::new("RES_HANDICAPES", "Présence d’une résidence pour personnes handicapées", Flag(|_| false)),
    Column::new("RES_AUTRE", "Présence d’un autre type de résidence", Flag(|_| false)),
];

/// How many dwellings.
pub(super) const DWELLINGS: &[Column<Permit>] = &[
    Column::new("NB_LGT_TOT_CREES", "Nombre total de logements créés", Number(|p| p.programme.dwellings())),
    Column::new(
        "NB_LGT_IND_CREES",
        "Nombre de logements individuels créés",
        Number(|p| p.programme.detached + p.programme.grouped),
    ),
    Column::new(
        "NB_LGT_COL_CREES",
        "Nombre de logements collectifs créés",
        Number(|p| p.programme.flats + p.programme.residence),
    ),
    Column::new(
        "NB_LGT_INDIV_PURS",
        "Nombre de logements individuels purs créés",
        Number(|p| p.programme.detached),
    ),
    Column::new(
        "NB_LGT_INDIV_GROUPES",
        "Nombre de logements individuels groupés créés (hors résidence)",
        Number(|p| p.programme.grouped),
    ),
    Column::new("NB_LGT_RES", "Nombre de logements en résidence créés", Number(|p| p.programme.residence)),
    Column::new(
        "NB_LGT_COL_HORS_RES",
        "Nombre de logements collectifs créés hors résidence",
        Number(|p| p.programme.flats),
    ),
    Column::new("NB_LGT_DEMOLIS", "Nombre de logements démolis", Number(|p| p.programme.demolished)),
    Column::new("NB_LGT_1P", "Nombre de logements de 1 pièce créés", Number(|p| p.programme.rooms[0])),
    Column::new("NB_LGT_2P", "Nombre de logements de 2 pièces créés", Number(|p| p.programme.rooms[1])),
    Column::new("NB_LGT_3P", "Nombre de logements de 3 pièces créés", Number(|p| p.programme.rooms[2])),
    Column::new("NB_LGT_4P", "Nombre de logements de 4 pièces créés", Number(|p| p.programme.rooms[3])),
    Column::new("NB_LGT_5P", "Nombre de logements de 5 pièces créés", Number(|p| p.programme.rooms[4])),
    Column::new(
        "NB_LGT_6P_PLUS",
        "Nombre de logements de 6 pièces et plus créés",
        Number(|p| p.programme.rooms[5]),
    ),
    Column::new("NB_LGT_PRET_LOC_SOCIAL", "Nb de logements locatifs sociaux", Number(|p| p.programme.social)),
    Column::new("NB_LGT_ACC_SOC_HORS_PTZ", "Nb de logements aidé (hors ptz)", Number(|_| 0)),
    Column::new("NB_LGT_PTZ", "Nb de logements ptz", Number(|_| 0)),
];

/// How much floor area.
pub(super) const AREAS: &[Column<Permit>] = &[
    Column::new(
        "SURF_HAB_AVANT",
        "Surface de plancher de la destination'Habitation'existante avant travaux",
        Number(|p| p.programme.area.before),
    ),
    Column::new(
        "SURF_HAB_CREEE",
        "Surface de plancher de la destination'Habitation'nouvelle construite",
        Number(|p| p.programme.area.created),
    ),
    Column::new(
        "SURF_HAB_ISSUE_TRANSFO",
        "Surface de plancher de la destination'Habitation'issue d’une transformation",
        Number(|p| p.programme.area.converted_in),
    ),
    Column::new(
        "SURF_HAB_DEMOLIE",
        "Surface de plancher de la destination'Habitation'supprimée (démolie)",
        Number(|p| p.programme.area.demolished),
    ),
    Column::new(
        "SURF_HAB_TRANSFORMEE",
        "Surface de plancher de la destination'Habitation'transformée",
        Number(|p| p.programme.area.converted_out),
    ),
    Column::new(
        "SURF_LOC_AVANT",
        "Surface de plancher de locaux non résidentiels (i.e. autres que d’habitation) existante avant travaux",
        Number(|_| 0),
    ),
    Column::new(
        "SURF_LOC_CREEE",
        "Surface de plancher de locaux non résidentiels (i.e. autres que d’habitation) nouvelle construite",
        Number(|_| 0),
    ),
    Column::new(
        "SURF_LOC_ISSUE_TRANSFO",
        "Surface de plancher de locaux non résidentiels (i.e. autres que d’habitation) issue d’une transformation",
        Number(|_| 0),
    ),
    Column::new(
        "SURF_LOC_DEMOLIE",
        "Surface de plancher de locaux non résidentiels (i.e. autres que d’habitation) démolie",
        Number(|_| 0),
    ),
    Column::new(
        "SURF_LOC_TRANSFORMEE",
        "Surface de plancher de locaux non résidentiels (i.e. autres que d’habitation) transformée",
        Number(|p| converted(p, &[3, 4])),
    ),
    Column::gone("SURF_HEB_TRANSFORMEE", "Surface d’hébergement hôtelier transformée", Number(|_| 0)),
    Column::gone("SURF_BUR_TRANSFORMEE", "Surface de bureaux transformée", Number(|p| converted(p, &[3]))),
    Column::new("SURF_COM_TRANSFORMEE", "Surface de commerce transformée", Number(|p| converted(p, &[4]))),
    Column::gone("SURF_ART_TRANSFORMEE", "Surface d’artisanat transformée", Number(|_| 0)),
    Column::gone("SURF_IND_TRANSFORMEE", "Surface industrielle transformée", Number(|_| 0)),
    Column::new("SURF_AGR_TRANSFORMEE", "Surface agricole transformée", Number(|_| 0)),
    Column::gone("SURF_ENT_TRANSFORMEE", "Surface d’entrepôt transformée", Number(|_| 0)),
    Column::added(
        "SURF_AUTR_TRANSFORMEE",
        "Surface d’autres activités transformée",
        Number(|p| converted(p, &[3])),
    ),
    Column::new(
        "SURF_PUB_TRANSFORMEE",
        "Surface de service public ou d’intérêt collectif transformée",
        Number(|_| 0),
    ),
];

/// The kind of annexe: 1 a pool, 2 a garage, 7 none.
fn annexe(permit: &Permit) -> i64 {
    match (permit.programme.pool, permit.programme.garage) {
        (true, _) => 1,
        (false, true) => 2,
        (false, false) => 7,
    }
}

/// The floor area that dwellings take from premises of one of `uses`, m².
fn converted(permit: &Permit, uses: &[i64]) -> i64 {
    let from = permit.programme.converted_from.unwrap_or(0);
    if uses.contains(&from) { permit.programme.area.converted_in } else { 0 }
}

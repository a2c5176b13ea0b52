//! The columns that the four lists share: which permit, when, whose, where.

use chrono::Datelike;

use crate::dido::table::Column;
use crate::dido::table::Read::{Built, Date, Flag, Month, Number, NumberOrNone, Text};
use crate::permit::{Company, Permit};
use crate::place;

/// Where the works are, as far as a code goes.
pub(super) const ZONES: &[Column<Permit>] = &[
    // The published file keeps the region codes of before 2016, which Île-de-France shares.
    Column::new("REG_CODE", "Code de la région du lieu des travaux - Code de la zone", Text(|_| "11")),
    Column::new(
        "REG_LIBELLE",
        "Code de la région du lieu des travaux - Libellé de la zone",
        Text(|_| "Île-de-France"),
    ),
    Column::new(
        "DEP_CODE",
        "Code du département du lieu des travaux - Code de la zone",
        Text(|p| place::departement(&p.commune)),
    ),
    Column::new(
        "DEP_LIBELLE",
        "Code du département du lieu des travaux - Libellé de la zone",
        Text(|p| place::departement_name(place::departement(&p.commune))),
    ),
    Column::new("COMM", "Code de la commune du lieu des travaux", Text(|p| &p.commune)),
];

/// Which permit, in the lists of building permits.
pub(super) const NUMBERED_DAU: &[Column<Permit>] = &[
    Column::new(
        "TYPE_DAU",
        "Type de DAU -- demande d’autorisation d’urbanisme (PC ou DP généralement, rarement PA)",
        Text(|p| p.type_dau),
    ),
    Column::new("NUM_DAU", "Numéro d’enregistrement de la DAU", Text(|p| &p.num_dau)),
    Column::new("ETAT_DAU", "Etat d’avancement du projet", Number(|p| p.etat.code())),
];

/// Which permit, in the list of permits to develop.
pub(super) const NUMBERED_PA: &[Column<Permit>] = &[
    Column::new("NUM_PA", "Numéro d’enregistrement du permis d’aménager", Text(|p| &p.num_dau)),
    Column::new("ETAT_PA", "Etat d’avancement du projet", Number(|p| p.etat.code())),
];

/// Which permit, in the list of permits to demolish.
pub(super) const NUMBERED_PD: &[Column<Permit>] = &[
    Column::new("NUM_PD", "Numéro d’enregistrement du permis de démolir", Text(|p| &p.num_dau)),
    Column::new("ETAT_PD", "Etat d’avancement du projet", Number(|p| p.etat.code())),
];

/// When it was filed and authorised, when the site opened and closed, when that was known.
pub(super) const DATES: &[Column<Permit>] = &[
    Column::added("DR_DEPOT", "Date réelle de dépôt de la DAU", Date(|p| Some(p.depot))),
    Column::new(
        "DATE_REELLE_AUTORISATION",
        "Date réelle d’autorisation (PC) ou de non-opposition (DP) initiale",
        Date(|p| Some(p.autorisation)),
    ),
    Column::new("DATE_REELLE_DOC", "Date réelle d’ouverture de chantier", Date(|p| p.ouverture)),
    Column::new("DATE_REELLE_DAACT", "Date réelle d’achèvement des travaux", Date(|p| p.achevement)),
    Column::new("AN_DEPOT", "Année de dépôt de la DAU", Number(|p| p.depot.year().into())),
    Column::gone(
        "DPC_PREM",
        "Date (mois) de prise en compte (DPC) du premier évènement reçu dans Sitadel (dépôt de la demande ou autorisation)",
        Month(|p| Some(p.notice.depot)),
    ),
    Column::new(
        "DPC_AUT",
        "Date (mois) de prise en compte (DPC) de l’autorisation initiale",
        Month(|p| Some(p.notice.autorisation)),
    ),
    Column::new(
        "DPC_DOC",
        "Date (mois) de prise en compte (DPC) de l’ouverture du chantier",
        Month(|p| p.notice.ouverture),
    ),
    Column::new(
        "DPC_DERN",
        "Date (mois) (DPC) de dernière mise à jour des données",
        Month(|p| Some(p.notice.derniere)),
    ),
];

/// Whose it is.
pub(super) const APPLICANT: &[Column<Permit>] = &[
    Column::gone(
        "CAT_DEM",
        "Catégorie du demandeur (maître d’ouvrage) selon Sitadel",
        Number(|p| p.applicant.category),
    ),
    Column::new(
        "APE_DEM",
        "Code d’activité principale de l’établissement d’un demandeur avéré en tant que personne morale",
        Text(|p| company(p, |company| company.activity)),
    ),
    Column::new(
        "CJ_DEM",
        "Catégorie juridique d’un demandeur avéré en tant que personne morale",
        NumberOrNone(|p| p.applicant.company.as_ref().map(|company| company.legal_form)),
    ),
    Column::new(
        "DENOM_DEM",
        "Dénomination d’un demandeur avéré en tant que personne morale",
        Text(|p| company(p, |company| company.name)),
    ),
    Column::new(
        "SIREN_DEM",
        "Numéro SIREN d’un demandeur avéré en tant que personne morale",
        Text(|p| company(p, |company| &company.siren)),
    ),
    Column::new(
        "SIRET_DEM",
        "Numéro SIRET d’un demandeur avéré en tant que personne morale",
        Text(|p| company(p, |company| &company.siret)),
    ),
    Column::new("CODPOST_DEM", "Code postal du demandeur", Text(|p| p.applicant.postcode)),
    Column::new("LOCALITE_DEM", "Localité du demandeur", Text(|p| &p.applicant.locality)),
    Column::new("REC_ARCHI", "Indicateur de recours à un architecte", Flag(|p| p.applicant.architect)),
];

/// Where it is, to the plot.
pub(super) const SITE: &[Column<Permit>] = &[
    Column::new("ADR_NUM_TER", "Numéro de voie du terrain", Text(|p| &p.site.number)),
    Column::gone("ADR_TYPEVOIE_TER", "Type de voie du terrain", Text(|p| p.site.street_type)),
    // With the column of its own gone, the type of the street leads its name.
    Column::gone("ADR_LIBVOIE_TER", "Libellé de la voie du terrain", Text(|p| p.site.street)),
    Column::added(
        "ADR_LIBVOIE_TER",
        "Libellé de la voie du terrain",
        Built(|p| format!("{} {}", p.site.street_type, p.site.street)),
    ),
    Column::new("ADR_LIEUDIT_TER", "Lieu-dit du terrain", Text(|p| &p.site.place)),
    Column::new("ADR_LOCALITE_TER", "Localité du terrain", Text(|p| &p.site.locality)),
    Column::new("ADR_CODPOST_TER", "Code postal du terrain", Text(|p| p.site.postcode)),
    Column::new("SEC_CADASTRE1", "Section cadastrale 1", Text(|p| section(p, 0))),
    Column::new("NUM_CADASTRE1", "Numéro parcelle cadastrale 1", Text(|p| plot(p, 0))),
    Column::new("SEC_CADASTRE2", "Section cadastrale 2", Text(|p| section(p, 1))),
    Column::new("NUM_CADASTRE2", "Numéro parcelle cadastrale 2", Text(|p| plot(p, 1))),
    Column::new("SEC_CADASTRE3", "Section cadastrale 3", Text(|p| section(p, 2))),
    Column::new("NUM_CADASTRE3", "Numéro parcelle cadastrale 3", Text(|p| plot(p, 2))),
    Column::new("SUPERFICIE_TERRAIN", "Superficie du terrain", Number(|p| p.site.land_m2)),
    Column::new("ZONE_OP", "Code zone opératoire", Number(|p| p.site.zone)),
];

fn company(permit: &Permit, read: fn(&Company) -> &str) -> &str {
    permit.applicant.company.as_ref().map_or("", read)
}

fn section(permit: &Permit, index: usize) -> &str {
    permit.site.plots.get(index).map_or("", |(section, _)| section)
}

fn plot(permit: &Permit, index: usize) -> &str {
    permit.site.plots.get(index).map_or("", |(_, number)| number)
}

//! Which columns a datafile has, in which order: codes and labels as published.

mod filing;
mod housing;
mod premises;

use super::table::{Column, Era, Read};
use crate::national::NationalMonth;
use crate::permit::{List, Permit};

/// The columns of `list` in the editions of `era`.
pub(super) fn of_list(list: List, era: Era) -> Vec<&'static Column<Permit>> {
    let of_era = |column: &&Column<Permit>| column.era == Era::Always || column.era == era;
    let left_out: &[&str] = match list {
        List::Logements | List::Locaux => &[],
        List::Amenager => &["REC_ARCHI"],
        List::Demolir => &["DATE_REELLE_DOC", "DATE_REELLE_DAACT", "DPC_DOC", "REC_ARCHI", "ZONE_OP"],
    };
    let all = parts(list).into_iter().flatten();
    all.filter(of_era).filter(|column| !left_out.contains(&column.code)).collect()
}

fn parts(list: List) -> Vec<&'static [Column<Permit>]> {
    let (number, built): (_, &[&'static [Column<Permit>]]) = match list {
        List::Logements => (filing::NUMBERED_DAU, &[housing::WORKS, housing::DWELLINGS, housing::AREAS]),
        List::Locaux => (filing::NUMBERED_DAU, &[premises::PREMISES]),
        List::Amenager => (filing::NUMBERED_PA, &[]),
        List::Demolir => (filing::NUMBERED_PD, &[premises::DEMOLITION]),
    };
    let filed = [filing::ZONES, number, filing::DATES, filing::APPLICANT, filing::SITE];
    filed.into_iter().chain(built.iter().copied()).collect()
}

/// The columns of the monthly national series.
pub(super) fn of_national_series() -> Vec<&'static Column<NationalMonth>> {
    NATIONAL.iter().collect()
}

static NATIONAL: &[Column<NationalMonth>] = &[
    Column::new("ANNEE", "Année", Read::Text(|row| &row.year)),
    Column::new("MOIS", "Mois", Read::Text(|row| &row.month)),
    Column::new("TYPE_LGT", "Type de logement", Read::Text(|row| row.dwelling_type)),
    Column::new("NAT_SERIES", "Nature de la série", Read::Text(|row| row.series)),
    Column::new("LOG_AUT", "Nombre de logements autorisés", Read::Number(|row| row.authorised)),
    Column::new("LOG_COM", "Nombre de logements commencés", Read::Number(|row| row.begun)),
    Column::new("SDP_AUT", "Surface de plancher autorisée", Read::Number(|row| row.authorised_m2)),
    Column::new("SDP_COM", "Surface de plancher commencée", Read::Number(|row| row.begun_m2)),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(list: List, era: Era) -> Vec<&'static str> {
        of_list(list, era).into_iter().map(|column| column.code).collect()
    }

    #[test]
    fn the_schema_of_dwellings_changes_as_it_did() {
        let (before, after) = (codes(List::Logements, Era::Before), codes(List::Logements, Era::After));
        assert_eq!((before.len(), after.len()), (100, 94));
        let gone: Vec<_> = before.iter().filter(|code| !after.contains(code)).copied().collect();
        let added: Vec<_> = after.iter().filter(|code| !before.contains(code)).copied().collect();
        assert_eq!(
            gone,
            [
                "DPC_PREM",
                "CAT_DEM",
                "ADR_TYPEVOIE_TER",
                "SURF_HEB_TRANSFORMEE",
                "SURF_BUR_TRANSFORMEE",
                "SURF_ART_TRANSFORMEE",
                "SURF_IND_TRANSFORMEE",
                "SURF_ENT_TRANSFORMEE",
            ]
        );
        assert_eq!(added, ["DR_DEPOT", "SURF_AUTR_TRANSFORMEE"]);
    }

    #[test]
    fn no_schema_has_a_code_twice() {
        for list in List::ALL {
            for era in [Era::Before, Era::After] {
                let mut codes = codes(list, era);
                let all = codes.len();
                codes.sort_unstable();
                codes.dedup();
                assert_eq!(codes.len(), all, "{list:?} {era:?}");
            }
        }
    }
}

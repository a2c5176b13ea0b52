//! The published file: its columns and its rows as text.

use super::mutation::{LocalType, Lot, Mutation, MutationRow};
use crate::place;
use crate::trouble::Renamed;

/// The columns, in the published order.
pub const COLUMNS: [&str; 40] = [
    "id_mutation",
    "date_mutation",
    "numero_disposition",
    "nature_mutation",
    "valeur_fonciere",
    "adresse_numero",
    "adresse_suffixe",
    "adresse_nom_voie",
    "adresse_code_voie",
    "code_postal",
    "code_commune",
    "nom_commune",
    "code_departement",
    "ancien_code_commune",
    "ancien_nom_commune",
    "id_parcelle",
    "ancien_id_parcelle",
    "numero_volume",
    "lot1_numero",
    "lot1_surface_carrez",
    "lot2_numero",
    "lot2_surface_carrez",
    "lot3_numero",
    "lot3_surface_carrez",
    "lot4_numero",
    "lot4_surface_carrez",
    "lot5_numero",
    "lot5_surface_carrez",
    "nombre_lots",
    "code_type_local",
    "type_local",
    "surface_reelle_bati",
    "nombre_pieces_principales",
    "code_nature_culture",
    "nature_culture",
    "code_nature_culture_speciale",
    "nature_culture_speciale",
    "surface_terrain",
    "longitude",
    "latitude",
];

/// The file of `mutations`: comma, decimal point, UTF-8. The column that `renamed` names
/// bears its other name.
pub(super) fn csv<'a>(
    mutations: impl Iterator<Item = &'a Mutation>,
    renamed: Option<&Renamed>,
) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS.map(|column| renamed.map_or(column, |renamed| renamed.of(column))))?;
    for mutation in mutations {
        for row in &mutation.rows {
            writer.write_record(fields(mutation, row))?;
        }
    }
    writer.into_inner().map_err(|unwritten| unwritten.into_error().into())
}

fn fields(mutation: &Mutation, row: &MutationRow) -> [String; 40] {
    let (local_code, local_label) = row.local.map_or(("", ""), LocalType::code_and_label);
    let (culture_code, culture_label) = row.culture.map_or(("", ""), super::Culture::code_and_label);
    let lot = |index: usize| row.lots.get(index);
    let number = |index| lot(index).map(|lot: &Lot| lot.number.to_string()).unwrap_or_default();
    let carrez = |index| decimal(lot(index).and_then(|lot: &Lot| lot.carrez_m2));
    let none = String::new;
    [
        mutation.id.clone(),
        mutation.date.to_string(),
        "000001".to_owned(),
        mutation.nature.label().to_owned(),
        decimal(mutation.price),
        whole(Some(mutation.number).filter(|number| *number > 0)),
        none(),
        mutation.street.clone(),
        mutation.street_code.clone(),
        mutation.postcode.to_owned(),
        mutation.commune.clone(),
        mutation.commune_name.clone(),
        place::departement(&mutation.commune).to_owned(),
        none(),
        none(),
        row.parcel.clone(),
        none(),
        none(),
        number(0),
        carrez(0),
        number(1),
        carrez(1),
        number(2),
        carrez(2),
        number(3),
        carrez(3),
        number(4),
        carrez(4),
        row.lots.len().to_string(),
        local_code.to_owned(),
        local_label.to_owned(),
        whole(row.built_m2),
        whole(row.rooms),
        culture_code.to_owned(),
        culture_label.to_owned(),
        none(),
        none(),
        whole(row.land_m2),
        mutation.longitude.to_string(),
        mutation.latitude.to_string(),
    ]
}

fn whole(number: Option<i64>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

/// As published: `250000`, `31234.16`.
fn decimal(number: Option<f64>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

//! One record out of the several rows that DVF gives a mutation.
//!
//! A row is the meeting of a premises with a plot and its culture, so a house on two
//! cultures takes two rows, and the price of the whole stands on each. Summing rows counts
//! such a house twice; averaging price by row overstates the price a square metre by 5 to
//! 14 %. So: the price once, each premises once, each plot once, and a price a square metre
//! only where exactly one dwelling was sold.

use std::collections::{HashMap, HashSet};

use chrono::{Datelike, NaiveDate};
use mg_core::{Record, Value};
use mg_crawl::{FieldError, Reject, Row};

/// What is read of a file.
pub(super) const COLUMNS: &[&str] = &[
    "id_mutation",
    "date_mutation",
    "numero_disposition",
    "nature_mutation",
    "valeur_fonciere",
    "code_commune",
    "id_parcelle",
    "lot1_numero",
    "lot2_numero",
    "lot3_numero",
    "lot4_numero",
    "lot5_numero",
    "code_type_local",
    "surface_reelle_bati",
    "nombre_pieces_principales",
    "code_nature_culture",
    "code_nature_culture_speciale",
    "surface_terrain",
    "longitude",
    "latitude",
];

/// Codes of `code_type_local`.
const HOUSE: i64 = 1;
const FLAT: i64 = 2;
const OUTBUILDING: i64 = 3;
const BUSINESS: i64 = 4;

/// The mutations of a file, in the order of their first rows.
#[derive(Default)]
pub(super) struct Mutations {
    order: Vec<Mutation>,
    places: HashMap<(String, String), usize>,
    // Ids with a row that cannot be read: without it they would count less than was sold.
    spoilt: HashSet<String>,
}

/// What tells one premises from another on the rows of a mutation.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Premises {
    disposition: i64,
    plot: String,
    lots: [String; 5],
    kind: i64,
    area_m2: Option<u64>,
    rooms: Option<i64>,
}

/// A plot and its use: the other side of a row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Land {
    plot: String,
    culture: String,
    special_culture: String,
    area_m2: Option<u64>,
}

struct Mutation {
    id: String,
    commune: String,
    day: NaiveDate,
    nature: String,
    price_eur: Option<f64>,
    dispositions: Vec<i64>,
    // How often each premises stands on the rows of each piece of land. Equal rows are
    // equal premises (two like cellars); the same premises on several lands is one.
    premises: HashMap<Premises, HashMap<Land, u64>>,
    land: HashMap<Land, ()>,
    position: Option<(f64, f64)>,
}

impl Mutations {
    /// Takes a row in. A row that cannot be read spoils its mutation.
    pub(super) fn add(&mut self, row: &Row<'_>) -> Result<(), Reject> {
        self.read(row).map_err(|error| {
            self.spoil(row);
            row.reject(error)
        })
    }

    /// Leaves out the mutation that `row` belongs to, as far as the row still tells.
    pub(super) fn spoil(&mut self, row: &Row<'_>) {
        if let Ok(id) = row.needed("id_mutation") {
            self.spoilt.insert(id.to_owned());
        }
    }

    /// One record a whole mutation.
    pub(super) fn into_records(self) -> impl Iterator<Item = Record> {
        let spoilt = self.spoilt;
        self.order
            .into_iter()
            .filter(move |mutation| !spoilt.contains(&mutation.id))
            .map(Mutation::into_record)
    }

    fn read(&mut self, row: &Row<'_>) -> Result<(), FieldError> {
        let place = self.place(row)?;
        self.order[place].read(row)
    }

    fn place(&mut self, row: &Row<'_>) -> Result<usize, FieldError> {
        let key = (row.needed("id_mutation")?.to_owned(), row.insee_code("code_commune")?.to_owned());
        if let Some(&place) = self.places.get(&key) {
            return Ok(place);
        }
        let day = row
            .day("date_mutation")?
            .ok_or_else(|| FieldError { column: "date_mutation", reason: "it is empty".to_owned() })?;
        let (id, commune) = key.clone();
        let nature = row.needed("nature_mutation")?.to_owned();
        self.order.push(Mutation {
            id,
            commune,
            day,
            nature,
            price_eur: None,
            dispositions: Vec::new(),
            premises: HashMap::new(),
            land: HashMap::new(),
            position: None,
        });
        self.places.insert(key, self.order.len() - 1);
        Ok(self.order.len() - 1)
    }
}

impl Mutation {
    fn read(&mut self, row: &Row<'_>) -> Result<(), FieldError> {
        let text = |column| Ok::<String, FieldError>(row.text(column)?.unwrap_or_default().to_owned());
        // Areas are told apart by their bits: they are names here, not quantities.
        let area = |column| Ok::<_, FieldError>(row.number(column)?.map(f64::to_bits));
        let disposition = row.integer("numero_disposition")?.unwrap_or(1);
        let price = row.number("valeur_fonciere")?;
        if !self.dispositions.contains(&disposition) {
            self.dispositions.push(disposition);
        }
        self.price_eur = self.price_eur.or(price);
        let land = Land {
            plot: text("id_parcelle")?,
            culture: text("code_nature_culture")?,
            special_culture: text("code_nature_culture_speciale")?,
            area_m2: area("surface_terrain")?,
        };
        if let Some(kind) = row.integer("code_type_local")? {
            let premises = Premises {
                disposition,
                plot: land.plot.clone(),
                lots: [
                    text("lot1_numero")?,
                    text("lot2_numero")?,
                    text("lot3_numero")?,
                    text("lot4_numero")?,
                    text("lot5_numero")?,
                ],
                kind,
                area_m2: area("surface_reelle_bati")?,
                rooms: row.integer("nombre_pieces_principales")?,
            };
            *self.premises.entry(premises).or_default().entry(land.clone()).or_default() += 1;
        }
        self.land.insert(land, ());
        if let (None, Some(longitude), Some(latitude)) =
            (self.position, row.number("longitude")?, row.number("latitude")?)
        {
            self.position = Some((longitude, latitude));
        }
        Ok(())
    }

    fn into_record(self) -> Record {
        let count = |kind| -> u64 {
            self.counted().filter(|(premises, _)| premises.kind == kind).map(|(_, n)| n).sum()
        };
        let (houses, flats, outbuildings, business) =
            (count(HOUSE), count(FLAT), count(OUTBUILDING), count(BUSINESS));
        let dwelling_area = self.dwelling_sum(|premises| premises.area_m2.map(f64::from_bits));
        let rooms = self.dwelling_sum(|premises| premises.rooms.map(|rooms| rooms as f64));
        let kind = match (houses, flats, business) {
            (1, 0, 0) => Some("maison"),
            (0, 1, 0) => Some("appartement"),
            _ => None,
        };
        let land: f64 = self.land.keys().filter_map(|land| land.area_m2.map(f64::from_bits)).sum();
        let price_m2 = match (self.nature.as_str(), kind, self.price_eur, dwelling_area) {
            ("Vente", Some(_), Some(price), Some(area)) if price > 0.0 && area > 0.0 => Some(price / area),
            _ => None,
        };
        let total = houses + flats + outbuildings + business;
        Record {
            values: vec![
                self.id.into(),
                self.commune.into(),
                self.day.into(),
                i64::from(self.day.year()).into(),
                self.nature.into(),
                self.price_eur.into(),
                whole(self.dispositions.len() as u64),
                whole(total),
                whole(houses),
                whole(flats),
                whole(outbuildings),
                whole(business),
                kind.into(),
                dwelling_area.into(),
                rooms.map(|rooms| rooms as i64).into(),
                (land > 0.0).then_some(land).into(),
                price_m2.into(),
                self.position.map(|(longitude, _)| longitude).into(),
                self.position.map(|(_, latitude)| latitude).into(),
            ],
        }
    }

    /// Each premises with how many like it were sold.
    fn counted(&self) -> impl Iterator<Item = (&Premises, u64)> {
        self.premises.iter().map(|(premises, lands)| (premises, lands.values().copied().max().unwrap_or(0)))
    }

    fn dwelling_sum(&self, of: impl Fn(&Premises) -> Option<f64>) -> Option<f64> {
        let dwellings = self.counted().filter(|(premises, _)| matches!(premises.kind, HOUSE | FLAT));
        dwellings.filter_map(|(premises, n)| of(premises).map(|value| value * n as f64)).reduce(|a, b| a + b)
    }
}

fn whole(number: u64) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

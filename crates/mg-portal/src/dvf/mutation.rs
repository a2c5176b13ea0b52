//! A sale and its rows.

use chrono::NaiveDate;

/// How a property changed hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Nature {
    /// A sale.
    Vente,
    /// A sale before building is finished.
    Vefa,
    /// An exchange.
    Echange,
    /// An auction.
    Adjudication,
    /// An expropriation.
    Expropriation,
    /// A sale of land to build on.
    TerrainABatir,
}

impl Nature {
    /// The published label.
    pub fn label(self) -> &'static str {
        match self {
            Nature::Vente => "Vente",
            Nature::Vefa => "Vente en l'état futur d'achèvement",
            Nature::Echange => "Echange",
            Nature::Adjudication => "Adjudication",
            Nature::Expropriation => "Expropriation",
            Nature::TerrainABatir => "Vente terrain à bâtir",
        }
    }
}

/// What a row's building is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LocalType {
    /// A house.
    Maison,
    /// A flat.
    Appartement,
    /// A cellar, a garage, a parking place.
    Dependance,
    /// A shop, a workshop, an office.
    Local,
}

impl LocalType {
    /// The published code and label.
    pub fn code_and_label(self) -> (&'static str, &'static str) {
        match self {
            LocalType::Maison => ("1", "Maison"),
            LocalType::Appartement => ("2", "Appartement"),
            LocalType::Dependance => ("3", "Dépendance"),
            LocalType::Local => ("4", "Local industriel. commercial ou assimilé"),
        }
    }

    /// Whether one lives in it.
    pub fn is_dwelling(self) -> bool {
        matches!(self, LocalType::Maison | LocalType::Appartement)
    }
}

/// What a row's land is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Culture {
    /// Land under and around a building.
    Sols,
    /// Gardens.
    Jardins,
    /// Land to build on.
    TerrainsABatir,
    /// Fields.
    Terres,
}

impl Culture {
    /// The published code and label.
    pub fn code_and_label(self) -> (&'static str, &'static str) {
        match self {
            Culture::Sols => ("S", "sols"),
            Culture::Jardins => ("J", "jardins"),
            Culture::TerrainsABatir => ("AB", "terrains a bâtir"),
            Culture::Terres => ("T", "terres"),
        }
    }
}

/// A property that changed hands, in one deed.
#[derive(Debug, Clone, PartialEq)]
pub struct Mutation {
    /// Its identifier in the edition: the year and a number.
    pub id: String,
    /// The day of the deed.
    pub date: NaiveDate,
    /// How it changed hands.
    pub nature: Nature,
    /// The price of the whole, euros; missing at times.
    pub price: Option<f64>,
    /// INSEE code of the commune.
    pub commune: String,
    /// Name of the commune.
    pub commune_name: String,
    /// Postcode.
    pub postcode: &'static str,
    /// House number; 0 for none.
    pub number: i64,
    /// Street, in capitals.
    pub street: String,
    /// The street's number in the fiscal register, four characters.
    pub street_code: String,
    /// Longitude, degrees.
    pub longitude: f64,
    /// Latitude, degrees.
    pub latitude: f64,
    /// Its rows, one at least.
    pub rows: Vec<MutationRow>,
}

impl Mutation {
    /// How many dwellings it is about.
    pub fn dwellings(&self) -> usize {
        self.rows.iter().filter(|row| row.local.is_some_and(LocalType::is_dwelling)).count()
    }

    /// The price per m², for a sale of one dwelling whose price and area are known.
    pub fn price_per_m2(&self) -> Option<f64> {
        if self.nature != Nature::Vente || self.dwellings() != 1 {
            return None;
        }
        let dwelling = self.rows.iter().find(|row| row.local.is_some_and(LocalType::is_dwelling))?;
        Some(self.price? / dwelling.built_m2? as f64)
    }
}

/// One row of a mutation: a building or a piece of land.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MutationRow {
    /// Cadastral identifier, fourteen characters.
    pub parcel: String,
    /// The lots of the co-ownership, five at most.
    pub lots: Vec<Lot>,
    /// What is built, if anything.
    pub local: Option<LocalType>,
    /// Floor area, m²; missing at times.
    pub built_m2: Option<i64>,
    /// Main rooms.
    pub rooms: Option<i64>,
    /// What the land is, where the row has any.
    pub culture: Option<Culture>,
    /// Land area, m².
    pub land_m2: Option<i64>,
}

/// A lot of a co-ownership.
#[derive(Debug, Clone, PartialEq)]
pub struct Lot {
    /// Its number.
    pub number: i64,
    /// Its private floor area (loi Carrez), m².
    pub carrez_m2: Option<f64>,
}

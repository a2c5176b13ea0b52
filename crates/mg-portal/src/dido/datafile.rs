//! The datafiles of the catalogue and their editions.

use std::sync::Arc;

use chrono::NaiveDate;
use mg_core::Period;
use serde_json::{Value, json};

use super::answer;
use super::columns;
use super::query::HeaderLines;
use super::table::{Era, Kind, Sheet, Table};
use crate::national::NationalMonth;
use crate::permit::{FIRST_YEAR, List, Permit};

/// Datafile of the permits that create dwellings.
pub const LOGEMENTS: &str = "8b35affb-55fc-4c1f-915b-7750f974446a";
/// Datafile of the permits that create non-residential premises.
pub const LOCAUX: &str = "f8f0700f-806c-40a7-83b1-f21cf507e7c4";
/// Datafile of the permits to develop land.
pub const AMENAGER: &str = "96883f50-538b-41f9-a059-c6eb97e6a23a";
/// Datafile of the permits to demolish.
pub const DEMOLIR: &str = "1a9a2f0c-56fe-4e69-84a7-fbbda2121f02";
/// Datafile of the monthly national series.
pub const MENSUEL_NATIONAL: &str = "175486a6-76a3-4c6c-a34b-aeb96758910b";

/// What one edition says.
#[derive(Debug)]
pub(crate) struct Edition {
    /// Its month.
    pub(crate) month: Period,
    /// Whether it is the newer of the two schemas.
    pub(crate) newer_schema: bool,
    /// The rows of the four lists, in the order of [`List::ALL`].
    pub(crate) lists: [Arc<[Permit]>; 4],
    /// The national series.
    pub(crate) national: Arc<[NationalMonth]>,
}

/// All datafiles.
pub(crate) struct Catalogue(Vec<Datafile>);

impl Catalogue {
    /// The datafiles that publish `editions`, oldest first.
    pub(crate) fn new(editions: &[Edition]) -> Self {
        let mut datafiles: Vec<Datafile> =
            List::ALL.into_iter().enumerate().map(|(index, list)| of_list(index, list, editions)).collect();
        datafiles.push(of_national_series(editions));
        Self(datafiles)
    }

    /// The datafile of that id.
    pub(super) fn get(&self, rid: &str) -> Option<&Datafile> {
        self.0.iter().find(|datafile| datafile.rid == rid)
    }
}

/// A file of the catalogue, in its editions.
pub(super) struct Datafile {
    rid: &'static str,
    title: &'static str,
    /// The first day that it tells of.
    start: NaiveDate,
    /// The lines above the rows when a request names none: those of the published file.
    pub(super) lines: HeaderLines,
    editions: Vec<(Period, Box<dyn Table>)>,
}

impl Datafile {
    /// The edition called `millesime`, or the latest, among those published up to `shown`.
    pub(super) fn edition(&self, millesime: Option<&str>, shown: Period) -> Option<&dyn Table> {
        let wanted = |month: &Period| millesime.is_none_or(|wanted| month.to_string() == wanted);
        let mut published = self.published(shown).filter(|(month, _)| wanted(month));
        published.next().map(|(_, table)| table)
    }

    /// Its metadata.
    pub(super) fn metadata(&self, shown: Period) -> Value {
        let editions: Vec<Value> =
            self.published(shown).map(|(month, table)| described(month, table)).collect();
        let latest = editions.first().cloned().unwrap_or_default();
        json!({
            "rid": self.rid,
            "title": self.title,
            "description": "Données synthétiques, au format publié par le SDES.",
            "temporal_coverage": { "start": self.start, "end": latest["temporal_end"] },
            "millesime": latest["millesime"],
            "last_modified": latest["date_diffusion"],
            "rows": latest["rows"],
            "columns": latest["columns"],
            "millesimes": editions,
        })
    }

    /// The editions published up to `shown`, newest first.
    fn published(&self, shown: Period) -> impl Iterator<Item = (Period, &dyn Table)> {
        let editions = self.editions.iter().rev().map(|(month, table)| (*month, table.as_ref()));
        editions.filter(move |(month, _)| shown.since(*month) >= 0)
    }
}

/// The day of `month` on which its edition comes out.
fn publication(month: Period) -> NaiveDate {
    month.start().checked_add_days(chrono::Days::new(27)).expect("a month has 28 days")
}

fn described(month: Period, table: &dyn Table) -> Value {
    let column = |head: &super::table::Head| {
        let kind = match head.kind {
            Kind::Text => "texte",
            Kind::Number => "entier",
            Kind::Date => "date",
            Kind::Flag => "booléen",
        };
        json!({ "name": head.code, "description": head.label, "type": kind, "unit": answer::unit(head) })
    };
    json!({
        "millesime": month.to_string(),
        "date_diffusion": publication(month),
        "temporal_end": month.minus(1).end(),
        "rows": table.rows(),
        "columns": table.heads().iter().map(column).collect::<Value>(),
    })
}

fn of_list(index: usize, list: List, editions: &[Edition]) -> Datafile {
    let (rid, title) = match list {
        List::Logements => (LOGEMENTS, "Liste des autorisations d'urbanisme créant des logements"),
        List::Locaux => (LOCAUX, "Liste des autorisations d'urbanisme créant des locaux non résidentiels"),
        List::Amenager => (AMENAGER, "Liste des permis d'aménager"),
        List::Demolir => (DEMOLIR, "Liste des permis de démolir"),
    };
    let table = |edition: &Edition| {
        // Only the list of dwellings is known to have changed its schema.
        let after = edition.newer_schema || list != List::Logements;
        let columns = columns::of_list(list, if after { Era::After } else { Era::Before });
        let table: Box<dyn Table> = Box::new(Sheet::new(columns, edition.lists[index].clone()));
        (edition.month, table)
    };
    Datafile {
        rid,
        title,
        start: january(FIRST_YEAR),
        lines: HeaderLines { descriptions: true, names: true, units: false },
        editions: editions.iter().map(table).collect(),
    }
}

fn of_national_series(editions: &[Edition]) -> Datafile {
    let table = |edition: &Edition| {
        let table: Box<dyn Table> =
            Box::new(Sheet::new(columns::of_national_series(), edition.national.clone()));
        (edition.month, table)
    };
    Datafile {
        rid: MENSUEL_NATIONAL,
        title: "Données mensuelles nationales - Logements",
        start: january(2000),
        lines: HeaderLines { descriptions: false, names: true, units: false },
        editions: editions.iter().map(table).collect(),
    }
}

fn january(year: i32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, 1, 1).expect("a first of January exists")
}

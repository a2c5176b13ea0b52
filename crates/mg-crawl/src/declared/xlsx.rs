//! Rows of a sheet of a workbook, cell by cell: what its size claims to be is not believed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{DataRef, Reader, Xlsx};
use chrono::NaiveDate;
use url::Url;

use super::Field;
use super::columns;
use super::raw::Raw;
use super::read::Sink;
use super::record::{give, shortened};
use crate::CrawlError;

/// The last column that a sheet may have, from 0 (ECMA-376: `XFD`).
const LAST_COLUMN: u32 = 16_383;

/// The cells of a row, by column from 0.
type Row = BTreeMap<u32, Raw<'static>>;

/// Gives `sink` the rows of a sheet, the first if none is named.
pub(super) fn items(
    bytes: Vec<u8>,
    sheet: Option<&str>,
    header: u32,
    fields: &[Field],
    url: &Url,
    sink: &mut Sink<'_>,
) -> Result<(), CrawlError> {
    let broken = |reason: String| CrawlError::Format {
        url: url.clone(),
        reason: format!("the workbook cannot be read: {reason}"),
    };
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| broken(error.to_string()))?;
    let names = book.sheet_names();
    let name = match sheet {
        Some(sheet) => names.into_iter().find(|name| name == sheet),
        None => names.into_iter().next(),
    };
    let name = name.ok_or_else(|| broken(format!("it has no sheet {}", sheet.unwrap_or_default())))?;
    let mut cells = book.worksheet_cells_reader(&name).map_err(|error| broken(error.to_string()))?;
    let mut rows = Rows { fields, url, header: header - 1, places: None, position: 0 };
    let (mut number, mut row) = (0, Row::new());
    while let Some(cell) = cells.next_cell().map_err(|error| broken(error.to_string()))? {
        let (at, column) = cell.get_position();
        if at != number {
            rows.take(number, &std::mem::take(&mut row), sink)?;
            number = at;
        }
        match raw(cell.get_value()) {
            Raw::Nothing => {}
            value => drop(row.insert(column, value)),
        }
    }
    rows.take(number, &row, sink)
}

/// The rows as they come.
struct Rows<'a> {
    fields: &'a [Field],
    url: &'a Url,
    /// The row of the names, from 0.
    header: u32,
    places: Option<Vec<Option<usize>>>,
    position: u32,
}

impl Rows<'_> {
    fn take(&mut self, number: u32, row: &Row, sink: &mut Sink<'_>) -> Result<(), CrawlError> {
        if row.is_empty() || number < self.header {
            return Ok(());
        }
        let Some(places) = &self.places else {
            self.places = Some(self.columns(row)?);
            return Ok(());
        };
        let mut columns = places.iter();
        let url: &Url = self.url;
        let find = |_: &Field| match columns.next().copied().flatten() {
            Some(column) => row.get(&(column as u32)).cloned().unwrap_or(Raw::Nothing),
            None => Raw::Text(Cow::Owned(url.as_str().to_owned())),
        };
        let content = || {
            let cells: Vec<String> = row.values().map(Raw::shown).collect();
            shortened(&cells.join(" | "))
        };
        give(self.fields, self.url, self.position, find, content, sink)?;
        self.position += 1;
        Ok(())
    }

    fn columns(&self, row: &Row) -> Result<Vec<Option<usize>>, CrawlError> {
        let last = row.keys().next_back().copied().unwrap_or(0).min(LAST_COLUMN);
        let name = |column| row.get(&column).map(Raw::shown).unwrap_or_default();
        let names: Vec<String> = (0..=last).map(name).collect();
        columns::places(&names, self.fields, self.url)
    }
}

fn raw(cell: &DataRef<'_>) -> Raw<'static> {
    match cell {
        DataRef::Empty | DataRef::Error(_) => Raw::Nothing,
        DataRef::Int(number) => Raw::Integer(*number),
        // A sheet has no whole numbers of its own.
        DataRef::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
            Raw::Integer(*number as i64)
        }
        DataRef::Float(number) => Raw::Float(*number),
        DataRef::Bool(truth) => Raw::Truth(*truth),
        DataRef::String(text) => of_text(text),
        DataRef::SharedString(text) => of_text(text),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => of_text(text),
        DataRef::DateTime(moment) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            let day = NaiveDate::from_ymd_opt(year.into(), month.into(), day.into());
            day.filter(|_| moment.is_datetime()).map_or(Raw::Float(moment.as_f64()), Raw::Day)
        }
    }
}

fn of_text(text: &str) -> Raw<'static> {
    if text.trim().is_empty() { Raw::Nothing } else { Raw::Text(Cow::Owned(text.to_owned())) }
}

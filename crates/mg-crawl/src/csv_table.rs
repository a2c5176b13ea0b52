//! CSV files with a header, read by the names of their columns.
//!
//! Portals add, drop and move columns from one edition to the next; a name stays a name.

use std::io::Read;

use chrono::NaiveDate;
use csv::{ByteRecord, Reader, ReaderBuilder};
use url::Url;

use crate::{CrawlError, FieldError, Reject};

/// A CSV file whose header has been found.
pub struct CsvTable<'a> {
    reader: Reader<Box<dyn Read + 'a>>,
    url: Url,
    columns: &'static [&'static str],
    positions: Vec<usize>,
    header_width: usize,
    record: ByteRecord,
    last_day: NaiveDate,
    // Of lines that end with CR LF, the reader leaves the LF to the next record, and so says where
    // that begins a line too early.
    lines_behind: u64,
}

/// One row of a [`CsvTable`].
pub struct Row<'a> {
    /// Line of the file, from 1.
    pub line: u64,
    columns: &'static [&'static str],
    positions: &'a [usize],
    record: &'a ByteRecord,
    last_day: NaiveDate,
}

impl<'a> CsvTable<'a> {
    /// Opens a file and finds `columns` in its first or second line (some portals put long
    /// labels above the names). `None` when the file has no line.
    pub fn open(
        body: impl Read + 'a,
        delimiter: u8,
        columns: &'static [&'static str],
        url: &Url,
    ) -> Result<Option<Self>, CrawlError> {
        let body: Box<dyn Read + 'a> = Box::new(body);
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(1 << 16)
            .from_reader(body);
        let mut best: Option<Vec<String>> = None;
        let mut record = ByteRecord::new();
        let mut lines_behind = 0;
        for place in 0..2 {
            let more = reader.read_byte_record(&mut record).map_err(|error| broken(url, &error))?;
            if !more {
                break;
            }
            if place == 0 {
                let within = record.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
                lines_behind = u64::from(reader.position().line() == 1 + within);
            }
            let names: Vec<String> = record.iter().map(column_name).collect();
            if columns.iter().all(|column| names.iter().any(|name| name == column)) {
                let place = |column: &&str| names.iter().position(|name| name == column);
                let positions = columns.iter().filter_map(place).collect();
                let header_width = names.len();
                let url = url.clone();
                let last_day = NaiveDate::MAX;
                return Ok(Some(Self {
                    reader,
                    url,
                    columns,
                    positions,
                    header_width,
                    record,
                    last_day,
                    lines_behind,
                }));
            }
            let known = |names: &[String]| columns.iter().filter(|c| names.iter().any(|n| n == *c)).count();
            if best.as_ref().is_none_or(|best| known(&names) > known(best)) {
                best = Some(names);
            }
        }
        let Some(names) = best else {
            return Ok(None);
        };
        let missing = columns.iter().find(|column| !names.iter().any(|name| name == *column));
        let column = missing.copied().unwrap_or_default().to_owned();
        Err(CrawlError::MissingColumn { url: url.clone(), column })
    }

    /// Takes no day after `last_day`, the end of what the source can know of, for one.
    pub fn until(mut self, last_day: Option<NaiveDate>) -> Self {
        self.last_day = last_day.unwrap_or(NaiveDate::MAX);
        self
    }

    /// The next row. A row of another width than the header comes as the reject it is;
    /// [`CsvTable::last_row`] still has it.
    pub fn next_row(&mut self) -> Result<Option<Result<Row<'_>, Reject>>, CrawlError> {
        let more =
            self.reader.read_byte_record(&mut self.record).map_err(|error| broken(&self.url, &error))?;
        if !more {
            return Ok(None);
        }
        let row = self.last_row();
        if self.record.len() == self.header_width {
            return Ok(Some(Ok(row)));
        }
        let reason = format!("{} cells where the header has {}", self.record.len(), self.header_width);
        Ok(Some(Err(Reject { line: row.line, column: None, reason, content: row.content() })))
    }

    /// The row that was read last, whatever its width: what can be read of a reject may tell
    /// what it belonged to.
    pub fn last_row(&self) -> Row<'_> {
        let line = self.record.position().map_or(0, |position| position.line() + self.lines_behind);
        Row {
            line,
            columns: self.columns,
            positions: &self.positions,
            record: &self.record,
            last_day: self.last_day,
        }
    }
}

impl Row<'_> {
    /// The cell, trimmed; `None` when it is empty.
    pub fn text(&self, column: &'static str) -> Result<Option<&str>, FieldError> {
        let place = self.columns.iter().position(|candidate| *candidate == column);
        let cell = place.and_then(|place| self.record.get(self.positions[place])).unwrap_or_default();
        let text = std::str::from_utf8(cell)
            .map_err(|_| FieldError { column, reason: "the text is not UTF-8".to_owned() })?;
        let text = text.trim();
        Ok((!text.is_empty()).then_some(text))
    }

    /// The cell, which must not be empty.
    pub fn needed(&self, column: &'static str) -> Result<&str, FieldError> {
        self.text(column)?.ok_or_else(|| FieldError { column, reason: "it is empty".to_owned() })
    }

    /// The cell as a commune's INSEE code: a digit, a digit or A or B (Corsica), three digits.
    pub fn insee_code(&self, column: &'static str) -> Result<&str, FieldError> {
        let text = self.needed(column)?;
        if is_insee_code(text) {
            return Ok(text);
        }
        let shown: String = text.chars().take(40).collect();
        Err(FieldError { column, reason: format!("`{shown}` is no INSEE code") })
    }

    /// The cell as a whole number.
    pub fn integer(&self, column: &'static str) -> Result<Option<i64>, FieldError> {
        self.parsed(column, "a whole number", |text| text.parse().ok())
    }

    /// The cell as a finite number with a decimal point.
    pub fn number(&self, column: &'static str) -> Result<Option<f64>, FieldError> {
        self.parsed(column, "a number", |text| text.parse().ok().filter(|number: &f64| number.is_finite()))
    }

    /// The cell as a day, `YYYY-MM-DD`, of this or the last century and not after the source's own.
    pub fn day(&self, column: &'static str) -> Result<Option<NaiveDate>, FieldError> {
        let plausible = |day: &NaiveDate| (1900..2100).contains(&chrono::Datelike::year(day));
        let day = self.parsed(column, "a date (YYYY-MM-DD)", |text| {
            NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(plausible)
        })?;
        match day {
            Some(day) if day > self.last_day => {
                Err(FieldError { column, reason: format!("`{day}` is after the edition that says so") })
            }
            day => Ok(day),
        }
    }

    /// This row as a reject.
    pub fn reject(&self, error: FieldError) -> Reject {
        Reject {
            line: self.line,
            column: Some(error.column.to_owned()),
            reason: error.reason,
            content: self.content(),
        }
    }

    fn content(&self) -> String {
        let cells = self.record.iter().map(String::from_utf8_lossy);
        cells.collect::<Vec<_>>().join(";")
    }

    fn parsed<T>(
        &self,
        column: &'static str,
        what: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, FieldError> {
        let Some(text) = self.text(column)? else {
            return Ok(None);
        };
        let shown: String = text.chars().take(40).collect();
        parse(text).map(Some).ok_or_else(|| FieldError { column, reason: format!("`{shown}` is not {what}") })
    }
}

/// Whether `text` has the form of a commune's INSEE code: a digit, a digit or A or B (Corsica), three digits.
pub fn is_insee_code(text: &str) -> bool {
    let fits =
        |(place, byte): (usize, u8)| byte.is_ascii_digit() || (place == 1 && matches!(byte, b'A' | b'B'));
    text.len() == 5 && text.bytes().enumerate().all(fits)
}

/// A header cell without the byte-order mark and the quotes that it can hide.
fn column_name(cell: &[u8]) -> String {
    let text = String::from_utf8_lossy(cell);
    text.trim_start_matches('\u{feff}').trim().trim_matches('"').to_owned()
}

fn broken(url: &Url, error: &csv::Error) -> CrawlError {
    CrawlError::Format { url: url.clone(), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[&str] = &["CODE", "JOUR"];

    fn open(text: &str) -> Result<Option<CsvTable<'_>>, CrawlError> {
        let url = Url::parse("http://portal/file.csv").expect("a URL");
        CsvTable::open(text.as_bytes(), b';', COLUMNS, &url)
    }

    #[test]
    fn names_are_found_under_labels_in_any_order_and_behind_a_mark() {
        let text = "\u{feff}\"Le jour\";\"Le code\";\"Autre\"\n\"JOUR\";\"CODE\";\"X\"\n2026-10-03;a;1\n";
        let mut table = open(text).expect("a table").expect("with a header");
        let row = table.next_row().expect("a line").expect("a row").expect("of the header's width");
        assert_eq!(row.line, 3);
        assert_eq!(row.needed("CODE"), Ok("a"));
        assert_eq!(row.day("JOUR"), Ok(NaiveDate::from_ymd_opt(2026, 10, 3)));
        assert!(table.next_row().expect("the end").is_none());
    }

    #[test]
    fn lines_are_counted_alike_however_they_end() {
        for end in ["\n", "\r\n"] {
            for above in ["", "Le\u{a0}jour;\"Le\ncode\"", "Le jour;Le code"] {
                let above = if above.is_empty() { String::new() } else { format!("{above}{end}") };
                let text = format!("{above}JOUR;CODE{end};a{end};b;c{end};\"d\ne\"{end};f{end}");
                let mut table = open(&text).expect("a table").expect("with a header");
                let mut lines = Vec::new();
                while let Some(row) = table.next_row().expect("a line") {
                    lines.push(row.map_or_else(|reject| reject.line, |row| row.line));
                }
                let first = 2 + above.matches('\n').count() as u64;
                assert_eq!(lines, [first, first + 1, first + 2, first + 4], "{text:?}");
            }
        }
    }

    #[test]
    fn a_needed_column_that_is_gone_is_named() {
        let Err(CrawlError::MissingColumn { column, .. }) = open("CODE;DATE\na;2026-10-03\n") else {
            panic!("a file without JOUR was opened");
        };
        assert_eq!(column, "JOUR");
        assert!(open("").expect("no file").is_none());
    }

    #[test]
    fn what_is_wrong_with_a_cell_is_said_with_its_column() {
        let mut table =
            open("CODE;JOUR\n;2026-02-30\na;2026-01-01;extra\n").expect("a table").expect("a header");
        let row = table.next_row().expect("a line").expect("a row").expect("of the header's width");
        assert_eq!(row.needed("CODE").expect_err("empty").reason, "it is empty");
        assert_eq!(row.day("JOUR").expect_err("no such day").column, "JOUR");
        let wide = table.next_row().expect("a line").expect("a row");
        assert_eq!(wide.err().expect("a reject").reason, "3 cells where the header has 2");
        assert_eq!(table.last_row().needed("CODE"), Ok("a"));
    }

    #[test]
    fn a_day_after_the_edition_is_none() {
        let table = open("CODE;JOUR\na;2026-10-31\na;2062-10-31\n").expect("a table").expect("a header");
        let mut table = table.until(NaiveDate::from_ymd_opt(2026, 10, 31));
        let row = table.next_row().expect("a line").expect("a row").expect("of the header's width");
        assert!(row.day("JOUR").is_ok());
        let row = table.next_row().expect("a line").expect("a row").expect("of the header's width");
        assert_eq!(
            row.day("JOUR").expect_err("not yet").reason,
            "`2062-10-31` is after the edition that says so"
        );
    }

    #[test]
    fn an_insee_code_has_five_characters_of_the_right_kind() {
        let cells = ["77243", "2A004", "97411", "7724", "77 243", "A2004", "2C004", "Lagny"];
        let text = format!("JOUR;CODE\n;{}\n", cells.join("\n;"));
        let mut table = open(&text).expect("a table").expect("a header");
        let mut taken = Vec::new();
        while let Some(row) = table.next_row().expect("a line") {
            taken.extend(row.expect("a row").insee_code("CODE").map(str::to_owned));
        }
        assert_eq!(taken, ["77243", "2A004", "97411"]);
    }
}

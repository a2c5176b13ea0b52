//! The monthly national series of dwellings, invented in the size and the seasons of the
//! real one, and revised from one edition to the next as that is.

use chrono::{Datelike, NaiveDate};
use mg_core::{Grain, Period};

use crate::dice::Dice;

/// Types of dwellings, in the order of the published file.
const TYPES: [&str; 4] = ["Collectif", "Individuel groupe", "Individuel pur", "Residence"];
const ALL_TYPES: &str = "Tous Logements";
const RAW: &str = "Brute";
const ADJUSTED: &str = "CVS-CJO";

/// Year, and dwellings authorised a month in it: flats, grouped, detached, residences.
const LEVELS: [(i32, [f64; 4]); 8] = [
    (2000, [12_000.0, 3_600.0, 15_800.0, 1_200.0]),
    (2006, [23_000.0, 6_300.0, 18_000.0, 2_600.0]),
    (2010, [17_000.0, 5_600.0, 14_100.0, 2_800.0]),
    (2015, [16_900.0, 3_900.0, 9_900.0, 2_400.0]),
    (2018, [20_000.0, 4_100.0, 11_000.0, 2_700.0]),
    (2022, [20_000.0, 4_700.0, 11_500.0, 3_900.0]),
    (2024, [13_400.0, 3_400.0, 6_300.0, 3_700.0]),
    (2026, [15_000.0, 3_600.0, 7_200.0, 4_500.0]),
];

const SEASON: [f64; 12] = [0.90, 0.92, 1.08, 0.90, 0.92, 1.08, 1.18, 0.87, 1.09, 1.06, 0.86, 1.14];
/// Mean floor area of a dwelling by type, m².
const AREAS: [f64; 4] = [66.0, 92.0, 118.0, 58.0];

/// One row: a month, a type of dwellings, a kind of series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NationalMonth {
    /// Its year, four digits.
    pub year: String,
    /// Its month, two digits.
    pub month: String,
    /// Type of dwellings; `Tous Logements` is the sum of the others.
    pub dwelling_type: &'static str,
    /// `Brute` as counted, `CVS-CJO` adjusted for season and working days.
    pub series: &'static str,
    /// Dwellings authorised.
    pub authorised: i64,
    /// Dwellings begun.
    pub begun: i64,
    /// Floor area authorised, m².
    pub authorised_m2: i64,
    /// Floor area begun, m².
    pub begun_m2: i64,
}

/// The rows of `edition`: up to the month before it, newest first.
pub(crate) fn edition(seed: u64, edition: Period) -> Vec<NationalMonth> {
    let start = NaiveDate::from_ymd_opt(2000, 1, 1).expect("a first of January exists");
    let first = Period::holding(Grain::Month, start);
    let months = u32::try_from(edition.since(first)).unwrap_or(0);
    (1..=months).flat_map(|back| month(seed, edition, edition.minus(back))).collect()
}

fn month(seed: u64, edition: Period, month: Period) -> Vec<NationalMonth> {
    let mut rows: Vec<NationalMonth> = Vec::with_capacity(10);
    for (kind, dwelling_type) in TYPES.into_iter().enumerate() {
        for series in [RAW, ADJUSTED] {
            rows.push(row(seed, edition, month, kind, dwelling_type, series));
        }
    }
    for series in [RAW, ADJUSTED] {
        let sum = |figure: fn(&NationalMonth) -> i64| {
            rows.iter().filter(|row| row.series == series).map(figure).sum()
        };
        let (authorised, begun) = (sum(|row| row.authorised), sum(|row| row.begun));
        let (authorised_m2, begun_m2) = (sum(|row| row.authorised_m2), sum(|row| row.begun_m2));
        let (year, month) = (rows[0].year.clone(), rows[0].month.clone());
        let all = NationalMonth {
            year,
            month,
            dwelling_type: ALL_TYPES,
            series,
            authorised,
            begun,
            authorised_m2,
            begun_m2,
        };
        rows.push(all);
    }
    rows
}

fn row(
    seed: u64,
    edition: Period,
    month: Period,
    kind: usize,
    dwelling_type: &'static str,
    series: &'static str,
) -> NationalMonth {
    let day = month.start();
    let dice = &mut Dice::of(seed, &format!("{dwelling_type} in {month}"), 0);
    let noise = dice.bell(1.0, 0.05);
    let season = if series == RAW { SEASON[day.month0() as usize] } else { 1.0 };
    let authorised =
        level(day, kind) * noise * season * revision(seed, edition, month, dwelling_type, series);
    let begun = authorised * dice.bell(0.86, 0.02);
    let area = AREAS[kind] * dice.bell(1.0, 0.02);
    NationalMonth {
        year: day.format("%Y").to_string(),
        month: day.format("%m").to_string(),
        dwelling_type,
        series,
        authorised: authorised.round() as i64,
        begun: begun.round() as i64,
        authorised_m2: (authorised * area).round() as i64,
        begun_m2: (begun * area).round() as i64,
    }
}

/// What `edition` makes of a figure: counts are revised for three years, adjusted figures
/// since 2013, which comes to a third of the rows.
fn revision(seed: u64, edition: Period, month: Period, dwelling_type: &str, series: &str) -> f64 {
    let age = edition.since(month);
    let revised = if series == RAW { age <= 36 } else { month.start().year() >= 2013 };
    if !revised {
        return 1.0;
    }
    let spread = if age <= 12 { 0.02 } else { 0.004 };
    let name = format!("{dwelling_type} {series} in {month} by {edition}");
    Dice::of(seed, &name, 0).bell(1.0, spread)
}

/// Dwellings of a type a month around `day`, between the years that are known.
fn level(day: NaiveDate, kind: usize) -> f64 {
    let at = f64::from(day.year()) + f64::from(day.month0()) / 12.0;
    let next = LEVELS.iter().position(|(year, _)| f64::from(*year) > at).unwrap_or(LEVELS.len() - 1).max(1);
    let ((from, low), (to, high)) = (LEVELS[next - 1], LEVELS[next]);
    let share = ((at - f64::from(from)) / f64::from(to - from)).clamp(0.0, 1.0);
    low[kind] + (high[kind] - low[kind]) * share
}

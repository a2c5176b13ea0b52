//! What the demo's portal serves, fetched over HTTP and counted here anew.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use mg_portal::LOGEMENTS;
use serde_json::Value;

use crate::data_folder::DataFolder;

/// The commune that the tests look at.
pub(super) const COMMUNE: &str = "77243";
/// Its name.
pub(super) const COMMUNE_NAME: &str = "Lagny-sur-Marne";

/// One month of the commune, cancelled permits left out.
#[derive(Debug, Clone, Default)]
pub(super) struct Month {
    /// Such as 2026-03.
    pub(super) name: String,
    /// Permits authorised.
    pub(super) permits: i64,
    /// Dwellings authorised.
    pub(super) dwellings: i64,
}

/// The permits of one commune, as the portal's own CSV has them.
pub(super) struct Served {
    /// Where the portal is.
    pub(super) portal: String,
    /// The newest edition.
    pub(super) edition: String,
    /// The address of the CSV.
    pub(super) csv: String,
    /// Rows of the CSV.
    pub(super) permits: i64,
    /// Months in which something was authorised.
    pub(super) months: BTreeMap<String, Month>,
}

impl Served {
    /// Asks the portal that the folder names.
    pub(super) async fn by_the_portal_of(folder: &DataFolder) -> anyhow::Result<Self> {
        let portal =
            std::fs::read_to_string(folder.path().join("portal.url")).context("where the portal is")?;
        let file = format!("{}/dido/api/v1/datafiles/{LOGEMENTS}", portal.trim_end_matches('/'));
        let described: Value = reqwest::get(&file).await?.error_for_status()?.json().await?;
        let editions = described["millesimes"].as_array().into_iter().flatten();
        let edition =
            editions.filter_map(|edition| edition["millesime"].as_str()).max().context("an edition")?;
        let csv = format!(
            "{file}/csv?millesime={edition}&withColumnName=true&withColumnDescription=false&COMM=eq:{COMMUNE}"
        );
        let text = reqwest::get(&csv).await?.error_for_status()?.text().await?;
        let mut served =
            Self { portal, edition: edition.to_owned(), csv, permits: 0, months: BTreeMap::new() };
        served.count(&text)?;
        Ok(served)
    }

    /// The month with the most permits.
    pub(super) fn busiest_month(&self) -> anyhow::Result<&Month> {
        self.months.values().max_by_key(|month| month.permits).context("a month with permits")
    }

    fn count(&mut self, text: &str) -> anyhow::Result<()> {
        let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(text.as_bytes());
        let header = reader.headers()?.clone();
        let place =
            |name: &str| header.iter().position(|column| column == name).context(format!("no {name}"));
        let (state, authorised) = (place("ETAT_DAU")?, place("DATE_REELLE_AUTORISATION")?);
        let dwellings = place("NB_LGT_TOT_CREES")?;
        let mut cancelled = 0;
        for row in reader.records() {
            let row = row?;
            self.permits += 1;
            if &row[state] == "4" {
                cancelled += 1;
                continue;
            }
            let name = row[authorised].get(..7).context("a date")?.to_owned();
            let month = self.months.entry(name.clone()).or_insert(Month { name, ..Month::default() });
            month.permits += 1;
            month.dwellings += row[dwellings].parse::<i64>().unwrap_or(0);
        }
        ensure!(cancelled > 0, "no permit is cancelled, so leaving them out is not tried");
        Ok(())
    }
}

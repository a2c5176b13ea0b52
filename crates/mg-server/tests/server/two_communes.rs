//! Sales of two communes whose figures occur nowhere else, brought by real runs.

use std::iter;

use chrono::{Months, NaiveDate};
use mg_testkit::TestPlatform;

use crate::dvf_file::{Cells, DvfFile};
use crate::web::Web;

/// The commune that the scoped token is limited to.
pub(crate) const OWN: &str = "77243";
/// Another, which it must hear nothing of.
pub(crate) const OTHER: &str = "77085";
/// Months with sales, of which each has one but for the busy one; enough to learn from.
const MONTHS: Months = Months::new(36);
const FIRST_MONTH: NaiveDate = NaiveDate::from_ymd_opt(2022, 11, 14).expect("a day");
/// The month with many, and how many in the other commune and in the own.
const BUSY_MONTH: NaiveDate = NaiveDate::from_ymd_opt(2025, 2, 14).expect("a day");
const OTHER_SALES: usize = 1_237;
const OWN_SALES: usize = 3;

/// What the answers to the scoped token must not hold. A number counts where it stands alone.
const NAMES: [&str; 2] = [OTHER, "Chanteloup"];
/// Price and price a square metre of the other's sales; sales of the busy month there and of
/// both communes; the same of all months; the price a square metre of both in the other quarters.
const FIGURES: [&str; 7] = ["614659", "10076", "1237", "1240", "1272", "1310", "7538"];

/// A platform with both communes loaded, measured and forecast: run 1 brought the other's
/// sales. The statistics of the planner are up to date.
pub(crate) async fn two_communes() -> anyhow::Result<(TestPlatform, Web)> {
    let web = Web::start().await?;
    let mut platform = TestPlatform::start().await?;
    platform.point_spider("dvf", web.base()).await?;
    let path = |code: &str| format!("/sales/{code}.csv");
    let other = web.put(&path(OTHER), sales(OTHER, "614659", "61", OTHER_SALES));
    let own = web.put(&path(OWN), sales(OWN, "300000", "60", OWN_SALES));
    for url in [other, own] {
        let run = platform.crawl("dvf", Some(&url), None).await?;
        anyhow::ensure!(run.state == "succeeded", "{run:?}");
    }
    platform.database.execute("mg_super", "vacuum analyze")?;
    Ok((platform, web))
}

/// Sales of one flat each, at one price.
fn sales(commune: &str, price: &str, area: &str, busy: usize) -> Vec<u8> {
    let flat: Cells<'_> = &[("code_type_local", "2"), ("surface_reelle_bati", area), ("lot1_numero", "12")];
    let months = (0..MONTHS.as_u32()).filter_map(|month| FIRST_MONTH.checked_add_months(Months::new(month)));
    let days = months.flat_map(|day| iter::repeat_n(day, if day == BUSY_MONTH { busy } else { 1 }));
    let file = days.enumerate().fold(DvfFile::new(), |file, (number, day)| {
        let day = day.to_string();
        let common: Cells<'_> =
            &[("valeur_fonciere", price), ("code_commune", commune), ("date_mutation", &day)];
        file.mutation(&format!("{commune}-{number}"), common, &[flat])
    });
    file.bytes()
}

/// What of the other commune, or of the whole, `answer` gives away.
pub(crate) fn given_away(answer: &str) -> Option<&'static str> {
    let numbers: Vec<&str> = answer.split(|letter: char| !letter.is_ascii_digit()).collect();
    let named = NAMES.into_iter().find(|name| answer.contains(name));
    named.or_else(|| FIGURES.into_iter().find(|figure| numbers.contains(figure)))
}

//! Whether a crawl found much less than those before it: a site that changed its pages must not empty a
//! table in silence.

use mg_store::crawl::CrawlYield;

/// Of fewer records before, a fall says nothing.
const FEWEST: f64 = 10.0;
/// A field that fewer records had filled before is not watched.
const MOSTLY: f64 = 0.5;
/// What is left of it when it has fallen.
const LEFT: f64 = 0.5;

/// What fell, in a sentence's end; `None` when nothing did, or nothing is known to compare with.
pub(super) fn fallen(now: &CrawlYield, before: &[CrawlYield]) -> Option<String> {
    let items = median(before.iter().map(|crawl| crawl.items as f64))?;
    if items < FEWEST {
        return None;
    }
    if (now.items as f64) < items * LEFT {
        return Some(format!("{} records, where there were about {items:.0}", now.items));
    }
    let fields = now.fills.as_object()?;
    fields.keys().find_map(|field| {
        let was = median(before.iter().filter_map(|crawl| rate(crawl, field)))?;
        let is = rate(now, field)?;
        (was >= MOSTLY && is < was * LEFT).then(|| {
            format!(
                "`{field}` is filled in {:.0} % of the records, where it was in {:.0} %",
                is * 100.0,
                was * 100.0
            )
        })
    })
}

/// The part of the records that have the field.
fn rate(crawl: &CrawlYield, field: &str) -> Option<f64> {
    let filled = crawl.fills.get(field)?.as_f64()?;
    (crawl.items > 0).then(|| filled / crawl.items as f64)
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn crawl(items: i64, prix: i64) -> CrawlYield {
        CrawlYield { pages: 1, items, fills: json!({ "reference": items, "prix": prix }) }
    }

    #[test]
    fn a_fall_in_number_or_in_a_field_is_told_and_a_rise_is_not() {
        let before = [crawl(200, 190), crawl(210, 200), crawl(3, 3)];
        assert_eq!(fallen(&crawl(110, 100), &before), None);
        assert_eq!(fallen(&crawl(900, 900), &before), None);
        let less = fallen(&crawl(90, 90), &before).expect("it fell");
        assert_eq!(less, "90 records, where there were about 200");
        let empty = fallen(&crawl(200, 20), &before).expect("it fell");
        assert_eq!(empty, "`prix` is filled in 10 % of the records, where it was in 95 %");
    }

    #[test]
    fn what_was_small_or_never_there_is_no_measure() {
        assert_eq!(fallen(&crawl(0, 0), &[]), None);
        assert_eq!(fallen(&crawl(0, 0), &[crawl(4, 4)]), None);
        assert_eq!(fallen(&crawl(100, 0), &[crawl(100, 20)]), None);
    }
}

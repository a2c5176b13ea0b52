//! Where INSEE publishes the populations of a year.
//!
//! Each publication has a number that nothing else gives away, so they are listed here: a line
//! a year. Until a new year has its line, it is read by its url.

use mg_crawl::CrawlError;
use url::Url;

/// The populations of a year.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Publication {
    /// The year that they are of: the middle of the five whose censuses they are made of.
    pub(super) year: i32,
    /// The number of the publication, a part of its address.
    number: &'static str,
}

/// Those that are known, oldest first. Archives before these have other files in them.
pub(super) const ALL: &[Publication] = &[
    Publication { year: 2020, number: "6683035" },
    Publication { year: 2021, number: "7739582" },
    Publication { year: 2022, number: "8290591" },
    Publication { year: 2023, number: "8680726" },
];

/// Populations come into force on the first of January of the third year after their own
/// (law 2002-276, article 156).
const YEARS_UNTIL_IN_FORCE: i32 = 3;

impl Publication {
    /// The publication that a file's address names.
    pub(super) fn at(url: &Url) -> Option<&'static Self> {
        let has =
            |number: &str| url.path_segments().is_some_and(|mut parts| parts.any(|part| part == number));
        ALL.iter().find(|publication| has(publication.number))
    }

    /// Its archive.
    pub(super) fn url(&self, base: &Url) -> Result<Url, CrawlError> {
        let base = base.as_str().trim_end_matches('/');
        let path = format!("{base}/fr/statistiques/fichier/{}/ensemble.zip", self.number);
        Url::parse(&path).map_err(|_| CrawlError::NotAUrl(path))
    }

    /// The year from whose first day on they are in force.
    pub(super) fn in_force_from(&self) -> i32 {
        self.year + YEARS_UNTIL_IN_FORCE
    }
}

/// The edition of the populations of `year`: the month in which they come into force.
pub(super) fn edition_of(year: i32) -> String {
    format!("{}-01", year + YEARS_UNTIL_IN_FORCE)
}

/// The year of the populations that are in force in a month, `YYYY-MM`.
pub(super) fn year_in_force(edition: &str) -> Option<i32> {
    let year: i32 = edition.split_once('-')?.0.parse().ok()?;
    year.checked_sub(YEARS_UNTIL_IN_FORCE)
}

/// The known editions, for people.
pub(super) fn editions() -> String {
    let editions: Vec<String> = ALL.iter().map(|publication| edition_of(publication.year)).collect();
    editions.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publication_is_found_by_its_address_and_has_it() {
        let base = Url::parse("http://portal:4001/").expect("a URL");
        for publication in ALL {
            let url = publication.url(&base).expect("a URL");
            assert_eq!(Publication::at(&url), Some(publication));
        }
        let newest = ALL.last().expect("a publication").url(&base).expect("a URL");
        assert_eq!(newest.as_str(), "http://portal:4001/fr/statistiques/fichier/8680726/ensemble.zip");
        assert_eq!(Publication::at(&Url::parse("http://p/x86807261/ensemble.zip").expect("a URL")), None);
    }

    #[test]
    fn populations_are_in_force_three_years_later_for_a_year() {
        assert_eq!(edition_of(2023), "2026-01");
        assert_eq!(year_in_force("2026-01"), Some(2023));
        assert_eq!(year_in_force("2026-11"), Some(2023));
        assert_eq!(year_in_force("lately"), None);
        assert!(ALL.is_sorted_by(|one, next| one.year + 1 == next.year));
    }
}

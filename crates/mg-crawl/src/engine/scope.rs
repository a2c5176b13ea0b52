//! Which links of a page are followed: those that stay in the crawl's domains and are no trap.

use std::collections::{BTreeMap, HashMap, HashSet};

use url::{Host, Position, Url};

use super::options::{CrawlOptions, Traps};
use crate::guard::Guard;
use crate::page::{PageRequest, QueryOrder};

/// Links that were dropped, by reason.
pub(super) type Dropped = BTreeMap<&'static str, u64>;

/// The bounds of a crawl.
#[derive(Debug)]
pub(super) struct Scope {
    domains: Vec<Domain>,
    guard: std::sync::Arc<Guard>,
    traps: Traps,
    links: usize,
    order: QueryOrder,
}

#[derive(Debug, PartialEq, Eq)]
struct Domain {
    host: String,
    port: Option<u16>,
}

impl Scope {
    /// The bounds that `options` set, or else the hosts of the start pages.
    pub(super) fn new(options: &CrawlOptions, start: &[PageRequest], guard: std::sync::Arc<Guard>) -> Self {
        let mut domains: Vec<Domain> = options.domains.iter().filter_map(|text| Domain::read(text)).collect();
        if options.domains.is_empty() {
            domains = start.iter().filter_map(|request| Domain::of(&request.url)).collect();
        }
        Self {
            domains,
            guard,
            traps: options.traps.clone(),
            links: options.page.links,
            order: options.query_order,
        }
    }

    /// Requests with their fingerprints, as the frontier takes them.
    pub(super) fn named(&self, requests: Vec<PageRequest>) -> Vec<(String, PageRequest)> {
        requests.into_iter().map(|request| (request.fingerprint(self.order), request)).collect()
    }

    /// The requests that `from` leads to and that may be followed, each once, with their fingerprints.
    pub(super) fn follow(
        &self,
        from: &PageRequest,
        brought_items: bool,
        found: Vec<PageRequest>,
    ) -> (Vec<(String, PageRequest)>, Dropped) {
        let barren = if brought_items { 0 } else { from.barren.saturating_add(1) };
        let mut dropped = Dropped::new();
        let mut seen = HashSet::with_capacity(found.len());
        let mut kept = Vec::with_capacity(found.len().min(self.links));
        for mut request in found {
            request.depth = from.depth.saturating_add(1);
            request.barren = barren;
            request.url.set_fragment(None);
            if let Err(reason) = self.check(&request) {
                *dropped.entry(reason).or_default() += 1;
                continue;
            }
            let fingerprint = request.fingerprint(self.order);
            if seen.contains(&fingerprint) {
                continue;
            }
            if kept.len() == self.links {
                *dropped.entry("too_many_links").or_default() += 1;
                continue;
            }
            seen.insert(fingerprint.clone());
            kept.push((fingerprint, request));
        }
        (kept, dropped)
    }

    /// Whether `url` is in the crawl's domains and the guard has nothing against it at sight.
    pub(super) fn check_place(&self, url: &Url) -> Result<(), &'static str> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err("scheme");
        }
        if !self.domains.iter().any(|domain| domain.covers(url)) {
            return Err("offsite");
        }
        self.guard.check_url(url).map_err(|_| "refused")
    }

    fn check(&self, request: &PageRequest) -> Result<(), &'static str> {
        let url = &request.url;
        if url.as_str().len() > self.traps.url_bytes {
            return Err("url_too_long");
        }
        self.check_place(url)?;
        if self.traps.depth.is_some_and(|most| request.depth > most) {
            return Err("too_deep");
        }
        if self.traps.barren.is_some_and(|most| request.barren > most) {
            return Err("barren");
        }
        self.check_path(url.path())
    }

    fn check_path(&self, path: &str) -> Result<(), &'static str> {
        let mut times = HashMap::new();
        for (index, segment) in path.split('/').filter(|segment| !segment.is_empty()).enumerate() {
            let times: &mut usize = times.entry(segment).or_default();
            *times += 1;
            if *times > self.traps.repeats || index >= self.traps.segments {
                return Err("path_repeats");
            }
        }
        Ok(())
    }
}

impl Domain {
    /// `example.fr`, `example.fr:8080`, `[::1]:80`. What is none covers nothing.
    fn read(text: &str) -> Option<Self> {
        let url = Url::parse(&format!("http://{}", text.trim().trim_start_matches('.'))).ok()?;
        let host = url.host_str()?.to_owned();
        // The scheme's own port is not kept by the URL, so it is looked for in the text.
        let port = url.port().or_else(|| text.trim().ends_with(":80").then_some(80));
        Some(Self { host, port })
    }

    fn of(url: &Url) -> Option<Self> {
        Some(Self { host: url.host_str()?.to_owned(), port: url.port() })
    }

    fn covers(&self, url: &Url) -> bool {
        if self.port.is_some() && self.port != url.port_or_known_default() {
            return false;
        }
        let host = url.host_str().unwrap_or_default();
        let below = || host.strip_suffix(self.host.as_str()).is_some_and(|above| above.ends_with('.'));
        host == self.host || (matches!(url.host(), Some(Host::Domain(_))) && below())
    }
}

/// What tells hosts apart: scheme, host and port of `url`.
pub(super) fn origin(url: &Url) -> &str {
    &url[..Position::BeforePath]
}

/// What all workers agree to call the host of `url`: its name, and the port where it is not the usual one.
pub(super) fn host_key(url: &Url) -> &str {
    &url[Position::BeforeHost..Position::AfterPort]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::GuardOptions;
    use std::sync::Arc;

    fn request(url: &str) -> PageRequest {
        PageRequest::get(Url::parse(url).expect("a URL"), "")
    }

    fn scope(domains: &[&str], traps: Traps) -> Scope {
        let guard = GuardOptions { allow: vec!["127.0.0.1:8099".to_owned()], ..GuardOptions::default() };
        let domains = domains.iter().map(|&domain| domain.to_owned()).collect();
        let options = CrawlOptions { domains, traps, ..CrawlOptions::default() };
        let start = [request("https://portail.fr/")];
        Scope::new(&options, &start, Arc::new(Guard::new(&guard).expect("a guard")))
    }

    fn verdict(scope: &Scope, from: &PageRequest, url: &str) -> Option<&'static str> {
        let (kept, dropped) = scope.follow(from, false, vec![request(url)]);
        assert_eq!(kept.len() + dropped.len(), 1);
        dropped.keys().next().copied()
    }

    #[test]
    fn a_crawl_stays_at_home() {
        let (own, from) = (scope(&[], Traps::default()), request("https://portail.fr/"));
        assert_eq!(verdict(&own, &from, "https://portail.fr/a"), None);
        assert_eq!(verdict(&own, &from, "http://www.portail.fr/a"), None);
        for outside in ["https://autreportail.fr/", "https://portail.fr.evil.com/", "https://fr/"] {
            assert_eq!(verdict(&own, &from, outside), Some("offsite"), "{outside}");
        }
        assert_eq!(verdict(&own, &from, "mailto:a@portail.fr"), Some("scheme"));
        assert_eq!(verdict(&own, &from, "https://portail.fr:22/"), Some("refused"));
        let local = scope(&["127.0.0.1:8099", ".exemple.fr"], Traps::default());
        assert_eq!(verdict(&local, &from, "http://127.0.0.1:8099/"), None);
        assert_eq!(verdict(&local, &from, "http://127.0.0.1:8098/"), Some("offsite"));
        assert_eq!(verdict(&local, &from, "https://data.exemple.fr/"), None);
    }

    #[test]
    fn traps_are_seen() {
        let traps = Traps { depth: Some(3), url_bytes: 90, segments: 6, barren: Some(9), ..Traps::default() };
        let (scope, from) = (scope(&[], traps), request("https://portail.fr/"));
        let long = format!("https://portail.fr/?q={}", "x".repeat(90));
        assert_eq!(verdict(&scope, &from, &long), Some("url_too_long"));
        assert_eq!(verdict(&scope, &from, "https://portail.fr/a/a/a/a"), Some("path_repeats"));
        assert_eq!(verdict(&scope, &from, "https://portail.fr/1/2/3/4/5/6/7"), Some("path_repeats"));
        let deep = PageRequest { depth: 3, ..from.clone() };
        assert_eq!(verdict(&scope, &deep, "https://portail.fr/a"), Some("too_deep"));
        let barren = PageRequest { barren: 9, ..from.clone() };
        assert_eq!(verdict(&scope, &barren, "https://portail.fr/a"), Some("barren"));
        let (kept, _) = scope.follow(&barren, true, vec![request("https://portail.fr/a")]);
        assert_eq!(kept[0].1.barren, 0);
    }

    #[test]
    fn links_of_one_page_count_once() {
        let scope = scope(&[], Traps::default());
        let found = ["https://portail.fr/a", "https://portail.fr/a#b", "https://portail.fr/b"].map(request);
        let (kept, dropped) = scope.follow(&request("https://portail.fr/"), true, found.to_vec());
        assert_eq!((kept.len(), dropped.len()), (2, 0));
        assert_eq!(kept[0].1.depth, 1);
    }
}

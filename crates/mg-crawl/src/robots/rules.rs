//! What one host allows.

use std::time::Duration;

use robotxt::Robots;
use url::Url;

/// What a host's robots.txt allows us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RobotsRules {
    rules: Robots,
    unreachable: Option<String>,
}

impl RobotsRules {
    /// Nothing is forbidden.
    pub fn everything() -> Self {
        Self { rules: Robots::allow_all(), unreachable: None }
    }

    /// The file could not be had, for this reason: everything is forbidden.
    pub fn unreachable(reason: String) -> Self {
        Self { rules: Robots::disallow_all(), unreachable: Some(reason) }
    }

    /// As the file's text says to whom it calls `product`. Of a text that is too long the first
    /// 500 KiB count.
    pub fn read(text: &[u8], product: &str) -> Self {
        // An editor's mark would hide the first line.
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        Self { rules: Robots::parse(text, product), unreachable: None }
    }

    /// Whether `url`, of this host, may be read.
    pub fn allows(&self, url: &Url) -> bool {
        self.rules.is_url_allowed(url)
    }

    /// The rule that forbids `url`, in one sentence.
    pub fn why_not(&self, url: &Url) -> String {
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        match (&self.unreachable, self.rules.matching_rule(path)) {
            (Some(reason), _) => format!("robots.txt could not be read, so nothing may be: {reason}"),
            (None, Some(rule)) => format!("robots.txt forbids it by `Disallow: {}`", rule.pattern()),
            (None, None) => "robots.txt forbids it".to_owned(),
        }
    }

    /// Whether the file could not be had.
    pub fn is_unreachable(&self) -> bool {
        self.unreachable.is_some()
    }

    /// The time that the host wants between two requests.
    pub fn crawl_delay(&self) -> Option<Duration> {
        self.rules.crawl_delay()
    }

    /// The sitemaps that the file names.
    pub fn sitemaps(&self) -> &[Url] {
        self.rules.sitemaps()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(text: &str, path: &str) -> bool {
        let url = Url::parse("https://portail.fr").and_then(|url| url.join(path)).expect("a URL");
        RobotsRules::read(text.as_bytes(), "mg-platform").allows(&url)
    }

    #[test]
    fn our_group_counts_and_else_that_of_all() {
        let text =
            "User-agent: *\nDisallow: /\n\nUser-agent: MG-Platform\nDisallow: /prive\nAllow: /prive/ouvert\n";
        assert!(allows(text, "/permis"));
        assert!(!allows(text, "/prive/a"));
        assert!(allows(text, "/prive/ouvert/a"));
        assert!(!allows("User-agent: autre\nAllow: /\nUser-agent: *\nDisallow: /a", "/a/b"));
    }

    #[test]
    fn patterns_are_the_rfcs() {
        let text = "\u{feff}User-agent: *\nDisallow: /*.pdf$\nDisallow: /recherche?*tri=\nDisallow: /%C3%A9t%c3%a9\n";
        assert!(!allows(text, "/a/b.pdf"));
        assert!(allows(text, "/a/b.pdf?page=2"));
        assert!(!allows(text, "/recherche?q=x&tri=prix"));
        assert!(!allows(text, "/été"));
        assert!(allows("User-agent: *\nDisallow:", "/a"));
        assert!(allows("<html>no such file</html>", "/a"));
    }

    #[test]
    fn a_delay_is_read_and_a_refusal_gives_its_rule() {
        let rules = RobotsRules::read(b"User-agent: *\nCrawl-delay: 1.5\nDisallow: /x", "mg-platform");
        assert_eq!(rules.crawl_delay(), Some(Duration::from_millis(1_500)));
        let url = Url::parse("https://portail.fr/x?y#z").expect("a URL");
        assert_eq!(rules.why_not(&url), "robots.txt forbids it by `Disallow: /x`");
        assert!(!RobotsRules::unreachable("503".to_owned()).allows(&url));
    }
}

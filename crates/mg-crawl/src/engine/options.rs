//! What a crawl may do, how fast, and when it has done enough.

use std::time::Duration;

use crate::page::QueryOrder;

/// How a crawl behaves. The defaults are polite: four requests at a time to one host and not more than
/// four a second, robots.txt obeyed, and slower where the host is slow.
#[derive(Debug, Clone, PartialEq)]
pub struct CrawlOptions {
    /// Our name in robots.txt (RFC 9309, 2.2.1): letters, `-` and `_`.
    pub product: String,
    /// Where it may go: `example.fr` with its subdomains, `127.0.0.1:8099` at that port alone. Empty: the
    /// hosts of the start pages.
    pub domains: Vec<String>,
    /// Most requests at a time, over all hosts.
    pub concurrency: usize,
    /// What holds for each host.
    pub host: HostOptions,
    /// What holds for each page.
    pub page: PageOptions,
    /// When it ends before its end.
    pub caps: Caps,
    /// What it takes for a trap.
    pub traps: Traps,
    /// Whether robots.txt is obeyed.
    pub robots: RobotsPolicy,
    /// When two requests are one.
    pub query_order: QueryOrder,
    /// How outcomes are grouped on their way to the frontier.
    pub batch: Batching,
}

/// Politeness towards one host.
#[derive(Debug, Clone, PartialEq)]
pub struct HostOptions {
    /// Most requests at a time.
    pub concurrency: usize,
    /// Least time between the beginnings of two requests; a Crawl-delay may make it longer.
    pub gap: Duration,
    /// A Crawl-delay longer than this is shortened to it.
    pub longest_crawl_delay: Duration,
    /// Makes the gap longer where the host is slow or fails; `None` keeps it as it is.
    pub throttle: Option<ThrottleOptions>,
    /// How often a request is tried, the first time included.
    pub attempts: u32,
    /// A host that asks (Retry-After) to be left alone for longer is given up for this crawl.
    pub longest_wait: Duration,
    /// When a host is left alone because it fails.
    pub circuit: CircuitOptions,
}

/// AutoThrottle, as Scrapy defines it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThrottleOptions {
    /// How many requests the host should have in work on average, more than 0.
    pub target_concurrency: f64,
    /// The gap to begin with.
    pub start: Duration,
    /// The longest gap that it makes.
    pub longest: Duration,
}

/// When a failing host is left alone, and when it is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CircuitOptions {
    /// Faults in a row that open the circuit.
    pub faults: u32,
    /// How long it stays open; doubled each time that the probe fails as well.
    pub wait: Duration,
    /// How often it opens in a row before the host is given up for this crawl.
    pub openings: u32,
}

/// Bounds of one page.
#[derive(Debug, Clone, PartialEq)]
pub struct PageOptions {
    /// Largest body, bytes, unpacked.
    pub body_limit_bytes: u64,
    /// From the request to the last byte of one hop.
    pub timeout: Duration,
    /// Longest time that the spider may read one page.
    pub parse_timeout: Duration,
    /// Most redirects, those of `<meta http-equiv=refresh>` included.
    pub redirects: u32,
    /// A refresh that waits longer than this is a page that renews itself, and is not followed.
    pub longest_refresh: Duration,
    /// Most links that are followed from one page.
    pub links: usize,
    /// Pages read at the same time; 0 is one for each core.
    pub parsers: usize,
}

/// When a crawl ends although there is more. Those that have begun are finished.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Caps {
    /// Pages read, exactly.
    pub pages: Option<u64>,
    /// Records, passed by those of the pages in work.
    pub items: Option<u64>,
    /// Bytes of bodies, unpacked; passed by the pages in work.
    pub bytes: Option<u64>,
    /// Time since the crawl began.
    pub time: Option<Duration>,
}

/// What is taken for a trap: places without end that lead nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traps {
    /// Most links from a start page.
    pub depth: Option<u32>,
    /// Longest URL, bytes.
    pub url_bytes: usize,
    /// Most path segments.
    pub segments: usize,
    /// How often a segment may come again in one path.
    pub repeats: usize,
    /// Most queries of one path.
    pub queries: u32,
    /// Most pages in a row without a record, as in a calendar without end.
    pub barren: Option<u32>,
}

/// Whether robots.txt is obeyed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RobotsPolicy {
    /// It is.
    #[default]
    Obeyed,
    /// It is not asked for: the site is ours, or its owner said so.
    Ignored,
}

/// How outcomes are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batching {
    /// Most outcomes of a group.
    pub outcomes: usize,
    /// Longest wait of an outcome for its group.
    pub wait: Duration,
}

impl Default for CrawlOptions {
    fn default() -> Self {
        Self {
            product: "mg-platform".to_owned(),
            domains: Vec::new(),
            concurrency: 16,
            host: HostOptions::default(),
            page: PageOptions::default(),
            caps: Caps::default(),
            traps: Traps::default(),
            robots: RobotsPolicy::default(),
            query_order: QueryOrder::default(),
            batch: Batching { outcomes: 100, wait: Duration::from_millis(40) },
        }
    }
}

impl Default for HostOptions {
    fn default() -> Self {
        Self {
            concurrency: 4,
            gap: Duration::from_millis(250),
            longest_crawl_delay: Duration::from_secs(120),
            throttle: Some(ThrottleOptions::default()),
            attempts: 5,
            longest_wait: Duration::from_secs(600),
            circuit: CircuitOptions::default(),
        }
    }
}

impl Default for ThrottleOptions {
    fn default() -> Self {
        Self { target_concurrency: 2.0, start: Duration::ZERO, longest: Duration::from_secs(60) }
    }
}

impl Default for CircuitOptions {
    fn default() -> Self {
        Self { faults: 8, wait: Duration::from_secs(15), openings: 4 }
    }
}

impl Default for PageOptions {
    fn default() -> Self {
        Self {
            body_limit_bytes: 16 << 20,
            timeout: Duration::from_secs(60),
            parse_timeout: Duration::from_secs(60),
            redirects: 10,
            longest_refresh: Duration::from_secs(5),
            links: 5_000,
            parsers: 0,
        }
    }
}

impl Default for Traps {
    fn default() -> Self {
        Self { depth: None, url_bytes: 2_000, segments: 32, repeats: 3, queries: 20_000, barren: Some(60) }
    }
}

//! What can go wrong between a portal and a record.

use url::Url;

/// Why a source could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CrawlError {
    /// The URL leads to a host that this spider does not read.
    #[error("{url} is not on a host that spider {spider} reads ({allowed})")]
    ForeignHost {
        /// What was asked for.
        url: Url,
        /// The spider.
        spider: String,
        /// The hosts it reads.
        allowed: String,
    },
    /// The text is no URL.
    #[error("`{0}` is no http(s) URL")]
    NotAUrl(String),
    /// The portal answered with an error, the last time too.
    #[error("{url} answered {status}{}", after(.attempts))]
    Status {
        /// What was asked for.
        url: Url,
        /// The HTTP status.
        status: u16,
        /// How often it was asked.
        attempts: u32,
    },
    /// The portal could not be reached, or broke off.
    #[error("{url} could not be read: {reason}{}", after(.attempts))]
    Connection {
        /// What was asked for.
        url: Url,
        /// What happened.
        reason: String,
        /// How often it was tried.
        attempts: u32,
    },
    /// The body is larger than allowed.
    #[error("{url} is larger than the {limit_bytes} bytes allowed")]
    TooLarge {
        /// What was asked for.
        url: Url,
        /// The cap.
        limit_bytes: u64,
    },
    /// A column that the spider needs is not in the file.
    #[error("{url} has no column {column}: the format of the source has changed")]
    MissingColumn {
        /// The source.
        url: Url,
        /// The column.
        column: String,
    },
    /// The file is not in the format that the spider reads.
    #[error("{url} is not in the format expected: {reason}")]
    Format {
        /// The source.
        url: Url,
        /// What is wrong.
        reason: String,
    },
    /// Nothing says which edition the data are of.
    #[error("nothing says which edition {0} is of; name it, as 2026-10")]
    EditionUnknown(Url),
    /// The edition that was asked for is not among those that the spider knows where to find.
    #[error("{url} has no edition {edition} that is known here; there are {kept}")]
    EditionNotKept {
        /// The portal.
        url: Url,
        /// What was asked for.
        edition: String,
        /// What there is.
        kept: String,
    },
    /// None of the sources exists.
    #[error("nothing was found at {0}: every file the spider looked for is missing there")]
    NothingFound(Url),
    /// The browser could not be had or did not answer.
    #[error("the browser {attempted}: {reason}")]
    Browser {
        /// What was attempted.
        attempted: &'static str,
        /// Why it failed.
        reason: String,
    },
    /// The machine failed, not the portal.
    #[error("cannot {attempted}: {source}")]
    Io {
        /// What was attempted.
        attempted: &'static str,
        /// Why not.
        source: std::io::Error,
    },
    /// Whoever took the records stopped taking them.
    #[error("the crawl was stopped")]
    Stopped,
}

impl CrawlError {
    /// A stable name of the kind, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ForeignHost { .. } => "foreign_host",
            Self::NotAUrl(_) => "not_a_url",
            Self::Status { .. } => "source_refused",
            Self::Connection { .. } => "source_unreachable",
            Self::TooLarge { .. } => "source_too_large",
            Self::MissingColumn { .. } => "column_missing",
            Self::Format { .. } => "format_changed",
            Self::EditionUnknown(_) => "edition_unknown",
            Self::EditionNotKept { .. } => "edition_not_kept",
            Self::NothingFound(_) => "nothing_found",
            Self::Browser { .. } => "browser_failed",
            Self::Io { .. } => "machine_failed",
            Self::Stopped => "stopped",
        }
    }
}

fn after(attempts: &u32) -> String {
    if *attempts > 1 { format!(", after {attempts} attempts") } else { String::new() }
}

/// Why a cell is no value of its column.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{column}: {reason}")]
pub struct FieldError {
    /// The column.
    pub column: &'static str,
    /// What is wrong.
    pub reason: String,
}

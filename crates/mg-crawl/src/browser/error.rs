//! Why a browser brought no page.

use chromiumoxide::error::CdpError;
use url::Url;

use crate::CrawlError;
use crate::guard::Refused;

/// Why a browser brought no page.
#[derive(Debug, thiserror::Error)]
pub enum BrowserError {
    /// There is no Chromium on the machine.
    #[error("no Chromium was found; install it (Debian: `apt-get install chromium`)")]
    NotInstalled,
    /// It did not start.
    #[error("Chromium did not start: {0}")]
    NotStarted(String),
    /// The guard refused the URL, or one that it redirects to.
    #[error("{url} is not opened: {reason}")]
    Refused {
        /// What was to be opened.
        url: Url,
        /// The rule.
        reason: Refused,
    },
    /// The page did not open.
    #[error("{url} did not open: {reason}")]
    NotOpened {
        /// What was to be opened.
        url: Url,
        /// Chromium's name for the reason, as `net::ERR_CERT_AUTHORITY_INVALID`.
        reason: String,
    },
    /// Time was up.
    #[error("{url} took longer than {limit_ms} ms; it waited for {waited_for}")]
    Timeout {
        /// What was opened.
        url: Url,
        /// The time that it had, milliseconds.
        limit_ms: u128,
        /// What had not come by then.
        waited_for: String,
    },
    /// The page's process crashed.
    #[error("the page's process crashed at {0}")]
    PageCrashed(Url),
    /// Chromium itself is gone.
    #[error("Chromium ended unexpectedly")]
    Gone,
    /// The page is larger than allowed, in what it loaded or in what it became.
    #[error("{url} is larger than the {limit_bytes} bytes allowed")]
    TooLarge {
        /// What was opened.
        url: Url,
        /// The cap.
        limit_bytes: u64,
    },
    /// A selector or a script of ours that the page cannot run.
    #[error("`{script}` cannot be run on the page: {reason}")]
    Script {
        /// The selector or script.
        script: String,
        /// What Chromium says.
        reason: String,
    },
    /// Chromium did not understand, or did not answer.
    #[error("Chromium did not do what it was asked: {0}")]
    Protocol(String),
    /// The machine failed.
    #[error("cannot {attempted}: {source}")]
    Io {
        /// What was attempted.
        attempted: &'static str,
        /// Why not.
        source: std::io::Error,
    },
}

impl BrowserError {
    /// A stable name of the kind, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused { reason, .. } => reason.code(),
            Self::NotOpened { .. } => "source_unreachable",
            Self::Timeout { .. } => "source_timeout",
            Self::TooLarge { .. } => "source_too_large",
            Self::Script { .. } => "script_failed",
            Self::Io { .. } => "machine_failed",
            Self::NotInstalled
            | Self::NotStarted(_)
            | Self::PageCrashed(_)
            | Self::Gone
            | Self::Protocol(_) => "browser_failed",
        }
    }

    /// Whether the same visit may bring the page another time.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Refused { reason, .. } => matches!(reason, Refused::Unknown(_)),
            Self::NotInstalled | Self::TooLarge { .. } | Self::Script { .. } | Self::Io { .. } => false,
            // A certificate that is not trusted will not be so in a minute.
            Self::NotOpened { reason, .. } => !reason.contains("ERR_CERT"),
            _ => true,
        }
    }
}

impl From<CdpError> for BrowserError {
    fn from(error: CdpError) -> Self {
        Self::Protocol(error.to_string())
    }
}

impl From<BrowserError> for CrawlError {
    fn from(error: BrowserError) -> Self {
        CrawlError::Browser { attempted: "brought no page", reason: error.to_string() }
    }
}

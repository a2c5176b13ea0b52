//! Why a request brought no answer.

use std::error::Error;

use url::Url;

use crate::guard::Refused;

/// Why a request brought no answer, or only a part of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The guard refused it, or a redirect of it.
    #[error("{url} is not fetched: {reason}")]
    Refused {
        /// What was asked for: for a redirect, where it led.
        url: Url,
        /// The rule.
        reason: Refused,
    },
    /// More redirects than allowed.
    #[error("{url} leads on after {limit} redirects")]
    TooManyRedirects {
        /// What was asked for first.
        url: Url,
        /// The most that are followed.
        limit: usize,
    },
    /// A redirect to what is no URL.
    #[error("{url} redirects to what is no URL")]
    BadRedirect {
        /// What redirected.
        url: Url,
    },
    /// A redirect from https to http.
    #[error("{url} redirects from https to http")]
    Downgrade {
        /// What redirected.
        url: Url,
    },
    /// No answer, or not all of it, in time.
    #[error("{url} did not answer in time")]
    Timeout {
        /// What was asked for.
        url: Url,
    },
    /// No connection: refused, broken off, or a certificate that is not trusted.
    #[error("{url} could not be reached: {reason}")]
    Connection {
        /// What was asked for.
        url: Url,
        /// What happened.
        reason: String,
    },
    /// The body broke off or could not be unpacked.
    #[error("{url} could not be read to its end: {reason}")]
    Body {
        /// What was asked for.
        url: Url,
        /// What happened.
        reason: String,
    },
    /// The body is larger than allowed.
    #[error("{url} is larger than the {limit_bytes} bytes allowed")]
    TooLarge {
        /// What was asked for.
        url: Url,
        /// The cap, of unpacked bytes.
        limit_bytes: u64,
    },
    /// The client could not be made.
    #[error("the HTTP client could not be prepared: {0}")]
    Setup(String),
}

impl ClientError {
    /// A stable name of the kind, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused { reason, .. } => reason.code(),
            Self::TooManyRedirects { .. } => "redirects_exceeded",
            Self::BadRedirect { .. } => "redirect_broken",
            Self::Downgrade { .. } => "redirect_downgraded",
            Self::Timeout { .. } => "source_timeout",
            Self::Connection { .. } | Self::Body { .. } => "source_unreachable",
            Self::TooLarge { .. } => "source_too_large",
            Self::Setup(_) => "machine_failed",
        }
    }

    /// Whether the same request may bring an answer another time.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Refused { reason, .. } => matches!(reason, Refused::Unknown(_)),
            Self::Timeout { .. } | Self::Connection { .. } | Self::Body { .. } => true,
            _ => false,
        }
    }

    pub(super) fn of(error: &reqwest::Error, url: &Url) -> Self {
        let url = url.clone();
        if let Some(reason) = refusal(error) {
            return Self::Refused { url, reason };
        }
        if error.is_timeout() {
            return Self::Timeout { url };
        }
        let reason = innermost(error);
        if error.is_body() || error.is_decode() {
            return Self::Body { url, reason };
        }
        Self::Connection { url, reason }
    }
}

/// The guard's word, if it was its look-up that failed.
fn refusal(error: &reqwest::Error) -> Option<Refused> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(refused) = error.downcast_ref::<Refused>() {
            return Some(refused.clone());
        }
        cause = error.source();
    }
    None
}

/// The cause at the bottom says what happened; those above say only where it was noticed.
pub(super) fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

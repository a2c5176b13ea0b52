//! Fetching a file to disk: politely, within caps, and only from the hosts that are allowed.

use std::io::Write;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::StreamExt;
use reqwest::header::{CONTENT_TYPE, LAST_MODIFIED};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;
use tempfile::NamedTempFile;
use url::Url;

use crate::{CrawlError, retry};

/// CSV packs to a tenth; what unpacks to more than this many times the cap is a bomb.
const UNPACKED_TIMES: u64 = 20;

/// What a fetcher is allowed.
#[derive(Debug, Clone)]
pub struct FetcherOptions {
    /// The spider it works for; named in errors.
    pub spider: String,
    /// Where it may go, redirects included: scheme, host and port, as `https://host` (RFC 6454).
    pub allowed_origins: Vec<String>,
    /// How it names itself to portals.
    pub user_agent: String,
    /// Longest silence of a portal, milliseconds.
    pub timeout_ms: u64,
    /// Largest body, bytes, after decompression.
    pub body_limit_bytes: u64,
}

/// Fetches files for one spider.
#[derive(Debug, Clone)]
pub struct Fetcher {
    client: Client,
    options: FetcherOptions,
}

/// A fetched file, on disk until it is dropped.
#[derive(Debug)]
pub struct Fetched {
    /// Its bytes.
    pub file: NamedTempFile,
    /// How many.
    pub size_bytes: u64,
    /// When the portal says it last changed.
    pub last_modified: Option<DateTime<Utc>>,
    /// Most bytes that it may unpack to.
    pub unpacked_limit_bytes: u64,
    /// What the portal says it is.
    pub content_type: Option<String>,
}

/// Whether one attempt's failure may pass, and how long the portal wants us to wait.
enum Failure {
    Final(CrawlError),
    Passing(CrawlError, Option<Duration>),
}

impl Fetcher {
    /// A fetcher with these limits.
    pub fn new(options: FetcherOptions) -> Result<Self, CrawlError> {
        let origins = options.allowed_origins.clone();
        let redirects = Policy::custom(move |attempt| {
            if attempt.previous().len() > 5 {
                return attempt.error("more than five redirects");
            }
            if origins.contains(&origin_of(attempt.url())) {
                attempt.follow()
            } else {
                attempt.error("a redirect to a place that is not allowed")
            }
        });
        let client = Client::builder()
            .user_agent(&options.user_agent)
            .redirect(redirects)
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(Duration::from_millis(options.timeout_ms))
            // A proxy of the environment would reach what the list of origins forbids.
            .no_proxy()
            .build()
            .map_err(|error| CrawlError::Io {
                attempted: "prepare the HTTP client",
                source: std::io::Error::other(error),
            })?;
        Ok(Self { client, options })
    }

    /// `text` as a URL that this fetcher may reach.
    pub fn allowed_url(&self, text: &str) -> Result<Url, CrawlError> {
        let url = Url::parse(text).map_err(|_| CrawlError::NotAUrl(text.to_owned()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(CrawlError::NotAUrl(text.to_owned()));
        }
        self.check_host(&url)?;
        Ok(url)
    }

    /// Fetches a file, asking again while the failure may pass. `None`: there is none (404, 410).
    pub async fn fetch(&self, url: &Url) -> Result<Option<Fetched>, CrawlError> {
        self.check_host(url)?;
        let mut attempt = 1;
        loop {
            match self.try_once(url, attempt).await {
                Ok(fetched) => return Ok(fetched),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Passing(error, _)) if attempt == retry::ATTEMPTS => return Err(error),
                Err(Failure::Passing(error, asked)) => {
                    let wait = asked.unwrap_or_else(|| retry::backoff(attempt, url.as_str()));
                    tracing::debug!(%url, attempt, wait_ms = wait.as_millis() as u64, "asking again: {error}");
                    tokio::time::sleep(wait).await;
                    attempt += 1;
                }
            }
        }
    }

    /// Fetches a JSON document.
    pub async fn fetch_json(&self, url: &Url) -> Result<Option<Value>, CrawlError> {
        let Some(fetched) = self.fetch(url).await? else {
            return Ok(None);
        };
        let bytes = tokio::fs::read(fetched.file.path())
            .await
            .map_err(|source| CrawlError::Io { attempted: "read a fetched file", source })?;
        let document = serde_json::from_slice(&bytes);
        document
            .map(Some)
            .map_err(|_| CrawlError::Format { url: url.clone(), reason: "it is no JSON".to_owned() })
    }

    async fn try_once(&self, url: &Url, attempts: u32) -> Result<Option<Fetched>, Failure> {
        let broken = |error: reqwest::Error| {
            let reason = innermost(&error);
            let failure = CrawlError::Connection { url: url.clone(), reason, attempts };
            if error.is_redirect() { Failure::Final(failure) } else { Failure::Passing(failure, None) }
        };
        let response = self.client.get(url.clone()).send().await.map_err(broken)?;
        let status = response.status();
        if matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE) {
            return Ok(None);
        }
        if !status.is_success() {
            let failure = CrawlError::Status { url: url.clone(), status: status.as_u16(), attempts };
            if !retry::is_passing(status) {
                return Err(Failure::Final(failure));
            }
            #[expect(clippy::disallowed_methods, reason = "Retry-After may name an instant of the world")]
            let now = std::time::SystemTime::now().into();
            let asked = retry::asked_wait(response.headers(), now).map(|wait| wait.min(retry::LONGEST_WAIT));
            return Err(Failure::Passing(failure, asked));
        }
        self.save(url, response, attempts).await.map(Some)
    }

    async fn save(&self, url: &Url, response: Response, attempts: u32) -> Result<Fetched, Failure> {
        let io = |source| Failure::Final(CrawlError::Io { attempted: "keep a fetched file", source });
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let last_modified = header(LAST_MODIFIED)
            .and_then(|text| DateTime::parse_from_rfc2822(text).ok())
            .map(|at| at.with_timezone(&Utc));
        let content_type = header(CONTENT_TYPE).map(str::to_owned);
        let mut file = NamedTempFile::new().map_err(io)?;
        let mut size_bytes = 0;
        let mut body = response.bytes_stream();
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| {
                let reason = innermost(&error);
                Failure::Passing(CrawlError::Connection { url: url.clone(), reason, attempts }, None)
            })?;
            size_bytes += chunk.len() as u64;
            let limit_bytes = self.options.body_limit_bytes;
            if size_bytes > limit_bytes {
                return Err(Failure::Final(CrawlError::TooLarge { url: url.clone(), limit_bytes }));
            }
            file.write_all(&chunk).map_err(io)?;
        }
        let unpacked_limit_bytes = self.options.body_limit_bytes.saturating_mul(UNPACKED_TIMES);
        Ok(Fetched { file, size_bytes, last_modified, unpacked_limit_bytes, content_type })
    }

    fn check_host(&self, url: &Url) -> Result<(), CrawlError> {
        if self.options.allowed_origins.contains(&origin_of(url)) {
            return Ok(());
        }
        Err(CrawlError::ForeignHost {
            url: url.clone(),
            spider: self.options.spider.clone(),
            allowed: self.options.allowed_origins.join(", "),
        })
    }
}

/// Scheme, host and port, as [`FetcherOptions::allowed_origins`] has it.
pub fn origin_of(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// The cause at the bottom says what happened; those above say only where it was noticed.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

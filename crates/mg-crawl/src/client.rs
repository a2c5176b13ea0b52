//! An HTTP client that may be handed any URL: each hop passes the [`Guard`], and a name is looked up once,
//! by the resolver that hands the connection its address.
//!
//! Redirects are followed by hand, so that each is judged as the first URL was. hyper asks no resolver for
//! an address that stands in a URL; that is why the URL itself is judged too. Nothing is asked again here,
//! and nothing is said about a page: that is the engine's.

mod error;
mod lookup;
mod redirect;
mod response;

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use reqwest::redirect::Policy;
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::guard::{Guard, Refused};
use lookup::GuardedLookup;
use redirect::Hop;

pub use error::ClientError;
pub use redirect::Redirect;
pub use response::Response;

/// What a client may do, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientOptions {
    /// How it names itself; ends with a contact, by good custom.
    pub user_agent: String,
    /// Longest wait for a connection: look-up, TCP and TLS together.
    pub connect_timeout: Duration,
    /// Longest silence of a server.
    pub read_timeout: Duration,
    /// Bounds of one answer, unless a request brings its own.
    pub limits: Limits,
    /// Most redirects of one request.
    pub redirects: usize,
    /// Whether https may lead to http.
    pub downgrade: Downgrade,
    /// Whether cookies are kept between requests and hops.
    pub cookies: Cookies,
}

/// Bounds of one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From the first hop to the last byte.
    pub total_timeout: Duration,
    /// Largest body, bytes, counted as they come out of decompression.
    pub body_bytes: u64,
}

/// What becomes of a redirect from https to http.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Downgrade {
    /// It is an error.
    #[default]
    Refused,
    /// It is followed as any other.
    Followed,
}

/// What becomes of cookies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Cookies {
    /// None is kept.
    #[default]
    Ignored,
    /// They are kept as long as the client, apart from those of any other client.
    Kept,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            user_agent: concat!("mg-platform/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            limits: Limits::default(),
            redirects: 10,
            downgrade: Downgrade::default(),
            cookies: Cookies::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { total_timeout: Duration::from_secs(120), body_bytes: 64 << 20 }
    }
}

/// The client. Cheap to clone; clones share connections and cookies.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    guard: Arc<Guard>,
    options: Arc<ClientOptions>,
}

impl Client {
    /// A client behind this guard.
    pub fn new(options: ClientOptions, guard: Arc<Guard>) -> Result<Self, ClientError> {
        crate::init_tls();
        let http = reqwest::Client::builder()
            .user_agent(&options.user_agent)
            .redirect(Policy::none())
            .referer(false)
            .connect_timeout(options.connect_timeout)
            .read_timeout(options.read_timeout)
            .cookie_store(options.cookies == Cookies::Kept)
            .dns_resolver(Arc::new(GuardedLookup(guard.clone())))
            // A proxy of the environment would connect to what the guard never saw.
            .no_proxy()
            .build()
            .map_err(|error| ClientError::Setup(error::innermost(&error)))?;
        Ok(Self { http, guard, options: Arc::new(options) })
    }

    /// The guard that it asks.
    pub fn guard(&self) -> &Arc<Guard> {
        &self.guard
    }

    /// Asks for a URL, within the client's own limits. Any status is an answer.
    pub async fn get(&self, url: &Url, headers: &HeaderMap) -> Result<Response, ClientError> {
        self.get_within(url, headers, self.options.limits).await
    }

    /// Asks for a URL within these limits.
    pub async fn get_within(
        &self,
        url: &Url,
        headers: &HeaderMap,
        limits: Limits,
    ) -> Result<Response, ClientError> {
        let deadline = Instant::now() + limits.total_timeout;
        let mut hop = Hop { url: url.clone(), headers: headers.clone() };
        let mut redirects = Vec::new();
        loop {
            let answer = timeout_at(deadline, self.ask(&hop));
            let answer = answer.await.map_err(|_| ClientError::Timeout { url: hop.url.clone() })??;
            let Some(location) = redirect::location(&answer) else {
                return Ok(Response::new(answer, hop.url, redirects, limits, deadline));
            };
            if redirects.len() == self.options.redirects {
                return Err(ClientError::TooManyRedirects { url: url.clone(), limit: redirects.len() });
            }
            let next = hop.next(location, self.options.downgrade)?;
            let status = answer.status().as_u16();
            redirects.push(Redirect { url: std::mem::replace(&mut hop, next).url, status });
        }
    }

    /// Asks for a URL once: a redirect is an answer, and it is the caller's to follow ([`Client::leads_to`]).
    pub async fn get_once(
        &self,
        url: &Url,
        headers: &HeaderMap,
        limits: Limits,
    ) -> Result<Response, ClientError> {
        let deadline = Instant::now() + limits.total_timeout;
        let hop = Hop { url: url.clone(), headers: headers.clone() };
        let answer = timeout_at(deadline, self.ask(&hop)).await;
        let answer = answer.map_err(|_| ClientError::Timeout { url: url.clone() })??;
        Ok(Response::new(answer, hop.url, Vec::new(), limits, deadline))
    }

    /// Where an answer sends its reader; `None` if it is no redirect.
    pub fn leads_to(&self, answer: &Response) -> Result<Option<Url>, ClientError> {
        let Some(location) = answer.location() else {
            return Ok(None);
        };
        let hop = Hop { url: answer.url().clone(), headers: HeaderMap::new() };
        hop.next(location, self.options.downgrade).map(|next| Some(next.url))
    }

    async fn ask(&self, hop: &Hop) -> Result<reqwest::Response, ClientError> {
        let refused = |reason: Refused| ClientError::Refused { url: hop.url.clone(), reason };
        self.guard.check_url(&hop.url).map_err(refused)?;
        let request = self.http.get(hop.url.clone()).headers(hop.headers.clone());
        request.send().await.map_err(|error| ClientError::of(&error, &hop.url))
    }
}

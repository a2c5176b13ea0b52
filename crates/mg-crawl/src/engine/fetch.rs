//! From a request to the bytes of its page: each hop within the crawl's bounds, its robots.txt and its pace.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use chrono::Utc;
use http::header::{
    ACCEPT, ACCEPT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderName, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED,
};
use http::{HeaderMap, HeaderValue};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout};
use url::Url;

use super::fault::{Fault, Verdict};
use super::scope::{host_key, origin};
use super::shared::Shared;
use crate::client::{ClientError, Limits, Response};
use crate::frontier::{Leased, Validators};
use crate::page::{Engine, PageRequest};
use crate::{retry, text};

/// A body beyond this counts as large, and few of those are held at a time.
const LARGE_BYTES: usize = 1 << 20;
/// An answer that is not wanted is read to its end up to this, so that its connection can be used again.
const DRAINED_BYTES: u64 = 16 << 10;

/// What a request brought.
pub(super) enum Got {
    /// A page.
    Page(RawPage),
    /// The word that it has not changed.
    Unchanged,
}

/// A page's bytes and what was said of them.
pub(super) struct RawPage {
    pub(super) url: Url,
    pub(super) status: u16,
    pub(super) content_type: Option<String>,
    pub(super) validators: Validators,
    pub(super) body: Bytes,
    /// Held while the body is, if it is large.
    _large: Option<OwnedSemaphorePermit>,
}

/// What was seen on the way, whatever came of it.
#[derive(Debug, Default)]
pub(super) struct Trip {
    /// The status of each answer.
    pub(super) statuses: Vec<u16>,
    /// How long the first answer's headers took.
    pub(super) latency: Option<Duration>,
    /// Bytes of bodies, unpacked.
    pub(super) bytes: u64,
    left_home: bool,
}

impl Trip {
    /// What the way says of the host that was asked first.
    pub(super) fn verdict(&self, got: &Result<Got, Fault>) -> Verdict {
        match got {
            Ok(_) => Verdict::Serves,
            Err(_) if self.left_home => Verdict::Answers,
            Err(fault) => fault.verdict,
        }
    }
}

/// Asks for a page.
pub(super) async fn fetch(shared: &Shared, leased: &Leased, trip: &mut Trip) -> Result<Got, Fault> {
    let request = &leased.request;
    shared.scope.check_place(&request.url).map_err(|reason| outside(&request.url, reason))?;
    if request.engine == Engine::Browser {
        return render(shared, request, trip).await.map(Got::Page);
    }
    let headers = headers(&leased.validators);
    let conditional = headers.contains_key(IF_NONE_MATCH) || headers.contains_key(IF_MODIFIED_SINCE);
    let mut at = request.url.clone();
    let mut renewed = false;
    for _ in 0..=shared.options.page.redirects {
        let mut answer = ask(shared, &at, &headers, trip).await?;
        let next = match shared.client.leads_to(&answer)? {
            Some(next) => next,
            None => {
                let got = read(shared, &mut answer, conditional, trip).await?;
                let Got::Page(page) = got else { return Ok(got) };
                // A page that sends to itself may have set a cookie meanwhile; twice, it is a page.
                let next = refreshed(&page, shared.options.page.longest_refresh);
                let Some(next) = next.filter(|next| *next != at || !renewed) else {
                    return Ok(Got::Page(page));
                };
                renewed |= next == at;
                next
            }
        };
        trip.left_home |= origin(&next) != origin(&request.url);
        check_hop(shared, &next).await?;
        at = next;
    }
    let reason = format!("{} leads on after {} redirects", request.url, shared.options.page.redirects);
    Err(Fault::final_of("redirects_exceeded", reason))
}

async fn ask(shared: &Shared, url: &Url, headers: &HeaderMap, trip: &mut Trip) -> Result<Response, Fault> {
    let page = &shared.options.page;
    let limits = Limits { total_timeout: page.timeout, body_bytes: page.body_limit_bytes };
    let began = Instant::now();
    let answer = shared.client.get_once(url, headers, limits).await?;
    trip.latency.get_or_insert(began.elapsed());
    trip.statuses.push(answer.status().as_u16());
    Ok(answer)
}

/// A redirect is a request of its own: in the crawl's domains, allowed by robots.txt, and at its host's pace.
async fn check_hop(shared: &Shared, url: &Url) -> Result<(), Fault> {
    shared.scope.check_place(url).map_err(|reason| outside(url, reason))?;
    let delay = check_rules(shared, url).await?.min(shared.options.host.longest_crawl_delay);
    let gap = shared.options.host.gap.max(delay);
    if gap.is_zero() {
        return Ok(());
    }
    let booked = shared.pace.book(host_key(url), 1, gap).await;
    let wait = booked.map_err(|error| Fault::ours("machine_failed", error.to_string()))?;
    if wait > shared.options.page.timeout {
        let reason = format!("{url} is to be left alone for {} s", wait.as_secs());
        return Err(Fault { passes: true, asked: Some(wait), ..Fault::ours("overloaded", reason) });
    }
    tokio::time::sleep(wait).await;
    Ok(())
}

/// Refuses what robots.txt forbids, and gives the delay that it asks for.
async fn check_rules(shared: &Shared, url: &Url) -> Result<Duration, Fault> {
    let Some(robots) = &shared.robots else {
        return Ok(Duration::ZERO);
    };
    let rules = robots.rules(url).await;
    if !rules.allows(url) {
        return Err(Fault::ours("robots_disallowed", format!("{url}: {}", rules.why_not(url))));
    }
    Ok(rules.crawl_delay().unwrap_or_default())
}

async fn read(
    shared: &Shared,
    answer: &mut Response,
    conditional: bool,
    trip: &mut Trip,
) -> Result<Got, Fault> {
    let (url, status) = (answer.url().clone(), answer.status().as_u16());
    if status == 304 && conditional {
        return Ok(Got::Unchanged);
    }
    if !answer.status().is_success() {
        let asked = retry::asked_wait(answer.headers(), shared.clock.now().with_timezone(&Utc));
        let fault = Fault::of_status(&url, status, asked);
        if said_length(answer).is_some_and(|length| length <= DRAINED_BYTES) {
            // What an answer says that is not wanted may be lost.
            while let Ok(Some(_)) = answer.chunk().await {}
        }
        return Err(fault);
    }
    let content_type = header(answer, CONTENT_TYPE);
    let validators =
        Validators { etag: header(answer, ETAG), last_modified: header(answer, LAST_MODIFIED), hash: None };
    let read = body(shared, answer).await;
    trip.bytes += answer.read_bytes();
    let (body, large) = read?;
    Ok(Got::Page(RawPage { url, status, content_type, validators, body, _large: large }))
}

async fn body(
    shared: &Shared,
    answer: &mut Response,
) -> Result<(Bytes, Option<OwnedSemaphorePermit>), ClientError> {
    let (length, limit_bytes) = (said_length(answer), shared.options.page.body_limit_bytes);
    if length.is_some_and(|length| length > limit_bytes) {
        return Err(ClientError::TooLarge { url: answer.url().clone(), limit_bytes });
    }
    let Some(first) = answer.chunk().await? else {
        return Ok((Bytes::new(), None));
    };
    // Most pages come in one piece.
    if length == Some(first.len() as u64) {
        return Ok((first, None));
    }
    let mut body = BytesMut::from(first);
    let mut large = None;
    while let Some(chunk) = answer.chunk().await? {
        if large.is_none() && body.len() + chunk.len() > LARGE_BYTES {
            large = shared.large.clone().acquire_owned().await.ok();
        }
        body.extend_from_slice(&chunk);
    }
    Ok((body.freeze(), large))
}

async fn render(shared: &Shared, request: &PageRequest, trip: &mut Trip) -> Result<RawPage, Fault> {
    let Some(renderer) = &shared.renderer else {
        let reason = format!("{} needs a browser, and this crawl has none", request.url);
        return Err(Fault::ours("browser_missing", reason));
    };
    let began = Instant::now();
    let rendered = timeout(shared.options.page.timeout, renderer.render(request)).await;
    let rendered = rendered
        .map_err(|_| Fault {
            passes: true,
            ..Fault::ours("source_timeout", format!("{} was not rendered in time", request.url))
        })?
        .map_err(|fault| Fault { passes: fault.passes, ..Fault::ours(fault.code, fault.reason) })?;
    trip.latency = Some(began.elapsed());
    trip.statuses.push(rendered.status);
    trip.bytes += rendered.html.len() as u64;
    if rendered.html.len() as u64 > shared.options.page.body_limit_bytes {
        return Err(Fault::final_of("source_too_large", format!("{} is too large", request.url)));
    }
    if rendered.url != request.url {
        // Where a browser went is known when it is there; what it brought from a closed place is not kept.
        shared.scope.check_place(&rendered.url).map_err(|reason| outside(&rendered.url, reason))?;
        check_rules(shared, &rendered.url).await?;
    }
    if !(200..300).contains(&rendered.status) {
        return Err(Fault::of_status(&rendered.url, rendered.status, None));
    }
    Ok(RawPage {
        url: rendered.url,
        status: rendered.status,
        content_type: Some("text/html; charset=utf-8".to_owned()),
        validators: Validators::default(),
        body: Bytes::from(rendered.html),
        _large: None,
    })
}

/// Where a page sends its reader by `<meta http-equiv=refresh>`.
fn refreshed(page: &RawPage, longest: Duration) -> Option<Url> {
    let is_html = page.content_type.as_deref().is_none_or(|kind| kind.to_ascii_lowercase().contains("html"));
    let refresh = text::refresh(&page.body).filter(|refresh| is_html && refresh.after <= longest)?;
    match refresh.target {
        Some(target) => page.url.join(&target).ok(),
        None => Some(page.url.clone()),
    }
}

fn headers(validators: &Validators) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let accepted = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    headers.insert(ACCEPT, HeaderValue::from_static(accepted));
    headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static("fr,en;q=0.5"));
    for (name, value) in [(IF_NONE_MATCH, &validators.etag), (IF_MODIFIED_SINCE, &validators.last_modified)] {
        if let Some(value) = value.as_deref().and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(name, value);
        }
    }
    headers
}

fn header(answer: &Response, name: HeaderName) -> Option<String> {
    answer.headers().get(name)?.to_str().ok().map(str::to_owned)
}

fn said_length(answer: &Response) -> Option<u64> {
    answer.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn outside(url: &Url, reason: &'static str) -> Fault {
    match reason {
        "offsite" => Fault::ours("offsite", format!("{url} is outside the domains of this crawl")),
        _ => Fault::ours("url_refused", format!("{url} may not be reached")),
    }
}

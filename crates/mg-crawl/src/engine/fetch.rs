//! From a request to the bytes of its page: each hop within the crawl's bounds, its robots.txt and its pace.

mod answer;
mod render;

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::header::{IF_MODIFIED_SINCE, IF_NONE_MATCH};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use url::Url;

use super::fault::{Fault, Verdict};
use super::scope::{host_key, origin};
use super::shared::Shared;
use crate::client::{Limits, Response};
use crate::frontier::{Leased, Validators};
use crate::page::Engine;
use crate::text;
use answer::{headers, read};
use render::render;

/// What a request brought.
pub(super) enum Got {
    /// A page.
    Page(Box<RawPage>),
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
        return render(shared, request, trip).await.map(|page| Got::Page(Box::new(page)));
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

/// Where a page sends its reader by `<meta http-equiv=refresh>`.
fn refreshed(page: &RawPage, longest: Duration) -> Option<Url> {
    let is_html = page.content_type.as_deref().is_none_or(|kind| kind.to_ascii_lowercase().contains("html"));
    let refresh = text::refresh(&page.body).filter(|refresh| is_html && refresh.after <= longest)?;
    match refresh.target {
        Some(target) => page.url.join(&target).ok(),
        None => Some(page.url.clone()),
    }
}

fn outside(url: &Url, reason: &'static str) -> Fault {
    match reason {
        "offsite" => Fault::ours("offsite", format!("{url} is outside the domains of this crawl")),
        _ => Fault::ours("url_refused", format!("{url} may not be reached")),
    }
}

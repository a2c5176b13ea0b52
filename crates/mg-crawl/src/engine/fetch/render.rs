//! A page that a browser loads.

use bytes::Bytes;
use tokio::time::{Instant, timeout};

use super::{RawPage, Trip, check_rules, outside};
use crate::engine::fault::Fault;
use crate::engine::shared::Shared;
use crate::frontier::Validators;
use crate::page::PageRequest;

/// Has a page rendered, if there is a browser.
pub(super) async fn render(
    shared: &Shared,
    request: &PageRequest,
    trip: &mut Trip,
) -> Result<RawPage, Fault> {
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

//! What an answer brings: a page, the word that it has not changed, or a fault.

use bytes::{Bytes, BytesMut};
use chrono::Utc;
use http::HeaderMap;
use http::header::{
    ACCEPT, ACCEPT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED,
};
use tokio::sync::OwnedSemaphorePermit;

use super::{Got, RawPage, Trip};
use crate::client::{ClientError, Response};
use crate::engine::fault::Fault;
use crate::engine::shared::Shared;
use crate::frontier::Validators;
use crate::retry;

/// A body beyond this counts as large, and few of those are held at a time.
const LARGE_BYTES: usize = 1 << 20;
/// An answer that is not wanted is read to its end up to this, so that its connection can be used again.
const DRAINED_BYTES: u64 = 16 << 10;

/// What a request says of itself, and of the copy that is held.
pub(super) fn headers(validators: &Validators) -> HeaderMap {
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

/// Reads an answer that is no redirect, to `conditional` or plain headers.
pub(super) async fn read(
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
    Ok(Got::Page(Box::new(RawPage { url, status, content_type, validators, body, _large: large })))
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

fn header(answer: &Response, name: HeaderName) -> Option<String> {
    answer.headers().get(name)?.to_str().ok().map(str::to_owned)
}

fn said_length(answer: &Response) -> Option<u64> {
    answer.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

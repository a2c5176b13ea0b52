//! What an operation answers.

use std::convert::Infallible;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::{BoxStream, StreamExt};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::Problem;

/// Asked again each time, and kept as long as it is the same.
const REVALIDATE: &str = "private, no-cache";

/// An answer.
pub(super) enum Reply {
    /// A document, and where it leads to.
    Document {
        /// Its media type.
        media_type: &'static str,
        /// Its text.
        body: String,
        /// Where what was made can be seen.
        location: Option<String>,
    },
    /// Events as they come.
    Events(BoxStream<'static, Result<Event, Infallible>>),
}

impl Reply {
    /// `value` as JSON.
    pub(super) fn json(value: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_string(value).map_err(|error| {
            Problem::new("internal", format!("The answer could not be written: {error}."), "Report it.")
        })?;
        Ok(Self::Document { media_type: "application/json", body, location: None })
    }

    /// A text of that media type.
    pub(super) fn text(media_type: &'static str, body: String) -> Self {
        Self::Document { media_type, body, location: None }
    }

    /// The same, telling where what was made can be seen.
    pub(super) fn at(self, path: String) -> Result<Self, Problem> {
        Ok(match self {
            Self::Document { media_type, body, .. } => {
                Self::Document { media_type, body, location: Some(path) }
            }
            events @ Self::Events(_) => events,
        })
    }

    /// How many bytes it has; of events, which have just begun, none.
    pub(super) fn size_bytes(&self) -> usize {
        match self {
            Self::Document { body, .. } => body.len(),
            Self::Events(_) => 0,
        }
    }

    /// The answer to a request of this method and with these headers. What was read is known by its tag; what was done
    /// is kept by nobody.
    pub(super) fn answer(self, status: u16, method: &Method, request: &HeaderMap) -> Response {
        match self {
            Self::Document { media_type, body, location } => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
                let mut response = if *method == Method::GET {
                    Cached::new(media_type, body, REVALIDATE).answer_as(status, request)
                } else {
                    let headers = [(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, "no-store")];
                    (status, headers, body).into_response()
                };
                if let Some(location) = location.and_then(|location| HeaderValue::try_from(location).ok()) {
                    response.headers_mut().insert(header::LOCATION, location);
                }
                response
            }
            Self::Events(events) => {
                let mut response = Sse::new(events.boxed()).keep_alive(KeepAlive::default()).into_response();
                response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
                response
            }
        }
    }
}

/// A document that is known by its tag.
pub(super) struct Cached {
    media_type: &'static str,
    body: String,
    tag: String,
    control: &'static str,
}

impl Cached {
    /// `value` as JSON, to be kept as `control` says.
    pub(super) fn json(value: &serde_json::Value, control: &'static str) -> Self {
        Self::new("application/json", value.to_string(), control)
    }

    fn new(media_type: &'static str, body: String, control: &'static str) -> Self {
        let digest = Sha256::digest(body.as_bytes());
        let tag: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Self { media_type, body, tag: format!("\"{tag}\""), control }
    }

    /// The document, or that it has not changed.
    pub(super) fn answer(&self, request: &HeaderMap) -> Response {
        self.answer_as(StatusCode::OK, request)
    }

    fn answer_as(&self, status: StatusCode, request: &HeaderMap) -> Response {
        let known =
            request.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_known = known
            .split(',')
            .map(|tag| tag.trim().trim_start_matches("W/"))
            .any(|tag| tag == self.tag || tag == "*");
        let is_same = is_known && status == StatusCode::OK;
        let body = if is_same { Body::empty() } else { Body::from(self.body.clone()) };
        let status = if is_same { StatusCode::NOT_MODIFIED } else { status };
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(self.control));
        if let Ok(tag) = HeaderValue::try_from(&self.tag) {
            headers.insert(header::ETAG, tag);
        }
        response
    }
}

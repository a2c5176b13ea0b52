//! An answer, whose body is read within its bounds.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::{ClientError, Limits, Redirect, redirect};

/// An answer, its body still to be read.
#[derive(Debug)]
pub struct Response {
    answer: reqwest::Response,
    url: Url,
    redirects: Vec<Redirect>,
    limit_bytes: u64,
    read_bytes: u64,
    deadline: Instant,
}

impl Response {
    pub(super) fn new(
        answer: reqwest::Response,
        url: Url,
        redirects: Vec<Redirect>,
        limits: Limits,
        deadline: Instant,
    ) -> Self {
        Self { answer, url, redirects, limit_bytes: limits.body_bytes, read_bytes: 0, deadline }
    }

    /// The status of the last hop.
    pub fn status(&self) -> StatusCode {
        self.answer.status()
    }

    /// Its headers; of a body that was unpacked without length and encoding.
    pub fn headers(&self) -> &HeaderMap {
        self.answer.headers()
    }

    /// Where it was found, after redirects.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// What led there, in order.
    pub fn redirects(&self) -> &[Redirect] {
        &self.redirects
    }

    /// Where it redirects to, as it is written.
    pub(super) fn location(&self) -> Option<&str> {
        redirect::location(&self.answer)
    }

    /// Bytes of the body read so far, unpacked.
    pub fn read_bytes(&self) -> u64 {
        self.read_bytes
    }

    /// The next piece of the body, unpacked; `None` at its end. Decompression goes no further than what is
    /// asked for, so a bomb is found out a piece after the limit.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, ClientError> {
        let read = timeout_at(self.deadline, self.answer.chunk()).await;
        let read = read.map_err(|_| ClientError::Timeout { url: self.url.clone() })?;
        let Some(chunk) = read.map_err(|error| ClientError::of(&error, &self.url))? else {
            return Ok(None);
        };
        self.read_bytes += chunk.len() as u64;
        if self.read_bytes > self.limit_bytes {
            return Err(ClientError::TooLarge { url: self.url.clone(), limit_bytes: self.limit_bytes });
        }
        Ok(Some(chunk))
    }

    /// The rest of the body at once, unpacked.
    pub async fn bytes(mut self) -> Result<Bytes, ClientError> {
        let mut body = BytesMut::new();
        while let Some(chunk) = self.chunk().await? {
            // Most pages come in one piece.
            if body.is_empty() && self.answer.content_length() == Some(chunk.len() as u64) {
                return Ok(chunk);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
}

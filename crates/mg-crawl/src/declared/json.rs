//! Items of a JSON document.

use std::borrow::Cow;

use serde_json::Value as Json;
use url::Url;

use super::raw::Raw;
use super::read::Sink;
use super::record::{give, shortened};
use super::{Field, Finding};
use crate::CrawlError;

/// The document; nested deeper than 128 it is refused, as `serde_json` does to keep within its stack.
pub(super) fn document(bytes: &[u8], url: &Url) -> Result<Json, CrawlError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    serde_json::from_slice(bytes)
        .map_err(|error| CrawlError::Format { url: url.clone(), reason: format!("it is no JSON: {error}") })
}

/// Gives `sink` the items of a document.
pub(super) fn items(
    bytes: &[u8],
    list: &str,
    fields: &[Field],
    url: &Url,
    sink: &mut Sink<'_>,
) -> Result<(), CrawlError> {
    let document = document(bytes, url)?;
    let missing = || CrawlError::Format {
        url: url.clone(),
        reason: format!("nothing stands at `{list}`, where the items are to be"),
    };
    let found = document.pointer(list).ok_or_else(missing)?;
    let items = found.as_array().map_or_else(|| std::slice::from_ref(found), Vec::as_slice);
    for (position, item) in (0..).zip(items) {
        let find = |field: &Field| match &field.finding {
            Finding::Pointer(pointer) => item.pointer(pointer).map_or(Raw::Nothing, raw),
            _ => Raw::Text(Cow::Owned(url.as_str().to_owned())),
        };
        give(fields, url, position, find, || shortened(&item.to_string()), sink)?;
    }
    Ok(())
}

/// A value of JSON; a list or an object is its text.
pub(super) fn raw(value: &Json) -> Raw<'static> {
    match value {
        Json::Null => Raw::Nothing,
        Json::Bool(truth) => Raw::Truth(*truth),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Raw::Integer(whole),
            (None, Some(real)) => Raw::Float(real),
            (None, None) => Raw::Text(Cow::Owned(number.to_string())),
        },
        Json::String(text) => Raw::Text(Cow::Owned(text.clone())),
        Json::Array(_) | Json::Object(_) => Raw::Text(Cow::Owned(value.to_string())),
    }
}

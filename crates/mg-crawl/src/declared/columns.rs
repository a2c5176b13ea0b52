//! Which column of a file each field is.

use url::Url;

use super::{Field, Finding};
use crate::CrawlError;
use crate::normalise::spaces;

/// The place of each field's column in the header; `None` for a field of the address.
pub(super) fn places(
    header: &[String],
    fields: &[Field],
    url: &Url,
) -> Result<Vec<Option<usize>>, CrawlError> {
    let header: Vec<String> = header.iter().map(|name| spaces(name)).collect();
    let place = |field: &Field| {
        let Finding::Column(column) = &field.finding else { return Ok(None) };
        let found = header.iter().position(|name| *name == spaces(column));
        let missing = || CrawlError::MissingColumn { url: url.clone(), column: column.clone() };
        found.map(Some).ok_or_else(missing)
    };
    fields.iter().map(place).collect()
}

//! Pages of lists, and the signed cursors that lead from one to the next (see `cursor`).
//!
//! A list that has changed in between invalidates its cursors, so that nothing is skipped or told
//! twice.

use mg_core::OpContext;
use mg_store::Store;
use rmcp::ErrorData;
use rmcp::model::{PaginatedRequestParams, Prompt, Resource, ResourceTemplate, Tool};

use super::failure;
use crate::cursor::{BadCursor, Cursors, State};

/// Items of a page unless [`Pages::with_size`] says otherwise.
const PAGE_ITEMS: usize = 50;

/// Something that stands in a list of the protocol.
pub trait Listed {
    /// What tells it from the others in its list.
    fn key(&self) -> &str;
}

impl Listed for Tool {
    fn key(&self) -> &str {
        &self.name
    }
}

impl Listed for Resource {
    fn key(&self) -> &str {
        &self.uri
    }
}

impl Listed for ResourceTemplate {
    fn key(&self) -> &str {
        &self.uri_template
    }
}

impl Listed for Prompt {
    fn key(&self) -> &str {
        &self.name
    }
}

/// One page.
#[derive(Debug)]
pub struct Page<T> {
    /// Its items, in the list's order.
    pub items: Vec<T>,
    /// The cursor of the next page; `None` on the last.
    pub next_cursor: Option<String>,
}

/// Cuts lists into pages.
#[derive(Debug)]
pub struct Pages {
    cursors: Cursors,
    size: usize,
}

impl Pages {
    /// Pages of 50 items.
    pub fn new(store: Store) -> Self {
        Self { cursors: Cursors::new(store), size: PAGE_ITEMS }
    }

    /// Pages of `size` items, at least 1.
    #[must_use]
    pub fn with_size(self, size: usize) -> Self {
        Self { size: size.max(1), ..self }
    }

    /// The page of `items` that `request` asks for: the first without a cursor. `method` is the
    /// list's method, as `tools/list`.
    ///
    /// # Errors
    ///
    /// `-32602` with a sentence when the cursor is not of this list and principal, or the list
    /// is not what it was.
    pub async fn cut<T: Listed>(
        &self,
        ctx: &OpContext,
        method: &str,
        items: Vec<T>,
        request: Option<PaginatedRequestParams>,
    ) -> Result<Page<T>, ErrorData> {
        let cursor = request.and_then(|request| request.cursor);
        if cursor.is_none() && items.len() <= self.size {
            return Ok(Page { items, next_cursor: None });
        }
        let seal = self.cursors.seal(ctx, method).await.map_err(|problem| failure(&problem))?;
        let state = State::of(items.iter().map(Listed::key));
        let begin = match cursor {
            Some(cursor) => match seal.open(&cursor) {
                Ok((begin, then)) if then == state => begin,
                Ok(_) => return Err(changed(method)),
                Err(why) => return Err(refused(method, why)),
            },
            None => 0,
        };
        let end = begin.saturating_add(self.size);
        let next_cursor = (end < items.len()).then(|| seal.cursor(end, state));
        let items = items.into_iter().skip(begin).take(self.size).collect();
        Ok(Page { items, next_cursor })
    }
}

fn refused(method: &str, why: BadCursor) -> ErrorData {
    let message = match why {
        BadCursor::Malformed => format!("This is no cursor of {method}; call it without one."),
        BadCursor::Foreign => format!("This cursor was not given to you by {method}; call it without one."),
    };
    ErrorData::invalid_params(message, None)
}

fn changed(method: &str) -> ErrorData {
    let message = format!("What {method} lists has changed since this cursor; begin again without one.");
    ErrorData::invalid_params(message, None)
}

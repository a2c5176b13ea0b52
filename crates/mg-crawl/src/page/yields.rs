//! What a spider makes of a page.

use mg_core::Record;

use super::PageRequest;

/// A record, and which table of the spider's it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The record.
    pub record: Record,
    /// Where on the page it stood, from 0.
    pub position: u32,
}

/// Something on a page that could not be made a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageReject {
    /// The field at fault, where it is one.
    pub field: Option<String>,
    /// The selector or pointer that was to find it.
    pub selector: Option<String>,
    /// What is wrong.
    pub reason: String,
    /// What stood there, shortened.
    pub content: String,
}

/// What was found on one page.
#[derive(Debug, Clone, Default)]
pub struct Yield {
    /// The records.
    pub items: Vec<Item>,
    /// What could not be made one.
    pub rejects: Vec<PageReject>,
    /// The pages to read besides; the engine sees to depth, domains and doublets.
    pub follow: Vec<PageRequest>,
}

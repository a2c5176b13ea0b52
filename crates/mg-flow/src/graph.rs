//! Drawings of a DAG, from its definition: so one that a binary no longer has can be drawn too.

mod label;
mod layout;
mod mermaid;
mod state;
mod svg;

use std::collections::HashMap;

pub use mermaid::mermaid;
pub use svg::svg;

/// How a task of a run stands, to be shown in its drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Its state, as the books name it.
    pub state: String,
    /// How far it is, such as `3/20`.
    pub progress: Option<String>,
}

/// How tasks stand, by name. Without any, the DAG is drawn and not a run of it.
pub type Marks = HashMap<String, Mark>;

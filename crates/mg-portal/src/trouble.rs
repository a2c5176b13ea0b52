//! Trouble on demand: what real portals do on bad days, played when a test or a demo asks.

mod desk;
mod play;
mod routes;

use serde::{Deserialize, Serialize};

pub use desk::TroubleDesk;

pub(crate) use play::{Renamed, play};
pub(crate) use routes::routes;

/// One kind of trouble, for some requests, a number of times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trouble {
    /// Requests whose path and query, as sent, contain this text have the trouble. The
    /// empty text is in all.
    pub path_contains: String,
    /// What goes wrong.
    pub kind: TroubleKind,
    /// For how many requests.
    pub times: u32,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TroubleKind {
    /// 429, with `Retry-After`.
    TooManyRequests {
        /// Seconds that the client is asked to wait.
        retry_after_s: u32,
    },
    /// This status, such as 500 or 503; a number that is no status counts as 500.
    ServerError(u16),
    /// The answer comes late.
    Slow {
        /// By how much, milliseconds.
        delay_ms: u64,
    },
    /// The answer's length is declared, half of it is sent, and the connection ends.
    CutInTheMiddle,
    /// A column of the served CSV has another name. Requests still use the old one.
    ChangedHeader {
        /// Its name.
        from: String,
        /// The name it has instead.
        to: String,
    },
}

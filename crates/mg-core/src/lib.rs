//! The words that every other crate of mg-platform uses: who asks, for which period,
//! about which commune, with records of which table.
//!
//! Nothing here does I/O, waits, or reads a clock of its own.

mod clock;
mod context;
mod id;
mod identifier;
mod period;
mod principal;
mod scope;
mod table;
mod territory;

pub use clock::{Clock, FixedClock, SystemClock};
pub use context::{Face, OpContext};
pub use id::{RunId, TaskId};
pub use identifier::{Identifier, IdentifierError};
pub use period::{Grain, Period, PeriodError};
pub use principal::{Principal, Role, UnknownRole};
pub use scope::Scope;
pub use table::{Column, ColumnType, Record, Table, Value};
pub use territory::{Commune, Territory, WHOLE};

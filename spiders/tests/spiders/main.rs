//! Spiders over files: of the local portal, and hand-written ones with everything that can be
//! wrong with them.

mod communes;
mod populations;
mod reading;

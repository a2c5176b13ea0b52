//! The page engine.

mod caps;
mod encodings;
mod failing;
mod following;
mod outside;
mod politeness;
mod raw;
mod resume;
mod robots;
mod site;
mod spider;
mod traps;
mod trial;

//! The crawl engine against sites, names and browsers of the tests' own. Nothing leaves the machine.

mod browser;
mod client;
mod declared;
mod engine;
mod guard;
mod hostile;
mod names;
mod proxy;
mod readable;
mod site;

//! The crawl engine against sites, names and browsers of the tests' own. Nothing leaves the machine.

mod browser;
mod client;
mod guard;
mod hostile;
mod names;
mod proxy;
mod site;

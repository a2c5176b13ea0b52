//! Being told: real books, a real mail server and a real webhook on loopback.

mod bed;
mod events;
mod listed;
mod mail;
mod replicas;
mod settings;
mod storm;
mod webhook;

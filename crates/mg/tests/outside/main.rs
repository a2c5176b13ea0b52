//! The platform from outside: the built binary, as a user has it. Also what no single crate can
//! see: the walls between the crates, and the rules of the house.
//!
//! Everything that a test starts ends with it, however it ends: see [`data_folder`] and
//! [`process`].

mod alerts;
mod clients;
mod command_line;
mod configuration;
mod data_folder;
mod demo;
mod doctor;
mod house;
mod interrupted;
mod local_portal;
mod no_postgres;
mod ordinary_user;
mod own_server;
mod postgres_server;
mod process;
mod python_client;
mod spider;
mod stdio;
mod walls;
mod work;

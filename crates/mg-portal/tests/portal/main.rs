//! The portal over real HTTP, on the loopback interface.

mod pages;
mod populations;
mod sales;
mod sitadel;
mod trouble;
mod visitor;

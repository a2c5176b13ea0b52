//! The portal over real HTTP, on the loopback interface.

mod pages;
mod sales;
mod sitadel;
mod trouble;
mod visitor;

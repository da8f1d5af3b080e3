//! Redrive: an interactive SAA-C03 study terminal.

pub mod sim;

pub mod clock;
pub mod content;
pub mod store;
pub mod study;
pub mod tui;

pub mod cli;

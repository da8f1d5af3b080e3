//! The rules of the services, each on its own and without a clock of its own.

pub mod asl;
pub mod filter;
pub mod pattern;
pub mod queue;

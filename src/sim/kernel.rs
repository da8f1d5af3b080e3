//! Building blocks of a discrete-event simulation, independent of AWS: time, an agenda, timers, keyed chance
//! and shared pages.

pub mod agenda;
pub mod depth;
pub mod pages;
pub mod random;
pub mod time;
pub mod timers;

//! What any discrete simulation needs, and no AWS: time, an agenda, keyed chance, a trace.

pub mod agenda;
pub mod depth;
pub mod pages;
pub mod random;
pub mod time;
pub mod timers;

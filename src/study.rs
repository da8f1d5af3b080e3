//! The learning model, without screen or disk: records, reading positions, sets of questions,
//! marking, and what to do next.
//!
//! Nothing here names SQL, a file or a terminal. Time arrives as a value, chance as a seed.

pub mod attempt;
pub mod catalog;
pub mod day;
pub mod draw;
pub mod evidence;
pub mod forecast;
pub mod grade;
pub mod id;
pub mod memory;
pub mod mode;
pub mod next;
pub mod plan;
pub mod profile;
pub mod progress;
pub mod quiz;
pub mod reading;
pub mod record;
pub mod schedule;
pub mod shuffle;
pub mod stored;

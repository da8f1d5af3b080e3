//! The course: from files to checked, encoded data.
//!
//! `source` reads a folder, `parse` turns files into a [`scenario::Draft`], `rule` looks at the
//! whole of it, `pack` encodes what passed, and [`library::Library`] hands it out. `build.rs` runs
//! the same code over the shipped course, so that a mistake fails the build and start-up parses
//! nothing. Mistakes are [`problem::Problem`]s: all of them at once, like a compiler's.
//!
//! Nothing here knows a scenario by name, and nothing here draws.

pub mod check;
pub mod course;
mod embedded;
pub mod hash;
pub mod library;
pub mod pack;
pub mod parse;
pub mod problem;
pub mod rule;
pub mod scenario;
pub mod source;

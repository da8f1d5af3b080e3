//! Redrive: an interactive study terminal for AWS exams. This page is the map.
//!
//! # The screen
//!
//! ```text
//! 7 Resilience                        ███████░░░░░░   42 %   5 min left   ◂ frame: the title line
//!                                                                           (tui::frame::Title)
//!     6 Security          ┊  The loan that runs out                       ◂ tui::screens::reader
//!     7 Resilience        ┊                                                 draws blocks of
//!       ▸ The loan …      ┊  ◆ Before you read on: …                        content::course
//!     8 Performance       ┊      1  Nothing: the first …                    laid out by tui::prose
//!                         ┊      2  Another container …
//!
//! enter go on   1-6 predict   space page on   esc back   ? keys           ◂ frame: the footer, read
//!                                                                           off tui::keymap::TABLE
//! ```
//!
//! The live screen draws a [`sim::snapshot::Snapshot`] and nothing else:
//!
//! ```text
//! offered 84 = accepted 84 + …                                            ◂ sim::ledger
//! clients ──●──▸ [order API] ────▸ [orders] ────▸ ╣bus╠                   ◂ sim::world::Topology,
//! ├────●────▸ ▤ inventory   2 in flight ◕●   ────▸ λ handler                and what travels on it
//! ```
//!
//! # The layers
//!
//! | layer | is | holds |
//! |---|---|---|
//! | [`sim`] | a deterministic model of AWS services | same design, seed and faults, same trace |
//! | [`content`] | the course: files, checked and encoded | all mistakes at once, each at its place |
//! | [`study`] | what learning means, without screen or disk | a place survives width and edit; a choice is marked once |
//! | [`store`] | the history in SQLite | append-only, durable before the next frame |
//! | [`tui`] | the app as a value, its screens, the terminal | `update` is pure, drawing never writes |
//! | [`cli`] | one verb, one file | errors end here, as sentences |
//!
//! A layer uses those above it in this table and none below; `tests/outside/architecture.rs` keeps it so.
//! [`clock`] is the only file that asks for the time, and [`visible`] knows what a terminal would obey. ARCHITECTURE.md has all invariants and the
//! words.

pub mod clock;

/// The simulator, a package of its own.
pub use redrive_sim as sim;

/// The course, a package of its own.
pub use redrive_content as content;
pub use redrive_content::visible;

pub mod shipped;

pub mod study;

pub mod store;

pub mod tui;

pub mod cli;

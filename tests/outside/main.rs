//! Redrive from outside, in one binary: one thing to link, and all tests side by side on every core.
//!
//! | module | is about |
//! |---|---|
//! | `architecture` | the invariants that can be read off the sources |
//! | `causes` | what the shipped labs show, and that it is what they name |
//! | `command_line` | the built binary without a terminal |
//! | `conformance` | verdicts that nobody of this project wrote |
//! | `content` | the shipped course: its lessons, labs, scenes and designs, and that they fit the screens |
//! | `courses` | a library of two courses |
//! | `damage` | a history that is held, removed, replaced, full or broken |
//! | `journeys`, `labs`, `live`, `lookup`, `reading`, `scrolling` | scripted keys through the app, and its frames |
//! | `repairs` | what repairs a shipped incident, and what must not |
//! | `reference` | the reference design against what the lessons advise |
//! | `lists` | the cursor of every list |
//! | `footers`, `looks` | what footers name, and what frames promise |
//! | `hostile` | what somebody else wrote gives the terminal no order |
//! | `simulation` | the simulator, by its designs, occurrences and promises; the scenario's own claims in `scenario` |
//! | `terminal` | the built binary in a pseudo-terminal |
//! | `windows` | sets that are left, and two windows on one history |
//!
//! Tests of the code use the made-up courses (`support::made_up`, `support::town`); `architecture::shipped` lists the
//! modules that may name the shipped one.
//!
//! Campaigns are the same tests with more trials: with `REDRIVE_TRIALS=50` a property that asks
//! `support::trials` tries fifty times as many cases as it does under plain `cargo test`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod architecture;
mod causes;
mod command_line;
mod conformance;
mod content;
mod courses;
mod damage;
mod exchange;
mod footers;
#[cfg(unix)]
mod hostile;
mod house;
mod journeys;
mod keys;
mod labs;
mod lists;
mod live;
mod looks;
mod lookup;
mod plan;
mod reading;
mod reference;
mod repairs;
mod scrolling;
mod simulation;
mod support;
#[cfg(unix)]
mod terminal;
mod windows;

//! What must hold over the whole course, once all of it has been read.
//!
//! A rule that needs a list which could not be read stays silent: its one mistake was told there.

mod coverage;
mod ids;
mod links;

use super::desk::Desk;
use super::scenario::Scenario;

pub fn check(scenario: &Scenario, desk: &mut Desk<'_>) {
    ids::check(scenario, desk);
    links::check(scenario, desk);
    coverage::check(scenario, desk);
}

#[cfg(test)]
mod tests;

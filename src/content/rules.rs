//! Rules over the whole course, checked once everything is read.
//!
//! A rule that needs an unreadable list stays silent, because the list's own mistake is already
//! reported.

mod coverage;
mod ids;
mod links;

use super::loader::Loader;
use super::scenario::Scenario;

/// Runs every rule that concerns more than one file, and reports all violations.
pub fn check(scenario: &Scenario, loader: &mut Loader<'_>) {
    ids::check(scenario, loader);
    links::check(scenario, loader);
    coverage::check(scenario, loader);
}

#[cfg(test)]
mod tests;

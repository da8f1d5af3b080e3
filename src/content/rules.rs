//! What must hold over the whole course, once all of it has been read.
//!
//! A rule that needs a list which could not be read stays silent: its one mistake was told there.

mod coverage;
mod ids;
mod links;

use super::loader::Loader;
use super::scenario::Scenario;

pub fn check(scenario: &Scenario, loader: &mut Loader<'_>) {
    ids::check(scenario, loader);
    links::check(scenario, loader);
    coverage::check(scenario, loader);
}

#[cfg(test)]
mod tests;

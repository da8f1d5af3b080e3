//! Many patterns at once: each path is looked up once and each list of tests runs once per value,
//! however many patterns use them.

use serde_json::Value;

use super::leaf::Test;
use super::paths::Paths;
use super::scan::{self, Leaf};
use super::search::{Check, Search};
use super::{Field, Pattern};

/// Patterns to match against the same events.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rules {
    paths: Paths,
    /// Tests for a value at a path, without duplicates.
    checks: Vec<Check>,
    /// By pattern: its alternatives, each a list of checks ordered by path.
    patterns: Vec<Vec<Vec<u32>>>,
}

/// Buffers reused from event to event.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    /// By check: whether it passes; `None` until it is known.
    passed: Vec<Option<bool>>,
    matched: Vec<bool>,
    /// Number of leaves compared for the last event; tests of the bounds read it.
    pub(super) looked_at: u64,
}

impl Rules {
    /// Compiles patterns; a result is the index of the pattern in this slice.
    #[must_use]
    pub fn new(patterns: &[Pattern]) -> Self {
        Self::of(patterns.iter().map(|pattern| pattern.alternatives.as_slice()))
    }

    pub(super) fn of<'p>(patterns: impl IntoIterator<Item = &'p [Vec<Field>]>) -> Self {
        let mut rules = Self::default();
        for alternatives in patterns {
            let compiled = alternatives
                .iter()
                .map(|fields| fields.iter().map(|field| rules.check(field)).collect())
                .collect();
            rules.patterns.push(compiled);
        }
        rules
    }

    fn check(&mut self, (path, tests): &Field) -> u32 {
        let node = self.paths.add(path);
        let known = self.checks.iter().position(|c| c.node == node && c.tests == *tests);
        known.unwrap_or_else(|| {
            let may_be_absent = tests.contains(&Test::Exists(false));
            self.checks.push(Check { node, tests: tests.clone(), may_be_absent });
            self.checks.len() - 1
        }) as u32
    }

    /// For each pattern, whether the event matches.
    pub fn matches<'s>(&self, event: &Value, scratch: &'s mut Scratch) -> &'s [bool] {
        let leaves = scan::tree(&self.paths, event);
        self.judge(&leaves, scratch)
    }

    /// The same for an event's text, without building a tree; the error says that it is not JSON.
    pub fn matches_text<'s>(
        &self,
        event: &str,
        scratch: &'s mut Scratch,
    ) -> Result<&'s [bool], String> {
        let leaves = scan::text(&self.paths, event)
            .map_err(|cause| format!("The event is not JSON: {cause}."))?;
        Ok(self.judge(&leaves, scratch))
    }

    fn judge<'s>(&self, leaves: &[Leaf<'_>], scratch: &'s mut Scratch) -> &'s [bool] {
        let Scratch { passed, matched, looked_at } = scratch;
        *looked_at = 0;
        matched.clear();
        // Outside arrays, fields are independent of each other.
        let is_flat = leaves.iter().all(|leaf| leaf.elements.is_empty());
        passed.clear();
        passed.resize(self.checks.len(), None);
        let search = if is_flat { None } else { Some(Search::new(&self.checks, leaves)) };
        for alternatives in &self.patterns {
            matched.push(alternatives.iter().any(|checks| {
                if let Some(search) = &search {
                    return search.finds(checks, looked_at);
                }
                checks.iter().all(|check| {
                    let Some(known) = passed.get_mut(*check as usize) else { return false };
                    *known.get_or_insert_with(|| self.passes(leaves, *check))
                })
            }));
        }
        matched
    }

    /// Whether any value at a check's path passes it.
    fn passes(&self, leaves: &[Leaf<'_>], check: u32) -> bool {
        let Some(check) = self.checks.get(check as usize) else { return false };
        let mut here = leaves.iter().filter(|leaf| leaf.node == check.node).peekable();
        if here.peek().is_none() {
            return check.may_be_absent;
        }
        here.any(|leaf| check.tests.iter().any(|test| test.holds(&leaf.value)))
    }
}

//! Several patterns at once: every path is looked up once, every list of tests is held against a
//! value once, however many patterns have it.

use serde_json::Value;

use super::leaf::Test;
use super::paths::Paths;
use super::scan::{self, Leaf};
use super::search::{Check, Search};
use super::{Field, Pattern};

/// Patterns that look at the same events.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rules {
    paths: Paths,
    /// Tests for a value at a path, once each.
    checks: Vec<Check>,
    /// By pattern: its alternatives, each a list of checks in the order of their paths.
    patterns: Vec<Vec<Vec<u32>>>,
}

/// Room that is used again from event to event.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    /// By check: whether it passes; nothing while it is not known.
    passed: Vec<Option<bool>>,
    matched: Vec<bool>,
    /// How many leaves were held against a check by the last event: what bounds are measured in.
    pub(super) looked_at: u64,
}

impl Rules {
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

    /// Which patterns an event matches, in their order.
    pub fn matches<'s>(&self, event: &Value, scratch: &'s mut Scratch) -> &'s [bool] {
        let leaves = scan::tree(&self.paths, event);
        self.judge(&leaves, scratch)
    }

    /// The same of an event's text, of which no tree is made; a sentence if it is no JSON.
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
        // Outside arrays each field stands for itself.
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

//! Several patterns at once: every path is looked up once, every list of tests is held against a
//! value once, however many patterns have it.

use serde_json::Value;

use super::leaf::{Scalar, Test};
use super::scan;
use super::search::Search;
use super::{Field, Pattern};

/// Patterns that look at the same events.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rules {
    /// Names that lead to what is looked at; the first node is the event.
    nodes: Vec<Node>,
    /// Tests for a value at a path, once each.
    checks: Vec<Check>,
    /// By pattern: its alternatives, each a list of checks in the order of their paths.
    patterns: Vec<Vec<Vec<u32>>>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Node {
    children: Vec<(String, u32)>,
    is_path: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Check {
    /// The node of the path.
    pub node: u32,
    pub tests: Vec<Test>,
    pub may_be_absent: bool,
}

/// Which element of which array a leaf comes from, for each array around it.
pub(super) type Elements = Vec<(u32, u32)>;

/// A leaf that some pattern looks at.
#[derive(Debug, Clone)]
pub(super) struct Leaf<'e> {
    pub node: u32,
    pub value: Scalar<'e>,
    pub elements: Elements,
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
        let mut rules = Self { nodes: vec![Node::default()], ..Self::default() };
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
        let mut node = 0;
        for name in path.split('.') {
            node = self.child(node, name).unwrap_or_else(|| {
                self.nodes.push(Node::default());
                let new = self.nodes.len() as u32 - 1;
                if let Some(parent) = self.nodes.get_mut(node as usize) {
                    parent.children.push((name.to_owned(), new));
                }
                new
            });
        }
        if let Some(node) = self.nodes.get_mut(node as usize) {
            node.is_path = true;
        }
        let known = self.checks.iter().position(|c| c.node == node && c.tests == *tests);
        known.unwrap_or_else(|| {
            let may_be_absent = tests.contains(&Test::Exists(false));
            self.checks.push(Check { node, tests: tests.clone(), may_be_absent });
            self.checks.len() - 1
        }) as u32
    }

    fn child(&self, node: u32, name: &str) -> Option<u32> {
        let node = self.nodes.get(node as usize)?;
        node.children.iter().find(|(known, _)| known == name).map(|(_, child)| *child)
    }

    /// Where a field of an event leads; dots in its name join as in a pattern (EB-32).
    pub(super) fn descend(&self, node: u32, name: &str) -> Option<u32> {
        if !name.contains('.') {
            return self.child(node, name);
        }
        name.split('.').try_fold(node, |node, part| self.child(node, part))
    }

    /// Whether a value here is looked at.
    pub(super) fn is_path(&self, node: u32) -> bool {
        self.nodes.get(node as usize).is_some_and(|node| node.is_path)
    }

    /// Which patterns an event matches, in their order.
    pub fn matches<'s>(&self, event: &Value, scratch: &'s mut Scratch) -> &'s [bool] {
        let leaves = scan::tree(self, event);
        self.judge(&leaves, scratch)
    }

    /// The same of an event's text, of which no tree is made; a sentence if it is no JSON.
    pub fn matches_text<'s>(
        &self,
        event: &str,
        scratch: &'s mut Scratch,
    ) -> Result<&'s [bool], String> {
        let leaves =
            scan::text(self, event).map_err(|cause| format!("The event is not JSON: {cause}."))?;
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

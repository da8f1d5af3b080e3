//! Whether the fields of a pattern occur together in an event with arrays of objects: no two of
//! them in different elements of one array (EB-22).
//!
//! Trying every element of every array would cost the product of their lengths. The search
//! remembers failures instead, keyed by the check it reached and by those chosen elements that
//! later checks can still run into. Fields of different arrays therefore do not multiply, however
//! many there are and however deeply they nest.

use std::collections::{BTreeMap, BTreeSet};

use super::leaf::Test;
use super::scan::{Elements, Leaf};

/// Maximum number of leaves tried. Only an event that spells one path in many ways
/// (`{"a":{"b":…},"a.b":…}`, EB-32) comes near it, because the question then becomes a hard
/// combinatorial one; such an event does not match. A *model assumption*
/// (MA-pattern-1).
const LOOKS_MAX: u64 = 2_000_000;

/// Tests for a value at a path.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Check {
    /// The node of the path.
    pub node: u32,
    pub tests: Vec<Test>,
    pub may_be_absent: bool,
}

pub(super) struct Search<'a, 'e> {
    checks: &'a [Check],
    /// By node, in the order of the event.
    leaves: BTreeMap<u32, Vec<&'a Leaf<'e>>>,
    /// By node: the arrays its leaves come from.
    arrays: BTreeMap<u32, BTreeSet<u32>>,
}

/// A pattern or an alternative, on the way through its checks.
struct Way<'w> {
    checks: &'w [u32],
    /// By array: the last check that has leaves in it.
    last: BTreeMap<u32, usize>,
    chosen: Elements,
    /// Checks and chosen elements from which nothing was found.
    vain: BTreeSet<(usize, Elements)>,
    looks: &'w mut u64,
}

impl<'a, 'e> Search<'a, 'e> {
    pub(super) fn new(checks: &'a [Check], all: &'a [Leaf<'e>]) -> Self {
        let mut leaves: BTreeMap<u32, Vec<&Leaf<'e>>> = BTreeMap::new();
        let mut arrays: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for leaf in all {
            leaves.entry(leaf.node).or_default().push(leaf);
            let here = arrays.entry(leaf.node).or_default();
            here.extend(leaf.elements.iter().map(|(array, _)| *array));
        }
        Self { checks, leaves, arrays }
    }

    /// Whether each check has a leaf that is consistent with all the others.
    pub(super) fn finds(&self, checks: &[u32], looks: &mut u64) -> bool {
        let mut last = BTreeMap::new();
        for (place, check) in checks.iter().enumerate() {
            let node = self.checks.get(*check as usize).map(|check| check.node);
            for array in node.and_then(|node| self.arrays.get(&node)).into_iter().flatten() {
                last.insert(*array, place);
            }
        }
        let vain = BTreeSet::new();
        self.satisfies(0, &mut Way { checks, last, chosen: Vec::new(), vain, looks })
    }

    fn satisfies(&self, place: usize, way: &mut Way<'_>) -> bool {
        let Some(check) = way.checks.get(place) else { return true };
        let Some(check) = self.checks.get(*check as usize) else { return false };
        // Keep only chosen elements that later checks can run into; the rest no longer matter.
        let still = |(array, _): &&(u32, u32)| way.last.get(array).is_some_and(|l| *l >= place);
        let matters: BTreeSet<(u32, u32)> = way.chosen.iter().filter(still).copied().collect();
        let key = (place, matters.into_iter().collect());
        if way.vain.contains(&key) {
            return false;
        }
        let leaves = self.leaves.get(&check.node).map(Vec::as_slice).unwrap_or_default();
        let mut reachable = false;
        let mut next = 0;
        while let Some(leaf) = leaves.get(next) {
            *way.looks += 1;
            if *way.looks > LOOKS_MAX {
                return false;
            }
            if let Some(beyond) = passed_by(leaves, next, leaf, &key.1) {
                next = beyond;
                continue;
            }
            next += 1;
            reachable = true;
            if !check.tests.iter().any(|test| test.holds(&leaf.value)) {
                continue;
            }
            let before = way.chosen.len();
            way.chosen.extend(&leaf.elements);
            if self.satisfies(place + 1, way) {
                return true;
            }
            way.chosen.truncate(before);
        }
        // A field that is an object or an empty array has no leaf: it does not exist (EB-26). In an
        // array it is looked for in the elements chosen so far, in the order of the paths.
        if !reachable && check.may_be_absent && self.satisfies(place + 1, way) {
            return true;
        }
        way.vain.insert(key);
        false
    }
}

/// The next leaf to try after one from another element than the chosen one. Leaves of an element
/// are adjacent, and elements are in order.
fn passed_by(
    leaves: &[&Leaf<'_>],
    here: usize,
    leaf: &Leaf<'_>,
    chosen: &Elements,
) -> Option<usize> {
    let apart = leaf.elements.iter().find_map(|(array, index)| {
        let place = chosen.binary_search_by_key(array, |(array, _)| *array).ok()?;
        chosen.get(place).filter(|(_, wanted)| wanted != index).map(|(_, wanted)| (*array, *wanted))
    });
    let (array, wanted) = apart?;
    // Up to the chosen element or, if that lies behind, past the whole array.
    let before = |other: &&Leaf<'_>| {
        let index =
            other.elements.iter().find(|(known, _)| *known == array).map(|(_, index)| *index);
        let began =
            leaf.elements.iter().find(|(known, _)| *known == array).map(|(_, index)| *index);
        index.is_some_and(|index| index < wanted || began.is_some_and(|began| began > wanted))
    };
    let rest = leaves.get(here..).unwrap_or_default();
    Some(here + rest.partition_point(before).max(1))
}

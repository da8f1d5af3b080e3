//! Claims: comparisons over a run's measures, used by symptoms, options, bets and goals.
//!
//! ```text
//! ledger.orders_lost == 0 and queues.inventory.age_of_oldest.max > 20m
//! queues.inventory-dlq.visible@12m >= 1 or not (alarms.inventory-dlq.on == 1)
//! ```
//!
//! `PATH OP VALUE` or `PATH OP PATH`; a value is a number or a duration. A path alone is the
//! measure at the end of the run, `PATH@12m` at an instant, `PATH.max` and `PATH.min` its highest
//! and lowest value over the run.

mod parse;
mod words;

use std::ops::Range;

pub use self::words::words;

use super::kernel::time::{Span, Time};
use super::world::{Gauge, World};

/// A parsed claim.
#[derive(Debug, Clone)]
pub struct Claim {
    root: Node,
    operands: Vec<Operand>,
}

/// A mistake in a claim, with its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimError {
    pub text: String,
    /// Range of bytes in `text`.
    pub at: Range<usize>,
    pub sentence: String,
}

#[derive(Debug, Clone)]
enum Node {
    /// Indices of operands.
    Compare(usize, Operator, usize),
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone)]
enum Operand {
    Value(f64),
    End(Gauge),
    /// The measure at an instant; `None` until that instant has passed.
    At(Gauge, Time, Option<f64>),
    /// The highest value so far, or the lowest.
    Max(Gauge, Option<f64>),
    Min(Gauge, Option<f64>),
}

impl Claim {
    /// Parses a claim about a run with these measures.
    pub fn parse(text: &str, gauges: &[Gauge]) -> Result<Self, ClaimError> {
        parse::claim(text, gauges)
    }

    /// Instants that it asks about.
    #[must_use]
    pub fn instants(&self) -> Vec<Time> {
        let at = |operand: &Operand| match operand {
            Operand::At(_, at, _) => Some(*at),
            _ => None,
        };
        self.operands.iter().filter_map(at).collect()
    }

    /// Whether it asks for a highest or lowest value.
    pub(super) fn looks_at_extremes(&self) -> bool {
        self.operands.iter().any(|o| matches!(o, Operand::Max(..) | Operand::Min(..)))
    }

    /// Updates the highest and lowest values from the run's current state.
    pub(super) fn see(&mut self, world: &World) {
        for operand in &mut self.operands {
            match operand {
                Operand::Max(gauge, best) => {
                    let value = world.measure(gauge);
                    *best = Some(best.map_or(value, |best| best.max(value)));
                }
                Operand::Min(gauge, best) => {
                    let value = world.measure(gauge);
                    *best = Some(best.map_or(value, |best| best.min(value)));
                }
                Operand::Value(_) | Operand::End(_) | Operand::At(..) => {}
            }
        }
    }

    /// Records the measures of an instant it asks about, after everything at that instant has
    /// happened.
    pub(super) fn see_at(&mut self, instant: Time, world: &World) {
        self.see(world);
        for operand in &mut self.operands {
            if let Operand::At(gauge, at, seen) = operand
                && *at == instant
            {
                *seen = Some(world.measure(gauge));
            }
        }
    }

    /// Whether it holds at the end of the run.
    pub(super) fn holds(&self, world: &World) -> bool {
        self.node(&self.root, world)
    }

    fn node(&self, node: &Node, world: &World) -> bool {
        match node {
            Node::And(parts) => parts.iter().all(|part| self.node(part, world)),
            Node::Or(parts) => parts.iter().any(|part| self.node(part, world)),
            Node::Not(inner) => !self.node(inner, world),
            Node::Compare(left, operator, right) => {
                let value = |index: &usize| self.operands.get(*index).and_then(|o| o.value(world));
                // A measure that was never taken, because its instant is after the end, satisfies no
                // comparison.
                let (Some(left), Some(right)) = (value(left), value(right)) else { return false };
                // Measures are counts, or ages in whole microseconds: equality is exact.
                #[allow(clippy::float_cmp)]
                match operator {
                    Operator::Equal => left == right,
                    Operator::NotEqual => left != right,
                    Operator::Less => left < right,
                    Operator::LessOrEqual => left <= right,
                    Operator::Greater => left > right,
                    Operator::GreaterOrEqual => left >= right,
                }
            }
        }
    }
}

impl Operand {
    fn value(&self, world: &World) -> Option<f64> {
        match self {
            Self::Value(value) => Some(*value),
            Self::End(gauge) => Some(world.measure(gauge)),
            Self::At(_, _, seen) => *seen,
            Self::Max(_, best) | Self::Min(_, best) => *best,
        }
    }
}

impl ClaimError {
    /// The claim with a caret under the mistake, and the sentence.
    #[must_use]
    pub fn render(&self) -> String {
        let before = self.text.get(..self.at.start).unwrap_or_default().chars().count();
        let under = self.text.get(self.at.clone()).unwrap_or_default().chars().count().max(1);
        format!("{}\n{}{}\n{}", self.text, " ".repeat(before), "^".repeat(under), self.sentence)
    }
}

/// Converts a duration to the unit of measures.
fn seconds(span: Span) -> f64 {
    span.0 as f64 / 1e6
}

#[cfg(test)]
mod tests;

//! The event bus: rules decide where an event goes. Nothing is kept here (EB-01): an event that no
//! rule matches is gone.

use super::{Entry, OccurrenceKind, PartId, Target, World};
use crate::sim::kernel::time::Span;

#[derive(Debug, Clone)]
pub(super) struct Bus {
    pub part: PartId,
    pub rules: Vec<usize>,
    pub published: u64,
    pub unmatched: u64,
    /// Deliveries on their way to a target.
    pub under_way: u64,
}

#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub id: String,
    pub bus: usize,
    /// By kind of order.
    pub matches: Vec<bool>,
    pub matched: u64,
    pub targets: Vec<(Target, u32)>,
}

/// EB-12: about half a second from ingestion to invocation.
const DELIVERY: Span = Span::from_millis(500);

impl World {
    pub(super) fn route(&mut self, bus: usize, order: u32) {
        self.published(bus);
        let class = self.orders.get(order as usize).map_or(0, |order| usize::from(order.class));
        let Some(this) = self.buses.get_mut(bus) else { return };
        this.published += 1;
        let (part, rules) = (this.part, this.rules.clone());
        self.occur(part, Some(order), OccurrenceKind::Published, 0);
        let mut matched = false;
        for rule in rules {
            let Some(rule) = self.rules.get_mut(rule) else { continue };
            if !rule.matches.get(class).copied().unwrap_or(false) {
                continue;
            }
            rule.matched += 1;
            matched = true;
            for (target, wire) in rule.targets.clone() {
                if self.is_required(target) {
                    self.change(order, |order| order.live += 1);
                }
                if let Some(bus) = self.buses.get_mut(bus) {
                    bus.under_way += 1;
                }
                let arrives = self.hop(wire, order, 1, DELIVERY);
                self.agenda.enter(arrives, Entry::Deliver { target, order });
            }
        }
        if !matched {
            if let Some(bus) = self.buses.get_mut(bus) {
                bus.unmatched += 1;
            }
            self.occur(part, Some(order), OccurrenceKind::Unmatched, 0);
        }
        // The outbox row is gone only now that its deliveries exist.
        self.change(order, |order| order.live = order.live.saturating_sub(1));
    }

    /// A delivery of a rule has come to its target.
    pub(super) fn arrived(&mut self, target: Target) {
        let from = self.rules.iter().find(|rule| rule.targets.iter().any(|(to, _)| *to == target));
        let bus = from.map(|rule| rule.bus);
        if let Some(bus) = bus.and_then(|bus| self.buses.get_mut(bus)) {
            bus.under_way = bus.under_way.saturating_sub(1);
        }
    }

    /// Whether an order is not done before this target is.
    pub(super) fn is_required(&self, target: Target) -> bool {
        match target {
            Target::Queue(queue) => self.queues.get(queue).is_some_and(|q| q.required != 0),
            Target::Workflow(index) => self.workflows.get(index).is_some_and(|w| w.required != 0),
            Target::Topic(_) => false,
        }
    }
}

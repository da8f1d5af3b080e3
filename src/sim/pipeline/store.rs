//! Where orders are kept, and how the others hear of them: through an outbox whose rows a relay
//! publishes until they are (IDM-10), or by the writer itself, who may fail at it.

use super::{Entry, OccurrenceKind, PartId, Target, World};
use crate::sim::kernel::time::Span;

#[derive(Debug, Clone)]
pub(super) struct Store {
    pub part: PartId,
    /// Where it publishes, and the wire there.
    pub to: Option<(Target, u32)>,
    pub access: super::delivery::Access,
    pub outbox: bool,
    /// What its message looks like.
    pub shape: u16,
    /// Write units of an order, by kind of order (COST-10).
    pub units: Vec<u64>,
    pub stored: u64,
    /// Outbox rows that are not published yet.
    pub rows: u64,
}

const RELAY: Span = Span::from_millis(350);
/// Tries of a writer that has no outbox: a *model assumption*, as is the wait between them.
const TRIES: u32 = 3;
const TRY_AGAIN: Span = Span::from_millis(200);

impl World {
    pub(super) fn publish(&mut self, index: usize, order: u32, attempt: u32) {
        let Some(store) = self.stores.get(index) else { return };
        let Some((target, wire)) = store.to else { return };
        let (part, outbox, access) = (store.part, store.outbox, store.access);
        let refused = self.refusal(target, access, order, attempt).is_some();
        if !refused {
            let arrives = self.hop(wire, order, attempt, RELAY);
            self.agenda.enter(arrives, Entry::Published { store: index as u16, order });
        } else if outbox || attempt < TRIES {
            let seconds =
                Span::from_secs(1 << attempt.min(6).saturating_sub(1)).min(Span::from_secs(60));
            let wait = if outbox { seconds } else { TRY_AGAIN };
            self.occur(part, Some(order), OccurrenceKind::Retrying, attempt);
            let entry = Entry::Publish { store: index as u16, order, attempt: attempt + 1 };
            self.agenda.enter(self.now + wait, entry);
        } else {
            self.occur(part, Some(order), OccurrenceKind::Dropped, attempt);
            self.over(order, 0);
        }
    }

    /// What was published has come to where it goes; the row leaves the outbox only now.
    pub(super) fn published(&mut self, index: usize, order: u32) {
        let Some(store) = self.stores.get_mut(index) else { return };
        let Some((target, _)) = store.to else { return };
        let shape = store.shape;
        if store.outbox {
            store.rows = store.rows.saturating_sub(1);
        }
        if let Some(order) = self.orders.get_mut(order as usize) {
            order.published = self.now;
        }
        match target {
            Target::Bus(bus) => self.route(bus, order),
            Target::Queue(queue) => self.send(queue, order, shape),
            Target::Topic(topic) => self.fan_out(topic, order, shape),
            Target::Workflow(workflow) => self.start(workflow, order, shape),
            Target::Function(function) => self.accept_event(function, order),
        }
        self.over(order, 0);
    }
}

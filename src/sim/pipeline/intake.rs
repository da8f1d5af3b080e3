//! Where orders come in: validated, stored together with an outbox row, then published by a relay
//! (S4.1, IDM-10). What is stored is published, however often the relay has to try.

use super::{Entry, OccurrenceKind, Order, PartId, World};
use crate::sim::kernel::random::Purpose;
use crate::sim::kernel::time::{Span, Time};
use crate::sim::ledger::Standing;

#[derive(Debug, Clone)]
pub(super) struct Intake {
    pub part: PartId,
    pub latency: Span,
    pub store: usize,
    pub from_client: u32,
    pub to_store: u32,
}

#[derive(Debug, Clone)]
pub(super) struct Store {
    pub part: PartId,
    pub bus: usize,
    pub to_bus: u32,
    pub stored: u64,
    /// Rows that the relay has not published yet.
    pub outbox: u64,
}

const CLIENT: Span = Span::from_millis(250);
const TO_STORE: Span = Span::from_millis(120);
const RELAY: Span = Span::from_millis(350);

impl World {
    /// When order `number` comes: somewhere in its own slot of the load, so that arrivals of a
    /// seed are the same whatever the design does with them.
    pub(super) fn arrival(&self, number: u32) -> Time {
        let slot = Time(self.interval.0.saturating_mul(u64::from(number)));
        let within = self.chance.below(self.interval.0.max(1), (0, number, 0), Purpose::Arrival);
        slot + Span(within)
    }

    pub(super) fn class_of(&self, number: u32) -> u8 {
        let mut place = self.chance.below(self.weights.max(1), (0, number, 0), Purpose::Class);
        for (index, class) in self.classes.iter().enumerate() {
            if place < class.weight {
                return index as u8;
            }
            place -= class.weight;
        }
        0
    }

    pub(super) fn arrive(&mut self, intake: usize, order: u32) {
        let class = self.class_of(order);
        self.orders.push(Order {
            class,
            accepted: false,
            cancelled: false,
            done: 0,
            handled: 0,
            live: 0,
            dead: 0,
            charges: 0,
            poisons: None,
            standing: Standing::InProgress,
        });
        self.ledger.offered += 1;
        let next = self.arrival(order + 1).max(self.now);
        self.agenda.enter(next, Entry::Arrive { intake, order: order + 1 });
        let Some(part) = self.intakes.get(intake) else { return };
        let (from_client, latency, key) = (part.from_client, part.latency, part.part.0);
        let arrives = self.hop(from_client, order, 1, CLIENT);
        let work = self.chance.around(latency, (key, order, 1), Purpose::Latency);
        self.agenda.enter(arrives + work, Entry::Stored { intake, order });
    }

    pub(super) fn stored(&mut self, intake: usize, order: u32) {
        let Some(part) = self.intakes.get(intake) else { return };
        let (id, store, to_store) = (part.part, part.store, part.to_store);
        let poisons = self.next_poisons.take();
        self.ledger.accepted += 1;
        self.ledger.count(Standing::InProgress, true);
        self.change(order, |order| {
            order.accepted = true;
            order.poisons = poisons;
            // The outbox row.
            order.live = 1;
        });
        if let Some(store) = self.stores.get_mut(store) {
            store.stored += 1;
            store.outbox += 1;
        }
        self.occur(id, Some(order), OccurrenceKind::Accepted, 0);
        let arrives = self.hop(to_store, order, 1, TO_STORE);
        self.agenda.enter(arrives, Entry::Publish { store, order });
    }

    pub(super) fn publish(&mut self, store: usize, order: u32) {
        let Some(part) = self.stores.get(store) else { return };
        let (bus, to_bus) = (part.bus, part.to_bus);
        let arrives = self.hop(to_bus, order, 1, RELAY);
        self.agenda.enter(arrives, Entry::Route { bus, order });
    }

    /// The row leaves the outbox when the bus has the event.
    pub(super) fn published(&mut self, bus: usize) {
        if let Some(store) = self.stores.iter_mut().find(|store| store.bus == bus) {
            store.outbox = store.outbox.saturating_sub(1);
        }
    }
}

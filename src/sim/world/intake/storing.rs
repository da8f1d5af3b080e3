//! What the intake stores: the order, once, and its outbox row or the message that it publishes (IDM-01, IDM-10).

use super::Request;
use crate::aws::billing::Item;
use crate::fault::FaultKind;
use crate::kernel::time::Span;
use crate::world::delivery::Access;
use crate::world::id::StoreId;
use crate::world::order::Door;
use crate::world::template::DETAIL;
use crate::world::{Happened, Scheduled, World};

const TO_STORE: Span = Span::from_millis(120);

impl World {
    /// Stores an order with a conditional write; a second write changes nothing (IDM-01).
    pub(super) fn store_order(&mut self, request: Request) {
        let order = request.order;
        let store = self.intake.store;
        let is_down = store
            .is_some_and(|(store, _)| self.is_broken(FaultKind::Outage, self.stores[store].part));
        if is_down || self.intake.may_store != Access::FULL {
            self.refuse(order, request.attempt);
            return;
        }
        // Put the payload first, so that no message refers to a missing object.
        let claim = store.and_then(|(store, _)| self.stores[store].settings.claim);
        let put = match claim {
            Some(claim) => self.put_payload(claim, order, u32::from(request.attempt)),
            None => Some(Span::ZERO),
        };
        let Some(put) = put else {
            self.refuse(order, request.attempt);
            return;
        };
        let door = self.orders.get(order as usize).map_or(Door::Accepted, |order| order.door);
        let class = self.class(order);
        // A refused write is billed too (IDM-01).
        let units = store.map_or(0, |(store, _)| {
            self.stores[store].settings.units.get(class).copied().unwrap_or(1)
        });
        self.bill.count(Item::DynamoDbWrites, units);
        if door == Door::Accepted {
            return;
        }
        if door == Door::Rejected {
            // The order is stored, although its client got an error.
            self.ledger.rejected -= 1;
            let this = self.orders.get(order as usize);
            let done = this.into_iter().flat_map(|order| &order.effects);
            for (count, done) in self.ledger.effects.iter_mut().zip(done) {
                count.rejected -= u64::from(done.times > 0);
            }
        }
        let poisons = self.poison();
        let (part, required) = (self.intake.part, self.intake.required);
        let publishes = store.is_some_and(|(s, _)| self.stores[s].settings.to.is_some());
        self.change(order, |order| {
            order.door = Door::Accepted;
            order.poisons = poisons;
            order.done |= required;
            // The outbox row, or the message to be published.
            order.live = u16::from(publishes);
        });
        self.occur(part, Some(order), Happened::Accepted { attempt: u32::from(request.attempt) });
        if let Some((store, wire)) = store {
            self.commit(store, wire, order, put);
        }
    }

    /// Commits an order to its store, once its payload has been put, and schedules its publication.
    fn commit(&mut self, index: StoreId, wire: u32, order: u32, put: Span) {
        let part = self.intake.part;
        let crashes = self.is_broken(FaultKind::Crash, part);
        let is_sensitive = self.is_sensitive(order, DETAIL);
        let store = &mut self.stores[index];
        let publishes = store.settings.to.is_some();
        store.state.stored += 1;
        store.state.sensitive += u64::from(is_sensitive);
        let outbox = store.settings.outbox;
        self.keep_item(index, order);
        let mut arrives = self.hop(wire, order, 1, TO_STORE) + put;
        if !publishes {
            return;
        }
        if crashes && !outbox {
            // The order is written and never published: the gap of a dual write (IDM-10).
            self.occur(part, Some(order), Happened::Crashed);
            self.over(order, 0);
            return;
        }
        if outbox {
            let store = &mut self.stores[index];
            store.state.rows += 1;
            // Outbox rows keep the order of their commits (IDM-10).
            arrives = arrives.max(store.state.committed);
            store.state.committed = arrives;
        }
        let entry = Scheduled::Publish { store: index, order, attempt: 1 };
        self.agenda.enter(arrives, entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::tests::{LINE, break_part, measure, names, pass, world_of};

    /// IDM-01: the second write changes nothing and is paid for.
    #[test]
    fn an_order_is_stored_once_however_often_it_is_written() {
        let mut world = world_of(LINE);
        world.new_order(0);
        for attempt in [1, 2] {
            world.request(Request { order: 0, attempt, call: 0 });
        }
        assert_eq!(measure(&world, "stores.book.stored"), 1);
        assert_eq!(measure(&world, "bill.dynamodb_writes"), 8);
        assert_eq!(names(&world), ["accepted"]);
    }

    #[test]
    fn an_order_that_is_stored_after_its_client_was_refused_is_accepted_after_all() {
        let mut world = world_of(LINE);
        world.new_order(0);
        world.refuse(0, 1);
        assert_eq!((world.ledger.rejected, world.ledger.accepted), (1, 0));
        world.request(Request { order: 0, attempt: 1, call: 0 });
        assert_eq!((world.ledger.rejected, world.ledger.accepted), (0, 1));
    }

    /// IDM-10: the gap of a dual write.
    #[test]
    fn a_crash_after_the_write_loses_what_no_outbox_keeps() {
        for (outbox, sent) in [(true, 1), (false, 0)] {
            let store = format!("[stores.book]\noutbox = {outbox}");
            let mut world = world_of(&LINE.replace("[stores.book]", &store));
            break_part(&mut world, FaultKind::Crash, "intakes.door", 60);
            world.arrive(0);
            pass(&mut world, 10_000);
            assert_eq!(measure(&world, "queues.work.sent"), sent, "outbox = {outbox}");
            assert_eq!(world.ledger.lost, 1 - sent);
        }
    }
}

//! A store of orders. A relay publishes the rows of its outbox in the order of their commits and
//! retries until it succeeds (IDM-10); without an outbox, the writer publishes and may fail.

use super::bucket::Claim;
use super::exposure::Place;
use super::id::{IdOf, Numbered, StoreId};
use super::part::{Measure, Part};
use super::table::Items;
use std::collections::VecDeque;

use super::{Happened, PartId, PartKind, Scheduled, Target, World};
use crate::design;
use crate::kernel::time::{Span, Time};
use crate::snapshot::PartView;

/// A store in a run.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pub part: PartId,
    pub settings: Settings,
    pub state: State,
}

/// Settings of a store in the design.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Target that it publishes to, and the wire to it.
    pub to: Option<(Target, u32)>,
    pub access: super::delivery::Access,
    pub outbox: bool,
    /// Bucket that holds the payloads its messages refer to.
    pub claim: Option<Claim>,
    /// Message template of its messages.
    pub shape: u16,
    /// Write units billed for an order, its outbox row included, by kind of order (COST-10).
    pub units: Vec<u64>,
    /// The item that an order is, by kind of order, where workflows use the store.
    pub items: Option<Vec<serde_json::Value>>,
}

/// State of a store during a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub stored: u64,
    /// Stored orders that have a sensitive field.
    pub sensitive: u64,
    /// Outbox rows that are not published yet.
    pub rows: u64,
    /// Orders whose rows the relay has not published, in commit order. All wait for the first: a relay
    /// that skipped it would change the order.
    pub line: VecDeque<u32>,
    /// Failed attempts to publish the first row; while above 0, the relay waits to retry it.
    pub tries: u32,
    /// Arrival of the last commit and of the last publication; later ones do not overtake them.
    pub committed: Time,
    pub last: Time,
    /// What workflows keep here.
    pub items: Items,
    /// Writes that were refused because their condition did not hold (IDM-01).
    pub conditions_failed: u64,
}

const RELAY: Span = Span::from_millis(350);
/// Maximum delay of a relay before a retry: a *model assumption* (MA-store-1).
const RELAY_WAIT_MAX: Span = Span::from_secs(60);
/// Attempts of a writer without an outbox, and the delay between them: *model assumptions* (MA-store-2).
const TRIES: u32 = 3;
const TRY_AGAIN: Span = Span::from_millis(200);

impl Numbered for Store {
    type Design = design::Store;
}

impl Part for Store {
    const KIND: PartKind = PartKind::Store;

    const COLUMNS: &[&str] = &["stored", "outbox"];

    const MEASURES: &'static [Measure<Self>] = &[
        ("stored", |_, s| s.state.stored as f64),
        ("outbox", |_, s| s.state.rows as f64),
        ("items", |_, s| s.state.items.count() as f64),
        ("conditions_failed", |_, s| s.state.conditions_failed as f64),
    ];

    fn part(&self) -> Option<PartId> {
        Some(self.part)
    }

    fn view(&self, _: &World, _: IdOf<Self>) -> Option<PartView> {
        // A stream belongs to the table, and its records wait with the reader.
        let is_relayed = self.settings.to.is_some_and(|(target, _)| !target.reads_stream());
        let outbox = is_relayed.then_some(self.state.rows);
        let items = self
            .settings
            .items
            .as_ref()
            .map(|_| (self.state.items.count(), self.state.conditions_failed));
        Some(PartView::Store { stored: self.state.stored, outbox, items })
    }

    fn exposes(&self, _: &World) -> Option<(Place, u64)> {
        Some((Place::Stores, self.state.sensitive))
    }

    fn objection_to(&self, new: &Self) -> Option<&'static str> {
        let bucket = |store: &Self| store.settings.claim.map(|claim| claim.bucket);
        (bucket(self) != bucket(new))
            .then_some("Claim checks stay as they are during a run: restart it with the change.")
    }

    fn retune(&mut self, new: Self, _: &mut World) {
        self.settings = new.settings;
    }
}

impl World {
    /// Publishes an order: through the relay when its turn comes, or at once.
    pub(super) fn publish(&mut self, index: StoreId, order: u32, attempt: u32) {
        let store = &mut self.stores[index];
        let comes = attempt == 1 && store.settings.outbox;
        if !comes && store.state.line.front() != Some(&order) {
            self.publish_once(index, order, attempt);
            return;
        }
        if comes {
            store.state.line.push_back(order);
            if store.state.tries > 0 {
                return;
            }
        }
        while let Some(order) = self.stores[index].state.line.front().copied() {
            let store = &self.stores[index];
            let tries = store.state.tries + 1;
            let sent = self.try_publish(index, order, tries);
            let store = &mut self.stores[index];
            if sent {
                store.state.line.pop_front();
                store.state.tries = 0;
                continue;
            }
            store.state.tries = tries;
            let wait = Span::from_secs(1 << tries.min(6).saturating_sub(1)).min(RELAY_WAIT_MAX);
            self.try_again(index, order, tries, wait);
            return;
        }
    }

    fn publish_once(&mut self, index: StoreId, order: u32, attempt: u32) {
        if self.try_publish(index, order, attempt) {
            return;
        }
        if attempt < TRIES {
            self.try_again(index, order, attempt, TRY_AGAIN);
            return;
        }
        let part = self.stores[index].part;
        self.occur(part, Some(order), Happened::Dropped { tries: attempt });
        self.over(order, 0);
    }

    /// Sends an order to the target and returns whether the target accepts it.
    fn try_publish(&mut self, index: StoreId, order: u32, attempt: u32) -> bool {
        let store = &self.stores[index];
        let Some((target, wire)) = store.settings.to else { return true };
        let (access, outbox) = (store.settings.access, store.settings.outbox);
        let shape = store.settings.shape;
        if self.refusal_of_request(target, access, (order, attempt), shape).is_some() {
            return false;
        }
        let mut arrives = self.hop(wire, order, attempt, RELAY);
        if outbox {
            let store = &mut self.stores[index];
            arrives = arrives.max(store.state.last);
            store.state.last = arrives;
        }
        self.agenda.enter(arrives, Scheduled::Published { store: index, order });
        true
    }

    fn try_again(&mut self, index: StoreId, order: u32, attempt: u32, wait: Span) {
        let part = self.stores[index].part;
        self.occur(part, Some(order), Happened::Retrying { attempt });
        let entry = Scheduled::Publish { store: index, order, attempt: attempt + 1 };
        self.agenda.enter(self.now + wait, entry);
    }

    /// Hands a published order to the target when it arrives, and removes its row from the outbox.
    pub(super) fn published(&mut self, index: StoreId, order: u32) {
        let store = &mut self.stores[index];
        let Some((target, _)) = store.settings.to else { return };
        let shape = store.settings.shape;
        if store.settings.outbox {
            store.state.rows = store.state.rows.saturating_sub(1);
        }
        if let Some(order) = self.orders.get_mut(order as usize) {
            order.published = self.now;
        }
        self.hand_over(target, order, shape);
        self.over(order, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::FaultKind;
    use crate::world::id::Id;
    use crate::world::intake::Request;
    use crate::world::tests::{LINE, accept, break_part, measure, moments, pass, world_of};

    fn orders(world: &World, name: &str) -> Vec<u32> {
        moments(world, name).into_iter().filter_map(|(_, order)| order).collect()
    }

    /// IDM-10.
    #[test]
    fn all_rows_wait_for_the_first_and_arrive_in_their_order() {
        let mut world = world_of(LINE);
        break_part(&mut world, FaultKind::Outage, "queues.work", 10);
        for _ in 0..3 {
            let order = accept(&mut world);
            world.publish(Id::new(0), order, 1);
        }
        assert_eq!(world.stores[Id::new(0)].state.line, [0, 1, 2]);
        pass(&mut world, 60_000);
        let waits: Vec<u64> = moments(&world, "retrying").iter().map(|(at, _)| *at).collect();
        assert_eq!(waits, [0, 1_000, 3_000, 7_000], "twice as long each time");
        assert_eq!(orders(&world, "retrying"), [0; 4]);
        assert_eq!(orders(&world, "sent"), [0, 1, 2]);
    }

    #[test]
    fn a_writer_without_an_outbox_tries_three_times() {
        let mut world = world_of(&LINE.replace("[stores.book]", "[stores.book]\noutbox = false"));
        break_part(&mut world, FaultKind::Outage, "queues.work", 10);
        let order = accept(&mut world);
        world.publish(Id::new(0), order, 1);
        pass(&mut world, 60_000);
        assert_eq!(moments(&world, "retrying"), [(0, Some(0)), (200, Some(0))]);
        assert_eq!(moments(&world, "dropped"), [(400, Some(0))]);
        assert_eq!(measure(&world, "queues.work.sent"), 0);
    }

    #[test]
    fn a_row_leaves_the_outbox_when_its_message_arrives() {
        let mut world = world_of(LINE);
        world.new_order(0);
        world.request(Request { order: 0, attempt: 1, call: 0 });
        assert_eq!(
            (measure(&world, "stores.book.stored"), measure(&world, "stores.book.outbox")),
            (1, 1)
        );
        while measure(&world, "queues.work.sent") == 0 {
            assert_eq!(measure(&world, "stores.book.outbox"), 1);
            pass(&mut world, 10);
        }
        assert_eq!(measure(&world, "stores.book.outbox"), 0);
    }
}

//! Where orders are kept, and how the others hear of them: through an outbox whose rows a relay
//! publishes until they are (IDM-10), in the order in which they were committed, or by the writer
//! itself, who may fail at it.

use super::id::{IdOf, Numbered, StoreId};
use super::part::{Measure, Part};
use std::collections::VecDeque;

use super::{Happened, PartId, PartKind, Scheduled, Target, World};
use crate::design;
use crate::kernel::time::{Span, Time};
use crate::snapshot::PartView;

#[derive(Debug, Clone)]
pub(crate) struct Store {
    pub part: PartId,
    pub settings: Settings,
    pub state: State,
}

/// What a design says of a store.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Where it publishes, and the wire there.
    pub to: Option<(Target, u32)>,
    pub access: super::delivery::Access,
    pub outbox: bool,
    /// What its message looks like.
    pub shape: u16,
    /// Write units of an order and what is written with it, by kind of order (COST-10).
    pub units: Vec<u64>,
}

/// What became of a store on the way.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub stored: u64,
    /// Outbox rows that are not published yet.
    pub rows: u64,
    /// Orders whose rows the relay has not published, in the order of their commits. All wait for the
    /// first: a relay that went on with the others would change the order.
    pub line: VecDeque<u32>,
    /// How often it has tried the first in vain, and so waits to try again; 0: it waits for nothing.
    pub tries: u32,
    /// When what was committed last, and what was published last, is there: nothing overtakes it.
    pub committed: Time,
    pub last: Time,
}

const RELAY: Span = Span::from_millis(350);
/// The longest that a relay waits before it tries again: a *model assumption*.
const RELAY_WAIT_MAX: Span = Span::from_secs(60);
/// Tries of a writer that has no outbox: a *model assumption*, as is the wait between them.
const TRIES: u32 = 3;
const TRY_AGAIN: Span = Span::from_millis(200);

impl Numbered for Store {
    type Design = design::Store;
}

impl Part for Store {
    const KIND: PartKind = PartKind::Store;

    const COLUMNS: &[&str] = &["stored", "outbox"];

    const MEASURES: &'static [Measure<Self>] =
        &[("stored", |_, s| s.state.stored as f64), ("outbox", |_, s| s.state.rows as f64)];

    fn part(&self) -> Option<PartId> {
        Some(self.part)
    }

    fn view(&self, _: &World, _: IdOf<Self>) -> Option<PartView> {
        // A stream is the table's own, and what waits there waits with its reader.
        let is_relayed = !matches!(self.settings.to, None | Some((Target::Pipe(_), _)));
        let outbox = is_relayed.then_some(self.state.rows);
        Some(PartView::Store { stored: self.state.stored, outbox })
    }

    fn retune(&mut self, new: Self, _: &mut World) {
        self.settings = new.settings;
    }
}

impl World {
    /// The order of a store is to be published: by the relay, when it is its turn, or at once.
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

    /// Whether what the store publishes to takes an order, which is then on its way there.
    fn try_publish(&mut self, index: StoreId, order: u32, attempt: u32) -> bool {
        let store = &self.stores[index];
        let Some((target, wire)) = store.settings.to else { return true };
        let (access, outbox) = (store.settings.access, store.settings.outbox);
        if self.refusal(target, access, order, attempt).is_some() {
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

    /// What was published has come to where it goes; the row leaves the outbox only now.
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

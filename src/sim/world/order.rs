//! An order, and its standing in the ledger.

use super::World;
use crate::design::EFFECTS_MAX;
use crate::kernel::random::Purpose;
use crate::kernel::time::Time;
use crate::ledger::Standing;

/// The intake's answer to an order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Door {
    /// Not answered yet.
    #[default]
    Waiting,
    Accepted,
    /// Answered with an error, or given up by its client. The server may still accept it.
    Rejected,
}

/// A side effect that services had for an order.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Effect {
    pub times: u8,
    /// Times that were undone.
    undone: u8,
    /// Whether a service was asked to undo it. It then refuses a late call with the same key, as a
    /// provider refuses a cancelled payment (a *model assumption*, MA-service-1).
    is_void: bool,
}

impl Effect {
    /// Counts the effect once more and returns the new count. Returns `None` if the service keeps the
    /// caller's key and has already done or undone it (IDM-07).
    pub fn take(&mut self, keeps_key: bool) -> Option<u8> {
        if keeps_key && (self.times > 0 || self.is_void) {
            return None;
        }
        self.times = self.times.saturating_add(1);
        Some(self.times)
    }

    /// Undoes every effect that was not undone yet, and returns their number.
    pub fn undo(&mut self) -> u8 {
        self.is_void = true;
        let owed = self.times.saturating_sub(self.undone);
        self.undone = self.times;
        owed
    }
}

/// A kind of order.
#[derive(Debug, Clone)]
pub(crate) struct OrderKind {
    pub weight: u64,
}

/// An order in a run.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub class: u8,
    pub door: Door,
    pub cancelled: bool,
    pub effects: [Effect; EFFECTS_MAX],
    /// Current attempt of the client.
    pub attempt: u8,
    /// Number of its required messages in a DLQ.
    pub dead: u16,
    /// Number of its required messages, executions, deliveries and outbox rows that still exist.
    pub live: u16,
    /// Part number of the function or worker that can never process it.
    pub poisons: Option<u16>,
    /// Required parts that are done, one bit each.
    pub done: u32,
    /// Publication time of its event; the age of a delivery counts from here.
    pub published: Time,
    pub standing: Standing,
}

impl World {
    /// Arrival time of order `number`, somewhere in its own slot of the load. Arrivals depend on the
    /// seed alone, so two designs can be compared on the same orders.
    pub(super) fn arrival(&self, number: u32) -> Time {
        let interval = self.arrivals.interval;
        let slot = Time(interval.0.saturating_mul(u64::from(number)));
        let within = self.chance.below(interval.0.max(1), (0, number, 0), Purpose::Arrival);
        slot + crate::kernel::time::Span(within)
    }

    /// Kind of order `number`, drawn by the weights of the kinds.
    pub(super) fn class_of(&self, number: u32) -> u8 {
        let mut place = self.chance.below(self.weights.max(1), (0, number, 0), Purpose::OrderKind);
        for (index, class) in self.classes.iter().enumerate() {
            if place < class.weight {
                return index as u8;
            }
            place -= class.weight;
        }
        0
    }

    /// Customer of order `number`.
    pub(crate) fn customer_of(&self, number: u32) -> u32 {
        let customers = u64::from(self.customers.max(1));
        self.chance.below(customers, (0, number, 0), Purpose::Customer) as u32
    }

    /// Adds order `number`, which the intake has not answered yet.
    pub(super) fn new_order(&mut self, number: u32) {
        let class = self.class_of(number);
        self.orders.push(Order {
            class,
            door: Door::Waiting,
            cancelled: false,
            effects: [Effect::default(); EFFECTS_MAX],
            attempt: 1,
            dead: 0,
            live: 0,
            poisons: None,
            done: 0,
            published: self.now,
            standing: Standing::InProgress,
        });
        self.ledger.offered += 1;
    }

    /// Kind of an order that has arrived.
    pub(super) fn class(&self, order: u32) -> usize {
        self.orders.get(order as usize).map_or(0, |order| usize::from(order.class))
    }

    /// Changes an order and updates the ledger.
    pub(super) fn change(&mut self, order: u32, change: impl FnOnce(&mut Order)) {
        let required = self.required;
        let Some(order) = self.orders.get_mut(order as usize) else { return };
        let was_accepted = order.door == Door::Accepted;
        change(order);
        if order.door != Door::Accepted {
            return;
        }
        let standing = standing(order, required);
        if !was_accepted {
            self.ledger.accepted += 1;
            self.ledger.count(standing, true);
        } else if standing != order.standing {
            self.ledger.count(order.standing, false);
            self.ledger.count(standing, true);
        }
        order.standing = standing;
    }

    /// Counts another required message, execution, delivery or outbox row of the order.
    pub(super) fn live(&mut self, order: u32) {
        self.change(order, |order| order.live += 1);
    }

    /// Removes one of those from the counts, and marks the parts in `done` as done.
    pub(super) fn over(&mut self, order: u32, done: u32) {
        self.change(order, |order| {
            order.live = order.live.saturating_sub(1);
            order.done |= done;
        });
    }

    /// Moves one of those to the count of dead-lettered messages.
    pub(super) fn die(&mut self, order: u32) {
        self.change(order, |order| {
            order.live = order.live.saturating_sub(1);
            order.dead += 1;
        });
    }
}

/// Returns the standing of an accepted order.
pub(super) fn standing(order: &Order, required: u32) -> Standing {
    if order.cancelled {
        Standing::Cancelled
    } else if order.done == required {
        Standing::Completed
    } else if order.dead > 0 {
        Standing::DeadLettered
    } else if order.live > 0 {
        Standing::InProgress
    } else {
        Standing::Lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::tests::{LINE, world_of};

    fn order(done: u32, dead: u16, live: u16, cancelled: bool) -> Order {
        Order {
            class: 0,
            door: Door::Accepted,
            cancelled,
            effects: [Effect::default(); EFFECTS_MAX],
            attempt: 1,
            dead,
            live,
            poisons: None,
            done,
            published: Time::ZERO,
            standing: Standing::InProgress,
        }
    }

    #[test]
    fn an_order_stands_by_the_first_of_these_that_holds() {
        for (order, expected) in [
            (order(0b11, 1, 1, true), Standing::Cancelled),
            (order(0b11, 1, 1, false), Standing::Completed),
            (order(0b01, 1, 1, false), Standing::DeadLettered),
            (order(0b01, 0, 1, false), Standing::InProgress),
            (order(0b01, 0, 0, false), Standing::Lost),
        ] {
            assert_eq!(standing(&order, 0b11), expected);
        }
    }

    /// IDM-07: a key that the service keeps prevents a second effect, and one after the undoing.
    #[test]
    fn a_kept_key_prevents_the_second_effect_and_a_late_one() {
        let mut effect = Effect::default();
        assert_eq!([true, true, false].map(|kept| effect.take(kept)), [Some(1), None, Some(2)]);
        assert_eq!([effect.undo(), effect.undo()], [2, 0], "each is undone once");
        let mut void = Effect::default();
        assert_eq!(void.undo(), 0);
        assert_eq!([void.take(true), void.take(false)], [None, Some(1)]);
        assert_eq!(void.undo(), 1);
    }

    #[test]
    fn the_ledger_follows_an_order_from_column_to_column() {
        let mut world = world_of(LINE);
        world.new_order(0);
        let columns = |world: &World| {
            let ledger = &world.ledger;
            [
                ledger.offered,
                ledger.accepted,
                ledger.in_progress,
                ledger.dead_lettered,
                ledger.completed,
            ]
        };
        world.live(0);
        assert_eq!(columns(&world), [1, 0, 0, 0, 0], "not accepted yet");
        world.change(0, |order| order.door = Door::Accepted);
        assert_eq!(columns(&world), [1, 1, 1, 0, 0]);
        world.die(0);
        assert_eq!(columns(&world), [1, 1, 0, 1, 0]);
        let required = world.required;
        world.over(0, required);
        assert_eq!(columns(&world), [1, 1, 0, 0, 1]);
    }

    #[test]
    fn orders_come_in_their_own_slots_and_kinds_by_their_weights() {
        let two = "orders = [{ weight = 3, detail = '{\"n\": 2}' }, { weight = 1,";
        let world = world_of(&LINE.replace("orders = [{ weight = 1,", two));
        for number in [0, 1, 500] {
            let slot = u64::from(number) * 1_000_000;
            assert!((slot..slot + 1_000_000).contains(&world.arrival(number).0));
        }
        let first = (0..4_000).filter(|number| world.class_of(*number) == 0).count();
        assert!((2_850..3_150).contains(&first), "{first}");
        assert!((0..100).all(|number| world.customer_of(number) < 3));
    }
}

//! An order on its way, and how it stands in the ledger's words.

use super::World;
use crate::design::EFFECTS_MAX;
use crate::kernel::random::Purpose;
use crate::kernel::time::Time;
use crate::ledger::Standing;

/// What an order has come to at the intake.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Door {
    /// Not answered yet.
    #[default]
    Waiting,
    Accepted,
    /// Answered with an error, or given up by its client. What was begun may still be accepted.
    Rejected,
}

/// What services did for an order, and undid.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Effect {
    pub times: u8,
    /// How many of them were undone.
    undone: u8,
    /// Whether somebody asked to undo it: what comes late with the same key is refused then, as a
    /// provider does with a cancelled payment (a model assumption).
    is_void: bool,
}

impl Effect {
    /// Does it; not again, and not after it was undone, for a caller whose key the service keeps
    /// (IDM-07). Answers how often it was done, if it was.
    pub fn take(&mut self, keeps_key: bool) -> Option<u8> {
        if keeps_key && (self.times > 0 || self.is_void) {
            return None;
        }
        self.times = self.times.saturating_add(1);
        Some(self.times)
    }

    /// Undoes whatever was done, and answers how much that was.
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

#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub class: u8,
    pub door: Door,
    pub cancelled: bool,
    pub effects: [Effect; EFFECTS_MAX],
    /// The client's try that is under way.
    pub attempt: u8,
    /// Required messages of it in a DLQ.
    pub dead: u16,
    /// Required messages, executions, deliveries and outbox rows of it that still exist.
    pub live: u16,
    /// Which function or worker can never process it, by the number of its part.
    pub poisons: Option<u16>,
    /// Required parts that are done, one bit each.
    pub done: u32,
    /// When its event was published, which is what the age of a delivery counts from.
    pub published: Time,
    pub standing: Standing,
}

impl World {
    /// When order `number` comes: somewhere in its own slot of the load, so that arrivals of a
    /// seed are the same whatever the design does with them.
    pub(super) fn arrival(&self, number: u32) -> Time {
        let interval = self.arrivals.interval;
        let slot = Time(interval.0.saturating_mul(u64::from(number)));
        let within = self.chance.below(interval.0.max(1), (0, number, 0), Purpose::Arrival);
        slot + crate::kernel::time::Span(within)
    }

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

    pub(crate) fn customer_of(&self, number: u32) -> u32 {
        let customers = u64::from(self.customers.max(1));
        self.chance.below(customers, (0, number, 0), Purpose::Customer) as u32
    }

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

    pub(super) fn class(&self, order: u32) -> usize {
        self.orders.get(order as usize).map_or(0, |order| usize::from(order.class))
    }

    /// Changes an order and keeps the ledger right.
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

    /// Something required of the order exists more.
    pub(super) fn live(&mut self, order: u32) {
        self.change(order, |order| order.live += 1);
    }

    /// Something required of the order exists no longer, and a part may be done.
    pub(super) fn over(&mut self, order: u32, done: u32) {
        self.change(order, |order| {
            order.live = order.live.saturating_sub(1);
            order.done |= done;
        });
    }

    /// Something required of the order goes to a DLQ.
    pub(super) fn die(&mut self, order: u32) {
        self.change(order, |order| {
            order.live = order.live.saturating_sub(1);
            order.dead += 1;
        });
    }
}

/// How an accepted order stands.
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

//! Measures: every number that can be read from a run, by path. `simulate`'s JSON, claims and all other
//! readers use this one list.

use super::exposure::Place;
use super::id::Id;
use super::part::Part;
use super::{World, every_kind};
use crate::design::Effect;
use crate::ledger::Done;

/// A measure of a run: its path and its reader.
#[derive(Debug, Clone)]
pub struct Gauge {
    pub path: String,
    read: Read,
}

/// Reader of a measure.
#[derive(Debug, Clone, Copy)]
enum Read {
    World(fn(&World) -> f64),
    /// Bodies with a sensitive field in all places of a kind.
    Exposed(Place),
    /// From a part: its number, and the index of the measure among those of its kind.
    Part {
        read: fn(&World, usize, usize) -> f64,
        part: usize,
        measure: usize,
    },
    Bill(usize),
    /// From an effect: its number.
    Effect(usize, fn(&Done) -> u64),
}

/// Reads a measure of a part of a kind.
fn read<P: Part>(world: &World, part: usize, measure: usize) -> f64 {
    let (_, read) = P::MEASURES[measure];
    read(world, &P::table(world)[Id::new(part)])
}

type Named<T> = [(&'static str, T)];

const LEDGER: &Named<fn(&World) -> f64> = &[
    ("orders_offered", |w| w.ledger.offered as f64),
    ("orders_accepted", |w| w.ledger.accepted as f64),
    ("orders_rejected", |w| w.ledger.rejected as f64),
    ("orders_completed", |w| w.ledger.completed as f64),
    ("orders_cancelled", |w| w.ledger.cancelled as f64),
    ("orders_in_progress", |w| w.ledger.in_progress as f64),
    ("orders_dead_lettered", |w| w.ledger.dead_lettered as f64),
    ("orders_lost", |w| w.ledger.lost as f64),
];

impl World {
    /// Every measure of this run.
    pub(crate) fn gauges(&self) -> Vec<Gauge> {
        let mut gauges = Vec::new();
        let mut add = |path: String, read: Read| gauges.push(Gauge { path, read });
        add("simulated_seconds".to_owned(), Read::World(|w| w.now.0 as f64 / 1e6));
        add("occurrences".to_owned(), Read::World(|w| w.trace.count() as f64));
        for (name, read) in LEDGER {
            add(format!("ledger.{name}"), Read::World(*read));
        }
        for (index, kind) in self.effects.kinds.iter().enumerate() {
            let mut count = |name: String, read: fn(&Done) -> u64| {
                add(format!("ledger.{name}"), Read::Effect(index, read));
            };
            let Effect { many, done, once, .. } = &kind.effect;
            count(many.clone(), |done| done.times);
            if *once {
                count(format!("duplicate_{many}"), |done| done.again);
            }
            if let Some((_, undo)) = &kind.undo {
                count(undo.many.clone(), |done| done.undone);
                count(format!("net_{many}"), Done::net);
            }
            if *once {
                count(format!("orders_{done}_and_rejected"), |done| done.rejected);
            }
        }
        if !self.sensitive.is_empty() {
            for place in Place::ALL {
                add(format!("sensitive.{}", place.word()), Read::Exposed(place));
            }
        }
        macro_rules! parts {
            ($table:ident, $part:ty) => {
                for (id, part) in self.$table.numbered() {
                    let path = part.path(self);
                    for (measure, (name, _)) in <$part>::MEASURES.iter().enumerate() {
                        let read = Read::Part { read: read::<$part>, part: id.index(), measure };
                        add(format!("{path}.{name}"), read);
                    }
                }
            };
        }
        every_kind!(parts);
        for (index, (name, ..)) in self.bill.lines().enumerate() {
            add(format!("bill.{name}"), Read::Bill(index));
        }
        add("bill.total_dollars".to_owned(), Read::World(|w| w.bill.total() as f64 / 1e6));
        add("bill.dollars_per_million_orders".to_owned(), Read::World(per_million_orders));
        gauges
    }

    /// Current value of a measure.
    pub(crate) fn measure(&self, gauge: &Gauge) -> f64 {
        match gauge.read {
            Read::World(read) => read(self),
            Read::Exposed(place) => self.exposed(place) as f64,
            Read::Part { read, part, measure } => read(self, part, measure),
            Read::Effect(index, read) => {
                self.ledger.effects.get(index).map_or(0.0, |done| read(done) as f64)
            }
            Read::Bill(index) => self.bill.lines().nth(index).map_or(0.0, |(_, n, _)| n as f64),
        }
    }
}

fn per_million_orders(world: &World) -> f64 {
    match world.ledger.accepted {
        0 => 0.0,
        // Microdollars for an order are dollars for a million.
        accepted => world.bill.total() as f64 / accepted as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::template::DETAIL;
    use crate::world::tests::{LINE, accept, measure, world_of};

    #[test]
    fn a_measure_reads_the_part_of_its_path() {
        let mut world = world_of(&format!("{LINE}[queues.aside]\n"));
        accept(&mut world);
        world.send(Id::new(1), 0, DETAIL);
        assert_eq!(measure(&world, "queues.aside.sent"), 0);
        assert_eq!(measure(&world, "queues.work.sent"), 1);
        assert_eq!(measure(&world, "bill.sqs_requests"), 1);
    }

    #[test]
    fn an_effect_has_the_measures_of_its_own_words() {
        let text =
            format!("{LINE}[effects.post]\nmany = 'postings'\ndone = 'posted'\nonce = true\n");
        let mut world = world_of(&text.replace("\"charge\"", "\"post\""));
        world.ledger.effects[0] = Done { times: 5, again: 2, undone: 1, rejected: 3 };
        let gauges = world.gauges();
        let found = gauges.iter().filter(|gauge| gauge.path.contains("post"));
        let found: Vec<(&str, f64)> =
            found.map(|gauge| (gauge.path.as_str(), world.measure(gauge))).collect();
        let expected = [
            ("ledger.postings", 5.0),
            ("ledger.duplicate_postings", 2.0),
            ("ledger.orders_posted_and_rejected", 3.0),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn no_two_measures_have_one_path_and_nothing_is_divided_by_no_orders() {
        let mut world = world_of(LINE);
        let mut paths: Vec<String> = world.gauges().into_iter().map(|gauge| gauge.path).collect();
        let count = paths.len();
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), count);
        world.bill.count(crate::aws::billing::Item::SqsRequests, 10_000_000);
        assert_eq!(measure(&world, "bill.dollars_per_million_orders"), 0);
        accept(&mut world);
        accept(&mut world);
        assert_eq!(measure(&world, "bill.total_dollars"), 4);
        assert_eq!(measure(&world, "bill.dollars_per_million_orders"), 2_000_000);
    }
}

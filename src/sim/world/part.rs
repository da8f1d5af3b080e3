//! The trait that every kind of part implements in its own file, and the snapshot built from it.

use super::exposure::Place;
use super::id::{IdOf, Numbered, Table};
use super::topology::PartId;
use super::{PartKind, Travel, World, every_kind};
use crate::snapshot::{Flow, PartView, Snapshot};

/// A measure of a part: its name and its reader.
pub(crate) type Measure<P> = (&'static str, fn(&World, &P) -> f64);

/// Access to the table of a kind of part; `every_kind` lists the tables.
pub(crate) trait Tabled: Numbered + Sized + 'static {
    fn table(world: &World) -> &Table<Self>;

    fn table_mut(world: &mut World) -> &mut Table<Self>;
}

macro_rules! tabled {
    ($table:ident, $part:ty) => {
        impl Tabled for $part {
            fn table(world: &World) -> &Table<Self> {
                &world.$table
            }

            fn table_mut(world: &mut World) -> &mut Table<Self> {
                &mut world.$table
            }
        }
    };
}
every_kind!(tabled);

/// A kind of part in a running design.
pub(crate) trait Part: Tabled {
    const KIND: PartKind;

    /// Measures that a summary shows, one per column.
    const COLUMNS: &[&str];

    /// Its measures, by name.
    const MEASURES: &'static [Measure<Self>];

    /// Number of its place in the picture, if it has one.
    fn part(&self) -> Option<PartId>;

    /// Prefix of its measures' paths.
    fn path(&self, world: &World) -> String {
        self.part().map_or_else(String::new, |part| world.path_of(part))
    }

    /// View of its state for an observer.
    fn view(&self, _world: &World, _id: IdOf<Self>) -> Option<PartView> {
        None
    }

    /// Kind of place that it is, and number of its bodies that show a sensitive field; `None` if it keeps no
    /// bodies.
    fn exposes(&self, _world: &World) -> Option<(Place, u64)> {
        None
    }

    /// Sentence about the first of its own sums that does not add up. Anything but `None` is a bug in the
    /// model.
    fn broken_invariant(&self, _world: &World) -> Option<String> {
        None
    }

    /// Reason why it cannot take the settings of `new` during a run; `None` if it can.
    fn objection_to(&self, _new: &Self) -> Option<&'static str> {
        None
    }

    /// Takes the settings of `new`, the same part built from a changed design, and keeps its state. Kinds
    /// that come before it have taken theirs, and the table of its own kind is empty during the call.
    fn retune(&mut self, new: Self, world: &mut World);

    /// Resumes work once every part has its new settings.
    fn resume(_world: &mut World, _id: IdOf<Self>) {}
}

/// Measures of a kind that a summary shows, one per column. The counts of clients and the intake are in the
/// ledger, and keys count nothing.
#[must_use]
pub fn columns(kind: PartKind) -> &'static [&'static str] {
    macro_rules! look {
        ($table:ident, $part:ty) => {
            if <$part>::KIND == kind {
                return <$part>::COLUMNS;
            }
        };
    }
    every_kind!(look);
    &[]
}

/// Maximum number of travels of each wire in a snapshot.
const TRAVELS_MAX: u32 = 64;

impl World {
    /// Path of a part of the picture.
    pub(super) fn path_of(&self, part: PartId) -> String {
        self.topology.part(part).map_or_else(String::new, |part| part.path.to_string())
    }

    /// Copies everything an observer may see at the current instant.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut parts = vec![PartView::Plain; self.topology.parts.len()];
        macro_rules! see {
            ($table:ident, $part:ty) => {
                for (id, part) in self.$table.numbered() {
                    if let Some(view) = part.view(self, id)
                        && let Some(number) = part.part()
                        && let Some(place) = parts.get_mut(number.0 as usize)
                    {
                        *place = view;
                    }
                }
            };
        }
        every_kind!(see);
        let (flows, travelling) = self.travelling();
        Snapshot {
            now: self.now,
            seed: self.chance.seed(),
            ledger: self.ledger,
            parts,
            flows,
            travelling,
            exposures: self.exposures(),
            faults: self.active_faults().cloned().collect(),
            broken_invariant: self.check_invariants(),
        }
    }

    /// Counts the travels in progress on each wire, and lists the first few of each.
    fn travelling(&self) -> (Vec<Flow>, Vec<Travel>) {
        let mut flows = vec![Flow::default(); self.topology.wires.len()];
        let mut named = Vec::new();
        for travel in self.travels.iter().filter(|travel| travel.arrives > self.now) {
            let Some(flow) = flows.get_mut(travel.wire as usize) else { continue };
            flow.count += 1;
            flow.again += u32::from(travel.attempt > 1);
            if flow.count <= TRAVELS_MAX {
                named.push(*travel);
            }
        }
        (flows, named)
    }

    /// Travels of an order that are in progress.
    pub(crate) fn travels_of(&self, order: u32) -> Vec<Travel> {
        let of_it = self.travels.iter();
        of_it.filter(|t| t.order == Some(order) && t.arrives > self.now).copied().collect()
    }

    /// The first broken invariant of any part.
    pub(super) fn broken_part(&self) -> Option<String> {
        macro_rules! check {
            ($table:ident, $part:ty) => {
                let wrong = self.$table.iter().find_map(|part| part.broken_invariant(self));
                if wrong.is_some() {
                    return wrong;
                }
            };
        }
        every_kind!(check);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::{Span, Time};
    use crate::world::tests::{LINE, number, world_of};

    #[test]
    fn every_column_of_a_summary_is_a_measure_of_its_kind() {
        macro_rules! look {
            ($table:ident, $part:ty) => {
                assert_eq!(columns(<$part>::KIND), <$part>::COLUMNS);
                for column in <$part>::COLUMNS {
                    let is_known = <$part>::MEASURES.iter().any(|(name, _)| name == column);
                    assert!(is_known, "{}: {column}", stringify!($table));
                }
            };
        }
        every_kind!(look);
        assert_eq!(columns(PartKind::Client), [] as [&str; 0]);
    }

    #[test]
    fn a_snapshot_counts_all_on_a_wire_and_names_the_first() {
        let mut world = world_of(LINE);
        for order in 0..70 {
            world.hop(0, order, 1, Span::from_secs(1));
        }
        world.hop(1, 0, 2, Span::from_secs(1));
        let snapshot = world.snapshot();
        assert_eq!(
            snapshot.flows[..2],
            [Flow { count: 70, again: 0 }, Flow { count: 1, again: 1 }]
        );
        assert_eq!(snapshot.travelling.len(), 65);
        assert_eq!(world.travels_of(0).len(), 2);
        world.now = Time(10_000_000);
        assert_eq!(world.snapshot().travelling, []);
    }

    #[test]
    fn a_part_is_seen_at_its_place_in_the_picture() {
        let world = world_of(LINE);
        let snapshot = world.snapshot();
        let view = |path| &snapshot.parts[number(&world, path).0 as usize];
        assert!(matches!(view("queues.work"), PartView::Queue(_)));
        assert_eq!(
            view("stores.book"),
            &PartView::Store { stored: 0, outbox: Some(0), items: None }
        );
        assert_eq!(view("intakes.door"), &PartView::Plain);
    }
}

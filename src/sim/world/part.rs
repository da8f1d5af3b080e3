//! What every kind of part says for itself, and the one list of the kinds. A part's own file answers;
//! here the answers are put together.

use super::id::{Id, Table};
use super::topology::PartId;
use super::{Travel, World};
use crate::snapshot::{Flow, PartView, Snapshot};

/// A measure of a part: its name, and how it is read.
pub(crate) type Measure<P> = (&'static str, fn(&World, &P) -> f64);

/// A kind of part at work.
pub(crate) trait Part: Sized + 'static {
    /// What can be counted of one, each under its path.
    const MEASURES: &'static [Measure<Self>];

    /// All parts of the kind.
    fn table(world: &World) -> &Table<Self>;

    /// The path that its measures stand under.
    fn path(&self, world: &World) -> String;

    /// Where it stands in the picture, and what is to be seen of it there.
    fn view(&self, _world: &World, _id: Id<Self>) -> Option<(PartId, PartView)> {
        None
    }

    /// What is wrong with its own sums, in a sentence: `None`, or the model is wrong.
    fn broken_invariant(&self, _world: &World) -> Option<String> {
        None
    }
}

/// Calls a macro with the type of every kind of part, in the order in which a report lists them.
macro_rules! every_kind {
    ($each:ident) => {
        $each!(crate::world::service::Service);
        $each!(crate::world::store::Store);
        $each!(crate::world::bus::Bus);
        $each!(crate::world::bus::Rule);
        $each!(crate::world::queue::Queue);
        $each!(crate::world::function::Function);
        $each!(crate::world::worker::Worker);
        $each!(crate::world::topic::Topic);
        $each!(crate::world::topic::Subscription);
        $each!(crate::world::workflow::Workflow);
        $each!(crate::world::alarm::Alarm);
    };
}
pub(super) use every_kind;

/// Travels along one wire that a snapshot names.
const TRAVELS_MAX: u32 = 64;

impl World {
    /// The path of a part that stands in the picture.
    pub(super) fn path_of(&self, part: PartId) -> String {
        self.topology.part(part).map_or_else(String::new, |part| part.path.clone())
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut parts = vec![PartView::Plain; self.topology.parts.len()];
        macro_rules! see {
            ($part:ty) => {
                for (id, part) in <$part>::table(self).numbered() {
                    if let Some((number, view)) = part.view(self, id)
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
            faults: self.active_faults().cloned().collect(),
            broken_invariant: self.check_invariants(),
        }
    }

    /// What is on its way: how much on each wire, and the first of each by name.
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

    /// Where an order is on its way just now.
    pub(crate) fn travels_of(&self, order: u32) -> Vec<Travel> {
        let of_it = self.travels.iter();
        of_it.filter(|t| t.order == order && t.arrives > self.now).copied().collect()
    }

    /// The first sum of a part that is wrong.
    pub(super) fn broken_part(&self) -> Option<String> {
        macro_rules! check {
            ($part:ty) => {
                let wrong =
                    <$part>::table(self).iter().find_map(|part| part.broken_invariant(self));
                if wrong.is_some() {
                    return wrong;
                }
            };
        }
        every_kind!(check);
        None
    }
}

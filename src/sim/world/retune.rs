//! Settings changed while a run goes on: the parts stay, with all they hold, and work differently from
//! now on.

use super::part::Part;
use super::{World, every_kind};
use crate::design::PartPath;

impl World {
    /// Takes the settings of a world that was just built from the changed design.
    pub(crate) fn retune(&mut self, mut fresh: World) {
        self.call_for_settings(&fresh);
        self.topology = fresh.topology.clone();
        // Wires have other numbers now; what was seen on its way is not looked at again.
        self.travels.clear();
        self.shapes = fresh.shapes.clone();
        self.customers = fresh.customers;
        self.intake = fresh.intake.clone();
        self.keys = fresh.keys;
        self.account.retune(&fresh.account);
        macro_rules! retune {
            ($table:ident, $part:ty) => {
                self.retune_kind::<$part>(&mut fresh);
            };
        }
        every_kind!(retune);
        macro_rules! resume {
            ($table:ident, $part:ty) => {
                for id in self.$table.ids() {
                    <$part as Part>::resume(self, id);
                }
            };
        }
        every_kind!(resume);
    }

    fn retune_kind<P: Part>(&mut self, fresh: &mut World) {
        let mut parts = std::mem::take(P::table_mut(self));
        for (part, new) in parts.iter_mut().zip(std::mem::take(P::table_mut(fresh))) {
            part.retune(new, self);
        }
        *P::table_mut(self) = parts;
    }

    /// Whether the settings of such a world can be taken in a run; a sentence why not.
    pub(crate) fn can_become(&self, fresh: &World) -> Result<(), String> {
        let paths = |world: &World| -> Vec<(PartPath, bool)> {
            let parts = world.topology.parts.iter();
            parts.map(|part| (part.path.clone(), part.required)).collect()
        };
        if paths(self) != paths(fresh) || !self.effects.are(&fresh.effects) {
            return Err(
                "What is required, and the parts of a design, stay as they are during a run: \
                 start anew with the change."
                    .to_owned(),
            );
        }
        macro_rules! ask {
            ($table:ident, $part:ty) => {
                let pairs = self.$table.iter().zip(&fresh.$table);
                if let Some(reason) = pairs.into_iter().find_map(|(old, new)| old.objection_to(new))
                {
                    return Err(reason.to_owned());
                }
            };
        }
        every_kind!(ask);
        Ok(())
    }
}

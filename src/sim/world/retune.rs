//! Changed settings during a run: the parts keep their state and continue with the new settings.

use super::part::Part;
use super::{World, every_kind};
use crate::design::PartPath;

impl World {
    /// Takes the settings of a world just built from the changed design.
    pub(crate) fn retune(&mut self, mut fresh: World) {
        self.call_for_settings(&fresh);
        self.topology = fresh.topology.clone();
        // Wires have new numbers, so earlier travels cannot be shown any longer.
        self.travels.clear();
        self.shapes = fresh.shapes.clone();
        self.sensitive = fresh.sensitive.clone();
        self.customers = fresh.customers;
        self.intake = fresh.intake.clone();
        self.keys = fresh.keys;
        self.accounts.retune(&fresh.accounts);
        self.denials = fresh.denials.clone();
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

    /// Checks whether a run can take the settings of such a world; the error is a sentence.
    pub(crate) fn can_become(&self, fresh: &World) -> Result<(), String> {
        let paths = |world: &World| -> Vec<(PartPath, bool, String)> {
            let parts = world.topology.parts.iter();
            parts.map(|part| (part.path.clone(), part.required, part.account.clone())).collect()
        };
        if paths(self) != paths(fresh) || !self.effects.are(&fresh.effects) {
            return Err(
                "The parts of a design, their accounts and the required ones stay as they are during a run: \
                 restart it with the change."
                    .to_owned(),
            );
        }
        // When each order comes was settled when the run began.
        if self.control_plane.rate().total_cmp(&fresh.control_plane.rate()).is_ne() {
            return Err(
                "The rate of the load stays as it is during a run: start anew with the change."
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

#[cfg(test)]
mod tests {
    use crate::kernel::time::Span;
    use crate::world::id::Id;
    use crate::world::template::DETAIL;
    use crate::world::tests::{HAND, LINE, accept, measure, retune, world_of};

    #[test]
    fn a_part_takes_new_settings_and_keeps_what_it_holds() {
        let mut world = world_of(LINE);
        accept(&mut world);
        world.send(Id::new(0), 0, DETAIL);
        world.hop(0, 0, 1, Span::from_secs(9));
        retune(&mut world, &LINE.replace("\"30s\"", "\"90s\"")).unwrap();
        let queue = &world.queues[Id::new(0)];
        assert_eq!(queue.rules.settings.visibility_timeout, Span::from_secs(90));
        assert_eq!(measure(&world, "queues.work.visible"), 1);
        assert!(world.travels.is_empty(), "wires have other numbers now");
    }

    #[test]
    fn what_a_run_cannot_change_is_refused_with_a_sentence() {
        let text = format!("{LINE}{HAND}");
        let mut world = world_of(&text);
        let parts = "The parts of a design, their accounts and the required ones stay as they are during a run: \
                     restart it with the change.";
        let queue = "The type of a queue cannot be changed: create another and restart the run.";
        let rate = "The rate of the load stays as it is during a run: start anew with the change.";
        for (changed, sentence) in [
            (format!("{text}[queues.other]\n"), parts),
            (format!("{text}required = true\n"), parts),
            (format!("{LINE}fifo_queue = true\n{HAND}"), queue),
            (text.replace("rate = 1.0", "rate = 9.0"), rate),
        ] {
            assert_eq!(retune(&mut world, &changed), Err(sentence.to_owned()));
        }
    }
}

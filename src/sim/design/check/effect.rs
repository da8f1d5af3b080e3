//! Checks of effects: their names, and which effect undoes which.

use super::Checker;
use crate::design::effect::EFFECTS_MAX;

impl Checker<'_> {
    /// Checks the effects, and that services refer to existing ones.
    pub fn effects(&mut self) {
        let design = self.design;
        let is_word = |text: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        };
        for (id, effect) in &design.effects {
            let path = |name: &str| format!("effects.{id}.{name}");
            for (name, text) in [("many", &effect.many), ("done", &effect.done)] {
                self.must(is_word(text), &path(name), || {
                    format!("`{name}` is a word in small letters, such as postings and posted.")
                });
            }
            let Some(undone) = &effect.undoes else { continue };
            let does = design.effects.get(undone).is_some_and(|undone| undone.undoes.is_none());
            self.must(does, &path("undoes"), || {
                format!("There is no effect {undone} that could be taken back.")
            });
            let others = design.effects.values().filter(|other| other.undoes == effect.undoes);
            self.must(others.count() == 1, &path("undoes"), || {
                format!("More than one effect takes {undone} back.")
            });
        }
        let count = design.effects.values().filter(|effect| effect.undoes.is_none()).count();
        self.must(count <= EFFECTS_MAX, "effects", || {
            format!("At most {EFFECTS_MAX} effects, besides those that take one back, not {count}.")
        });
        self.side_effects();
    }

    fn side_effects(&mut self) {
        let effects = self.design.all_effects();
        for (id, service) in &self.design.services {
            let Some(named) = &service.side_effect else { continue };
            let is_known = named == super::NONE || effects.ids().any(|effect| effect == named);
            self.must(is_known, &format!("services.{id}.side_effect"), || {
                let known: Vec<&str> = effects.ids().collect();
                format!("There is no effect {named}: there is {}.", known.join(", "))
            });
        }
    }
}

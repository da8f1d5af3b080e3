//! Builds trails.

use super::Builder;
use crate::design::PartKind;
use crate::world::trail::{Settings, State, Trail};

impl Builder<'_> {
    /// Builds all trails.
    pub fn trails(&self) -> Vec<Trail> {
        let trails = self.design.trails.iter();
        trails
            .map(|(id, spec)| Trail {
                part: self.id(PartKind::Trail, id),
                settings: Settings {
                    management_events: spec.management_events,
                    data_events: spec.data_events,
                },
                state: State::default(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::world::id::Id;
    use crate::world::tests::{LINE, world_of};

    /// CT-01: management events are logged unless the trail says otherwise, data events are not.
    #[test]
    fn a_trail_logs_management_events_and_no_data_events() {
        let world = world_of(&format!("{LINE}[trails.audit]\n"));
        let settings = &world.trails[Id::new(0)].settings;
        assert!(settings.management_events && !settings.data_events);
    }
}

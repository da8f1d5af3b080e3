//! Trails.

use super::Builder;
use crate::design::PartKind;
use crate::world::trail::{Settings, State, Trail};

impl Builder<'_> {
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

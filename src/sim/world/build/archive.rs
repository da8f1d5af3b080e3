//! Archives of buses.

use serde_json::Value;

use super::{Builder, number};
use crate::aws::pattern::Pattern;
use crate::design::PartKind;
use crate::kernel::time::Span;
use crate::world::archive::{Archive, ArchiveId, Form, Settings, State};
use crate::world::id::Id;
use crate::world::template::{MessageTemplate, VariesBy};
use crate::world::topology::WireKind;

const DAY: u64 = 86_400;

impl Builder<'_> {
    pub fn archives(&mut self) -> Vec<Archive> {
        let design = self.design;
        let mut archives = Vec::new();
        for (id, spec) in &design.archives {
            let path = PartKind::Archive.path(id);
            let (bus, part) = (self.id(PartKind::Bus, &spec.bus), self.path(&path));
            let pattern = spec.event_pattern.as_deref().map(Pattern::parse);
            let matches = |event: &Value| match &pattern {
                None => true,
                Some(pattern) => pattern.as_ref().is_ok_and(|pattern| pattern.matches(event)),
            };
            let sizes = self.event_sizes(&spec.bus);
            let mut forms = Vec::new();
            for (events, bytes) in self.event_forms(&spec.bus).into_iter().zip(sizes) {
                let groups = vec![VariesBy::Order; self.details.len()];
                let events = MessageTemplate::new(events, groups);
                forms.push(Form {
                    matches: events.examples().iter().map(matches).collect(),
                    bytes: bytes.into_iter().map(|bytes| bytes as u64).collect(),
                    shape: self.shape(events),
                });
            }
            let days = u64::from(spec.retention_days);
            archives.push(Archive {
                part,
                key: self.key(part),
                settings: Settings {
                    bus: number(&design.buses, &spec.bus),
                    wire: self.topology.connect(bus, part, WireKind::Send),
                    forms,
                    retention: (days > 0).then(|| Span::from_secs(days.saturating_mul(DAY))),
                    may_replay: self
                        .may_replay(&path, spec.role_policy.as_deref())
                        .map_err(std::rc::Rc::from),
                },
                state: State::default(),
            });
        }
        archives
    }

    /// The archives of a bus.
    pub fn archives_of(&self, bus: &str) -> Vec<ArchiveId> {
        let archives = self.design.archives.values().enumerate();
        archives.filter(|(_, spec)| spec.bus == bus).map(|(place, _)| Id::new(place)).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::kernel::time::Span;
    use crate::world::id::Id;
    use crate::world::tests::{bus_line, world_of};

    #[test]
    fn an_archive_keeps_what_its_pattern_takes_for_as_many_days() {
        for (settings, matches, days) in [
            ("", true, None),
            ("retention_days = 2\n", true, Some(2)),
            ("event_pattern = '{\"source\": [\"other\"]}'\n", false, None),
        ] {
            let text = format!("{}[archives.past]\nbus = 'main'\n{settings}", bus_line());
            let world = world_of(&text);
            let archive = &world.archives[Id::new(0)].settings;
            assert_eq!(archive.forms[0].matches, [matches], "{settings}");
            assert_eq!(archive.retention, days.map(|days| Span::from_secs(days * 86_400)));
            assert_eq!(archive.may_replay, Ok(()));
            assert_eq!(world.buses[Id::new(0)].settings.archives, [Id::new(0)]);
        }
    }
}

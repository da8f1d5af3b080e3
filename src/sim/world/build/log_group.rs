//! Builds log groups.

use super::{Builder, number};
use crate::design::{self, CUSTOMER, ORDER, PartKind};
use crate::kernel::time::Span;
use crate::world::log_group::{LogGroup, Settings, Source, State};
use crate::world::sensitive::{Fields, Sensitive};
use crate::world::topology::WireKind;

const DAY: u64 = 86_400;

impl Builder<'_> {
    /// Builds all log groups; evaluates their policies once for every sensitive field.
    pub fn logs(&mut self, sensitive: &Sensitive) -> Vec<LogGroup> {
        let logs = self.design.logs.iter();
        logs.filter_map(|(id, spec)| self.log(id, spec, sensitive)).collect()
    }

    fn log(
        &mut self,
        id: &str,
        spec: &design::LogGroup,
        sensitive: &Sensitive,
    ) -> Option<LogGroup> {
        let part = self.id(PartKind::LogGroup, id);
        let path = spec.source.as_ref()?;
        let source = if path.kind == PartKind::Workflow {
            Source::Workflow(number(&self.design.workflows, &path.id))
        } else {
            Source::Function(number(&self.design.functions, &path.id))
        };
        let from = self.path(path);
        self.topology.connect(from, part, WireKind::Send);
        Some(LogGroup {
            part,
            settings: Settings {
                source,
                logged: spec.logs,
                retention: spec
                    .retention_in_days
                    .map(|days| Span::from_secs(u64::from(days) * DAY)),
                scans: !spec.data_identifiers.is_empty(),
                masks: sensitive.texts.iter().map(|texts| masked(spec, texts)).collect(),
            },
            state: State::default(),
        })
    }
}

/// Finds the sensitive fields of an order that a data protection policy masks.
fn masked(spec: &design::LogGroup, texts: &[String]) -> Fields {
    let finds = |text: &String| {
        let text = text.replace(ORDER, "1").replace(CUSTOMER, "1");
        spec.data_identifiers.iter().any(|identifier| identifier.finds(&text))
    };
    let fields = texts.iter().enumerate().filter(|(_, text)| finds(text));
    fields.fold(0, |fields, (place, _)| fields | 1 << place)
}

#[cfg(test)]
mod tests {
    use crate::kernel::time::Span;
    use crate::world::id::Id;
    use crate::world::tests::{HAND, LINE, world_of};

    #[test]
    fn a_group_keeps_its_events_for_as_many_days_or_for_ever() {
        for (setting, kept) in [("", None), ("retention_in_days = 3\n", Some(3 * 86_400))] {
            let world =
                world_of(&format!("{LINE}{HAND}[logs.hand]\nsource = 'functions.hand'\n{setting}"));
            let retention = world.logs[Id::new(0)].settings.retention;
            assert_eq!(retention, kept.map(Span::from_secs));
        }
    }
}

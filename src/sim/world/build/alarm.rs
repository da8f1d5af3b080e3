//! Alarms on metrics and on other alarms.

use super::{Builder, number};
use crate::aws::alarm::rule::Rule;
use crate::design::{Alarm as Spec, PartKind, alarm_named};
use crate::world::alarm::{Alarm, Composite, MetricSettings, Settings, Source, State};
use crate::world::topology::WireKind;

impl Builder<'_> {
    pub fn alarms(&mut self) -> Vec<Alarm> {
        let design = self.design;
        let ranks = design.alarm_ranks();
        let mut alarms = Vec::new();
        for (id, spec) in &design.alarms {
            let source = match &spec.alarm_rule {
                Some(rule) => {
                    let rank = ranks.get(id.as_str()).copied().unwrap_or(0);
                    self.composite(id, rule, rank).map(Source::Alarms)
                }
                None => self.on_metric(id, spec).map(Source::Metric),
            };
            let Some(source) = source else { continue };
            let actions = self.actions(id, spec);
            alarms.push(Alarm {
                part: self.id(PartKind::Alarm, id),
                settings: Settings { source, actions },
                state: State::default(),
            });
        }
        alarms
    }

    fn composite(&mut self, id: &str, rule: &str, rank: usize) -> Option<Composite> {
        let rule = Rule::parse(rule).ok()?;
        for name in rule.names() {
            let below = self.id(PartKind::Alarm, alarm_named(name));
            let own = self.id(PartKind::Alarm, id);
            self.topology.connect(own, below, WireKind::Watch);
        }
        let alarms = &self.design.alarms;
        Some(Composite { rule: rule.map(&|name| number(alarms, alarm_named(name))), rank })
    }

    fn on_metric(&mut self, id: &str, spec: &Spec) -> Option<MetricSettings> {
        let design = self.design;
        let path = spec.part.as_ref()?;
        // A rule is drawn as its bus.
        let rule = design.rules.get(&path.id).filter(|_| path.kind == PartKind::Rule);
        let seen = match rule {
            Some(rule) => self.id(PartKind::Bus, &rule.bus),
            None => self.path(path),
        };
        let watched = self.watched(path)?;
        self.topology.connect(self.id(PartKind::Alarm, id), seen, WireKind::Watch);
        let periods = spec.evaluation_periods as usize;
        Some(MetricSettings {
            watched,
            metric: spec.metric,
            threshold: spec.threshold,
            comparison: spec.comparison_operator,
            period: (spec.period.0.as_secs() / 60).max(1),
            periods,
            alarming: spec.datapoints_to_alarm.map_or(periods, |m| m as usize),
            missing: spec.treat_missing_data,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::alarm::Watched;
    use crate::world::id::Id;
    use crate::world::tests::{LINE, bus_line, number as part_number, world_of};

    #[test]
    fn an_alarm_on_a_rule_is_wired_to_its_bus() {
        let bell = "[alarms.bell]\npart = 'rules.all'\nmetric = 'FailedInvocations'\n";
        let world = world_of(&format!("{}{bell}", bus_line()));
        let [bell, bus] = ["alarms.bell", "buses.main"].map(|path| part_number(&world, path));
        let wire = world.topology.wire(bell, bus).unwrap();
        assert_eq!(world.topology.wires[wire as usize].kind, WireKind::Watch);
        let Source::Metric(settings) = &world.alarms[Id::new(0)].settings.source else {
            panic!("it is on a metric")
        };
        assert_eq!(settings.watched, Watched::Rule(Id::new(0)));
    }

    #[test]
    fn a_composite_alarm_is_wired_to_the_alarms_of_its_rule() {
        let bell = "[alarms.bell]\npart = 'queues.work'\n[alarms.all]\nalarm_rule = 'OK(bell) OR ALARM(bell)'\n";
        let world = world_of(&format!("{LINE}{bell}"));
        let [all, bell] = ["alarms.all", "alarms.bell"].map(|path| part_number(&world, path));
        let watch = |wire: &&crate::world::Wire| wire.kind == WireKind::Watch && wire.from == all;
        let wires: Vec<_> = world.topology.wires.iter().filter(watch).collect();
        assert_eq!(wires.iter().map(|wire| wire.to).collect::<Vec<_>>(), [bell]);
        let Source::Alarms(composite) = &world.alarms[Id::new(0)].settings.source else {
            panic!("it is on alarms")
        };
        assert_eq!((composite.rank, composite.rule.names()), (1, vec![&Id::new(1)]));
    }
}

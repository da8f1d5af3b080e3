//! Composite alarms, which watch other alarms (CW-07): in ALARM while their rule holds, else OK.
//!
//! AWS evaluates one when an alarm below it changes. Here that happens in the minute of the change, after all
//! alarms on metrics, and a rule that names another composite alarm comes after it: a *model assumption*
//! (MA-alarm-4). The suppression of actions is not modelled.

use super::World;
use super::alarm::{Alarm, Source};
use super::id::AlarmId;
use crate::aws::alarm::State;

fn rank(alarm: &Alarm) -> Option<usize> {
    match &alarm.settings.source {
        Source::Alarms(composite) => Some(composite.rank),
        Source::Metric(_) => None,
    }
}

impl World {
    /// Evaluates all composite alarms, each after those that its rule names.
    pub(super) fn judge_composites(&mut self) {
        let most = self.alarms.iter().filter_map(rank).max().unwrap_or(0);
        for turn in 1..=most {
            for id in self.alarms.ids() {
                if rank(&self.alarms[id]) == Some(turn) {
                    self.judge_composite(id);
                }
            }
        }
    }

    fn judge_composite(&mut self, id: AlarmId) {
        let Source::Alarms(composite) = &self.alarms[id].settings.source else { return };
        let holds = composite.rule.holds(&|alarm: AlarmId| self.alarms[alarm].state.judged);
        let is = if holds { State::Alarm } else { State::Ok };
        let was = std::mem::replace(&mut self.alarms[id].state.judged, is);
        self.change_alarm(id, was);
    }

    /// The alarms that a composite alarm names, and their states; none for an alarm on a metric.
    pub(super) fn alarms_below(&self, alarm: &Alarm) -> Vec<(String, State)> {
        let Source::Alarms(composite) = &alarm.settings.source else { return Vec::new() };
        let below = composite.rule.names().into_iter().map(|id| &self.alarms[*id]);
        let named = below.filter_map(|alarm| {
            Some((self.topology.part(alarm.part)?.id().to_owned(), alarm.state.judged))
        });
        named.collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::aws::alarm::State;
    use crate::world::World;
    use crate::world::id::Id;
    use crate::world::template::DETAIL;
    use crate::world::tests::{LINE, accept, measure, moments, pass, retune, world_of};

    /// Two alarms on the messages of a minute, one of them a deployment, and one on both that tells somebody.
    fn both(rule: &str) -> String {
        let sent = "part = 'queues.work'\nmetric = 'NumberOfMessagesSent'\n";
        format!(
            "{LINE}[alarms.busy]\n{sent}threshold = 1\n[alarms.deploying]\n{sent}threshold = 3\n\
             [alarms.all]\nalarm_rule = '{rule}'\nalarm_actions = ['topics.on-call']\n\
             [services.mailbox]\n[topics.on-call]\n\
             [subscriptions.person]\ntopic = 'on-call'\ncalls = 'mailbox'\n"
        )
    }

    fn minute(world: &mut World, count: u32) {
        for _ in 0..count {
            let order = accept(world);
            world.send(Id::new(0), order, DETAIL);
        }
        pass(world, 60_000);
    }

    fn all(world: &World) -> State {
        world.alarms[Id::new(0)].state.judged
    }

    #[test]
    fn a_composite_alarm_follows_its_rule_and_tells_its_changes() {
        let mut world = world_of(&both("ALARM(\"busy\") AND NOT ALARM(\"deploying\")"));
        assert_eq!(all(&world), State::InsufficientData);
        let mut states = Vec::new();
        for count in [0, 3, 1, 1, 0] {
            minute(&mut world, count);
            states.push(all(&world) == State::Alarm);
        }
        assert_eq!(states, [false, false, true, true, false], "the second minute is a deployment");
        assert_eq!(moments(&world, "action-taken"), [(180_000, None)]);
        assert_eq!(measure(&world, "alarms.all.times_on"), 1);
        assert_eq!(measure(&world, "alarms.busy.notifications"), 0, "it tells nobody itself");
        assert_eq!(world.check_invariants(), None);
    }

    #[test]
    fn a_composite_alarm_of_another_changes_in_the_same_minute() {
        // By name it comes before the one that it is on.
        let more = "[alarms.above]\nalarm_rule = 'ALARM(all)'\n";
        let mut world = world_of(&format!("{}{more}", both("ALARM(busy)")));
        minute(&mut world, 1);
        let on: Vec<u64> = moments(&world, "alarm-on").iter().map(|(at, _)| *at).collect();
        assert_eq!(on, [60_000; 3]);
        minute(&mut world, 0);
        assert_eq!(moments(&world, "alarm-off").len(), 3);
    }

    /// COST-09: five times an alarm on a metric.
    #[test]
    fn a_composite_alarm_has_a_price_of_its_own() {
        let mut world = world_of(&both("ALARM(busy)"));
        minute(&mut world, 0);
        assert_eq!(measure(&world, "bill.alarm_minutes"), 2);
        assert_eq!(measure(&world, "bill.composite_alarm_minutes"), 1);
    }

    #[test]
    fn an_alarm_that_turns_from_a_rule_to_a_metric_counts_from_there() {
        let mut world = world_of(&both("ALARM(busy)"));
        minute(&mut world, 2);
        assert_eq!(all(&world), State::Alarm);
        let metric = "part = 'queues.work'\nmetric = 'NumberOfMessagesSent'";
        let turned = both("x").replace("alarm_rule = 'x'", metric);
        retune(&mut world, &turned).unwrap();
        minute(&mut world, 0);
        assert_eq!((all(&world), measure(&world, "alarms.all.value")), (State::Ok, 0));
        retune(&mut world, &both("TRUE")).unwrap();
        minute(&mut world, 0);
        assert_eq!(all(&world), State::Alarm);
    }
}

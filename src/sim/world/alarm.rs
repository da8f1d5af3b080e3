//! Alarms: every period adds a datapoint of one metric, and the state is evaluated as CloudWatch does
//! (`aws::alarm`). The action runs only when the state changes (CW-02).

use super::id::{AlarmId, FunctionId, IdOf, Numbered, QueueId, RuleId, TopicId, WorkflowId};
use super::notice::Actions;
use super::part::{Measure, Part};
use super::topic::Subscription;
use std::collections::VecDeque;

use super::{Happened, PartId, PartKind, Scheduled, World};
use crate::aws::alarm::rule::Rule;
use crate::aws::alarm::{self, TreatMissingData, evaluate, range};
use crate::aws::billing::Item;
use crate::design::{self, Comparison, Metric};
use crate::kernel::time::{Span, Time};
use crate::snapshot::{AlarmView, PartView};

/// An alarm in a run.
#[derive(Debug, Clone)]
pub(crate) struct Alarm {
    pub part: PartId,
    pub settings: Settings,
    pub state: State,
}

/// State of an alarm during a run.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub judged: alarm::State,
    /// Instant at which it went into ALARM.
    pub since: Option<Time>,
    pub times_on: u64,
    /// What it published, and what it could not.
    pub notifications: u64,
    pub actions_failed: u64,
    /// Changes of state, as in the alarm's history.
    pub history: Vec<(Time, alarm::State)>,
    /// Whether each of the latest datapoints breaches the threshold, oldest first; `None` for a missing one.
    points: VecDeque<Option<bool>>,
    /// Values of the minutes of this period so far.
    gathered: Vec<u64>,
    /// Value of the counter at the last reading.
    noted: u64,
    pub datapoint: Option<u64>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            judged: alarm::State::InsufficientData,
            since: None,
            times_on: 0,
            notifications: 0,
            actions_failed: 0,
            history: Vec::new(),
            points: VecDeque::new(),
            gathered: Vec::new(),
            noted: 0,
            datapoint: None,
        }
    }
}

/// Interval between two readings of a metric.
pub(super) const MINUTE: Span = Span::from_secs(60);
/// Time after which an unused queue no longer reports metrics (CW-08).
const INACTIVE: Span = Span::from_secs(6 * 3_600);

/// Part whose metric an alarm watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Watched {
    Queue(QueueId),
    Function(FunctionId),
    Rule(RuleId),
    Topic(TopicId),
    Workflow(WorkflowId),
}

/// Settings of an alarm in the design.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub source: Source,
    pub actions: Actions,
}

/// What an alarm makes its state of.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    Metric(MetricSettings),
    Alarms(Composite),
}

/// The rule of a composite alarm.
#[derive(Debug, Clone)]
pub(crate) struct Composite {
    pub rule: Rule<AlarmId>,
    /// Alarms on the longest way down from it, which are evaluated before.
    pub rank: usize,
}

impl Source {
    /// The metric that it is made of, if it is made of one.
    fn metric(&self) -> Option<(Watched, Metric)> {
        match self {
            Self::Metric(settings) => Some((settings.watched, settings.metric)),
            Self::Alarms(_) => None,
        }
    }
}

/// How an alarm on a metric judges it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MetricSettings {
    pub watched: Watched,
    pub metric: Metric,
    pub threshold: u64,
    pub comparison: Comparison,
    /// Length of a period in minutes.
    pub period: u64,
    pub periods: usize,
    pub alarming: usize,
    pub missing: TreatMissingData,
}

/// Reading of a metric for one minute.
enum Reading {
    /// Current value.
    Gauge(u64),
    /// Current total of a counter; the value of the minute is its growth.
    Counter(u64),
    /// A counter that is reported only when it has grown (CW-09).
    Rare(u64),
    Missing,
}

impl Reading {
    /// Whether a datapoint is the sum of a period's minutes; for a gauge, it is the maximum.
    fn is_sum(&self) -> bool {
        match self {
            Self::Counter(_) | Self::Rare(_) => true,
            Self::Gauge(_) | Self::Missing => false,
        }
    }
}

impl Alarm {
    /// Adds a minute's reading of the metric.
    fn gather(&mut self, reading: &Reading) {
        let state = &mut self.state;
        // A topic's total drops when a subscription moves to another topic.
        let mut grown =
            |count: u64| count.saturating_sub(std::mem::replace(&mut state.noted, count));
        let value = match *reading {
            Reading::Gauge(value) => Some(value),
            Reading::Counter(count) => Some(grown(count)),
            Reading::Rare(count) => Some(grown(count)).filter(|grown| *grown > 0),
            Reading::Missing => None,
        };
        state.gathered.extend(value);
    }

    /// Makes a datapoint from the gathered values, and evaluates the state from the latest datapoints.
    fn judge(&mut self, is_sum: bool) {
        let state = &mut self.state;
        let Source::Metric(settings) = &self.settings.source else { return };
        let gathered = std::mem::take(&mut state.gathered);
        state.datapoint = match (gathered.is_empty(), is_sum) {
            (true, _) => None,
            (false, true) => Some(gathered.iter().sum()),
            (false, false) => gathered.iter().copied().max(),
        };
        let breaches = state.datapoint.map(|value| match settings.comparison {
            Comparison::GreaterThanOrEqualToThreshold => value >= settings.threshold,
            Comparison::GreaterThanThreshold => value > settings.threshold,
            Comparison::LessThanThreshold => value < settings.threshold,
            Comparison::LessThanOrEqualToThreshold => value <= settings.threshold,
        });
        state.points.push_back(breaches);
        while state.points.len() > range(settings.periods) {
            state.points.pop_front();
        }
        let points: Vec<Option<bool>> = state.points.iter().copied().collect();
        let MetricSettings { periods, alarming, missing, .. } = *settings;
        state.judged = evaluate(&points, periods, alarming, missing, state.judged);
    }
}

impl Numbered for Alarm {
    type Design = design::Alarm;
}

impl Part for Alarm {
    const KIND: PartKind = PartKind::Alarm;

    const COLUMNS: &[&str] = &["on", "times_on"];

    /// `on` is 1 while the alarm is in ALARM, and 0 otherwise.
    const MEASURES: &'static [Measure<Self>] = &[
        ("on", |_, a| u64::from(a.state.judged == alarm::State::Alarm) as f64),
        ("times_on", |_, a| a.state.times_on as f64),
        ("value", |_, a| a.state.datapoint.unwrap_or(0) as f64),
        ("notifications", |_, a| a.state.notifications as f64),
        ("actions_failed", |_, a| a.state.actions_failed as f64),
    ];

    fn part(&self) -> Option<PartId> {
        Some(self.part)
    }

    fn view(&self, world: &World, _: IdOf<Self>) -> Option<PartView> {
        let since = self.state.since.filter(|_| self.state.judged == alarm::State::Alarm);
        let State { history, notifications, actions_failed, .. } = &self.state;
        Some(PartView::Alarm(AlarmView {
            since,
            history: history.clone(),
            notifications: *notifications,
            actions_failed: *actions_failed,
            below: world.alarms_below(self),
        }))
    }

    /// Actions run when the state changes, and only then (CW-02).
    fn broken_invariant(&self, world: &World) -> Option<String> {
        let State { history, notifications, actions_failed, times_on, .. } = &self.state;
        let actions = notifications + actions_failed;
        let stays = history.windows(2).any(|pair| pair[0].1 == pair[1].1);
        let on = history.iter().filter(|(_, state)| *state == alarm::State::Alarm).count() as u64;
        let changes = history.len() as u64;
        (stays || on != *times_on || actions > changes * design::ACTIONS_MAX as u64).then(|| {
            format!(
                "{} has {changes} changes, {actions} actions, {times_on} times on",
                self.path(world)
            )
        })
    }

    /// Takes new settings. If they name another metric, drops the datapoints of the old one, and counts the
    /// growth of a counter from its current total.
    fn retune(&mut self, new: Self, world: &mut World) {
        let was = std::mem::replace(&mut self.settings, new.settings).source.metric();
        let is = self.settings.source.metric();
        if is == was {
            return;
        }
        self.state.points.clear();
        self.state.gathered.clear();
        self.state.datapoint = None;
        let reading = is.map(|(watched, metric)| world.reading(metric, watched));
        self.state.noted = match reading {
            Some(Reading::Counter(count) | Reading::Rare(count)) => count,
            Some(Reading::Gauge(_) | Reading::Missing) | None => 0,
        };
    }
}

impl World {
    /// Evaluates the alarms, and bills standing costs and empty polls, once a minute.
    pub(super) fn minute(&mut self) {
        self.agenda.enter(self.now + MINUTE, Scheduled::Minute);
        let minute = self.now.0 / MINUTE.0;
        let on_metrics = |alarm: &&Alarm| alarm.settings.source.metric().is_some();
        let on_metrics = self.alarms.iter().filter(on_metrics).count();
        self.bill.count(Item::AlarmMinutes, on_metrics as u64);
        let composite = self.alarms.len() - on_metrics;
        self.bill.count(Item::CompositeAlarmMinutes, composite as u64);
        self.bill.count(Item::KmsKeyMinutes, self.keys);
        for alarm in self.alarms.ids() {
            self.look_at_alarm(alarm, minute);
        }
        self.judge_composites();
        for function in self.functions.ids() {
            self.empty_polls(function);
        }
        for worker in self.workers.ids() {
            self.minute_of_worker(worker);
        }
        for bucket in self.objects.ids() {
            self.minute_of_bucket(bucket);
        }
        for function in &mut self.functions {
            function.state.running_most = function.state.running;
        }
    }

    fn look_at_alarm(&mut self, id: AlarmId, minute: u64) {
        let Source::Metric(settings) = self.alarms[id].settings.source else { return };
        let MetricSettings { metric, watched, period, .. } = settings;
        let reading = self.reading(metric, watched);
        let alarm = &mut self.alarms[id];
        alarm.gather(&reading);
        if !minute.is_multiple_of(period) {
            return;
        }
        let was = alarm.state.judged;
        alarm.judge(reading.is_sum());
        self.change_alarm(id, was);
    }

    /// Writes down and tells what an alarm has become, if that is something else.
    pub(super) fn change_alarm(&mut self, id: AlarmId, was: alarm::State) {
        let now = self.now;
        let alarm = &mut self.alarms[id];
        let is = alarm.state.judged;
        if is == was {
            return;
        }
        alarm.state.history.push((now, is));
        let part = alarm.part;
        let number = alarm.state.datapoint.unwrap_or(0) as u32;
        if is == alarm::State::Alarm {
            alarm.state.since = Some(now);
            alarm.state.times_on += 1;
            self.occur(part, None, Happened::AlarmOn { value: number });
        } else {
            alarm.state.since = None;
            if was == alarm::State::Alarm {
                self.occur(part, None, Happened::AlarmOff { value: number });
            }
        }
        self.act(id, is);
    }

    fn reading(&self, metric: Metric, watched: Watched) -> Reading {
        use Metric as M;
        // A design whose part does not have the metric is rejected; here, its reading would be missing.
        let (mut queue, mut function, mut rule, mut topic, mut workflow) =
            (None, None, None, None, None);
        match watched {
            Watched::Queue(id) => queue = Some(&self.queues[id]),
            Watched::Function(id) => function = Some(&self.functions[id]),
            Watched::Rule(id) => rule = Some(&self.rules[id]),
            Watched::Topic(id) => topic = Some(&self.topics[id]),
            Watched::Workflow(id) => workflow = Some(&self.workflows[id]),
        }
        let counter = |count: Option<u64>| count.map_or(Reading::Missing, Reading::Counter);
        let rare = |count: Option<u64>| count.map_or(Reading::Missing, Reading::Rare);
        let in_topic =
            |count: fn(&Subscription) -> u64| topic.map(|topic| self.in_all(topic, count));
        match metric {
            M::ApproximateNumberOfMessagesVisible
            | M::ApproximateNumberOfMessagesNotVisible
            | M::ApproximateAgeOfOldestMessage => {
                let Some(queue) = queue else { return Reading::Missing };
                let rules = &queue.rules;
                let is_empty = rules.visible() + rules.in_flight() + rules.delayed() == 0;
                if is_empty && self.now.since(queue.state.last_active) > INACTIVE {
                    return Reading::Missing;
                }
                Reading::Gauge(match metric {
                    M::ApproximateNumberOfMessagesVisible => rules.visible(),
                    M::ApproximateNumberOfMessagesNotVisible => rules.in_flight(),
                    _ => rules.age_of_oldest(self.now, &self.messages).as_secs(),
                })
            }
            M::NumberOfMessagesSent => counter(queue.map(|q| q.rules.counters.sent)),
            M::NumberOfMessagesReceived => counter(queue.map(|q| q.rules.counters.received)),
            M::NumberOfMessagesDeleted => counter(queue.map(|q| q.rules.counters.deleted)),
            M::Invocations => counter(function.map(|f| f.state.invocations)),
            M::Errors => counter(function.map(|f| f.state.errors)),
            M::Throttles => counter(function.map(|f| f.state.throttles)),
            M::ConcurrentExecutions => function
                .map_or(Reading::Missing, |f| Reading::Gauge(u64::from(f.state.running_most))),
            M::AsyncEventsDropped => counter(function.map(|f| f.state.events_dropped)),
            M::MatchedEvents => counter(rule.map(|r| r.state.matched)),
            M::FailedInvocations => rare(rule.map(|r| r.state.failed)),
            M::InvocationsSentToDlq => rare(rule.map(|r| r.state.sent_to_dlq)),
            M::NumberOfNotificationsFailed => {
                counter(in_topic(|s| s.state.sent_to_dlq + s.state.dropped))
            }
            M::NumberOfNotificationsFilteredOut => counter(in_topic(|s| s.state.filtered)),
            M::NumberOfNotificationsRedrivenToDlq => counter(in_topic(|s| s.state.sent_to_dlq)),
            M::ExecutionsStarted => counter(workflow.map(|w| w.state.started)),
            M::ExecutionsSucceeded => counter(workflow.map(|w| w.state.succeeded)),
            M::ExecutionsFailed => counter(workflow.map(|w| w.state.failed)),
            M::ExecutionsTimedOut => counter(workflow.map(|w| w.state.timed_out)),
        }
    }

    /// Bills the long polls of a mapping that found no message: three a minute for each free poller, of five,
    /// or of two if the mapping is idle and has no maximum concurrency (COST-05).
    fn empty_polls(&mut self, index: FunctionId) {
        let function = &self.functions[index];
        let Some((queue, _)) = function.settings.source else { return };
        let is_idle = function.state.busy == 0;
        let pollers = if is_idle && function.settings.has_no_maximum { 2 } else { 5 };
        let free = u64::from(function.state.limit.min(pollers).saturating_sub(function.state.busy));
        self.count_requests(queue, free * 3);
        if free > 0 {
            let queue = &mut self.queues[queue];
            queue.rules.counters.empty_receives += free * 3;
            queue.state.last_active = self.now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::id::Id;
    use crate::world::template::DETAIL;
    use crate::world::tests::{LINE, accept, measure, moments, pass, retune, world_of};

    const BELL: &str = "[alarms.bell]\npart = 'queues.work'\nmetric = 'NumberOfMessagesSent'\n";

    fn send(world: &mut World, count: u32) {
        for _ in 0..count {
            let order = accept(world);
            world.send(Id::new(0), order, DETAIL);
        }
    }

    fn datapoint(world: &World) -> Option<u64> {
        world.alarms[Id::new(0)].state.datapoint
    }

    /// CW-09: what is reported only when it has grown is otherwise missing.
    #[test]
    fn minutes_of_a_counter_are_added_and_of_a_gauge_the_highest_counts() {
        let mut world = world_of(&format!("{LINE}{BELL}"));
        let alarm = &mut world.alarms[Id::new(0)];
        let mut datapoint = |readings: &[Reading], is_sum| {
            for reading in readings {
                alarm.gather(reading);
            }
            alarm.judge(is_sum);
            alarm.state.datapoint
        };
        assert_eq!(
            datapoint(&[Reading::Gauge(3), Reading::Gauge(7), Reading::Gauge(5)], false),
            Some(7)
        );
        assert_eq!(datapoint(&[Reading::Counter(10), Reading::Counter(15)], true), Some(15));
        assert_eq!(datapoint(&[Reading::Counter(15)], true), Some(0), "it has not grown");
        assert_eq!(datapoint(&[Reading::Counter(4)], true), Some(0), "nor when it counts less");
        assert_eq!(datapoint(&[Reading::Rare(4)], true), None);
        assert_eq!(datapoint(&[Reading::Rare(6)], true), Some(2));
        assert_eq!(datapoint(&[Reading::Missing], false), None);
    }

    /// CW-02: an alarm tells of its changes, not of its state.
    #[test]
    fn an_alarm_goes_on_once_and_off_once() {
        let mut world = world_of(&format!("{LINE}{BELL}threshold = 2\n"));
        send(&mut world, 2);
        pass(&mut world, 60_000);
        send(&mut world, 2);
        pass(&mut world, 60_000);
        send(&mut world, 1);
        pass(&mut world, 120_000);
        assert_eq!(
            (moments(&world, "alarm-on"), moments(&world, "alarm-off")),
            (vec![(60_000, None)], vec![(180_000, None)])
        );
        assert_eq!(measure(&world, "alarms.bell.times_on"), 1);
    }

    #[test]
    fn a_counter_grows_from_where_it_stood_when_the_alarm_turned_to_it() {
        let other = BELL.replace("Sent", "Received");
        let mut world = world_of(&format!("{LINE}{other}"));
        send(&mut world, 3);
        retune(&mut world, &format!("{LINE}{BELL}")).unwrap();
        pass(&mut world, 60_000);
        assert_eq!(datapoint(&world), Some(0));
        send(&mut world, 2);
        pass(&mut world, 60_000);
        assert_eq!(datapoint(&world), Some(2));
    }
}

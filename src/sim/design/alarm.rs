//! An alarm, the metrics it can watch, and whom it tells.

pub(crate) mod action;
pub(crate) mod composite;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answers::{Answers, secs};
use super::api_call::{ApiCall, Change, spelled};
use super::check::Checker;
use super::part::{Part, from_fields};
use super::{Design, Duration, PartKind, PartPath, arn};
use crate::assumption::{Assumption, assume};
use crate::aws::alarm::{State, TreatMissingData};

/// CloudWatch metrics that an alarm can watch; each belongs to one kind of part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Metric {
    #[default]
    ApproximateNumberOfMessagesVisible,
    ApproximateNumberOfMessagesNotVisible,
    ApproximateAgeOfOldestMessage,
    NumberOfMessagesSent,
    NumberOfMessagesReceived,
    NumberOfMessagesDeleted,
    Invocations,
    Errors,
    Throttles,
    ConcurrentExecutions,
    AsyncEventsDropped,
    MatchedEvents,
    FailedInvocations,
    InvocationsSentToDlq,
    NumberOfNotificationsFailed,
    NumberOfNotificationsFilteredOut,
    NumberOfNotificationsRedrivenToDlq,
    ExecutionsStarted,
    ExecutionsSucceeded,
    ExecutionsFailed,
    ExecutionsTimedOut,
}

impl Metric {
    /// Kind of part that has this metric.
    #[must_use]
    pub fn kind(self) -> PartKind {
        use Metric as M;
        match self {
            M::ApproximateNumberOfMessagesVisible
            | M::ApproximateNumberOfMessagesNotVisible
            | M::ApproximateAgeOfOldestMessage
            | M::NumberOfMessagesSent
            | M::NumberOfMessagesReceived
            | M::NumberOfMessagesDeleted => PartKind::Queue,
            M::Invocations
            | M::Errors
            | M::Throttles
            | M::ConcurrentExecutions
            | M::AsyncEventsDropped => PartKind::Function,
            M::MatchedEvents | M::FailedInvocations | M::InvocationsSentToDlq => PartKind::Rule,
            M::NumberOfNotificationsFailed
            | M::NumberOfNotificationsFilteredOut
            | M::NumberOfNotificationsRedrivenToDlq => PartKind::Topic,
            M::ExecutionsStarted
            | M::ExecutionsSucceeded
            | M::ExecutionsFailed
            | M::ExecutionsTimedOut => PartKind::Workflow,
        }
    }
}

/// Operator that compares a datapoint with the threshold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    #[default]
    GreaterThanOrEqualToThreshold,
    GreaterThanThreshold,
    LessThanThreshold,
    LessThanOrEqualToThreshold,
}

/// An alarm on one metric of one part (CW-01), or on other alarms (CW-07).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Alarm {
    pub title: Option<String>,
    /// What it watches; nothing for a composite alarm, whose rule says it all.
    pub part: Option<PartPath>,
    /// Of a composite alarm: `ALARM("a") AND NOT ALARM("b")`.
    pub alarm_rule: Option<String>,
    pub metric: Metric,
    /// Threshold in the metric's unit: messages, invocations and so on; seconds for an age.
    pub threshold: u64,
    pub comparison_operator: Comparison,
    /// Length of a period, a multiple of 60 seconds.
    pub period: Duration,
    /// Number of most recent periods that the alarm evaluates.
    pub evaluation_periods: u32,
    /// Number of those periods that must breach the threshold; all of them when omitted.
    pub datapoints_to_alarm: Option<u32>,
    pub treat_missing_data: TreatMissingData,
    /// Topics that it publishes to when it goes into ALARM, and in the other two states (CW-02).
    pub alarm_actions: Vec<PartPath>,
    pub ok_actions: Vec<PartPath>,
    pub insufficient_data_actions: Vec<PartPath>,
}

impl Default for Alarm {
    fn default() -> Self {
        Self {
            title: None,
            part: None,
            alarm_rule: None,
            metric: Metric::default(),
            threshold: 1,
            comparison_operator: Comparison::default(),
            period: Duration::from_secs(60),
            evaluation_periods: 1,
            datapoints_to_alarm: None,
            treat_missing_data: TreatMissingData::Missing,
            alarm_actions: Vec::new(),
            ok_actions: Vec::new(),
            insufficient_data_actions: Vec::new(),
        }
    }
}

impl Alarm {
    /// Model assumptions about alarms.
    pub(super) const ASSUMES: &[Assumption] = &[
        assume("MA-alarm-1", "The evaluation range is two datapoints longer than the alarm needs."),
        assume(
            "MA-alarm-2",
            "If too few datapoints all breach, the state waits until they are old.",
        ),
        assume("MA-alarm-3", "In a composite rule, NOT binds closest, and AND closer than OR."),
        assume(
            "MA-alarm-4",
            "A composite alarm changes in the same minute as those that it names.",
        ),
        assume("MA-alarm-5", "An action that failed is not tried again."),
    ];
}

impl Part for Alarm {
    from_fields!(title);

    fn arn(&self, id: &str, _: &Design) -> Option<String> {
        Some(arn("cloudwatch", &format!("alarm:{id}")))
    }

    fn check(&self, id: &str, checker: &mut Checker<'_>) {
        let path = |field: &str| format!("alarms.{id}.{field}");
        if let Some(rule) = &self.alarm_rule {
            composite::check(id, rule, checker);
            checker.must(self.part.is_none(), &path("part"), || {
                "A composite alarm watches the alarms that its rule names, and no part.".into()
            });
        } else {
            self.check_metric(id, checker);
        }
        for state in State::ALL {
            action::check(&path(action::field(state)), self.actions(state), checker);
        }
    }

    fn configuration(&self, id: &str, answers: &mut Answers<'_>) {
        let design = answers.design;
        let (list, mut answer) = match &self.alarm_rule {
            Some(rule) => ("CompositeAlarms", json!({ "AlarmName": id, "AlarmRule": rule })),
            None => ("MetricAlarms", self.metric_answer(id, design)),
        };
        for state in State::ALL {
            action::answer(&mut answer, state, self.actions(state), design);
        }
        answers.add("aws cloudwatch describe-alarms", json!({ list: [answer] }));
    }

    fn calls_for(&self, change: &Change<'_>) -> Vec<ApiCall> {
        let (name, list) = match &self.alarm_rule {
            Some(_) => ("PutCompositeAlarm", "CompositeAlarms"),
            None => ("PutMetricAlarm", "MetricAlarms"),
        };
        let alarm = spelled(&change.is[list][0]);
        vec![change.subject.call("monitoring.amazonaws.com", name, alarm)]
    }

    fn hands_to(&self) -> Vec<PartPath> {
        State::ALL.into_iter().flat_map(|state| self.actions(state)).cloned().collect()
    }
}

impl Alarm {
    fn check_metric(&self, id: &str, checker: &mut Checker<'_>) {
        let design = checker.design;
        let path = |field: &str| format!("alarms.{id}.{field}");
        let kind = self.metric.kind();
        let part = self.part.as_ref();
        let known = part.is_some_and(|part| part.kind == kind && design.contains(part));
        checker.must(known, &path("part"), || {
            format!(
                "\"{}\" is not one of the {} of this design: the metric {:?} belongs to those.",
                part.map(ToString::to_string).unwrap_or_default(),
                kind.table(),
                self.metric
            )
        });
        let period = secs(self.period);
        checker.must(period >= 60 && period.is_multiple_of(60), &path("period"), || {
            "The period is a multiple of 60 seconds; shorter ones are not modelled.".into()
        });
        let periods = self.evaluation_periods;
        checker.must((1..=100).contains(&periods), &path("evaluation_periods"), || {
            "An alarm evaluates 1 to 100 periods.".into()
        });
        let datapoints = self.datapoints_to_alarm.unwrap_or(periods);
        checker.must((1..=periods).contains(&datapoints), &path("datapoints_to_alarm"), || {
            format!("It takes 1 to {periods} datapoints to alarm: as many as it evaluates.")
        });
    }

    fn metric_answer(&self, id: &str, design: &Design) -> Value {
        let watched = self.part.as_ref();
        let metrics = watched.and_then(|path| design.part(path)).and_then(Part::metrics);
        let (namespace, dimension) = metrics.map_or(("", ""), |m| (m.namespace, m.dimension));
        let value = match watched {
            Some(path) if dimension.ends_with("Arn") => design.target_arn(path),
            Some(path) => path.id.clone(),
            None => String::new(),
        };
        let mut answer = json!({
            "AlarmName": id,
            "Namespace": namespace,
            "MetricName": serde_json::to_value(self.metric).unwrap_or_default(),
            "Dimensions": [{ "Name": dimension, "Value": value }],
            "Period": secs(self.period),
            "EvaluationPeriods": self.evaluation_periods,
            "Threshold": self.threshold,
            "ComparisonOperator": serde_json::to_value(self.comparison_operator).unwrap_or_default(),
            "TreatMissingData": serde_json::to_value(self.treat_missing_data).unwrap_or_default(),
        });
        if let Some(points) = self.datapoints_to_alarm {
            answer["DatapointsToAlarm"] = json!(points);
        }
        answer
    }

    /// The topics that it publishes to when it goes into a state.
    #[must_use]
    pub fn actions(&self, state: State) -> &[PartPath] {
        match state {
            State::Alarm => &self.alarm_actions,
            State::Ok => &self.ok_actions,
            State::InsufficientData => &self.insufficient_data_actions,
        }
    }
}

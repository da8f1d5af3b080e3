//! What alarms publish, and to which topics.

use serde_json::Value;

use super::access::Caller;
use super::{Builder, number};
use crate::aws::alarm::State;
use crate::aws::filter::FilterPolicy;
use crate::design::{Alarm, PartKind, Subscription, notice};
use crate::world::id::Id;
use crate::world::notice::{Action, Actions};
use crate::world::topology::WireKind;

impl Builder<'_> {
    /// The actions of an alarm in each state.
    pub fn actions(&mut self, id: &str, alarm: &Alarm) -> Actions {
        let mut of = |state| self.actions_in(id, alarm, state);
        Actions {
            alarm: of(State::Alarm),
            ok: of(State::Ok),
            insufficient_data: of(State::InsufficientData),
        }
    }

    fn actions_in(&mut self, id: &str, alarm: &Alarm, state: State) -> Vec<Action> {
        let design = self.design;
        let own = PartKind::Alarm.path(id);
        let body = notice(id, &design.target_arn(&own), state).to_string();
        let mut actions = Vec::new();
        for path in alarm.actions(state) {
            let (from, to) = (self.path(&own), self.path(path));
            let wire = self.topology.wire(from, to);
            let wire = wire.unwrap_or_else(|| self.topology.connect(from, to, WireKind::Send));
            let subscriptions = design.subscriptions.values().enumerate();
            actions.push(Action {
                topic: number(&design.topics, &path.id),
                wire,
                access: self.may_hand_to(path, &Caller::alarm(design, id)),
                bytes: body.len(),
                subscriptions: subscriptions
                    .filter(|(_, subscription)| subscription.topic == path.id)
                    .map(|(number, subscription)| (Id::new(number), takes(subscription, &body)))
                    .collect(),
            });
        }
        actions
    }
}

/// Whether the filter of a subscription takes what an alarm publishes, which has no attributes.
fn takes(subscription: &Subscription, body: &str) -> bool {
    let policy = subscription.filter_policy.as_ref();
    let policy = policy.and_then(|text| serde_json::from_str::<Value>(text).ok());
    let scope = subscription.filter_policy_scope.into();
    let policy = policy.and_then(|policy| FilterPolicy::from_json(&policy, scope).ok());
    policy.is_none_or(|policy| policy.accepts(body, &[]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::{FilterScope, Protocol};

    /// SNS-07: by attributes nothing of an alarm is taken, and by the body what its state says.
    #[test]
    fn a_filter_is_asked_about_the_state_that_an_alarm_goes_into() {
        let taken = |policy: Option<&str>, scope| {
            let subscription = Subscription {
                protocol: Protocol::Email,
                filter_policy: policy.map(str::to_owned),
                filter_policy_scope: scope,
                ..Subscription::default()
            };
            State::ALL.map(|state| takes(&subscription, &notice("a", "arn", state).to_string()))
        };
        let alarms = Some(r#"{"NewStateValue": ["ALARM"]}"#);
        assert_eq!(taken(None, FilterScope::MessageAttributes), [true; 3]);
        assert_eq!(taken(alarms, FilterScope::MessageBody), [true, false, false]);
        assert_eq!(taken(alarms, FilterScope::MessageAttributes), [false; 3]);
    }
}

//! The actions of an alarm: the topics that it publishes to.
//!
//! What an alarm publishes is of no order. So a topic that alarms publish to delivers to people and endpoints
//! outside AWS alone, and what reaches them does nothing to an order; queues, functions and dead letters
//! would have to hold a message of nobody's, and are not modelled.

use serde_json::{Value, json};

use crate::aws::alarm::State;
use crate::design::check::{Checker, no};
use crate::design::{ACCOUNT, Design, PartKind, PartPath};

/// Actions of an alarm for one state.
pub(crate) const ACTIONS_MAX: usize = 5;

/// Reports what is wrong with the actions for one state.
pub(super) fn check(path: &str, topics: &[PartPath], checker: &mut Checker<'_>) {
    checker.must(topics.len() <= ACTIONS_MAX, path, || {
        format!("ValidationError: an alarm has at most {ACTIONS_MAX} actions for a state.")
    });
    let design = checker.design;
    for path_of_topic in topics {
        let topic =
            design.topics.get(&path_of_topic.id).filter(|_| path_of_topic.kind == PartKind::Topic);
        checker.must(topic.is_some(), path, || {
            format!("{} An alarm's action names a topic.", no("topic", &path_of_topic.to_string()))
        });
        let is_fifo = topic.is_some_and(|topic| topic.fifo_topic);
        checker.must(!is_fifo, path, || {
            format!(
                "{path_of_topic} is a FIFO topic: that an alarm publishes to one is not modelled."
            )
        });
        for (id, subscription) in &design.subscriptions {
            if subscription.topic != path_of_topic.id {
                continue;
            }
            let leaves = subscription.endpoint().is_none() && subscription.dlq.is_none();
            checker.must(leaves, path, || {
                format!(
                    "subscriptions.{id} has a queue or a function, and {path_of_topic} would hand it what \
                     is of no {}: only people and endpoints outside AWS are told by an alarm here.",
                    design.load.noun.one
                )
            });
            let called = subscription.calls.as_ref().and_then(|id| design.services.get(id));
            let acts = called.is_some_and(|service| service.side_effect.is_some());
            checker.must(!acts, path, || {
                format!(
                    "subscriptions.{id} calls a service with a side effect, and an alarm's message is of \
                     no {}.",
                    design.load.noun.one
                )
            });
        }
    }
}

/// The setting that lists the actions for a state.
pub(super) fn field(state: State) -> &'static str {
    match state {
        State::Alarm => "alarm_actions",
        State::Ok => "ok_actions",
        State::InsufficientData => "insufficient_data_actions",
    }
}

/// Adds the actions for a state, if there are any, to what AWS answers.
pub(super) fn answer(answer: &mut Value, state: State, topics: &[PartPath], design: &Design) {
    if topics.is_empty() {
        return;
    }
    let name = match state {
        State::Alarm => "AlarmActions",
        State::Ok => "OKActions",
        State::InsufficientData => "InsufficientDataActions",
    };
    answer["ActionsEnabled"] = json!(true);
    answer[name] = topics.iter().map(|topic| design.target_arn(topic)).collect();
}

/// What an alarm publishes when it goes into a state, as far as a filter may ask about it.
pub(crate) fn notice(id: &str, arn: &str, state: State) -> Value {
    json!({ "AlarmName": id, "AlarmArn": arn, "AWSAccountId": ACCOUNT, "NewStateValue": state.word() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESIGN: &str = "[intakes.i]\n[services.mail]\n[services.till]\nside_effect = 'charge'\n\
                          [queues.q]\n[topics.t]\n[topics.f]\nfifo_topic = true\n\
                          [alarms.a]\npart = 'queues.q'\nalarm_actions = ['topics.t']\n";

    fn design(more: &str) -> Design {
        toml::from_str(&format!("{DESIGN}{more}")).unwrap()
    }

    /// What is wrong with the alarm of a design.
    fn told(design: &Design) -> Vec<String> {
        let mistakes = design.mistakes(&[]).into_iter();
        let of_alarm = mistakes.filter(|mistake| mistake.path == "alarms.a.alarm_actions");
        of_alarm.map(|mistake| mistake.sentence).collect()
    }

    #[test]
    fn an_alarm_tells_a_topic_whose_subscribers_are_outside_aws() {
        let subscribed = |rest: &str| {
            told(&design(&format!("[subscriptions.s]\ntopic = 't'\n{rest}"))).join("\n")
        };
        assert_eq!(subscribed("protocol = 'email'\ncalls = 'mail'"), "");
        for (rest, reason) in [
            ("protocol = 'sqs'\nqueue = 'q'", "has a queue or a function"),
            ("protocol = 'email'\ncalls = 'mail'\ndlq = 'q'", "has a queue or a function"),
            ("protocol = 'email'\ncalls = 'till'", "a service with a side effect"),
        ] {
            assert!(subscribed(rest).contains(reason), "{rest}: {}", subscribed(rest));
        }
    }

    #[test]
    fn an_action_is_a_standard_topic_and_there_are_five_at_most() {
        let with = |topics: &[&str]| {
            let mut design = design("");
            let alarm = design.alarms.get_mut("a").unwrap();
            alarm.alarm_actions = topics.iter().map(|path| path.parse().unwrap()).collect();
            told(&design).join("\n")
        };
        assert_eq!(with(&["topics.t"; 5]), "");
        assert!(with(&["topics.t"; 6]).contains("at most 5 actions"));
        assert!(with(&["topics.f"]).contains("is a FIFO topic"));
        assert!(with(&["queues.q"]).contains("There is no topic \"queues.q\""));
        assert!(with(&["topics.x"]).contains("There is no topic \"topics.x\""));
    }

    #[test]
    fn aws_answers_with_the_actions_and_the_topic_lets_the_alarm_in() {
        let design = design("[queues.r]\n[alarms.quiet]\npart = 'queues.r'\n");
        let answer = |path| design.configuration(path, &[]).remove(0).answer;
        let alarm = &answer("alarms.a")["MetricAlarms"][0];
        assert_eq!(alarm["AlarmActions"], json!(["arn:aws:sns:eu-west-1:111122223333:t"]));
        assert_eq!((&alarm["OKActions"], &alarm["ActionsEnabled"]), (&json!(null), &json!(true)));
        assert_eq!(answer("alarms.quiet")["MetricAlarms"][0].get("ActionsEnabled"), None);
        let policy = design.console_policy("topics.t.policy").unwrap();
        assert!(policy.contains("\"Service\": \"cloudwatch.amazonaws.com\""), "{policy}");
        assert!(policy.contains("alarm:a\"") && !policy.contains("alarm:quiet"), "{policy}");
    }
}

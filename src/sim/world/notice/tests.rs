//! Alarms that tell somebody, in small designs.

use super::*;
use crate::kernel::time::Time;
use crate::world::id::Id;
use crate::world::template::DETAIL;
use crate::world::tests::{LINE, accept, break_part, measure, moments, pass, retune, world_of};

/// A topic of the person on call, whose settings a test may go on with.
const TOPIC: &str = "[services.mailbox]\nlatency = '100ms'\n\
                     [subscriptions.person]\ntopic = 'on-call'\nprotocol = 'email'\ncalls = 'mailbox'\n\
                     [topics.on-call]\n";

/// An alarm on two messages a minute, which tells that topic of ALARM.
fn told(more: &str) -> String {
    format!(
        "{LINE}[alarms.bell]\npart = 'queues.work'\nmetric = 'NumberOfMessagesSent'\nthreshold = 2\n\
         alarm_actions = ['topics.on-call']\n{more}\n{TOPIC}"
    )
}

/// Minutes in which so many messages are sent.
fn minutes(world: &mut World, counts: &[u32]) {
    for count in counts {
        for _ in 0..*count {
            let order = accept(world);
            world.send(Id::new(0), order, DETAIL);
        }
        pass(world, 60_000);
    }
}

/// CW-02: three minutes in ALARM are told once, and the next ALARM again.
#[test]
fn an_alarm_publishes_when_its_state_changes_and_not_while_it_stays() {
    let mut world = world_of(&told(""));
    minutes(&mut world, &[2, 2, 2, 0, 2]);
    assert_eq!(moments(&world, "action-taken"), [(60_000, None), (300_000, None)]);
    pass(&mut world, 1_000);
    for path in ["alarms.bell.notifications", "topics.on-call.published"] {
        assert_eq!(measure(&world, path), 2, "{path}");
    }
    assert_eq!(moments(&world, "delivered").len(), 2);
    assert_eq!(measure(&world, "subscriptions.person.delivered"), 2);
    assert_eq!(measure(&world, "bill.sns_publishes"), 2);
    assert_eq!(measure(&world, "bill.sns_email_deliveries"), 2);
}

/// CW-02: it starts in `INSUFFICIENT_DATA`, so its first OK is a change too.
#[test]
fn each_state_has_its_own_actions() {
    let all = "ok_actions = ['topics.on-call']\ninsufficient_data_actions = ['topics.on-call']";
    let mut world = world_of(&told(all));
    minutes(&mut world, &[0, 2, 0]);
    let times: Vec<u64> = moments(&world, "action-taken").iter().map(|(at, _)| *at).collect();
    assert_eq!(times, [60_000, 120_000, 180_000]);
    let nothing = world.alarms[Id::new(0)].settings.actions.of(State::InsufficientData);
    assert_eq!(nothing.len(), 1);
}

#[test]
fn a_notice_is_of_no_order_and_no_ledger_counts_it() {
    let mut world = world_of(&told(""));
    minutes(&mut world, &[2]);
    let before = world.ledger;
    pass(&mut world, 10_000);
    assert_eq!(measure(&world, "services.mailbox.calls"), 1);
    assert_eq!(world.ledger, before);
    assert_eq!(world.check_invariants().or_else(|| world.recount()), None);
    assert!(moments(&world, "delivered").iter().all(|(_, order)| order.is_none()));
}

/// SEC-01, SEC-09: the topic's policy must let CloudWatch in, and its key as well.
#[test]
fn a_topic_that_refuses_takes_nothing_and_the_alarm_says_so() {
    let key = |policy: &str| format!("kms_master_key_id = 'keys.own'\n[keys.own]\n{policy}\n");
    let open = r#"policy = '{"Statement": {"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": ["kms:Decrypt", "kms:GenerateDataKey*"], "Resource": "*"}}'"#;
    for (settings, taken) in [
        (String::new(), true),
        ("policy = 'none'".to_owned(), false),
        ("kms_master_key_id = 'alias/aws/sns'".to_owned(), false),
        (key(""), false),
        (key(open), true),
    ] {
        let mut world = world_of(&format!("{}{settings}", told("")));
        minutes(&mut world, &[2]);
        assert_eq!(moments(&world, "action-taken").len(), usize::from(taken), "{settings}");
        assert_eq!(moments(&world, "action-failed").len(), usize::from(!taken), "{settings}");
        assert_eq!(world.denials().is_empty(), taken, "{settings}");
        let failed = measure(&world, "alarms.bell.actions_failed");
        assert_eq!(
            (failed, measure(&world, "topics.on-call.published")),
            (u64::from(!taken), u64::from(taken))
        );
    }
}

#[test]
fn a_topic_that_is_down_is_not_asked_again() {
    let mut world = world_of(&told(""));
    break_part(&mut world, FaultKind::Outage, "topics.on-call", 90);
    minutes(&mut world, &[2, 2, 2]);
    assert_eq!(moments(&world, "action-failed"), [(60_000, None)]);
    assert_eq!(moments(&world, "action-taken"), []);
}

/// SNS-11: mail is tried 50 times over six hours.
#[test]
fn an_endpoint_that_does_not_answer_is_tried_by_its_delivery_policy() {
    let mut world = world_of(&told(""));
    break_part(&mut world, FaultKind::Outage, "services.mailbox", 80);
    minutes(&mut world, &[2, 0]);
    let tries = moments(&world, "delivery-failed").len();
    assert_eq!((tries, moments(&world, "delivered").len()), (2, 1));
    let mut world = world_of(&told(""));
    break_part(&mut world, FaultKind::Outage, "services.mailbox", 36_000);
    minutes(&mut world, &[2]);
    pass(&mut world, 8 * 3_600_000);
    assert_eq!(measure(&world, "subscriptions.person.dropped"), 1);
    assert_eq!(moments(&world, "delivery-failed").len(), 49);
    assert_eq!(world.check_invariants(), None);
}

#[test]
fn a_filter_keeps_a_notice_from_its_subscription() {
    let filter =
        "filter_policy_scope = 'MessageBody'\nfilter_policy = '{\"NewStateValue\": [\"OK\"]}'\n";
    let text =
        told("ok_actions = ['topics.on-call']").replace("calls =", &format!("{filter}calls ="));
    let mut world = world_of(&text);
    minutes(&mut world, &[2, 0]);
    pass(&mut world, 1_000);
    assert_eq!(measure(&world, "subscriptions.person.filtered_out"), 1);
    assert_eq!(measure(&world, "subscriptions.person.delivered"), 1);
}

/// A notice on its way when its subscription turns to something else goes nowhere, and is counted.
#[test]
fn a_notice_does_not_follow_its_subscription_to_a_queue() {
    let mut world = world_of(&told(""));
    break_part(&mut world, FaultKind::Outage, "services.mailbox", 600);
    minutes(&mut world, &[2]);
    pass(&mut world, 5_000);
    assert_eq!(measure(&world, "subscriptions.person.retrying"), 1);
    let other = told("")
        .replace("alarm_actions = ['topics.on-call']", "")
        .replace("protocol = 'email'\ncalls = 'mailbox'", "protocol = 'sqs'\nqueue = 'work'");
    retune(&mut world, &other).unwrap();
    pass(&mut world, 60_000);
    assert_eq!(measure(&world, "subscriptions.person.dropped"), 1);
    assert_eq!(world.check_invariants().or_else(|| world.recount()), None);
}

#[test]
fn chance_of_a_notice_is_kept_apart_from_that_of_orders() {
    let notice = |number, attempt| Notice { subscription: Id::new(1), number, attempt };
    assert_eq!(notice(0, 1).key(), u32::MAX);
    assert_eq!(notice(3, 1).key(), u32::MAX - 3);
    assert_eq!(notice(0, 2).turn(), 200_002);
    assert_eq!(Time::ZERO + HOP, Time(250_000));
}

//! Datapoints and states.

use redrive::sim::world::OccurrenceKind as Kind;

use super::{RULE, fault, one_order, play, worker};

fn alarm(part: &str, metric: &str, more: &str) -> String {
    format!("[alarms.a]\npart = \"{part}\"\nmetric = \"{metric}\"\n{more}\n")
}

const DEAD: &str = "visibility_timeout = \"30s\"\ndlq = \"d\"\nmax_receive_count = 1";

/// CW-01, CW-04: a message that is moved to a DLQ makes the alarm of one datapoint at the next minute;
/// one of three of four minutes two minutes later, and one of two periods of two minutes at the second.
#[test]
fn an_alarm_of_several_datapoints_takes_as_many_periods() {
    let poison = one_order("20m", "{ at = \"0s\", kind = \"poison\", part = \"functions.f\" },");
    let on = |more: &str| {
        let watched = alarm("queues.d", "ApproximateNumberOfMessagesVisible", more);
        let parts = worker(DEAD, "timeout = \"9s\"", "10ms") + "[queues.d]\n" + &watched;
        let played = play(&parts, &poison);
        let moved = played.times("queues.q", Kind::DeadLettered);
        assert!(moved.len() == 1 && moved[0] < 60_000, "{moved:?}");
        let on = played.times("alarms.a", Kind::AlarmOn);
        on.iter().map(|at| at / 60_000).collect::<Vec<u64>>()
    };
    assert_eq!(on("threshold = 1"), [1]);
    assert_eq!(on("threshold = 1\nevaluation_periods = 4\ndatapoints_to_alarm = 3"), [3]);
    assert_eq!(on("threshold = 1\nperiod = \"120s\"\nevaluation_periods = 2"), [4]);
}

/// CW-20: a gauge's period has the greatest of its minutes. Ten messages wait at 60 s and none at 120 s.
#[test]
fn a_period_of_a_gauge_is_its_maximum() {
    let watched = |threshold: u32| {
        let more = format!("threshold = {threshold}\nperiod = \"120s\"");
        let parts = worker("visibility_timeout = \"60s\"", "timeout = \"9s\"", "1ms")
            + &alarm("queues.q", "ApproximateNumberOfMessagesVisible", &more);
        let load = "run = \"5m\"\nload = { orders = 10, rate = 1000.0 }\nfaults = [";
        play(&parts, &format!("{load}{}]", fault("stop", "functions.f", "70s")))
            .times("alarms.a", Kind::AlarmOn)
    };
    assert_eq!(watched(10), [120_000]);
    assert_eq!(watched(11), [0; 0], "ten at the most, and not ten in each minute together");
}

/// A counter's period is the sum of its minutes: an order every thirty seconds makes four in two minutes.
#[test]
fn a_period_of_a_counter_is_its_sum() {
    let watched = |threshold: u32| {
        let more = format!("threshold = {threshold}\nperiod = \"120s\"");
        let parts =
            worker("", "timeout = \"9s\"", "1ms") + &alarm("functions.f", "Invocations", &more);
        play(&parts, "run = \"121s\"\nload = { orders = 4, rate = 0.0334 }")
    };
    let played = watched(1);
    let all = played.value("functions.f.invocations");
    assert!(all >= 3, "{all}");
    assert_eq!(played.value("alarms.a.value"), all);
    assert_eq!(watched(all as u32).times("alarms.a", Kind::AlarmOn), [120_000]);
    assert_eq!(watched(all as u32 + 1).times("alarms.a", Kind::AlarmOn), [0; 0]);
}

/// CW-09, CW-06: `FailedInvocations` is there only when it is not zero: while nothing fails its datapoints
/// are missing, and what missing means decides.
#[test]
fn failed_invocations_are_missing_while_nothing_fails() {
    let state = |metric: &str, missing: &str| {
        let more = format!("threshold = 1\ntreat_missing_data = \"{missing}\"");
        let parts = format!(
            "{RULE}targets = [\"queues.q\"]\n[queues.q]\nrequired = true\n[services.press]\n\
             [functions.f]\nqueue = \"q\"\ncalls = \"press\"\n{}",
            alarm("rules.r", metric, &more)
        );
        play(&parts, &one_order("5m", "")).value("alarms.a.on")
    };
    for metric in ["FailedInvocations", "InvocationsSentToDlq"] {
        assert_eq!(state(metric, "breaching"), 1, "{metric}");
        assert_eq!(state(metric, "notBreaching"), 0, "{metric}");
    }
    // MatchedEvents is reported as zero where nothing matches.
    assert_eq!(state("MatchedEvents", "breaching"), 0);
}

/// A threshold of one and a value of one, by each comparison.
#[test]
fn a_threshold_is_compared_as_told() {
    let on = |comparison: &str| {
        let more = format!("threshold = 1\ncomparison_operator = \"{comparison}Threshold\"");
        let watched = alarm("queues.d", "ApproximateNumberOfMessagesVisible", &more);
        let parts = worker(DEAD, "timeout = \"9s\"", "10ms") + "[queues.d]\n" + &watched;
        let poison = "{ at = \"0s\", kind = \"poison\", part = \"functions.f\" },";
        play(&parts, &one_order("5m", poison)).value("alarms.a.on")
    };
    let comparisons = ["GreaterThanOrEqualTo", "GreaterThan", "LessThan", "LessThanOrEqualTo"];
    assert_eq!(comparisons.map(on), [1, 0, 0, 1]);
}

/// CW-08: an empty queue that nobody has touched for six hours reports nothing any more.
#[test]
fn a_queue_that_nobody_touches_stops_reporting() {
    let on = |run: &str| {
        let more = "threshold = 1\ntreat_missing_data = \"breaching\"";
        let parts = worker("dlq = \"d\"\nmax_receive_count = 9", "timeout = \"9s\"", "10ms")
            + "[queues.d]\n"
            + &alarm("queues.d", "ApproximateNumberOfMessagesVisible", more);
        play(&parts, &one_order(run, "")).value("alarms.a.on")
    };
    assert_eq!((on("360m"), on("370m")), (0, 1));
}

//! What becomes of an event in an archive and in a replay.

use super::*;
use crate::design::Duration;
use crate::world::tests::{
    accept, bus_line, measure, moments, names, pass, retune, world_of, world_with,
};

const PAST: &str = "[archives.past]\nbus = 'main'\n";
/// A second queue that a rule of its own feeds, and nobody requires.
const ASIDE: &str = "[queues.aside]\n[rules.copy]\nbus = 'main'\ntargets = ['queues.aside']\n\
                     event_pattern = '{\"source\": [\"desk\"]}'\n";

fn publish(world: &mut World) -> u32 {
    let order = accept(world);
    world.route(Id::new(0), order, false);
    order
}

/// A world whose bus took so many events, a second after another, half an hour ago.
fn with_past(text: &str, events: usize) -> World {
    let mut world = world_of(text);
    for _ in 0..events {
        publish(&mut world);
        pass(&mut world, 1_000);
    }
    pass(&mut world, 1_800_000);
    world
}

fn request(from: u64, to: u64, rules: &[&str]) -> design::Replay {
    design::Replay {
        archive: "archives.past".to_owned(),
        from: Duration::from_secs(from),
        to: Duration::from_secs(to),
        rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
    }
}

fn sound(world: &World) {
    assert_eq!(world.check_invariants().or_else(|| world.recount()), None);
}

/// EB-57: the archive has what the bus took, ten minutes later, and what its pattern leaves out never.
#[test]
fn an_event_is_archived_ten_minutes_after_the_bus_took_it() {
    let mut world = world_of(&format!("{}{PAST}", bus_line()));
    publish(&mut world);
    let of = |world: &World, name: &str| measure(world, &format!("archives.past.{name}"));
    for (millis, stored) in [(0, 0), (599_999, 0), (1, 1)] {
        pass(&mut world, millis);
        assert_eq!((of(&world, "archived"), of(&world, "stored")), (1, stored), "{millis}");
        assert_eq!(of(&world, "under_way"), 1 - stored);
    }
    assert_eq!(of(&world, "stored_bytes"), measure(&world, "bill.archive_bytes"));
    let other = format!("{}{PAST}event_pattern = '{{\"source\": [\"x\"]}}'\n", bus_line());
    let world = with_past(&other, 3);
    assert_eq!((of(&world, "archived"), of(&world, "filtered")), (0, 3));
    sound(&world);
}

/// EB-57, IDM-03: every rule delivers again, and the archive does not take its own replay in.
#[test]
fn a_replay_delivers_everything_of_its_span_again() {
    let mut world = with_past(&format!("{}{PAST}{ASIDE}", bus_line()), 90);
    assert_eq!(world.start_replay(&request(10, 19, &[])), Ok(10), "both ends are of the span");
    sound(&world);
    pass(&mut world, 10_000);
    sound(&world);
    assert_eq!(measure(&world, "queues.work.sent"), 100);
    assert_eq!(measure(&world, "queues.aside.sent"), 100);
    assert_eq!(measure(&world, "archives.past.archived"), 90, "no archive of archives");
    assert_eq!(measure(&world, "buses.main.published"), 90);
    assert_eq!(measure(&world, "buses.main.replayed"), 10);
    assert_eq!(
        (measure(&world, "bill.eventbridge_events"), measure(&world, "bill.replayed_events")),
        (90, 10),
        "COST-02"
    );
    assert_eq!(moments(&world, "replay-completed").len(), 1);
    assert_eq!(measure(&world, "archives.past.running"), 0);
}

/// EB-57: the same bus, and only the rules that were named.
#[test]
fn a_replay_for_one_rule_leaves_the_others_alone() {
    let mut world = with_past(&format!("{}{PAST}{ASIDE}", bus_line()), 5);
    world.start_replay(&request(0, 60, &["copy"])).unwrap();
    pass(&mut world, 10_000);
    assert_eq!(measure(&world, "queues.aside.sent"), 10);
    assert_eq!(measure(&world, "queues.work.sent"), 5);
    assert_eq!(measure(&world, "buses.main.unmatched"), 0, "nobody else was asked");
    sound(&world);
}

/// EB-57: minute by minute, and within a minute in another order.
#[test]
fn a_replay_goes_minute_by_minute_and_within_a_minute_in_any_order() {
    let mut world = with_past(&format!("{}{PAST}", bus_line()), 180);
    world.start_replay(&request(0, 200, &[])).unwrap();
    pass(&mut world, 10_000);
    let orders: Vec<u32> =
        moments(&world, "replayed").into_iter().filter_map(|(_, order)| order).collect();
    assert_eq!(orders.len(), 180);
    for (minute, orders) in orders.chunks(60).enumerate() {
        let mut sorted = orders.to_vec();
        sorted.sort_unstable();
        let first = minute as u32 * 60;
        assert_eq!(sorted, (first..first + 60).collect::<Vec<u32>>(), "minute {minute}");
        assert_ne!(orders, sorted, "minute {minute} came in its own order");
    }
}

/// EB-57: a rule can tell a replayed event by its `replay-name`, and a target gets it.
#[test]
fn a_replayed_event_carries_a_name_that_rules_can_read() {
    let live = ASIDE.replace(
        "{\"source\": [\"desk\"]}",
        "{\"source\": [\"desk\"], \"replay-name\": [{\"exists\": false}]}",
    );
    let mut world = with_past(&format!("{}{PAST}{live}", bus_line()), 3);
    world.start_replay(&request(0, 60, &[])).unwrap();
    pass(&mut world, 10_000);
    assert_eq!((measure(&world, "queues.work.sent"), measure(&world, "queues.aside.sent")), (6, 3));
    let rule = &world.rules[Id::new(0)].settings.forms[0];
    let body = |shape: u16| &world.shapes[usize::from(shape)].bodies[0];
    assert!(body(rule.shape).get("replay-name").is_none());
    assert_eq!(body(rule.shape_replayed)["replay-name"], "replay-1");
}

/// EB-57: what the bus took in the last ten minutes is not there yet.
#[test]
fn a_replay_of_what_is_on_its_way_misses_it() {
    let mut world = world_of(&format!("{}{PAST}", bus_line()));
    publish(&mut world);
    pass(&mut world, 400_000);
    publish(&mut world);
    pass(&mut world, 300_000);
    assert_eq!(world.start_replay(&request(0, 700, &[])), Ok(1));
    pass(&mut world, 1_000);
    assert_eq!(measure(&world, "archives.past.replayed"), 1);
    sound(&world);
}

#[test]
fn what_has_expired_is_gone_and_stays_gone() {
    let day = format!("{}{PAST}retention_days = 1\n", bus_line());
    let mut world = with_past(&day, 4);
    pass(&mut world, 85_000_000);
    let stored = |world: &World| measure(world, "archives.past.stored");
    assert_eq!(stored(&world), 0);
    retune(&mut world, &format!("{}{PAST}", bus_line())).unwrap();
    pass(&mut world, 60_000);
    assert_eq!((stored(&world), measure(&world, "archives.past.expired")), (0, 4));
    assert_eq!(world.start_replay(&request(0, 60, &[])), Ok(0));
    sound(&world);
}

/// SEC-01: whoever starts a replay needs `events:StartReplay`.
#[test]
fn a_role_that_may_not_starts_no_replay() {
    let text = format!("{}{PAST}role_policy = 'none'\n", bus_line());
    let mut world = with_past(&text, 2);
    let sentence = world.start_replay(&request(0, 60, &[])).unwrap_err();
    let expected = "AccessDeniedException: User: arn:aws:iam::111122223333:role/operator is not authorized to \
                    perform: events:StartReplay on resource: \
                    arn:aws:events:eu-west-1:111122223333:archive/past";
    assert!(sentence.starts_with(expected), "{sentence}");
    assert!(names(&world).ends_with(&["replay-refused"]));
    assert_eq!(measure(&world, "archives.past.replays"), 0);
    assert!(world.control_plane.history.is_empty());
}

/// EB-57: ten at a time, each of them a call of the control plane (CT-01).
#[test]
fn an_account_has_ten_replays_at_a_time() {
    let mut world = with_past(&format!("{}{PAST}", bus_line()), 2);
    for number in 1..=10 {
        assert_eq!(world.start_replay(&request(0, 60, &["all"])), Ok(2), "{number}");
    }
    let eleventh = world.start_replay(&request(0, 60, &[])).unwrap_err();
    assert!(eleventh.starts_with("LimitExceededException"), "{eleventh}");
    pass(&mut world, 5_000);
    assert_eq!(world.start_replay(&request(0, 60, &[])), Ok(2));
    let history = &world.control_plane.history;
    assert_eq!(history.len(), 11);
    let parameters = &history[0].call.request_parameters;
    assert_eq!(history[0].call.event_name, "StartReplay");
    assert_eq!(parameters["replayName"], "replay-1");
    assert_eq!(parameters["eventEndTime"], "2026-01-01T00:01:00Z");
    let rule = "arn:aws:events:eu-west-1:111122223333:rule/main/all";
    assert_eq!(parameters["destination"]["filterArns"][0], rule);
}

#[test]
fn an_archive_keeps_its_source() {
    let other = format!("{}{PAST}[buses.other]\n", bus_line());
    let mut world = world_of(&other);
    let moved = retune(&mut world, &other.replace(PAST, &PAST.replace("main", "other")));
    let sentence =
        "The source of an archive cannot be changed: create another one, and start anew.";
    assert_eq!(moved, Err(sentence.to_owned()));
}

#[test]
fn what_does_not_add_up_is_told() {
    let mut world = with_past(&format!("{}{PAST}", bus_line()), 2);
    sound(&world);
    world.archives[Id::new(0)].state.filtered += 1;
    assert_eq!(world.broken_part().as_deref(), Some("archives.past saw 3 events of 2"));
    world.archives[Id::new(0)].state.filtered -= 1;
    world.buses[Id::new(0)].state.replayed += 1;
    let told = world.broken_part().unwrap();
    assert!(told.ends_with("replayed 0 events, and the bus got 1"), "{told}");
}

/// SEC-13: an archive keeps whole events, with everything that stands in them.
#[test]
fn a_sensitive_field_lies_in_the_archive_too() {
    let line = bus_line().replace("[load]\n", "[load]\nsensitive = ['$.id']\n");
    let world = with_past(&format!("{line}{PAST}"), 4);
    assert_eq!(measure(&world, "sensitive.archives"), 4);
    let part = world.archives[Id::new(0)].part;
    let of = world.exposures().into_iter().find(|exposure| exposure.part == part).unwrap();
    assert_eq!((of.place, of.count), (Place::Archives, 4));
}

/// EB-57: what a workflow put on the bus comes out of a replay as itself.
#[test]
fn an_event_of_a_workflow_is_replayed_with_its_own_detail() {
    let flow = r#"{ "StartAt": "tell", "States": { "tell": {
        "Type": "Task", "Resource": "arn:aws:states:::events:putEvents", "End": true, "Parameters": { "Entries": [
        { "Source": "flow", "DetailType": "Told", "EventBusName": "main", "Detail": { "of.$": "$.detail.id" } } ] } } } }"#;
    let aside = ASIDE.replace("desk", "flow");
    let text = format!(
        "{}{PAST}{aside}[workflows.flow]\nuses = ['buses.main']\ndefinition = 'flow.json'\n",
        bus_line().replace("queues.work']", "workflows.flow']")
    );
    let mut world = world_with(&text, &[("flow.json".to_owned(), flow.to_owned())]);
    publish(&mut world);
    pass(&mut world, 1_800_000);
    assert_eq!(measure(&world, "archives.past.stored"), 2, "the publisher's, and the workflow's");
    assert_eq!(world.start_replay(&request(0, 60, &["copy"])), Ok(2));
    pass(&mut world, 10_000);
    assert_eq!(measure(&world, "buses.main.published"), 2);
    assert_eq!(measure(&world, "rules.copy.matched"), 2, "once by itself, and once by the replay");
    let queue = &world.queues[Id::new(0)];
    let shapes: Vec<u16> = queue.rules.all(&world.messages).map(|message| message.shape).collect();
    let [first, again] =
        [shapes[0], shapes[1]].map(|shape| &world.shapes[usize::from(shape)].bodies[0]);
    assert_eq!(first["detail"], serde_json::json!({ "of": design::ORDER }));
    assert_eq!(again["detail"], first["detail"]);
    assert_eq!((first.get("replay-name"), again["replay-name"].as_str()), (None, Some("replay-1")));
    sound(&world);
}

//! A rewound run equals the run that was never rewound.

use serde_json::json;

use super::*;
use crate::fault::FaultKind;
use crate::kernel::time::Span;

const DESIGN: &str = r#"
[load]
rate = 5.0
orders = [{ weight = 1, detail = '{"n": 1}' }]
[services.till]
latency = "700ms"
side_effect = "charge"
[intakes.door]
store = "book"
[stores.book]
publishes_to = "queues.work"
[queues.work]
required = true
dlq = "dead"
max_receive_count = 2
visibility_timeout = "20s"
[queues.dead]
[functions.worker]
queue = "work"
calls = "till"
batch_size = 2
timeout = "10s"
[alarms.dead]
part = "queues.dead"
metric = "ApproximateNumberOfMessagesVisible"
"#;

fn timeline() -> Timeline {
    let experiment = Experiment { run: Duration::from_secs(600), ..Experiment::default() };
    let mut timeline =
        Timeline::new(experiment, toml::from_str(DESIGN).unwrap(), Vec::new()).unwrap();
    timeline.limit(500, usize::MAX);
    timeline
}

fn at(seconds: u64) -> Time {
    Time::ZERO + Span::from_secs(seconds)
}

fn seek(timeline: &mut Timeline, seconds: u64) {
    while timeline.seek(at(seconds), 1_000) == Advance::Busy {}
}

fn outage(timeline: &mut Timeline, seconds: u64) {
    let now = timeline.present().now();
    let fault = Fault::new(
        FaultKind::Outage,
        "services.till".parse().unwrap(),
        now,
        Span::from_secs(seconds),
    );
    timeline.intervene(Intervention::Break(fault)).unwrap();
}

#[test]
fn any_instant_is_as_it_was_however_it_is_reached() {
    let mut straight = timeline();
    let mut seen = Vec::new();
    for seconds in (0..=300).step_by(25) {
        seek(&mut straight, seconds);
        if seconds == 100 {
            outage(&mut straight, 60);
        }
        seen.push((seconds, straight.present().report()));
    }
    let log = straight.log().len();
    assert!(straight.marks.len() > 5);
    for place in [7, 2, 11, 0, 5, 12, 4, 9, 1] {
        let (seconds, report) = &seen[place];
        seek(&mut straight, *seconds);
        assert_eq!(straight.present().report(), *report, "at {seconds} s");
        assert_eq!((straight.reached(), straight.log().len()), (at(300), log));
    }
    seek(&mut straight, 400);
    assert!(straight.log().len() > log, "and it goes on from the end");
    assert_eq!(straight.log().len() as u64, straight.present().trace().count());
}

#[test]
fn what_is_done_in_the_past_drops_what_came_after_and_undo_takes_it_back() {
    let mut timeline = timeline();
    seek(&mut timeline, 60);
    let calm = timeline.present().report();
    seek(&mut timeline, 300);
    seek(&mut timeline, 60);
    outage(&mut timeline, 200);
    assert_eq!(timeline.reached(), at(60));
    seek(&mut timeline, 300);
    assert!(timeline.present().value("queues.dead.visible") > Some(0.0));
    assert_eq!(timeline.series().strongest(at(60), at(300)), Some(Tick::Alarm));
    assert_eq!(timeline.series().strongest(at(60), at(62)), Some(Tick::Fault));
    assert_eq!(timeline.series().strongest(at(0), at(59)), None);
    seek(&mut timeline, 200);
    timeline.intervene(Intervention::Redrive("queues.dead".to_owned())).unwrap();
    assert!(timeline.undo() && timeline.interventions().len() == 1);
    assert_eq!(timeline.present().now(), at(200));
    assert!(timeline.undo());
    assert_eq!(timeline.present().now(), at(60));
    assert_eq!(timeline.present().report(), calm);
    assert!(!timeline.undo());
    seek(&mut timeline, 300);
    assert_eq!(timeline.present().value("queues.dead.visible"), Some(0.0));
}

#[test]
fn undo_does_not_do_again_what_was_done_before() {
    let twice = |stride| {
        let mut timeline = timeline();
        // With a stride this long, the only checkpoint is the one an intervention leaves.
        timeline.limit(stride, usize::MAX);
        seek(&mut timeline, 20);
        outage(&mut timeline, 5);
        seek(&mut timeline, 30);
        outage(&mut timeline, 50);
        seek(&mut timeline, 60);
        assert!(timeline.undo());
        seek(&mut timeline, 90);
        (timeline.present().report(), timeline.saved().faults.len())
    };
    let mut once = timeline();
    seek(&mut once, 20);
    outage(&mut once, 5);
    seek(&mut once, 90);
    assert_eq!(twice(1_000_000), (once.present().report(), 1));
    assert_eq!(twice(500), (once.present().report(), 1));
}

#[test]
fn a_setting_changed_on_the_way_holds_from_then_on() {
    let change = |path: &str, value| Intervention::Change(path.to_owned(), value);
    let mut timeline = timeline();
    seek(&mut timeline, 30);
    timeline.intervene(change("functions.worker.maximum_concurrency", json!(2))).unwrap();
    seek(&mut timeline, 120);
    assert!(timeline.present().value("queues.work.visible") > Some(50.0), "two are too few");
    timeline.intervene(change("functions.worker.maximum_concurrency", json!(50))).unwrap();
    timeline.intervene(change("services.till.latency", json!("100ms"))).unwrap();
    seek(&mut timeline, 200);
    assert!(timeline.present().value("queues.work.visible") < Some(5.0));
    assert_eq!(timeline.present().recount(), None);
    for (path, value, word) in [
        ("queues.work.fifo_queue", json!(true), "FIFO queue"),
        ("queues.work.required", json!(false), "required"),
        ("queues.work.visibility_timeout", json!("1s"), "visibility timeout"),
        ("queues.nothing.delay_seconds", json!("1s"), "There is no nothing"),
    ] {
        let before = timeline.present().report();
        let told = timeline.intervene(change(path, value)).unwrap_err();
        assert!(told.contains(word), "{path}: {told}");
        assert_eq!(timeline.present().report(), before, "nothing has changed");
    }
    assert_eq!(timeline.settings().functions["worker"].maximum_concurrency, Some(50));
    seek(&mut timeline, 40);
    assert_eq!(timeline.settings().functions["worker"].maximum_concurrency, Some(2));
}

#[test]
fn what_is_saved_runs_again_as_it_ran() {
    let mut timeline = timeline();
    // Between two milliseconds, where something has just happened.
    seek(&mut timeline, 30);
    timeline.step();
    outage(&mut timeline, 90);
    seek(&mut timeline, 100);
    let change = |path: &str, value| Intervention::Change(path.to_owned(), value);
    timeline.intervene(change("services.till.latency", json!("100ms"))).unwrap();
    timeline.step();
    timeline.intervene(change("queues.work.max_receive_count", json!(5))).unwrap();
    seek(&mut timeline, 400);
    timeline.intervene(Intervention::Redrive("queues.dead".to_owned())).unwrap();
    seek(&mut timeline, 500);
    let text = toml::to_string(&timeline.saved()).unwrap();
    let saved: Experiment = toml::from_str(&text).unwrap();
    let mut again = Run::experiment(&saved, &toml::from_str(DESIGN).unwrap(), &[]).unwrap();
    again.advance_to(at(500));
    assert_eq!(again.trace().hash(), timeline.present().trace().hash(), "{text}");
    assert!(again.value("queues.dead.redriven") > Some(0.0));
}

/// A bus with an archive.
const ARCHIVED: &str = r#"
[load]
rate = 1.0
orders = [{ weight = 1, detail = '{"id": "{order}"}' }]
[intakes.door]
store = "book"
[stores.book]
publishes_to = "buses.main"
source = "desk"
detail_type = "Written"
[buses.main]
[rules.all]
bus = "main"
event_pattern = '{"source": ["desk"]}'
targets = ["queues.work"]
[queues.work]
required = true
[archives.past]
bus = "main"
"#;

/// EB-57: a replay is done, taken back, saved, and done again as it was.
#[test]
fn a_replay_is_saved_and_taken_back_like_any_intervention() {
    let design: Design = toml::from_str(ARCHIVED).unwrap();
    let experiment = Experiment { run: Duration::from_secs(1_500), ..Experiment::default() };
    let mut timeline = Timeline::new(experiment, design.clone(), Vec::new()).unwrap();
    seek(&mut timeline, 900);
    let calm = timeline.present().report();
    let replay = |to| Replay {
        archive: "archives.past".to_owned(),
        from: Duration::from_secs(60),
        to: Duration::from_secs(to),
        rules: vec!["all".to_owned()],
    };
    let told = timeline.intervene(Intervention::Replay(replay(2_000))).unwrap_err();
    assert!(told.contains("has passed"), "{told}");
    timeline.intervene(Intervention::Replay(replay(120))).unwrap();
    seek(&mut timeline, 1_000);
    let hash = timeline.present().trace().hash();
    assert!(timeline.present().value("archives.past.replayed") > Some(50.0));
    let saved: Experiment = toml::from_str(&toml::to_string(&timeline.saved()).unwrap()).unwrap();
    let mut again = Run::experiment(&saved, &design, &[]).unwrap();
    again.advance_to(at(1_000));
    assert_eq!(again.trace().hash(), hash);
    assert!(timeline.undo());
    assert_eq!(timeline.present().report(), calm);
    for (change, word) in [("archives.none", "no archive"), ("archives.past", "must be before")] {
        let mut wrong = saved.clone();
        let replay = wrong.then[0].replay.as_mut().unwrap();
        replay.archive = change.to_owned();
        replay.to = replay.from;
        let mistakes = Run::experiment(&wrong, &design, &[]).err().unwrap();
        assert_eq!(mistakes[0].path, "then.0.replay");
        assert!(mistakes[0].sentence.contains(word), "{mistakes:?}");
    }
}

#[test]
fn a_mistake_in_what_is_done_later_stands_at_its_place() {
    for (then, place, word) in [
        (r#"{ at = "1s", redrive = "queues.work" }"#, "then.0.redrive", "dead-letter"),
        (
            r#"{ at = "1s", set = { "functions.worker.required" = true } }"#,
            "then.0.set",
            "required",
        ),
        (r#"{ at = "1s", set = { "queues.work.color" = 1 } }"#, "then.0.set", "no color"),
    ] {
        let experiment: Experiment = toml::from_str(&format!("then = [{then}]")).unwrap();
        let told = Run::experiment(&experiment, &toml::from_str(DESIGN).unwrap(), &[]);
        let told = &told.unwrap_err()[0];
        assert_eq!(told.path, place);
        assert!(told.sentence.contains(word), "{told:?}");
    }
}

#[test]
fn measures_over_time_are_the_same_however_they_are_come_by() {
    let mut straight = timeline();
    seek(&mut straight, 120);
    let mut steps = timeline();
    while steps.present().now() < at(119) {
        steps.step();
    }
    seek(&mut steps, 60);
    seek(&mut steps, 120);
    let values = |timeline: &Timeline| timeline.series().values("ledger.orders_offered", at(120));
    assert_eq!(values(&straight), values(&steps));
    assert_eq!(values(&straight).len(), 121);
    assert_eq!(straight.series().value("ledger.orders_offered", at(120)), Some(600.0));
}

#[test]
fn an_orders_life_is_all_that_happened_to_it() {
    let mut timeline = timeline();
    outage(&mut timeline, 100);
    seek(&mut timeline, 120);
    let life: Vec<&str> =
        timeline.life(3).iter().map(|occurrence| occurrence.kind().name()).collect();
    assert_eq!(
        life,
        [
            "accepted",
            "sent",
            "received",
            "call-failed",
            "handed-back",
            "received",
            "call-failed",
            "handed-back",
            "dead-lettered"
        ]
    );
    seek(&mut timeline, 10);
    assert!(timeline.past().iter().all(|occurrence| occurrence.at <= at(10)));
    assert_eq!(timeline.last_of(3).map(|last| last.kind().name()), Some("call-failed"));
    assert_eq!(timeline.last_of(60), None, "it comes later");
    assert_eq!(timeline.life(9_999), []);
}

#[test]
fn the_way_back_keeps_to_its_room_and_leads_everywhere() {
    let mut roomy = timeline();
    let mut tight = timeline();
    tight.limit(500, 20 * 128 * 1024);
    for timeline in [&mut roomy, &mut tight] {
        for seconds in [50, 120, 260] {
            seek(timeline, seconds);
            outage(timeline, 20);
        }
        seek(timeline, 600);
    }
    let all = roomy.marks.len();
    let some = tight.marks.len();
    assert!(some < all && some > 4, "{some} of {all}");
    assert!(tight.bytes() <= 20 * 128 * 1024);
    for seconds in [599, 3, 260, 259, 261, 50, 400, 49, 51, 0, 120, 333] {
        seek(&mut roomy, seconds);
        seek(&mut tight, seconds);
        assert_eq!(tight.present().report(), roomy.present().report(), "at {seconds} s");
    }
    // It can be cut and undone where checkpoints have been dropped.
    seek(&mut tight, 300);
    outage(&mut tight, 10);
    assert!(tight.bytes() <= 20 * 128 * 1024);
    assert!(tight.undo());
    seek(&mut roomy, 450);
    seek(&mut tight, 450);
    assert_eq!(tight.present().report(), roomy.present().report());
}

#[test]
fn stepping_in_the_past_and_at_the_end_is_the_same_run() {
    let mut timeline = timeline();
    let mut steps = Vec::new();
    for _ in 0..400 {
        steps.extend(timeline.step());
    }
    assert_eq!(steps, timeline.log());
    seek(&mut timeline, 3);
    let again = timeline.step();
    let known: Vec<Occurrence> = timeline.log().iter().filter(|o| o.at > at(3)).copied().collect();
    assert_eq!(again[0], known[0]);
    assert_eq!(timeline.log().len(), steps.len());
}

#[test]
fn a_run_that_would_fill_the_memory_is_over_where_it_is_full() {
    let mut full = timeline();
    full.room = 200;
    seek(&mut full, 300);
    assert!(full.is_full());
    let over = full.over();
    assert!(over > Time::ZERO && over < at(300), "{over}");
    assert_eq!(full.present().now(), over);
    // Stepping, seeking forward and searching end there too, and the way back stays open.
    let known = full.log().len();
    assert!(known < 200 + 10_000, "{known}");
    assert_eq!(full.step(), []);
    seek(&mut full, 299);
    assert_eq!((full.present().now(), full.log().len()), (over, known));
    seek(&mut full, 1);
    assert_eq!(full.present().now(), at(1));
    assert!(!full.step().is_empty());
    // Intervening in the past makes room.
    outage(&mut full, 5);
    assert!(!full.is_full());
}

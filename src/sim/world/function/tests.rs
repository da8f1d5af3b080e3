//! One function's mapping by itself: its batches, its pollers, and what is throttled.

use super::*;
use crate::world::id::Id;
use crate::world::template::DETAIL;
use crate::world::tests::{HAND, LINE, accept, measure, moments, names, pass, world_of};

fn hand(settings: &str) -> World {
    world_of(&format!("{LINE}{HAND}{settings}"))
}

fn send(world: &mut World) {
    let order = accept(world);
    world.send(Id::new(0), order, DETAIL);
}

fn limit(world: &World) -> u32 {
    world.functions[Id::new(0)].state.limit
}

/// LAM-04: five pollers to begin with, and five more a second while all are busy.
#[test]
fn pollers_are_added_up_to_the_maximum_while_all_are_busy() {
    let mut world = hand("maximum_concurrency = 12");
    let mut limits = vec![limit(&world)];
    for busy in [4, 5, 10, 12] {
        world.functions[Id::new(0)].state.busy = busy;
        world.scale(Id::new(0));
        limits.push(limit(&world));
    }
    assert_eq!(limits, [5, 5, 10, 12, 12]);
}

/// LAM-10, LAM-23: errors make a mapping slower, unless failures are reported one by one.
#[test]
fn an_error_takes_a_quarter_of_the_pollers_unless_failures_are_reported() {
    for (settings, expected) in
        [("", [6, 4, 3, 2, 2]), ("report_batch_item_failures = true", [8, 8, 8, 8, 8])]
    {
        let mut world = hand(settings);
        let state = &mut world.functions[Id::new(0)].state;
        (state.limit, state.busy) = (8, 1);
        let limits = expected.map(|_| {
            world.adapt(Id::new(0), true);
            limit(&world)
        });
        assert_eq!(limits, expected, "{settings}");
    }
    let mut calm = hand("");
    calm.functions[Id::new(0)].state.limit = 80;
    calm.adapt(Id::new(0), false);
    assert_eq!(limit(&calm), 5, "with nothing to do it goes back to five");
}

#[test]
fn another_maximum_concurrency_gives_or_takes_pollers() {
    let mut function = hand("").functions[Id::new(0)].clone();
    for (limit, was, most, expected) in [(2, 2, 10, 5), (2, 3, 10, 2), (7, 9, 3, 3)] {
        function.settings.concurrency_max = most;
        function.state.limit = limit;
        function.recap(was);
        assert_eq!(function.state.limit, expected, "{limit} of {was}, now {most}");
    }
}

#[test]
fn a_batch_is_void_once_its_place_is_used_again() {
    let mut world = hand("");
    let first = world.open_batch(Id::new(0));
    world.close_batch(Id::new(0), first);
    let second = world.open_batch(Id::new(0));
    assert_eq!(first.place, second.place);
    assert!(world.batch(Id::new(0), first).is_none() && world.batch(Id::new(0), second).is_some());
    world.close_batch(Id::new(0), first);
    assert_eq!(measure(&world, "functions.hand.batches"), 1, "an old id closes nothing");
}

/// LAM-07, LAM-11: a throttled batch is tried until its visibility timeout ends.
#[test]
fn a_throttled_batch_is_tried_until_its_messages_come_back() {
    let mut world = hand("reserved_concurrent_executions = 0");
    send(&mut world);
    pass(&mut world, 29_999);
    let tries = moments(&world, "throttled");
    let since: Vec<u64> = tries.iter().map(|(at, _)| at - tries[0].0).collect();
    assert_eq!(since, [0, 1_000, 3_000, 7_000, 15_000]);
    assert_eq!(measure(&world, "functions.hand.batches"), 0, "dropped: the next try is too late");
    pass(&mut world, 1);
    assert_eq!(names(&world)[7..], ["handed-back", "received"]);
}

/// LAM-03: a window gathers until it is over or the batch is full.
#[test]
fn a_window_gathers_until_the_batch_is_full() {
    for (count, invoked_after, records) in [(2, 10_000, 2), (3, 0, 3)] {
        let mut world = hand("batch_size = 3\nmaximum_batching_window = '10s'");
        (0..count).for_each(|_| send(&mut world));
        pass(&mut world, 20_000);
        let invoked = moments(&world, "invoked");
        assert_eq!(invoked.len(), 1);
        let after = invoked[0].0;
        assert!((invoked_after..invoked_after + 601).contains(&after), "{after} ms");
        let all = world.trace.since(0);
        assert!(all.iter().any(|o| o.happened == Happened::Invoked { records }));
    }
}

/// LAM-16: what no filter takes is deleted, and nobody is invoked.
#[test]
fn what_no_filter_takes_is_gone() {
    let mut world = hand("filters = ['{\"body\": {\"id\": [\"none\"]}}']");
    send(&mut world);
    pass(&mut world, 5_000);
    assert_eq!(names(&world), ["sent", "received", "filtered"]);
    let of = |name: &str| measure(&world, &format!("functions.hand.{name}"));
    assert_eq!((of("filtered_out"), of("invocations"), of("batches")), (1, 0, 0));
}

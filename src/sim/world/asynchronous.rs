//! Asynchronous invocation: a function's internal queue, its retries, and the destination of events that it
//! gives up (LAM-30 to LAM-36).

use super::destination::Destination;
use super::function::{Event, Record};
use super::id::FunctionId;
use super::{Happened, Scheduled, World};
use crate::aws::retry;
use crate::design::record::Condition;
use crate::fault::FaultKind;
use crate::kernel::time::Span;

const HAND_OVER: Span = Span::from_millis(50);
/// When an event comes that comes twice, for the second time: a *model assumption* (MA-function-5).
const COPY: Span = Span::from_secs(5);

impl World {
    /// Accepts an event into the function's internal queue. The sender is answered at once (LAM-36).
    pub(super) fn accept_event(&mut self, index: FunctionId, order: u32, shape: u16) {
        self.functions[index].state.events += 1;
        self.enqueue_event(index, (order, shape), HAND_OVER);
        // The queue is eventually consistent: an event may come twice, and no error is the reason (LAM-33).
        let part = self.functions[index].part;
        if self.is_broken(FaultKind::Duplicate, part) {
            self.functions[index].state.events_copied += 1;
            self.occur(part, Some(order), Happened::Copied);
            self.enqueue_event(index, (order, shape), COPY);
        }
    }

    fn enqueue_event(&mut self, index: FunctionId, (order, shape): (u32, u16), wait: Span) {
        let function = &mut self.functions[index];
        function.state.events_waiting += 1;
        if function.settings.matters {
            self.live(order);
        }
        let event = Event { order, shape, attempt: 1, throttles: 0, since: self.now };
        let entry = Scheduled::Asynchronous { function: index, event };
        self.agenda.enter(self.now + wait, entry);
    }

    /// Invokes a function with an event. A throttled event is tried again later, until it is too old.
    pub(super) fn invoke_event(&mut self, index: FunctionId, event: Event) {
        let function = &self.functions[index];
        let (part, age_max) = (function.part, function.settings.age_max);
        if function.settings.reserved == Some(0) {
            // LAM-35: no retries for a function that may not run at all.
            self.give_up_event(index, event, Condition::RetriesExhausted);
            return;
        }
        let stopped = self.is_broken(FaultKind::Stop, part);
        if stopped || self.is_throttled(index, event.order, event.turn()) {
            self.functions[index].state.throttles += 1;
            let tries = event.throttles + 1;
            self.occur(part, Some(event.order), Happened::Throttled { attempt: tries });
            let at = self.now + retry::throttle_wait(tries);
            if at.since(event.since) > age_max {
                self.give_up_event(index, event, Condition::EventAgeExceeded);
            } else {
                let event = Event { throttles: tries, ..event };
                let entry = Scheduled::Asynchronous { function: index, event };
                self.agenda.enter(at, entry);
            }
            return;
        }
        let id = self.open_batch(index);
        if let Some(batch) = self.batch(index, id) {
            batch.event = Some(event);
            // The invoker passes the reference on: a *model assumption* (MA-function-6).
            batch.records.push(Record::new((event.order, event.attempt), event.shape, true));
        }
        self.begin_invocation(index, id);
    }

    /// Ends the invocation of an event. A failed event is retried after one minute and again after two more,
    /// or given up (LAM-31).
    pub(super) fn event_over(&mut self, index: FunctionId, event: Event, failed: bool) {
        let function = &mut self.functions[index];
        let (part, age_max) = (function.part, function.settings.age_max);
        if !failed {
            let (required, matters) = (function.settings.required, function.settings.matters);
            function.state.events_waiting -= 1;
            function.state.events_succeeded += 1;
            let what = (event.order, event.attempt, event.shape);
            self.send_record(index, what, Condition::Success);
            if matters {
                self.over(event.order, required);
            }
            return;
        }
        let at = self.now + retry::function_error_wait(event.attempt);
        let in_time = at.since(event.since) <= age_max;
        if event.attempt <= function.settings.retries_max && in_time {
            self.occur(part, Some(event.order), Happened::Retrying { attempt: event.attempt });
            let event = Event { attempt: event.attempt + 1, ..event };
            let entry = Scheduled::Asynchronous { function: index, event };
            self.agenda.enter(at, entry);
        } else {
            let is_old = event.attempt <= self.functions[index].settings.retries_max;
            let reason =
                if is_old { Condition::EventAgeExceeded } else { Condition::RetriesExhausted };
            self.give_up_event(index, event, reason);
        }
    }

    /// The event goes to the dead-letter queue, and its record to the destination: a function may have both
    /// (LAM-34). A record that a queue keeps stands for the order like any dead letter.
    fn give_up_event(&mut self, index: FunctionId, event: Event, reason: Condition) {
        let function = &mut self.functions[index];
        function.state.events_waiting -= 1;
        function.state.events_failed += 1;
        let (part, matters, dlq) =
            (function.part, function.settings.matters, function.settings.dlq);
        let keeper = function.settings.on_failure.as_ref().and_then(Destination::keeper);
        let record = function.settings.forms.of(reason, event.shape);
        let is_handed_on = function.settings.on_failure.is_some() && keeper.is_none();
        if is_handed_on {
            self.send_record(index, (event.order, event.attempt, event.shape), reason);
        }
        let what = (event.order, event.attempt);
        let mut sent = false;
        if let Some(dlq) = dlq {
            sent = self.give_up(part, what, Some(dlq), event.shape, matters);
        }
        if keeper.is_some() || dlq.is_none() && !is_handed_on {
            let kept = self.give_up(part, what, keeper, record, matters && dlq.is_none());
            let state = &mut self.functions[index].state;
            state.failures_sent += u64::from(kept);
            state.destination_failures += u64::from(keeper.is_some() && !kept);
            sent |= kept;
        } else if matters && dlq.is_none() {
            self.over(event.order, 0);
        }
        let state = &mut self.functions[index].state;
        if sent {
            state.events_sent_to_dlq += 1;
        } else if !is_handed_on {
            state.events_dropped += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Fault;
    use crate::world::id::Id;
    use crate::world::template::DETAIL;
    use crate::world::tests::{
        accept, break_part, bus_line, fault, measure, moments, names, pass, world_of,
    };

    fn hand(settings: &str) -> World {
        let text = bus_line().replace("queues.work']", "functions.hand']");
        let mut world = world_of(&format!("{text}[functions.hand]\ncalls = 'till'\n{settings}"));
        accept(&mut world);
        world
    }

    fn accept_and_pass(world: &mut World, minutes: u64) {
        world.accept_event(Id::new(0), 0, DETAIL);
        pass(world, minutes * 60_000);
    }

    /// LAM-31: two retries, one and two minutes later.
    #[test]
    fn an_event_that_fails_is_tried_twice_more_and_given_up() {
        let mut world = hand("");
        break_part(&mut world, FaultKind::Outage, "services.till", 3_600);
        accept_and_pass(&mut world, 10);
        let tries: Vec<u64> = moments(&world, "invoked").iter().map(|(at, _)| at / 1_000).collect();
        assert_eq!(tries, [0, 60, 180]);
        assert_eq!(names(&world).last(), Some(&"dropped"));
        let of = |name: &str| measure(&world, &format!("functions.hand.{name}"));
        assert_eq!((of("events_received"), of("events_waiting"), of("events_dropped")), (1, 0, 1));
    }

    /// LAM-35.
    #[test]
    fn a_function_that_may_not_run_gives_its_events_up_at_once() {
        let mut world = hand("reserved_concurrent_executions = 0");
        accept_and_pass(&mut world, 10);
        assert_eq!(names(&world), ["dropped"]);
        assert_eq!(moments(&world, "dropped"), [(50, Some(0))]);
    }

    /// LAM-32: a throttled event waits twice as long each time, until it is too old.
    #[test]
    fn a_throttled_event_is_tried_until_it_is_too_old() {
        let mut world = hand("maximum_event_age = '60s'");
        break_part(&mut world, FaultKind::Stop, "functions.hand", 3_600);
        accept_and_pass(&mut world, 10);
        let tries: Vec<u64> = moments(&world, "throttled").iter().map(|(at, _)| *at).collect();
        assert_eq!(tries, [50, 1_050, 3_050, 7_050, 15_050, 31_050]);
        assert_eq!(
            moments(&world, "dropped"),
            [(31_050, Some(0))],
            "the next try would come too late"
        );
    }

    /// LAM-33: the second time the record of the work says that it is done; without one it is done again.
    #[test]
    fn an_event_may_come_twice_without_an_error() {
        for (settings, charges, last) in
            [("", 2, "took-effect"), ("idempotency_record = true\n", 1, "already-done")]
        {
            let mut world = hand(&format!("{settings}required = true\n"));
            break_part(&mut world, FaultKind::Duplicate, "functions.hand", 3_600);
            accept_and_pass(&mut world, 10);
            let of = |name: &str| measure(&world, &format!("functions.hand.{name}"));
            assert_eq!((of("events_received"), of("events_copied"), of("invocations")), (1, 1, 2));
            assert_eq!((of("errors"), of("events_waiting"), of("events_succeeded")), (0, 0, 2));
            assert_eq!(measure(&world, "ledger.charges"), charges);
            assert!(names(&world).contains(&last), "{:?}", names(&world));
            assert_eq!(
                world.orders.get(0).map(|order| order.live),
                Some(0),
                "nothing is under way"
            );
        }
    }

    /// LAM-33: a queue's consumer has no events that could come twice.
    #[test]
    fn a_consumer_of_a_queue_refuses_the_fault() {
        let mut world =
            world_of(&format!("{}{}", crate::world::tests::LINE, crate::world::tests::HAND));
        let fault = fault(&world, FaultKind::Duplicate, "functions.hand", 60);
        assert!(world.schedule(fault).unwrap_err().contains("LAM-33"));
    }

    /// Four hundred events of a function, with faults of which each meets half of the attempts.
    fn many_events(faults: &[(FaultKind, &str)]) -> World {
        let mut world = hand("");
        for (kind, part) in faults {
            let fault = fault(&world, *kind, part, 3_600);
            world.schedule(Fault { per_million: Some(500_000), ..fault }).unwrap();
        }
        for order in 0..400 {
            if order > 0 {
                accept(&mut world);
            }
            world.accept_event(Id::new(0), order, DETAIL);
        }
        pass(&mut world, 3_600_000);
        assert_eq!(measure(&world, "functions.hand.events_waiting"), 0, "none waits for ever");
        world
    }

    /// LAM-32: an event is either throttled, and tried again, or invoked.
    #[test]
    fn a_share_of_throttled_events_is_invoked_later() {
        let world = many_events(&[(FaultKind::Throttle, "functions.hand")]);
        let of = |name: &str| measure(&world, &format!("functions.hand.{name}"));
        assert_eq!((of("events_succeeded"), of("invocations")), (400, 400));
        let throttled = of("throttles");
        assert!((300..500).contains(&throttled), "half of the attempts: {throttled}");
    }

    /// LAM-31: of the events that fail with one attempt, half succeed with the next.
    #[test]
    fn every_attempt_has_a_luck_of_its_own() {
        let world = many_events(&[(FaultKind::Errors, "services.till")]);
        let of = |name: &str| measure(&world, &format!("functions.hand.{name}"));
        let dropped = of("events_dropped");
        assert!((35..=65).contains(&dropped), "an eighth: {dropped}");
        assert_eq!(of("events_succeeded"), 400 - dropped);
    }

    #[test]
    fn a_retry_may_be_throttled_although_the_first_attempt_was_not() {
        let throttle = (FaultKind::Throttle, "functions.hand");
        let world = many_events(&[throttle, (FaultKind::Errors, "services.till")]);
        let throttled = moments(&world, "throttled");
        let retries = moments(&world, "retrying");
        let is_retry = |(at, order): &(u64, Option<u32>)| {
            retries.iter().any(|(since, of)| of == order && since < at)
        };
        assert!(throttled.iter().any(is_retry), "{throttled:?}");
    }

    #[test]
    fn an_event_that_succeeds_is_over() {
        let mut world = hand("required = true");
        accept_and_pass(&mut world, 1);
        assert_eq!(names(&world), ["invoked", "took-effect", "invocation-succeeded"]);
        assert_eq!(measure(&world, "functions.hand.events_waiting"), 0);
    }
}

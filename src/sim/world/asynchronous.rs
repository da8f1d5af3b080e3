//! Asynchronous invocation: a function's internal queue, its retries, and where events go that are
//! given up (LAM-30 to LAM-36).

use super::function::{Event, Record};
use super::id::FunctionId;
use super::template::DETAIL;
use super::{Happened, Scheduled, World};
use crate::aws::retry;
use crate::fault::FaultKind;
use crate::kernel::time::Span;

const HAND_OVER: Span = Span::from_millis(50);

impl World {
    /// Whoever hands the event over is answered at once: it is Lambda's now (LAM-36).
    pub(super) fn accept_event(&mut self, index: FunctionId, order: u32) {
        let function = &mut self.functions[index];
        function.state.events += 1;
        function.state.events_waiting += 1;
        if function.settings.required != 0 {
            self.live(order);
        }
        let event = Event { order, attempt: 1, throttles: 0, since: self.now };
        let entry = Scheduled::Asynchronous { function: index, event };
        self.agenda.enter(self.now + HAND_OVER, entry);
    }

    pub(super) fn invoke_event(&mut self, index: FunctionId, event: Event) {
        let function = &self.functions[index];
        let (part, age_max) = (function.part, function.settings.age_max);
        if function.settings.reserved == Some(0) {
            // LAM-35: no retries for a function that may not run at all.
            self.give_up_event(index, event);
            return;
        }
        let stopped = self.is_broken(FaultKind::Stop, part);
        if stopped || self.is_throttled(index, event.order, event.throttles) {
            self.functions[index].state.throttles += 1;
            let tries = event.throttles + 1;
            self.occur(part, Some(event.order), Happened::Throttled { attempt: tries });
            let at = self.now + retry::throttle_wait(tries);
            if at.since(event.since) > age_max {
                self.give_up_event(index, event);
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
            batch.records.push(Record {
                order: event.order,
                message: None,
                // Whoever invokes it hands the reference on: a *model assumption*.
                refers: true,
                failed: false,
                reported: false,
            });
        }
        self.invoke(index, id);
    }

    /// An invocation has ended: tried again one and two minutes later, or given up (LAM-31).
    pub(super) fn event_over(&mut self, index: FunctionId, event: Event, failed: bool) {
        let function = &mut self.functions[index];
        let (part, required, age_max) =
            (function.part, function.settings.required, function.settings.age_max);
        if !failed {
            function.state.events_waiting -= 1;
            if required != 0 {
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
            self.give_up_event(index, event);
        }
    }

    fn give_up_event(&mut self, index: FunctionId, event: Event) {
        let function = &mut self.functions[index];
        function.state.events_waiting -= 1;
        let (part, required, to) =
            (function.part, function.settings.required != 0, function.settings.on_failure);
        let what = (event.order, event.attempt);
        let sent = self.give_up(part, what, to, DETAIL, required);
        let function = &mut self.functions[index];
        *(if sent {
            &mut function.state.events_sent_to_dlq
        } else {
            &mut function.state.events_dropped
        }) += 1;
    }
}

//! The handler of a function. For each record in turn, it checks whether the work is done, calls its service,
//! and records the completion (IDM-04). The fault `crash` kills it in between (IDM-07).

use super::function::BatchId;
use super::id::FunctionId;
use super::service::CallError;
use super::{Happened, Scheduled, World};
use crate::aws::billing::Item;
use crate::design::BatchResponse;
use crate::fault::FaultKind;
use crate::kernel::time::{Span, Time};

/// Outcome of a step of the work on a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The service answered, or refused.
    Called { error: Option<CallError> },
    /// The service was not called: the work is done already, or cannot be done.
    Glanced { failed: bool },
    /// The handler tried to get the record's payload.
    Fetched { found: bool },
}

/// Time that a handler takes to see that the work is already done, or that an order is poison.
const GLANCE: Span = Span::from_millis(60);
const CALL_HOP: Span = Span::from_millis(1);

/// Idempotency record of an order, encoded in one number: 0 for none, or its expiry and whether the work was
/// done.
mod note {
    use super::Time;

    /// Encodes a record of work in progress.
    pub fn in_progress(until: Time) -> u64 {
        until.0 << 1
    }

    /// Encodes a record of completed work.
    pub fn complete(until: Time) -> u64 {
        until.0 << 1 | 1
    }

    /// Decodes whether the work was done; `None` if there is no record or it has expired.
    pub fn read(note: u64, now: Time) -> Option<bool> {
        (note >> 1 > now.0).then_some(note & 1 == 1)
    }
}

impl World {
    /// Starts work on the next record, or finishes the invocation after the last.
    pub(super) fn record(&mut self, index: FunctionId, id: BatchId) {
        let Some(batch) = self.batch(index, id) else { return };
        let Some(record) = batch.records.get(batch.next).copied() else {
            self.finish(index, id, false);
            return;
        };
        let began = batch.began;
        let order = record.order;
        let glance = |failed| Scheduled::RecordDone {
            function: index,
            batch: id,
            outcome: Outcome::Glanced { failed },
        };
        let part = self.function_part(index);
        let poison = Some(part.0 as u16);
        if self.orders.get(order as usize).is_some_and(|order| order.poisons == poison) {
            self.occur(part, Some(order), Happened::Unprocessable);
            self.agenda.enter(self.now + GLANCE, glance(true));
            return;
        }
        let now = self.now;
        let function = &mut self.functions[index];
        let fetch = function.settings.fetch.filter(|_| record.refers);
        if function.settings.keeps_record {
            // Completed work is answered with its stored result; work in progress elsewhere is an error.
            if let Some(done) = function.note(order).and_then(|note| note::read(note, now)) {
                let known =
                    if done { Happened::AlreadyDone } else { Happened::InProgressElsewhere };
                // The refused put is billed (IDM-01).
                self.bill.count(Item::DynamoDbWrites, 1);
                self.occur(part, Some(order), known);
                self.agenda.enter(now + GLANCE, glance(!done));
                return;
            }
            let until = began + function.settings.timeout;
            function.write(order, note::in_progress(until));
            self.bill.count(Item::DynamoDbWrites, 1);
        }
        let Some(fetch) = fetch else { return self.call_for_record(index, id) };
        let fetched = self.fetch_payload(fetch, order, record.attempt);
        let outcome = Outcome::Fetched { found: fetched.is_found };
        let done = Scheduled::RecordDone { function: index, batch: id, outcome };
        self.agenda.enter(now + fetched.takes, done);
    }

    /// Calls the service for the current record, whose payload is at hand.
    fn call_for_record(&mut self, index: FunctionId, id: BatchId) {
        let now = self.now;
        let Some(batch) = self.batch(index, id) else { return };
        let Some(record) = batch.records.get(batch.next).copied() else { return };
        let order = record.order;
        let function = &self.functions[index];
        let (service, wire) = (function.settings.service, function.settings.to_service);
        let attempt = record.attempt;
        let turn = attempt.saturating_mul(64).saturating_add(u32::from(index.number()));
        let call = self.begin_call(service, order, turn);
        let ends = call.takes.map(|takes| now + takes);
        let failed = call.error.is_some();
        self.hop(wire, order, attempt, call.takes.unwrap_or(GLANCE).max(CALL_HOP));
        if let Some(batch) = self.batch(index, id) {
            batch.calling = Some((ends, !failed));
        }
        // A call that is never answered ends with the function's timeout.
        if let Some(at) = ends {
            let outcome = Outcome::Called { error: call.error };
            self.agenda.enter(at, Scheduled::RecordDone { function: index, batch: id, outcome });
        }
    }

    /// Handles the outcome of a step, and goes on with the current record or the next.
    pub(super) fn record_done(&mut self, index: FunctionId, id: BatchId, outcome: Outcome) {
        // If the invocation has timed out, the call has been abandoned.
        let Some(batch) = self.batch(index, id) else { return };
        batch.calling = None;
        let Some(record) = batch.records.get(batch.next).copied() else { return };
        let order = record.order;
        let function = &self.functions[index];
        let (service, part) = (function.settings.service, function.part);
        let with_key = function.settings.sends_key;
        let throws = !function.settings.reports_failures
            && function.settings.response == BatchResponse::Failures;
        let failed = match outcome {
            Outcome::Glanced { failed } => failed,
            Outcome::Fetched { found: true } => return self.call_for_record(index, id),
            Outcome::Fetched { found: false } => {
                self.write_down(index, order, true);
                true
            }
            Outcome::Called { error } => {
                let failed = error.is_some();
                self.end_call(service);
                if let Some(error) = error {
                    self.call_failed(service, order, error);
                } else {
                    self.take_effect(service, order, with_key);
                    if self.is_broken(FaultKind::Crash, part) {
                        // The side effect has happened, but nothing has recorded it.
                        self.occur(part, Some(order), Happened::Crashed);
                        self.finish(index, id, true);
                        return;
                    }
                }
                self.write_down(index, order, failed);
                failed
            }
        };
        if !failed {
            self.function_did(index, order);
        }
        let is_ordered = self.is_ordered(index, id);
        let Some(batch) = self.batch(index, id) else { return };
        let from = batch.next;
        batch.next += 1;
        if failed {
            // In a FIFO queue's batch, everything after the first failure fails as well (LAM-24). So it does
            // in a batch of a pipe whose source is ordered (EB-62).
            let upto = if is_ordered { batch.records.len() } else { from + 1 };
            for record in batch.records.get_mut(from..upto).into_iter().flatten() {
                record.failed = true;
            }
            if is_ordered {
                batch.next = batch.records.len();
            }
        }
        if failed && throws {
            // The handler throws: the whole batch has failed, even the records that were processed (LAM-25).
            self.finish(index, id, true);
        } else {
            self.record(index, id);
        }
    }

    /// Completes the idempotency record of an order, or deletes it so that a retry can run (IDM-04).
    fn write_down(&mut self, index: FunctionId, order: u32, failed: bool) {
        let now = self.now;
        let function = &mut self.functions[index];
        if !function.settings.keeps_record {
            return;
        }
        let note = if failed { 0 } else { note::complete(now + function.settings.record_expiry) };
        function.write(order, note);
        self.bill.count(Item::DynamoDbWrites, 1);
    }

    /// Marks a required function as done for an order.
    fn function_did(&mut self, index: FunctionId, order: u32) {
        let required = self.functions[index].settings.required;
        if required != 0 {
            self.change(order, |order| order.done |= required);
        }
    }

    /// Whether the records of a batch stay in their order.
    fn is_ordered(&mut self, index: FunctionId, id: BatchId) -> bool {
        let source = self.functions[index].settings.source;
        let fifo = source.is_some_and(|(q, _)| self.queues[q].rules.is_fifo());
        let batch = self.batch(index, id);
        batch.is_some_and(|batch| batch.is_ordered || fifo && batch.waiting.is_none())
    }

    /// Ends an invocation at the function's own timeout; its call in progress goes on.
    pub(super) fn timed_out(&mut self, index: FunctionId, id: BatchId) {
        let function = &self.functions[index];
        let (service, with_key) = (function.settings.service, function.settings.sends_key);
        let Some(batch) = self.batch(index, id) else { return };
        let order = batch.records.get(batch.next).map_or(0, |record| record.order);
        if let Some((ends, succeeds)) = batch.calling.take() {
            self.call_failed(service, order, CallError::Timeout);
            self.abandon(service, order, ends, succeeds, with_key);
        }
        self.functions[index].state.timeouts += 1;
        self.finish(index, id, true);
    }

    /// Ends an invocation: deletes the messages that succeeded, and leaves the others in flight until their
    /// visibility timeout ends (SIM-05).
    fn finish(&mut self, index: FunctionId, id: BatchId, threw: bool) {
        let Some(batch) = self.batch(index, id) else { return };
        let (began, event, waiting) = (batch.began, batch.event, batch.waiting);
        let mut records = std::mem::take(&mut batch.records);
        let function = &mut self.functions[index];
        let any = records.iter().any(|record| record.failed);
        for record in &mut records {
            record.reported = threw
                || match function.settings.response {
                    BatchResponse::Failures => record.failed,
                    // An empty list means complete success (LAM-21).
                    BatchResponse::Nothing => false,
                    // It means complete failure (LAM-22), if the mapping reads the response at all.
                    BatchResponse::Malformed => any && function.settings.reports_failures,
                };
        }
        function.state.running -= 1;
        function.state.errors += u64::from(threw);
        let innocent =
            records.iter().filter(|record| record.reported && !record.failed).count() as u64;
        // The record in progress is the cause of a timeout or crash, but it is not marked as failed.
        function.state.returned_with_others += innocent.saturating_sub(u64::from(threw && !any));
        let (part, queue, memory) =
            (function.part, function.settings.source, function.settings.memory);
        let millis = self.now.since(began).0.div_ceil(1_000);
        self.bill.count(Item::LambdaDuration, millis * memory);
        let failures = records.iter().filter(|record| record.reported).count() as u32;
        let count = records.len() as u32;
        let happened = match (threw, failures) {
            (true, _) => Happened::InvocationFailed { records: count },
            (false, 0) => Happened::InvocationSucceeded { records: count },
            (false, _) => Happened::InvocationPartlyFailed { failures },
        };
        self.occur(part, event.map(|event| event.order), happened);
        let done = self.functions[index].settings.required;
        let mut deleted = 0_u64;
        for record in records.iter().filter(|record| !record.reported) {
            if let (Some((message, receipt)), Some((queue, _))) = (record.message, queue) {
                deleted += 1;
                self.delete(queue, message, receipt, (!record.failed).then_some(done));
            }
        }
        if let Some((queue, _)) = queue {
            self.count_requests(queue, deleted.div_ceil(10));
        }
        self.hear(waiting, &records);
        // Reuse the allocation of the records.
        if let Some(batch) = self.batch(index, id) {
            batch.records = records;
        }
        self.close_batch(index, id);
        if let Some(event) = event {
            self.event_over(index, event, threw || failures > 0);
        }
        self.adapt(index, threw);
        self.pull(index);
    }
}

impl super::function::Function {
    fn note(&self, order: u32) -> Option<u64> {
        self.state.records.get(order as usize).copied()
    }

    fn write(&mut self, order: u32, note: u64) {
        let place = order as usize;
        while self.state.records.len() <= place {
            self.state.records.push(0);
        }
        if let Some(slot) = self.state.records.get_mut(place) {
            *slot = note;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::id::Id;
    use crate::world::template::DETAIL;
    use crate::world::tests::{
        HAND, LINE, accept, break_part, measure, moments, names, number, pass, world_of,
    };

    /// Three orders, the second of which is poison, in one batch.
    fn three(queue: &str, function: &str) -> World {
        let mut world = world_of(&format!("{LINE}{queue}{HAND}{function}"));
        break_part(&mut world, FaultKind::Stop, "functions.hand", 1);
        for _ in 0..3 {
            let order = accept(&mut world);
            world.send(Id::new(0), order, DETAIL);
        }
        let part = number(&world, "functions.hand").0 as u16;
        world.orders.get_mut(1).unwrap().poisons = Some(part);
        pass(&mut world, 5_000);
        assert_eq!(moments(&world, "invoked").len(), 1);
        world
    }

    fn of(world: &World, name: &str) -> u64 {
        measure(world, &format!("functions.hand.{name}"))
    }

    /// LAM-20 to LAM-25.
    #[test]
    fn what_is_deleted_of_a_batch_is_what_the_mapping_is_told() {
        let reports = "report_batch_item_failures = true\n";
        let nothing = "batch_response = 'nothing'\n";
        let malformed = "report_batch_item_failures = true\nbatch_response = 'malformed'\n";
        for (function, deleted, charges, with_others, errors) in [
            (reports, 2, 2, 0, 0),
            ("", 0, 1, 2, 1),
            (nothing, 3, 2, 0, 0),
            (malformed, 0, 2, 2, 0),
        ] {
            let world = three("", function);
            assert_eq!(measure(&world, "queues.work.deleted"), deleted, "{function}");
            assert_eq!(measure(&world, "ledger.charges"), charges, "{function}");
            assert_eq!(
                (of(&world, "returned_with_others"), of(&world, "errors")),
                (with_others, errors)
            );
        }
    }

    /// LAM-24.
    #[test]
    fn of_a_fifo_batch_nothing_is_done_after_the_first_failure() {
        let world = three("fifo_queue = true\n", "report_batch_item_failures = true\n");
        assert_eq!(measure(&world, "queues.work.deleted"), 1);
        assert_eq!(moments(&world, "took-effect").len(), 1);
    }

    /// IDM-07: done in the world, and nowhere written down.
    #[test]
    fn a_crash_comes_after_the_effect_and_before_the_delete() {
        let mut world = world_of(&format!("{LINE}{HAND}"));
        break_part(&mut world, FaultKind::Crash, "functions.hand", 10);
        let order = accept(&mut world);
        world.send(Id::new(0), order, DETAIL);
        pass(&mut world, 5_000);
        let all = names(&world);
        assert_eq!(all[all.len() - 3..], ["took-effect", "crashed", "invocation-failed"]);
        assert_eq!(
            (measure(&world, "queues.work.deleted"), measure(&world, "queues.work.in_flight")),
            (0, 1)
        );
    }

    /// IDM-04: a record counts until it expires.
    #[test]
    fn a_note_says_whether_the_work_was_done_as_long_as_it_counts() {
        let until = Time(100);
        for (note, before) in
            [(note::in_progress(until), Some(false)), (note::complete(until), Some(true))]
        {
            assert_eq!([99, 100].map(|now| note::read(note, Time(now))), [before, None]);
        }
        assert_eq!(note::read(0, Time::ZERO), None, "nothing was written");
    }

    /// IDM-04.
    #[test]
    fn a_record_prevents_the_second_effect_of_a_message_that_comes_twice() {
        for (setting, charges, last) in [("true", 1, "already-done"), ("false", 2, "took-effect")] {
            let mut world = world_of(&format!("{LINE}{HAND}idempotency_record = {setting}\n"));
            let order = accept(&mut world);
            for _ in 0..2 {
                world.send(Id::new(0), order, DETAIL);
                pass(&mut world, 5_000);
            }
            assert_eq!(measure(&world, "ledger.charges"), charges);
            assert!(names(&world)[8..].contains(&last), "{:?}", names(&world));
        }
    }
}

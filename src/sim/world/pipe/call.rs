//! A pipe that calls a function or an Express workflow and waits for the outcome: as its enrichment (EB-61), or
//! as its target. An execution waits for both together at most five minutes (EB-62).

use super::{EXECUTION_MAX, Enrichment, Execution, HOP, Pipe, PipeId, Record, Step};
use crate::world::delivery::Access;
use crate::world::synchronous::Fate;
use crate::world::{Happened, Scheduled, Target, World, function};

impl Pipe {
    /// What a step calls, and whether the pipe's role may do so; `None` if the settings have changed.
    fn called_at(&self, step: Step) -> Option<(Target, Access)> {
        if step != Step::Ask {
            return Some((self.settings.target, self.settings.hands));
        }
        match self.settings.enrichment {
            Some(Enrichment::Part { target, access, .. }) => Some((target, access)),
            Some(Enrichment::Service { .. }) | None => None,
        }
    }

    /// Message template of what a step sends for a record.
    fn form_at(&self, step: Step, shape: u16) -> u16 {
        match &self.settings.enrichment {
            Some(Enrichment::Part { forms, .. }) if step == Step::Ask => {
                forms.get(usize::from(shape)).copied().unwrap_or(shape)
            }
            Some(Enrichment::Part { .. } | Enrichment::Service { .. }) | None => self.form(shape),
        }
    }
}

impl World {
    /// Sends a batch to the function or workflow that enriches it.
    pub(super) fn ask(&mut self, execution: Execution, wire: u32) {
        let Some(batch) = self.pipes[execution.pipe].batch_mut(execution.place) else { return };
        let (records, attempt) = (batch.records.clone(), batch.attempt);
        let mut arrives = self.now;
        for record in &records {
            arrives = arrives.max(self.hop(wire, record.order, record.tries(attempt), HOP));
        }
        self.agenda.enter(arrives, Scheduled::Pipe(Execution { step: Step::Ask, ..execution }));
    }

    /// Calls with a batch, which then waits for the outcome.
    pub(super) fn call(&mut self, execution: Execution) {
        let Execution { pipe: index, place, step, .. } = execution;
        let Some((target, access)) = self.pipes[index].called_at(step) else {
            self.send_batch(execution);
            return;
        };
        let Some(batch) = self.pipes[index].batch_mut(place) else { return };
        let (records, attempt) = (batch.records.clone(), batch.attempt);
        let Some(first) = records.first().copied() else { return };
        // It must wait before it calls, because the answer may come at once.
        let late = batch.began + EXECUTION_MAX;
        batch.late = Some(late);
        let tries = first.tries(attempt);
        let is_refused = self.refusal(target, access, first.order, tries).is_some();
        let is_called = !is_refused && self.call_part(execution, target, &records, attempt);
        if is_called {
            let step = Step::Late;
            self.agenda.enter(late.max(self.now), Scheduled::Pipe(Execution { step, ..execution }));
        } else {
            self.call_over(index, place);
        }
    }

    fn call_part(
        &mut self,
        waiting: Execution,
        target: Target,
        records: &[Record],
        attempt: u32,
    ) -> bool {
        let pipe = &self.pipes[waiting.pipe];
        let queue = pipe.settings.queue;
        let is_ordered = queue.is_none_or(|queue| self.queues[queue].rules.is_fifo());
        let form = |record: &Record| pipe.form_at(waiting.step, record.shape);
        match target {
            Target::Function(function) => {
                let passed = |record: &Record| {
                    let (order, shape) = (record.order, form(record));
                    let refers = self.refers(shape, self.class(order));
                    function::Record::new((order, record.tries(attempt)), shape, refers)
                };
                let records = records.iter().map(passed).collect();
                self.invoke_and_wait(function, records, is_ordered, waiting)
            }
            Target::Workflow(workflow) => {
                // A batch that starts an execution holds one record.
                let first = records.first().map(|record| (record.order, form(record)));
                first.is_some_and(|first| self.start_and_wait(workflow, first, waiting))
            }
            Target::Bus(_) | Target::Queue(_) | Target::Topic(_) | Target::Pipe(_) => false,
        }
    }

    /// Continues with a batch once its call has been answered; `fates` are those of its records, in their order.
    pub(in crate::world) fn call_answered(&mut self, waiting: Execution, fates: &[Fate]) {
        let Execution { pipe: index, place, stamp, step } = waiting;
        let batch = self.pipes[index].batch_mut(place);
        let Some(batch) = batch.filter(|batch| batch.stamp == stamp && batch.late.is_some()) else {
            return;
        };
        batch.late = None;
        if step != Step::Ask {
            self.target_answered(index, place, fates);
        } else if fates.contains(&Fate::Failed) {
            // That no record goes on when one fails is a *model assumption* (MA-pipe-4).
            self.call_over(index, place);
        } else {
            self.enriched_by_part(waiting, fates);
        }
        self.poll_pipe(index);
    }

    /// Ends a call that has taken too long. Whatever was called goes on, and nobody hears its answer.
    pub(super) fn call_late(&mut self, index: PipeId, place: u32) {
        let now = self.now;
        let Some(batch) = self.pipes[index].batch_mut(place) else { return };
        if batch.late == Some(now) {
            batch.stamp = batch.stamp.wrapping_add(1);
            self.call_over(index, place);
        }
    }

    /// Fails an execution whose call has failed.
    fn call_over(&mut self, index: PipeId, place: u32) {
        let part = self.pipes[index].part;
        let Some(batch) = self.pipes[index].batch_mut(place) else { return };
        batch.late = None;
        let (records, attempt) = (batch.records.clone(), batch.attempt);
        for record in records {
            let attempt = record.tries(attempt);
            self.occur(part, Some(record.order), Happened::DeliveryFailed { attempt });
        }
        self.execution_failed(index, place);
    }

    /// Sends an enriched batch on, without the records that the answer leaves out (EB-61). That a function which
    /// swallows a failure leaves the record out is a *model assumption* (MA-pipe-5).
    fn enriched_by_part(&mut self, execution: Execution, fates: &[Fate]) {
        let Execution { pipe: index, place, .. } = execution;
        let part = self.pipes[index].part;
        let Some(batch) = self.pipes[index].batch_mut(place) else { return };
        let records = std::mem::take(&mut batch.records);
        let mut kept = Vec::new();
        for (record, fate) in records.into_iter().zip(fates) {
            if matches!(fate, Fate::Done | Fate::Failed) {
                kept.push(record);
                continue;
            }
            self.pipes[index].state.left_out += 1;
            self.occur(part, Some(record.order), Happened::LeftOut);
            self.settle(index, record, None);
            self.count_deletes(index, 1);
        }
        let is_empty = kept.is_empty();
        let pipe = &mut self.pipes[index];
        if let Some(batch) = pipe.batch_mut(place) {
            batch.records = kept;
        }
        if is_empty {
            pipe.close(place);
        } else {
            self.send_batch(execution);
        }
    }

    /// Settles the records that the target has processed, and lets the others return or be retried (EB-63).
    fn target_answered(&mut self, index: PipeId, place: u32, fates: &[Fate]) {
        let part = self.pipes[index].part;
        let Some(batch) = self.pipes[index].batch_mut(place) else { return };
        let (records, attempt) = (std::mem::take(&mut batch.records), batch.attempt);
        let mut left = Vec::new();
        let mut settled = 0;
        for (record, fate) in records.into_iter().zip(fates) {
            let (order, attempt) = (Some(record.order), record.tries(attempt));
            if *fate == Fate::Failed {
                self.occur(part, order, Happened::DeliveryFailed { attempt });
                left.push(record);
                continue;
            }
            settled += 1;
            self.pipes[index].state.delivered += 1;
            self.occur(part, order, Happened::Delivered { attempt });
            self.settle(index, record, (*fate != Fate::Swallowed).then_some(0));
        }
        self.count_deletes(index, settled);
        self.end_delivery(index, place, left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::FaultKind;
    use crate::world::id::Id;
    use crate::world::template::DETAIL;
    use crate::world::tests::{
        LINE, accept, break_part, measure, moments, number, pass, world_of, world_with,
    };

    const PIPE: &str = "[functions.hand]\ncalls = 'till'\n[pipes.relay]\nsource = 'queues.work'\n";

    fn send(world: &mut World) -> u32 {
        let order = accept(world);
        let work = world.queues.position(|queue| queue.settings.required != 0);
        world.send(work.unwrap(), order, DETAIL);
        order
    }

    fn relayed(line: &str, function: &str, pipe: &str) -> World {
        let parts = PIPE.replace("calls = 'till'\n", &format!("calls = 'till'\n{function}"));
        world_of(&format!("{LINE}{line}{parts}target = 'functions.hand'\n{pipe}"))
    }

    fn of(world: &World, name: &str) -> u64 {
        measure(world, &format!("pipes.relay.{name}"))
    }

    /// EB-63, LAM-20 to LAM-25: of three records the second is poison, and the queue keeps what the answer
    /// names. EB-62: of an ordered source, it names what comes after it as well.
    #[test]
    fn what_a_function_reports_stays_in_the_queue() {
        let reports = "report_batch_item_failures = true\n";
        let malformed = "report_batch_item_failures = true\nbatch_response = 'malformed'\n";
        for (line, function, [delivered, returned, charges]) in [
            ("", reports, [2, 1, 2]),
            ("fifo_queue = true\n", reports, [1, 2, 1]),
            ("", "", [0, 3, 1]),
            ("", malformed, [0, 3, 2]),
            ("", "batch_response = 'nothing'\n", [3, 0, 2]),
        ] {
            let pipe = "batch_size = 3\nmaximum_batching_window = '1s'\n";
            let mut world = relayed(line, function, pipe);
            for _ in 0..3 {
                send(&mut world);
            }
            let part = number(&world, "functions.hand").0 as u16;
            world.orders.get_mut(1).unwrap().poisons = Some(part);
            pass(&mut world, 10_000);
            let told = format!("{line}{function}");
            assert_eq!(measure(&world, "functions.hand.invocations"), 1, "{told}");
            assert_eq!(of(&world, "delivered"), delivered, "{told}");
            assert_eq!(of(&world, "returned"), returned, "{told}");
            assert_eq!(measure(&world, "queues.work.deleted"), delivered, "{told}");
            assert_eq!(measure(&world, "queues.work.in_flight"), returned, "{told}");
            assert_eq!(measure(&world, "ledger.charges"), charges, "{told}");
            assert_eq!(moments(&world, "delivery-failed").len() as u64, returned, "{told}");
            assert_eq!(world.check_invariants().or_else(|| world.recount()), None, "{told}");
        }
    }

    /// The default waits until the work is done; `FIRE_AND_FORGET` until the function has accepted the event.
    #[test]
    fn a_message_is_deleted_after_the_answer_or_after_the_acceptance() {
        for (pipe, early) in [("", 0), ("invocation_type = 'FIRE_AND_FORGET'\n", 1)] {
            let mut world = relayed("", "timeout = '20s'\nrequired = true\n", pipe);
            world.services[Id::new(0)].settings.latency = crate::kernel::time::Span::from_secs(10);
            send(&mut world);
            pass(&mut world, 3_000);
            assert_eq!(measure(&world, "queues.work.deleted"), early, "{pipe}");
            assert_eq!(measure(&world, "functions.hand.events_received"), early, "{pipe}");
            pass(&mut world, 30_000);
            let ended = ["queues.work.deleted", "ledger.orders_completed", "ledger.charges"];
            assert_eq!(ended.map(|path| measure(&world, path)), [1, 1, 1], "{pipe}");
            assert_eq!(world.orders.get(0).map(|order| order.live), Some(0), "{pipe}");
        }
    }

    /// EB-62: after five minutes the pipe waits no longer, and the answer that comes later means nothing.
    #[test]
    fn an_execution_waits_no_longer_than_five_minutes() {
        let long = LINE.replace("\"30s\"", "\"1h\"");
        let function = "[functions.hand]\ntimeout = '400s'\n";
        let parts = PIPE.replace("[functions.hand]\n", function);
        let mut world = world_of(&format!("{long}{parts}target = 'functions.hand'\n"));
        break_part(&mut world, FaultKind::Stop, "services.till", 3_600);
        send(&mut world);
        pass(&mut world, 299_000);
        assert_eq!((of(&world, "running"), of(&world, "failures")), (1, 0));
        pass(&mut world, 2_000);
        assert_eq!(
            (of(&world, "running"), of(&world, "failures"), of(&world, "returned")),
            (0, 1, 1)
        );
        assert_eq!(measure(&world, "functions.hand.running"), 1, "nobody stops the function");
        pass(&mut world, 200_000);
        assert_eq!(measure(&world, "functions.hand.timeouts"), 1);
        assert_eq!((of(&world, "delivered"), of(&world, "failures")), (0, 1));
    }

    /// LAM-41: a function without concurrency is not invoked, and the message returns.
    #[test]
    fn a_throttled_call_fails_at_once() {
        let mut world = relayed("", "reserved_concurrent_executions = 0\n", "");
        send(&mut world);
        pass(&mut world, 5_000);
        assert_eq!((of(&world, "failures"), of(&world, "returned")), (1, 1));
        let of_function = ["invocations", "throttles", "events_received"];
        let of_function =
            of_function.map(|name| measure(&world, &format!("functions.hand.{name}")));
        assert_eq!(of_function, [0, 1, 0]);
        pass(&mut world, 30_000);
        assert_eq!(of(&world, "taken"), 2, "its visibility timeout has ended");
    }

    /// A workflow that calls the till for a record with a number under two, and ends with nothing otherwise.
    fn started(kind: &str, pipe: &str) -> World {
        let flow = r#"{ "StartAt": "c", "States": {
            "c": { "Type": "Choice", "Choices": [{ "Variable": "$[0].body.id", "StringEquals": "none", "Next": "n" }], "Default": "w" },
            "n": { "Type": "Pass", "Result": {}, "End": true },
            "w": { "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": { "FunctionName": "work" }, "End": true } } }"#;
        let text = format!(
            "{LINE}[workflows.flow]\ntype = '{kind}'\ndefinition = 'flow.json'\ncalls = {{ work = 'till' }}\n\
             [pipes.relay]\nsource = 'queues.work'\nbatch_size = 1\n{pipe}"
        );
        let mut world = world_with(&text, &[("flow.json".to_owned(), flow.to_owned())]);
        send(&mut world);
        world
    }

    /// SFN-02, EB-63: the message stays in the queue if the execution that the pipe waits for fails.
    #[test]
    fn a_pipe_waits_for_an_express_execution() {
        let target = "target = 'workflows.flow'\n";
        let forget = "target = 'workflows.flow'\ninvocation_type = 'FIRE_AND_FORGET'\n";
        for (kind, pipe, broken, [succeeded, deleted, failures]) in [
            ("EXPRESS", target, false, [1, 1, 0]),
            ("EXPRESS", target, true, [0, 0, 1]),
            ("EXPRESS", forget, true, [0, 1, 0]),
            ("STANDARD", forget, true, [0, 1, 0]),
        ] {
            let mut world = started(kind, pipe);
            if broken {
                break_part(&mut world, FaultKind::Outage, "services.till", 3_600);
            }
            pass(&mut world, 5_000);
            let told = format!("{kind} {pipe} {broken}");
            assert_eq!(measure(&world, "workflows.flow.started"), 1, "{told}");
            assert_eq!(measure(&world, "workflows.flow.succeeded"), succeeded, "{told}");
            assert_eq!(measure(&world, "queues.work.deleted"), deleted, "{told}");
            assert_eq!(of(&world, "failures"), failures, "{told}");
            assert_eq!(world.check_invariants(), None, "{told}");
        }
    }

    /// SEC-14: to wait for an execution is a permission of its own.
    #[test]
    fn a_role_that_may_only_start_may_not_wait() {
        for (action, delivered) in [("states:StartSyncExecution", 1), ("states:StartExecution", 0)]
        {
            let role = format!(
                r#"role_policy = '{{"Statement": {{"Effect": "Allow", "Action": ["sqs:*", "{action}"], "Resource": "*"}}}}'"#
            );
            let mut world = started("EXPRESS", &format!("target = 'workflows.flow'\n{role}"));
            pass(&mut world, 5_000);
            assert_eq!(of(&world, "delivered"), delivered, "{action}");
            assert_eq!(world.denials().is_empty(), delivered == 1, "{:?}", world.denials());
        }
    }

    /// EB-61: the enrichment comes first, and what fails there goes no further.
    #[test]
    fn a_function_or_a_workflow_enriches_before_the_target_gets_anything() {
        let onward = "target = 'queues.next'\n[queues.next]\n";
        let ask_function = format!("enrichment = 'functions.hand'\n{onward}");
        for broken in [false, true] {
            let mut worlds = [
                world_of(&format!("{LINE}{PIPE}{ask_function}")),
                started("EXPRESS", &format!("enrichment = 'workflows.flow'\n{onward}")),
            ];
            send(&mut worlds[0]);
            for world in &mut worlds {
                if broken {
                    break_part(world, FaultKind::Outage, "services.till", 3_600);
                }
                pass(world, 5_000);
                assert_eq!(measure(world, "services.till.calls"), 1);
                assert_eq!(measure(world, "queues.next.sent"), u64::from(!broken));
                let (delivered, failed) = (u64::from(!broken), u64::from(broken));
                assert_eq!((of(world, "delivered"), of(world, "failures")), (delivered, failed));
                assert_eq!(measure(world, "queues.work.in_flight"), u64::from(broken));
            }
        }
    }

    /// EB-61: an empty answer drops the record, which is then deleted like one that was processed.
    #[test]
    fn a_record_that_the_enrichment_answers_with_nothing_goes_no_further() {
        let onward = "enrichment = 'workflows.flow'\ntarget = 'queues.next'\n\
                      input_template = '<$.body>'\n[queues.next]\n";
        let mut world = started("EXPRESS", onward);
        // The workflow has nothing to say of this one.
        let flow = &mut world.workflows[Id::new(0)].machine;
        let input = serde_json::json!([{ "body": { "id": "none" } }]);
        let first = flow.program.borrow_mut().start(&input);
        for starts in &mut flow.starts {
            *starts = vec![Some(first)];
        }
        pass(&mut world, 5_000);
        assert_eq!((of(&world, "left_out"), of(&world, "delivered")), (1, 0));
        assert_eq!(
            (measure(&world, "queues.next.sent"), measure(&world, "queues.work.deleted")),
            (0, 1)
        );
        assert_eq!(moments(&world, "left-out").len(), 1);
        assert_eq!(measure(&world, "ledger.orders_lost"), 1, "its queue is required");
        assert_eq!(world.check_invariants().or_else(|| world.recount()), None);
    }
}

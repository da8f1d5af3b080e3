//! Executions from start to end, and the calls of their tasks.

use super::callee::Resolved;
use super::delivery::Access;
use super::id::{ServiceId, WorkflowId};
use super::refusal::Refusal;
use super::service::CallError;
use super::workflow::{Execution, ThreadId};
use super::{Happened, Scheduled, Target, World};
use crate::aws::billing::Item;
use crate::aws::workflow::{Call, DataId, NodeId, Step};
use crate::design::WorkflowType;
use crate::fault::FaultKind;
use crate::kernel::time::Span;

/// Time limit of an Express execution (SFN-02).
const EXPRESS_MAX: Span = Span::from_secs(300);
pub(super) const HAND_OVER: Span = Span::from_millis(50);
/// Time limit of a function (LAM-40), and memory in MB of a task's function: the minimum, because a design
/// does not set it.
const FUNCTION_MAX: Span = Span::from_secs(900);
const TASK_MEMORY: u64 = 128;

impl World {
    /// Performs a permitted `StartExecution`.
    pub(super) fn start(&mut self, index: WorkflowId, order: u32, shape: u16) {
        let Some(first) = self.first_node(index, order, shape) else { return };
        let is_sensitive = self.is_sensitive(order, shape);
        self.begin_execution(index, order, first, is_sensitive);
        self.repeat_execution(index, order, first, is_sensitive);
    }

    /// Express is at-least-once: the same start may run more than once (SFN-03). That the second execution
    /// begins at once is a *model assumption* (MA-workflow-5).
    pub(super) fn repeat_execution(
        &mut self,
        index: WorkflowId,
        order: u32,
        first: NodeId,
        is_sensitive: bool,
    ) {
        let workflow = &self.workflows[index];
        let (part, is_express) = (workflow.part, workflow.settings.kind == WorkflowType::Express);
        if is_express && self.is_broken(FaultKind::Duplicate, part) {
            self.workflows[index].state.repeated += 1;
            self.occur(part, Some(order), Happened::Copied);
            self.begin_execution(index, order, first, is_sensitive);
        }
    }

    /// Begins an execution; its number.
    pub(super) fn begin_execution(
        &mut self,
        index: WorkflowId,
        order: u32,
        first: NodeId,
        is_sensitive: bool,
    ) -> u32 {
        let workflow = &self.workflows[index];
        let (part, is_express) = (workflow.part, workflow.settings.kind == WorkflowType::Express);
        let longest = if is_express { Some(EXPRESS_MAX) } else { None };
        let timeout = workflow.machine.timeout.into_iter().chain(longest).min();
        let deadline = timeout.map(|timeout| self.now + timeout);
        if workflow.settings.matters {
            self.live(order);
        }
        self.execution_began(index, is_sensitive);
        let execution = Execution {
            workflow: index,
            order,
            root: 0,
            running: true,
            began: self.now,
            deadline,
            events: 1,
            calls: 0,
            waiting: None,
            caller: None,
        };
        let number = self.free_executions.pop().unwrap_or_else(|| {
            self.executions.push(Execution::default());
            self.executions.len() as u32 - 1
        });
        if let Some(slot) = self.executions.get_mut(number as usize) {
            *slot = execution;
        }
        if let Some(at) = deadline {
            self.agenda.enter(at, Scheduled::ExecutionOver { execution: number });
        }
        self.occur(part, Some(order), Happened::ExecutionStarted);
        let root = self.spawn(number, first, None);
        if let Some(execution) = self.executions.get_mut(number as usize) {
            execution.root = root.place;
        }
        number
    }

    /// Performs the call of a task.
    pub(super) fn task(&mut self, id: ThreadId, call: Call) {
        let Some((index, number, order)) = self.workflow_of(id) else { return };
        let callee = self.workflows[index].machine.callees.get(call.callee).cloned().flatten();
        if self.history_grows(id, callee.as_ref().map_or(3, Resolved::events)) {
            return;
        }
        let calls = self.executions.get_mut(number as usize).map_or(0, |execution| {
            execution.calls += 1;
            execution.calls
        });
        let workflow = &self.workflows[index];
        let with_key = workflow.settings.idempotency_keys;
        let (error, after) = match callee {
            Some(Resolved::Service { access, .. }) if access != Access::FULL => {
                (CallError::AccessDenied, HAND_OVER)
            }
            // Without free concurrency, the function is not called at all (LAM-41).
            Some(Resolved::Service { .. }) if self.tasks_are_full() => {
                (CallError::TooManyRequests, HAND_OVER)
            }
            Some(Resolved::Service { service, wire, .. }) => {
                let calls = (order, calls);
                self.call_service(id, &call, (service, wire), calls, with_key);
                return;
            }
            Some(Resolved::Send { target, wire, access, shape, .. }) => {
                let error = self.send_message(target, access, (order, calls), shape);
                let at = self.hop(wire, order, calls, HAND_OVER);
                self.agenda.enter(at, Scheduled::TaskDone { thread: id, error });
                return;
            }
            Some(resolved) => return self.use_part(id, &call, resolved, (order, calls)),
            None => (CallError::Unavailable, Span::ZERO),
        };
        let entry = Scheduled::TaskDone { thread: id, error: Some(error) };
        self.agenda.enter(self.now + after, entry);
    }

    /// Runs a task's function, which calls its service. A timeout or a missing heartbeat ends the wait, not
    /// the call (SFN-04, SFN-30).
    fn call_service(
        &mut self,
        id: ThreadId,
        call: &Call,
        (service, wire): (ServiceId, u32),
        (order, calls): (u32, u32),
        with_key: bool,
    ) {
        let answer = self.begin_call(service, order, calls);
        let ends = answer.takes.map(|takes| self.now + takes);
        let limit = [(call.timeout, CallError::Timeout), (call.heartbeat, CallError::Heartbeat)]
            .into_iter()
            .filter_map(|(limit, error)| Some((limit?, error)))
            .min_by_key(|(limit, _)| *limit);
        let late = limit.filter(|(limit, _)| answer.takes.is_none_or(|takes| takes > *limit));
        let shown = answer.takes.unwrap_or(HAND_OVER).max(Span::from_millis(1));
        self.hop(wire, order, calls, shown);
        // A task's function is billed for as long as it runs, even if nobody waits for it any longer; a
        // throttled one does not run (COST-06, LAM-42).
        if answer.error != Some(CallError::TooManyRequests) {
            let waits = limit.map(|(limit, _)| limit);
            let runs = answer.takes.or(waits).unwrap_or(FUNCTION_MAX).min(FUNCTION_MAX);
            self.task_runs(runs);
            self.bill.count(Item::LambdaRequests, 1);
            self.bill.count(Item::LambdaDuration, runs.0.div_ceil(1_000) * TASK_MEMORY);
        }
        if let Some((limit, error)) = late {
            self.abandon(service, order, ends, answer.error.is_none(), with_key);
            let entry = Scheduled::TaskDone { thread: id, error: Some(error) };
            self.agenda.enter(self.now + limit, entry);
            return;
        }
        if let Some(thread) = self.thread(id) {
            thread.calling = Some((service, ends, answer.error.is_none()));
        }
        // A task without a timeout waits for a call that is never answered until the execution ends (SFN-34).
        if let Some(at) = ends {
            self.agenda.enter(at, Scheduled::TaskDone { thread: id, error: answer.error });
        }
    }

    /// Performs a task that sends to a queue or publishes to a topic; returns the error if the target
    /// refuses.
    fn send_message(
        &mut self,
        target: Target,
        access: Access,
        (order, calls): (u32, u32),
        shape: u16,
    ) -> Option<CallError> {
        if let Some(refusal) = self.refusal_of_request(target, access, (order, calls), shape) {
            return Some(error_of(refusal));
        }
        self.hand_over(target, order, shape);
        None
    }

    /// Ends a task or a wait, and continues with its result or its error.
    pub(super) fn task_done(&mut self, id: ThreadId, error: Option<CallError>) {
        let Some(thread) = self.thread(id) else { return };
        let (node, calling) = (thread.node, thread.calling.take());
        let answer = thread.answer.take();
        let Some((index, _, order)) = self.workflow_of(id) else { return };
        let workflow = &self.workflows[index];
        let with_key = workflow.settings.idempotency_keys;
        if let Some((service, ..)) = calling {
            self.end_call(service);
            match error {
                Some(error) => self.call_failed(service, order, error),
                None => self.take_effect(service, order, with_key),
            }
        }
        let workflow = &self.workflows[index];
        if let Some(error) = error {
            let failure = workflow.machine.failures.iter().find(|(known, _)| *known == error);
            if let Some(failure) = failure.map(|(_, failure)| *failure) {
                self.handle(id, failure);
            }
            return;
        }
        let mut program = workflow.machine.program.borrow_mut();
        let result = match program.step(node) {
            Step::Task(call) => {
                let callee = workflow.machine.callees.get(call.callee).and_then(Option::as_ref);
                let Some(result) = answer.or(callee.map(Resolved::result)) else { return };
                result
            }
            // A wait has no result.
            _ => program.intern(serde_json::Value::Null),
        };
        let next = program.complete(node, result);
        drop(program);
        self.follow(id, next);
    }

    pub(super) fn succeed(&mut self, number: u32, last: NodeId, output: DataId) {
        let Some((index, order)) = self.end_execution(number) else { return };
        let workflow = &mut self.workflows[index];
        workflow.state.succeeded += 1;
        let state = workflow.machine.program.borrow().state_of(last);
        let (part, required) = (workflow.part, workflow.settings.required);
        let matters = workflow.settings.matters;
        let cancels = workflow.settings.cancels.get(state).copied().unwrap_or(false);
        self.occur(part, Some(order), Happened::ExecutionSucceeded { cancels });
        if matters {
            self.over(order, required);
        }
        if required != 0 && cancels {
            self.change(order, |order| order.cancelled = true);
        }
        self.tell_waiting(number, Some(output));
    }

    /// Ends an execution that has failed.
    pub(super) fn fail(&mut self, number: u32) {
        let Some((index, order)) = self.end_execution(number) else { return };
        let workflow = &mut self.workflows[index];
        workflow.state.failed += 1;
        let (part, matters) = (workflow.part, workflow.settings.matters);
        self.occur(part, Some(order), Happened::ExecutionFailed);
        if matters {
            self.over(order, 0);
        }
        self.tell_waiting(number, None);
    }

    /// Ends an execution at its own time limit; the workflow cannot catch that (SFN-20).
    pub(super) fn execution_over(&mut self, number: u32) {
        let Some(execution) = self.executions.get(number as usize) else { return };
        if !execution.running || execution.deadline != Some(self.now) {
            return;
        }
        let root = execution.root;
        self.kill(root);
        let Some((index, order)) = self.end_execution(number) else { return };
        let workflow = &mut self.workflows[index];
        workflow.state.timed_out += 1;
        let (part, matters) = (workflow.part, workflow.settings.matters);
        self.occur(part, Some(order), Happened::ExecutionTimedOut);
        if matters {
            self.over(order, 0);
        }
        self.tell_waiting(number, None);
    }
}

/// The error of a task whose target does not take what it sends.
pub(super) fn error_of(refusal: Refusal) -> CallError {
    match refusal {
        Refusal::Unavailable => CallError::Unavailable,
        Refusal::Throttled => CallError::TooManyRequests,
        Refusal::NoPermission
        | Refusal::WrongKey
        | Refusal::NoDeduplication
        | Refusal::ThirdAccount => CallError::AccessDenied,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::id::Id;
    use crate::world::template::DETAIL;
    use crate::world::tests::{accept, break_part, bus_line, measure, moments, pass, world_with};

    const WORK: &str = r#""Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": { "FunctionName": "work" }"#;

    /// An execution that does one task and has just been started, for order 0.
    fn started(task: &str, flow: &str, latency: &str, prepare: impl FnOnce(&mut World)) -> World {
        let state =
            format!(r#""a": {{ {WORK}, {task} "Next": "b" }}, "b": {{ "Type": "Succeed" }}"#);
        let definition = format!(r#"{{ "StartAt": "a", "States": {{ {state} }} }}"#);
        let line =
            bus_line().replace("queues.work']", "workflows.flow']").replace("\"100ms\"", latency);
        let text = format!(
            "{line}[workflows.flow]\ndefinition = 'flow.json'\ncalls = {{ work = 'till' }}\n{flow}"
        );
        let mut world = world_with(&text, &[("flow.json".to_owned(), definition)]);
        prepare(&mut world);
        let order = accept(&mut world);
        world.start(Id::new(0), order, DETAIL);
        world
    }

    /// SFN-04: the waiting ends, and the call does not.
    #[test]
    fn a_task_that_times_out_leaves_its_call_to_itself() {
        let mut world = started("\"TimeoutSeconds\": 2,", "", "'10s'", |_| {});
        pass(&mut world, 60_000);
        assert_eq!(moments(&world, "execution-failed"), [(2_080, Some(0))]);
        let effects = moments(&world, "took-effect");
        assert!(effects.len() == 1 && effects[0].0 > 5_000, "{effects:?}");
        assert_eq!(measure(&world, "services.till.in_flight"), 0);
    }

    /// SFN-02, COST-07: an Express execution ends after five minutes, and is paid for by its time.
    #[test]
    fn an_express_execution_runs_no_longer_than_five_minutes() {
        let mut world = started("", "type = 'EXPRESS'\n", "'100ms'", |world| {
            break_part(world, FaultKind::Stop, "services.till", 3_600);
        });
        pass(&mut world, 400_000);
        assert_eq!(moments(&world, "execution-timed-out"), [(300_000, Some(0))]);
        assert_eq!(measure(&world, "bill.express_requests"), 1);
        assert_eq!(measure(&world, "bill.express_mb_ms"), 300_000 * 64);
        assert_eq!(measure(&world, "bill.state_transitions"), 0);
    }

    /// SFN-03: Express is at-least-once. With a key that the service keeps, the second execution does nothing.
    #[test]
    fn an_express_execution_may_run_twice_and_a_key_makes_it_harmless() {
        for (keys, charges) in [("", 2), ("idempotency_keys = true\n", 1)] {
            let flow = format!("type = 'EXPRESS'\nrequired = true\n{keys}");
            let latency = "\"100ms\"\nidempotency_keys = true";
            let mut world = started("", &flow, latency, |world| {
                break_part(world, FaultKind::Duplicate, "workflows.flow", 3_600);
            });
            pass(&mut world, 60_000);
            let of = |name: &str| measure(&world, &format!("workflows.flow.{name}"));
            assert_eq!((of("started"), of("repeated"), of("succeeded")), (2, 1, 2), "{keys}");
            assert_eq!(measure(&world, "ledger.charges"), charges, "{keys}");
            assert_eq!(
                world.orders.get(0).map(|order| order.live),
                Some(0),
                "nothing is under way"
            );
        }
    }

    /// SFN-03: a Standard workflow refuses the fault, and the one that Express had ends with its type.
    #[test]
    fn a_standard_execution_runs_once() {
        let mut world = started("", "", "'100ms'", |_| {});
        let fault = crate::world::tests::fault(&world, FaultKind::Duplicate, "workflows.flow", 60);
        assert!(world.schedule(fault).unwrap_err().contains("exactly once"));
        let mut express = started("", "type = 'EXPRESS'\n", "'100ms'", |_| {});
        break_part(&mut express, FaultKind::Duplicate, "workflows.flow", 3_600);
        express.workflows[Id::new(0)].settings.kind = WorkflowType::Standard;
        express.start(Id::new(0), 0, DETAIL);
        assert_eq!(measure(&express, "workflows.flow.repeated"), 0);
    }

    /// LAM-41.
    #[test]
    fn a_task_whose_function_finds_no_room_is_not_called() {
        let fill =
            |world: &mut World| (0..1_000).for_each(|_| world.task_runs(Span::from_secs(60)));
        let mut world = started("", "", "'100ms'", fill);
        pass(&mut world, 1_000);
        assert_eq!(moments(&world, "execution-failed"), [(130, Some(0))]);
        assert_eq!(measure(&world, "services.till.calls"), 0);
    }

    #[test]
    fn an_execution_that_ends_in_a_cancelling_state_cancels_its_order() {
        for (flow, cancelled) in [("", 0), ("cancelled_in = ['b']\n", 1)] {
            let mut world = started("", &format!("required = true\n{flow}"), "'100ms'", |_| {});
            pass(&mut world, 5_000);
            assert_eq!(measure(&world, "workflows.flow.succeeded"), 1);
            assert_eq!(measure(&world, "ledger.orders_cancelled"), cancelled);
        }
    }
}

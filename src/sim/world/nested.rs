//! Executions that a task of another execution starts: input, end and answer, and what becomes of them when the
//! one that waits is no more (SFN-30, SFN-35, SFN-41).

use super::callee::{ended, input_of};
use super::id::WorkflowId;
use super::service::CallError;
use super::workflow::{Nested, ThreadId};
use super::{Happened, Scheduled, World};
use crate::aws::workflow::{DataId, Nesting, NodeId};
use crate::kernel::time::{Span, Time};

/// From the end of an execution until the one that waits hears of it: a *model assumption* (MA-workflow-6).
const HEARS: Span = Span::from_millis(50);

impl World {
    /// Starts an execution with the `Input` of a task's request, whose number in the program is `request`.
    pub(super) fn start_nested(
        &mut self,
        outer: WorkflowId,
        (nested, order): (WorkflowId, u32),
        (callee, request, nesting): (usize, DataId, Nesting),
    ) -> u32 {
        let input = {
            let program = self.workflows[outer].machine.program.borrow();
            input_of(&program.data(request))
        };
        let is_sensitive = self.shows_sensitive(order, &input);
        let known = self.workflows[outer].machine.nested.get(&(callee, request)).copied();
        let first = known.unwrap_or_else(|| {
            let first = self.workflows[nested].machine.program.borrow_mut().start(&input);
            self.workflows[outer].machine.nested.insert((callee, request), first);
            first
        });
        let number = self.begin_execution(nested, order, first, is_sensitive);
        // One that is waited for is Standard.
        match nesting {
            Nesting::Started => self.repeat_execution(nested, order, first, is_sensitive),
            Nesting::Ended | Nesting::EndedAsJson => {}
        }
        number
    }

    /// A task waits for an execution, at most until `late`.
    pub(super) fn wait_for(
        &mut self,
        id: ThreadId,
        execution: u32,
        (callee, nesting): (usize, Nesting),
        late: Option<Time>,
    ) {
        if let Some(nested) = self.executions.get_mut(execution as usize) {
            nested.waiting = Some(id);
        }
        if let Some(thread) = self.thread(id) {
            thread.nested = Some(Nested { execution, callee, nesting, late });
        }
        if let Some(at) = late {
            self.agenda.enter(at, Scheduled::TaskLate { thread: id });
        }
    }

    /// The task waits no longer. Its timeout is none of the reasons for which Step Functions stops the nested
    /// execution, so that one goes on (SFN-04).
    pub(super) fn task_late(&mut self, id: ThreadId) {
        let now = self.now;
        let Some(thread) = self.thread(id) else { return };
        if let Some(nested) = thread.nested.take_if(|nested| nested.late == Some(now)) {
            if let Some(nested) = self.executions.get_mut(nested.execution as usize) {
                nested.waiting = None;
            }
            self.task_done(id, Some(CallError::Timeout));
        }
    }

    /// An execution has ended, and whoever waits for it hears of that: its output, or that it failed.
    pub(super) fn tell_waiting(&mut self, number: u32, output: Option<DataId>) {
        let Some(execution) = self.executions.get_mut(number as usize) else { return };
        let (waiting, nested) = (execution.waiting.take(), execution.workflow);
        if let Some(caller) = execution.caller.take() {
            let fate = self.fate_of_execution(nested, output);
            self.call_answered(caller, &[fate]);
            return;
        }
        let Some(id) = waiting else { return };
        let Some((outer, ..)) = self.workflow_of(id) else { return };
        let Some(waits) = self.thread(id).and_then(|thread| thread.nested.take()) else { return };
        let answer = output.map(|output| self.answer_of(outer, nested, &waits, output));
        if let Some(thread) = self.thread(id) {
            thread.answer = answer;
        }
        let error = answer.is_none().then_some(CallError::NestedFailed);
        self.agenda.enter(self.now + HEARS, Scheduled::TaskDone { thread: id, error });
    }

    /// What `DescribeExecution` says of an execution that succeeded, computed once for each output.
    fn answer_of(
        &mut self,
        outer: WorkflowId,
        nested: WorkflowId,
        waits: &Nested,
        output: DataId,
    ) -> DataId {
        let known = self.workflows[outer].machine.answers.get(&(waits.callee, output)).copied();
        if let Some(known) = known {
            return known;
        }
        let output_value = self.workflows[nested].machine.program.borrow().data(output);
        let answer = ended(&output_value, waits.nesting);
        let answer = self.workflows[outer].machine.program.borrow_mut().intern(answer);
        self.workflows[outer].machine.answers.insert((waits.callee, output), answer);
        answer
    }

    /// Step Functions stops an execution when the one that waits for it is stopped, or a sibling of the task
    /// fails (SFN-35). That it always succeeds in it is a *model assumption* (MA-workflow-7).
    pub(super) fn abort(&mut self, number: u32) {
        let Some(execution) = self.executions.get_mut(number as usize).filter(|e| e.running) else {
            return;
        };
        execution.waiting = None;
        let root = execution.root;
        self.kill(root);
        let Some((index, order)) = self.end_execution(number) else { return };
        let workflow = &mut self.workflows[index];
        workflow.state.aborted += 1;
        let (part, matters) = (workflow.part, workflow.settings.matters);
        self.occur(part, Some(order), Happened::ExecutionAborted);
        if matters {
            self.over(order, 0);
        }
    }
}

impl World {
    /// The first node of an execution that begins with a message; `None` for a message that never comes there.
    pub(super) fn first_node(&self, index: WorkflowId, order: u32, shape: u16) -> Option<NodeId> {
        let starts = self.workflows[index].machine.starts.get(usize::from(shape))?;
        starts.get(self.class(order)).copied().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::FaultKind;
    use crate::world::id::Id;
    use crate::world::template::DETAIL;
    use crate::world::tests::{accept, break_part, bus_line, measure, pass, world_with};
    use serde_json::json;

    fn nest(way: &str, more: &str) -> String {
        format!(
            r#""Type": "Task", "Resource": "arn:aws:states:::states:startExecution{way}", {more} "Parameters":
               {{ "StateMachineArn": "arn:aws:states:eu-west-1:111122223333:stateMachine:inner", "Input": {{ "id.$": "$.id" }} }}"#
        )
    }

    /// A world in which `outer` has these states, and `inner` calls the till with its input as output.
    fn world(outer: &str, settings: &str) -> World {
        let inner = r#"{ "StartAt": "w", "States": { "w": { "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": { "FunctionName": "work" }, "ResultPath": "$.done", "End": true } } }"#;
        let outer = format!(r#"{{ "StartAt": "a", "States": {{ {outer} }} }}"#);
        // Something is required in every design.
        let of_outer = if settings.is_empty() { "required = true\n" } else { "" };
        let text = format!(
            "{}[workflows.outer]\n{of_outer}uses = ['workflows.inner']\ndefinition = 'outer.json'\n\
             [workflows.inner]\ndefinition = 'inner.json'\ncalls = {{ work = 'till' }}\n{settings}",
            bus_line().replace("queues.work']", "workflows.outer']").replace("required = true", "")
        );
        let documents =
            [("outer.json".to_owned(), outer), ("inner.json".to_owned(), inner.to_owned())];
        let mut world = world_with(&text, &documents);
        let order = accept(&mut world);
        world.start(Id::new(1), order, DETAIL);
        world
    }

    fn of(world: &World, name: &str) -> u64 {
        measure(world, &format!("workflows.{name}"))
    }

    /// SFN-41: request and response go on at once, and a nested execution is paid for by itself.
    #[test]
    fn a_task_waits_for_an_execution_or_goes_on_when_it_has_started() {
        for (way, waits) in [("", false), (".sync", true), (".sync:2", true)] {
            let states = format!(
                r#""a": {{ {}, "Next": "b" }}, "b": {{ "Type": "Succeed" }}"#,
                nest(way, "")
            );
            let mut world = world(&states, "");
            pass(&mut world, 60_000);
            assert_eq!((of(&world, "outer.succeeded"), of(&world, "inner.succeeded")), (1, 1));
            let all = world.trace.since(0);
            let first = all.iter().find(|o| o.kind().name() == "execution-succeeded").unwrap();
            assert_eq!(world.path_of(first.part) == "workflows.inner", waits, "{way}");
            assert_eq!(measure(&world, "bill.state_transitions"), 3);
            assert_eq!(measure(&world, "services.till.calls"), 1);
        }
    }

    /// SFN-03: Express may repeat a start that nobody waits for, and Standard does not.
    #[test]
    fn a_nested_express_execution_may_run_twice() {
        let states = format!(r#""a": {{ {}, "End": true }}"#, nest("", ""));
        for (settings, started) in [("", 1), ("type = 'EXPRESS'\nrequired = true\n", 2)] {
            let mut world = world(&states, settings);
            if started == 2 {
                break_part(&mut world, FaultKind::Duplicate, "workflows.inner", 3_600);
            }
            pass(&mut world, 60_000);
            assert_eq!(of(&world, "inner.started"), started, "{settings}");
            assert_eq!(of(&world, "inner.succeeded"), started);
            assert_eq!(world.orders.get(0).map(|order| order.live), Some(0));
            assert_eq!(world.check_invariants(), None);
        }
    }

    /// SFN-41: of `.sync` the output is text, of `.sync:2` it is JSON.
    #[test]
    fn a_task_gets_the_output_of_the_execution_that_it_waited_for() {
        let done = json!({ "ExecutedVersion": "$LATEST", "Payload": {}, "StatusCode": 200 });
        for (way, path, wanted) in [
            (".sync:2", "$.Output.id", json!("1")),
            (".sync", "States.StringToJson($.Output)", json!({ "id": "1", "done": done })),
        ] {
            let states = format!(
                r#""a": {{ {}, "ResultSelector": {{ "got.$": "{path}" }}, "Next": "b" }}, "b": {{ "Type": "Wait", "Seconds": 60, "End": true }}"#,
                nest(way, "")
            );
            let mut world = world(&states, "");
            pass(&mut world, 10_000);
            let waits = world.threads.iter().find(|thread| thread.execution == 0).unwrap();
            let input = world.workflows[Id::new(1)].machine.program.borrow().input(waits.node);
            assert_eq!(input["got"], wanted, "{way}");
        }
    }

    /// SFN-30: however it fails, it is States.TaskFailed to the one that waits.
    #[test]
    fn a_nested_execution_that_fails_is_an_error_of_the_task() {
        let catch = r#""Catch": [{ "ErrorEquals": ["States.TaskFailed"], "Next": "b" }],"#;
        let states = format!(
            r#""a": {{ {}, "End": true }}, "b": {{ "Type": "Succeed" }}"#,
            nest(".sync", catch)
        );
        let mut world = world(&states, "");
        break_part(&mut world, FaultKind::Outage, "services.till", 3_600);
        pass(&mut world, 60_000);
        assert_eq!((of(&world, "inner.failed"), of(&world, "outer.caught")), (1, 1));
        assert_eq!(of(&world, "outer.succeeded"), 1);
    }

    /// SFN-35: a sibling that fails stops the nested execution; SFN-04: a timeout does not.
    #[test]
    fn a_failing_sibling_stops_a_nested_execution_and_a_timeout_leaves_it() {
        let late =
            format!(r#""a": {{ {}, "End": true }}"#, nest(".sync", r#""TimeoutSeconds": 3,"#));
        let sibling = format!(
            r#""a": {{ "Type": "Parallel", "End": true, "Branches": [
                {{ "StartAt": "n", "States": {{ "n": {{ {}, "InputPath": "$", "End": true }} }} }},
                {{ "StartAt": "f", "States": {{ "f": {{ "Type": "Wait", "Seconds": 2, "Next": "g" }}, "g": {{ "Type": "Fail", "Error": "No" }} }} }} ] }}"#,
            nest(".sync", "")
        );
        for (states, aborted, succeeded) in [(&late, 0, 1), (&sibling, 1, 0)] {
            let mut world = world(states, "");
            world.services[Id::new(0)].settings.latency = Span::from_secs(10);
            pass(&mut world, 60_000);
            assert_eq!(of(&world, "outer.failed"), 1, "{states}");
            assert_eq!(
                (of(&world, "inner.aborted"), of(&world, "inner.succeeded")),
                (aborted, succeeded)
            );
            assert_eq!((of(&world, "inner.running"), world.check_invariants()), (0, None));
            assert_eq!(world.free_threads.len(), world.threads.len(), "no thread is left");
        }
    }

    /// An order waits for the execution that it requires, whoever starts that.
    #[test]
    fn an_order_is_in_progress_until_the_nested_execution_that_it_requires_is_over() {
        let states = format!(r#""a": {{ {}, "End": true }}"#, nest("", ""));
        let mut world = world(&states, "required = true\n");
        assert_eq!(measure(&world, "ledger.orders_in_progress"), 1);
        pass(&mut world, 60_000);
        assert_eq!(measure(&world, "ledger.orders_completed"), 1);
        assert_eq!(world.orders.get(0).unwrap().live, 0, "nothing of it is left");
    }
}

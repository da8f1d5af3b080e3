//! Tasks of workflows that call tables, buses and other workflows.

use super::callee::{Entry, Resolved};
use super::delivery::Access;
use super::execution::{HAND_OVER, error_of};
use super::id::{StoreId, WorkflowId};
use super::refusal::Refusal;
use super::service::CallError;
use super::template::DETAIL;
use super::workflow::ThreadId;
use super::{Happened, Scheduled, Target, World};
use crate::aws::workflow::{Call, ItemAction, Nesting, TableCall};
use serde_json::json;
use std::rc::Rc;

impl World {
    /// A task that calls neither a function nor a queue nor a topic. `turn` is its order and the number of the
    /// call, which key its luck.
    pub(super) fn use_part(
        &mut self,
        id: ThreadId,
        call: &Call,
        resolved: Resolved,
        turn: (u32, u32),
    ) {
        let (order, calls) = turn;
        match resolved {
            Resolved::Table { store, call: asked, wire, access, .. } => {
                let at = self.hop(wire, order, calls, HAND_OVER);
                let error = if access == Access::FULL {
                    self.ask_table(id, (store, &asked), order).err()
                } else {
                    Some(CallError::AccessDenied)
                };
                self.agenda.enter(at, Scheduled::TaskDone { thread: id, error });
            }
            Resolved::Events { entries, .. } => {
                let error = self.put_events(&entries, turn);
                let hops = entries.iter().map(|entry| entry.wire).collect::<Vec<_>>();
                let arrive = hops.into_iter().map(|wire| self.hop(wire, order, calls, HAND_OVER));
                let at = arrive.max().unwrap_or(self.now);
                self.agenda.enter(at, Scheduled::TaskDone { thread: id, error });
            }
            Resolved::Machine { workflow, nesting, wire, access, .. } => {
                self.start_machine(id, call, (workflow, nesting, wire, access), turn);
            }
            Resolved::Service { .. } | Resolved::Send { .. } => {}
        }
    }

    fn ask_table(
        &mut self,
        id: ThreadId,
        (store, asked): (StoreId, &TableCall),
        order: u32,
    ) -> Result<(), CallError> {
        let Some((index, ..)) = self.workflow_of(id) else { return Ok(()) };
        let Some(node) = self.thread(id).map(|thread| thread.node) else { return Ok(()) };
        let program = Rc::clone(&self.workflows[index].machine.program);
        let request = {
            let mut program = program.borrow_mut();
            let request = program.request(node);
            program.data(request)
        };
        let item = self.call_table(store, asked, &request, order)?;
        if asked.action == ItemAction::Get {
            let mut answer = json!({ "SdkHttpMetadata": { "HttpStatusCode": 200 } });
            if let Some(item) = item {
                answer["Item"] = (*item).clone();
            }
            let answer = program.borrow_mut().intern(answer);
            if let Some(thread) = self.thread(id) {
                thread.answer = Some(answer);
            }
        }
        Ok(())
    }

    /// `PutEvents` is not atomic (EB-06): what one bus does not take, others do, and a retry sends all again. A
    /// request that may not be made at all puts nothing, and neither does one over the quota of a bus (EB-04).
    fn put_events(&mut self, entries: &[Entry], (order, calls): (u32, u32)) -> Option<CallError> {
        let refusal = |world: &Self, entry: &Entry| {
            world.refusal(Target::Bus(entry.bus), entry.access, order, calls)
        };
        let refused: Vec<Option<Refusal>> =
            entries.iter().map(|entry| refusal(self, entry)).collect();
        if refused.contains(&Some(Refusal::NoPermission)) {
            return Some(CallError::AccessDenied);
        }
        // A request counts once for each bus that it names.
        for (place, Entry { bus, .. }) in entries.iter().enumerate() {
            let is_counted = entries.iter().take(place).any(|entry| entry.bus == *bus);
            if !is_counted && !self.admits(Target::Bus(*bus), order, DETAIL) {
                return Some(error_of(Refusal::Throttled));
            }
        }
        for (entry, refused) in entries.iter().zip(&refused) {
            if refused.is_some() {
                let part = self.buses[entry.bus].part;
                self.occur(part, Some(order), Happened::EntryFailed);
            } else {
                self.route_form(entry.bus, order, entry.form);
            }
        }
        refused.iter().any(Option::is_some).then_some(CallError::FailedEntry)
    }

    fn start_machine(
        &mut self,
        id: ThreadId,
        call: &Call,
        (workflow, nesting, wire, access): (WorkflowId, Nesting, u32, Access),
        (order, calls): (u32, u32),
    ) {
        let at = self.hop(wire, order, calls, HAND_OVER);
        let refusal = self.refusal(Target::Workflow(workflow), access, order, calls);
        let Some((index, ..)) = self.workflow_of(id) else { return };
        if let Some(refusal) = refusal {
            let error = Some(error_of(refusal));
            self.agenda.enter(at, Scheduled::TaskDone { thread: id, error });
            return;
        }
        let Some(node) = self.thread(id).map(|thread| thread.node) else { return };
        let request = self.workflows[index].machine.program.borrow_mut().request(node);
        let execution =
            self.start_nested(index, (workflow, order), (call.callee, request, nesting));
        match nesting {
            Nesting::Started => {
                self.agenda.enter(at, Scheduled::TaskDone { thread: id, error: None });
            }
            Nesting::Ended | Nesting::EndedAsJson => {
                let late = call.timeout.map(|timeout| self.now + timeout);
                self.wait_for(id, execution, (call.callee, nesting), late);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::FaultKind;
    use crate::world::id::Id;
    use crate::world::tests::{accept, break_part, bus_line, measure, moments, pass, world_with};

    const TELL: &str = r#""Resource": "arn:aws:states:::events:putEvents", "Parameters": { "Entries": [
        { "Source": "flow", "DetailType": "Done", "EventBusName": "main", "Detail": { "id.$": "$.id" } },
        { "Source": "flow", "DetailType": "Done", "EventBusName": "news", "Detail": {} } ] }"#;
    const PUT: &str = r#""Resource": "arn:aws:states:::dynamodb:putItem", "Parameters": { "TableName": "seen",
        "Item": { "id": { "S.$": "$.id" } }, "ConditionExpression": "attribute_not_exists(id)" }"#;
    const START: &str = r#""Resource": "arn:aws:states:::states:startExecution.sync", "Parameters": {
        "StateMachineArn": "arn:aws:states:eu-west-1:111122223333:stateMachine:inner" }"#;

    /// An execution of one task that has just been started, for order 0; `states` go on behind it.
    fn begun(task: &str, more: &str, settings: &str) -> World {
        let flow = format!(
            r#"{{ "StartAt": "a", "States": {{ "a": {{ "Type": "Task", {task}, {more} "Next": "b" }}, "b": {{ "Type": "Succeed" }} }} }}"#
        );
        let inner = r#"{ "StartAt": "w", "States": { "w": { "Type": "Wait", "Seconds": 5, "End": true } } }"#;
        let uses = if task == TELL {
            "'buses.main', 'buses.news'"
        } else if task == PUT {
            "'stores.seen'"
        } else {
            "'workflows.inner'"
        };
        let text = format!(
            "{}[stores.seen]\n[buses.news]\npolicy = 'none'\n[workflows.flow]\nuses = [{uses}]\ndefinition = 'flow.json'\n{settings}\
             [workflows.inner]\ndefinition = 'inner.json'\n",
            bus_line()
        );
        let documents =
            [("flow.json".to_owned(), flow), ("inner.json".to_owned(), inner.to_owned())];
        let mut world = world_with(&text, &documents);
        let order = accept(&mut world);
        world.start(Id::new(0), order, DETAIL);
        world
    }

    /// The same a minute later; a part may be broken in the first three seconds.
    fn started(task: &str, more: &str, settings: &str, broken: Option<(FaultKind, &str)>) -> World {
        let mut world = begun(task, more, settings);
        if let Some((kind, path)) = broken {
            break_part(&mut world, kind, path, 3);
        }
        pass(&mut world, 60_000);
        assert_eq!(world.check_invariants().or_else(|| world.recount()), None);
        world
    }

    fn of(world: &World, name: &str) -> u64 {
        measure(world, &format!("workflows.flow.{name}"))
    }

    /// EB-06: one bus takes its entry and the other does not; the retry sends both again.
    #[test]
    fn a_request_with_a_failed_entry_fails_and_its_retry_sends_everything_again() {
        let retry =
            r#""Retry": [{ "ErrorEquals": ["EventBridge.FailedEntry"], "IntervalSeconds": 5 }],"#;
        let broken = Some((FaultKind::Throttle, "buses.news"));
        for (more, succeeded, put) in [(retry, 1, [2, 1]), ("", 0, [1, 0])] {
            let world = started(TELL, more, "", broken);
            let found =
                ["main", "news"].map(|bus| measure(&world, &format!("buses.{bus}.published")));
            assert_eq!((of(&world, "succeeded"), found), (succeeded, put), "{more}");
            assert_eq!(moments(&world, "entry-failed").len(), 1);
        }
    }

    /// EB-04: a request over the quota of a bus puts nothing, and can be tried again.
    #[test]
    fn a_request_over_the_quota_of_a_bus_is_throttled() {
        let retry = r#""Retry": [{ "ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 5 }],"#;
        let mut world = begun(TELL, retry, "");
        let bus = world.buses.position(|bus| bus.settings.rules.is_empty()).unwrap();
        world.buses[bus].settings.quota.all = 0;
        pass(&mut world, 1_000);
        assert_eq!(measure(&world, "buses.main.published"), 0);
        assert_eq!(moments(&world, "put-events-throttled").len(), 1);
        world.buses[bus].settings.quota.all = 1;
        pass(&mut world, 60_000);
        let found = ["main", "news"].map(|bus| measure(&world, &format!("buses.{bus}.published")));
        assert_eq!((of(&world, "retries"), of(&world, "succeeded"), found), (1, 1, [1, 1]));
    }

    /// SEC-14: each action needs its own permission, and without one nothing is done.
    #[test]
    fn a_role_that_may_not_do_it_does_nothing() {
        let may = |action: &str| {
            format!(
                "role_policy = '{{\"Statement\": {{\"Effect\": \"Allow\", \"Action\": {action}, \"Resource\": \"*\"}}}}'\n"
            )
        };
        let all = [("events:PutEvents", TELL), ("dynamodb:PutItem", PUT), ("states:*", START)];
        for (action, task) in all {
            for (other, _) in all {
                // Waiting for an execution takes a rule of EventBridge as well.
                let rules = if action == "states:*" {
                    "\"events:PutRule\", \"events:PutTargets\", \"events:DescribeRule\""
                } else {
                    "\"s3:GetObject\""
                };
                let world = started(task, "", &may(&format!("[\"{other}\", {rules}]")), None);
                let done = u64::from(action == other);
                assert_eq!(of(&world, "succeeded"), done, "{action} by {other}");
                assert_eq!(world.denials().is_empty(), done == 1, "{:?}", world.denials());
            }
        }
        let world = started(START, "", &may("\"states:StartExecution\""), None);
        assert_eq!((of(&world, "failed"), measure(&world, "workflows.inner.started")), (1, 0));
    }

    #[test]
    fn a_target_that_is_down_is_an_error_that_a_state_can_retry() {
        let retry =
            r#""Retry": [{ "ErrorEquals": ["ServiceUnavailable"], "IntervalSeconds": 5 }],"#;
        for (task, part) in [(PUT, "stores.seen"), (START, "workflows.inner")] {
            let world = started(task, retry, "", Some((FaultKind::Outage, part)));
            assert_eq!((of(&world, "retries"), of(&world, "succeeded")), (1, 1), "{part}");
        }
    }
}

//! Executions of a workflow: states entered one after the other, tasks that call services, Retry
//! and Catch as the definition says.

use std::rc::Rc;

use super::service::CallError;
use super::{Entry, OccurrenceKind, PartId, Target, World};
use crate::sim::aws::asl::{Definition, Handling, StateKind};
use crate::sim::kernel::random::Purpose;
use crate::sim::kernel::time::{Span, Time};

#[derive(Debug, Clone)]
pub(super) struct Workflow {
    pub part: PartId,
    pub key: u32,
    pub definition: Rc<Definition>,
    /// By state: the service a task calls, and the wire to it.
    pub calls: Vec<Option<(usize, u32)>>,
    /// By state and kind of order: where a Choice goes.
    pub choices: Vec<Vec<Option<usize>>>,
    /// By state: whether ending there ends the order on purpose.
    pub cancels: Vec<bool>,
    pub required: u16,
    pub idempotency_keys: bool,
    pub running: u64,
    pub succeeded: u64,
    pub failed: u64,
    pub caught: u64,
    /// The states as they follow one another, for showing.
    pub flow: Vec<usize>,
    /// Executions by the state they are in.
    pub inside: Vec<u64>,
    /// Those of them that wait for a retry.
    pub retrying: Vec<u64>,
}

#[derive(Debug, Clone)]
pub(super) struct Execution {
    pub workflow: usize,
    pub order: u32,
    pub state: usize,
    /// How often each retrier of the state was used since it was entered (SFN-24).
    pub used: Vec<u32>,
    /// Grows with every attempt: an answer to an earlier one is void.
    pub visit: u32,
    pub retry_at: Option<Time>,
    pub running: bool,
}

/// What a transition takes: a model assumption.
const TRANSITION: Span = Span::from_millis(80);

impl World {
    pub(super) fn start(&mut self, index: usize, order: u32) {
        self.arrived(Target::Workflow(index));
        let Some(workflow) = self.workflows.get_mut(index) else { return };
        workflow.running += 1;
        let (part, start) = (workflow.part, workflow.definition.start);
        let number = self.executions.len() as u32;
        self.executions.push(Execution {
            workflow: index,
            order,
            state: start,
            used: Vec::new(),
            visit: 0,
            retry_at: None,
            running: true,
        });
        self.occur(part, Some(order), OccurrenceKind::ExecutionStarted, 0);
        self.go_to(number, start);
    }

    /// Enters a state: a transition, so all retry counters begin anew.
    fn go_to(&mut self, number: u32, state: usize) {
        let Some(execution) = self.executions.get_mut(number as usize) else { return };
        execution.state = state;
        execution.used.clear();
        let (index, order) = (execution.workflow, execution.order);
        let Some(workflow) = self.workflows.get_mut(index) else { return };
        if let Some(inside) = workflow.inside.get_mut(state) {
            *inside += 1;
        }
        let part = workflow.part;
        self.occur(part, Some(order), OccurrenceKind::StateEntered, state as u32);
        self.agenda.enter(self.now + TRANSITION, Entry::Enter { execution: number });
    }

    fn leave(&mut self, number: u32) {
        let Some(execution) = self.executions.get(number as usize) else { return };
        let (index, state) = (execution.workflow, execution.state);
        let workflow = self.workflows.get_mut(index);
        if let Some(inside) = workflow.and_then(|workflow| workflow.inside.get_mut(state)) {
            *inside = inside.saturating_sub(1);
        }
    }

    /// Does what the state says, for the first time or again after a retry's wait.
    pub(super) fn enter(&mut self, number: u32) {
        let Some(execution) = self.executions.get_mut(number as usize) else { return };
        if !execution.running {
            return;
        }
        let (index, order, state) = (execution.workflow, execution.order, execution.state);
        execution.visit += 1;
        let visit = execution.visit;
        let was_retrying = execution.retry_at.take().is_some();
        let Some(workflow) = self.workflows.get_mut(index) else { return };
        if was_retrying && let Some(retrying) = workflow.retrying.get_mut(state) {
            *retrying = retrying.saturating_sub(1);
        }
        let definition = Rc::clone(&workflow.definition);
        let call = workflow.calls.get(state).copied().flatten();
        let class = self.orders.get(order as usize).map_or(0, |order| usize::from(order.class));
        match definition.states.get(state).map(|state| &state.kind) {
            Some(StateKind::Task(task)) => {
                let Some((service, wire)) = call else { return };
                self.task(number, visit, order, service, wire, task.timeout);
            }
            Some(StateKind::Pass { next }) => self.leave_to(number, *next),
            Some(StateKind::Wait { span, .. }) => {
                let done = Entry::TaskDone { execution: number, visit, error: None };
                self.agenda.enter(self.now + *span, done);
            }
            Some(StateKind::Choice(_)) => {
                let workflow = self.workflows.get(index);
                let next = workflow
                    .and_then(|workflow| workflow.choices.get(state)?.get(class).copied())
                    .flatten();
                self.leave(number);
                match next {
                    Some(next) => self.go_to(number, next),
                    None => self.fail(number),
                }
            }
            Some(StateKind::Succeed) => self.leave_to(number, None),
            Some(StateKind::Fail) | None => {
                self.leave(number);
                self.fail(number);
            }
        }
    }

    fn task(
        &mut self,
        number: u32,
        visit: u32,
        order: u32,
        service: usize,
        wire: u32,
        timeout: Option<Span>,
    ) {
        let call = self.begin_call(service, order, visit);
        self.hop(wire, order, visit, call.takes.max(Span::from_millis(1)));
        let late = timeout.is_some_and(|timeout| call.takes > timeout);
        let (takes, error) = match (late, timeout) {
            (true, Some(timeout)) => (timeout, Some(CallError::Timeout)),
            _ => (call.takes, call.error),
        };
        if late {
            if call.error.is_none() {
                // The callee does not know that nobody waits (SFN-04).
                let workflow = self.executions.get(number as usize).map(|e| e.workflow);
                let with_key = workflow
                    .and_then(|index| self.workflows.get(index))
                    .is_some_and(|workflow| workflow.idempotency_keys);
                let effect = Entry::LateEffect { service, order, with_key };
                self.agenda.enter(self.now + call.takes, effect);
            } else {
                self.end_call(service);
            }
        }
        let done = Entry::TaskDone { execution: number, visit, error };
        self.agenda.enter(self.now + takes, done);
    }

    pub(super) fn task_done(&mut self, number: u32, visit: u32, error: Option<CallError>) {
        let Some(execution) = self.executions.get(number as usize) else { return };
        if execution.visit != visit || !execution.running {
            return;
        }
        let (index, order, state) = (execution.workflow, execution.order, execution.state);
        let Some(workflow) = self.workflows.get(index) else { return };
        let definition = Rc::clone(&workflow.definition);
        let (with_key, call) =
            (workflow.idempotency_keys, workflow.calls.get(state).copied().flatten());
        if let Some((service, _)) = call {
            if error != Some(CallError::Timeout) {
                self.end_call(service);
            }
            if error.is_none() {
                self.take_effect(service, order, with_key);
            }
        }
        let kind = definition.states.get(state).map(|state| &state.kind);
        match (kind, error) {
            (Some(StateKind::Task(task)), None) => self.leave_to(number, task.next),
            (Some(StateKind::Wait { next, .. }), None) => self.leave_to(number, *next),
            (Some(StateKind::Task(task)), Some(error)) => {
                let used = self.executions.get(number as usize).map(|e| e.used.clone());
                let handling = task.handle(error.name(), &used.unwrap_or_default());
                self.handle(number, handling);
            }
            _ => {}
        }
    }

    fn handle(&mut self, number: u32, handling: Handling) {
        let Some(execution) = self.executions.get_mut(number as usize) else { return };
        let (index, order, state, visit) =
            (execution.workflow, execution.order, execution.state, execution.visit);
        let Some(workflow) = self.workflows.get_mut(index) else { return };
        let part = workflow.part;
        match handling {
            Handling::Retry { retrier, wait, full_jitter } => {
                if execution.used.len() <= retrier {
                    execution.used.resize(retrier + 1, 0);
                }
                if let Some(used) = execution.used.get_mut(retrier) {
                    *used += 1;
                }
                let attempt = execution.used.iter().sum();
                let key = (workflow.key, order, visit);
                let wait = if full_jitter {
                    Span(self.chance.below(wait.0 + 1, key, Purpose::Jitter))
                } else {
                    wait
                };
                let at = self.now + wait;
                execution.retry_at = Some(at);
                if let Some(retrying) = workflow.retrying.get_mut(state) {
                    *retrying += 1;
                }
                self.occur(part, Some(order), OccurrenceKind::Retrying, attempt);
                self.agenda.enter(at, Entry::Enter { execution: number });
            }
            Handling::Catch { next } => {
                workflow.caught += 1;
                self.occur(part, Some(order), OccurrenceKind::Caught, state as u32);
                self.leave(number);
                self.go_to(number, next);
            }
            Handling::Fail => {
                self.leave(number);
                self.fail(number);
            }
        }
    }

    /// On to the next state, or the end.
    fn leave_to(&mut self, number: u32, next: Option<usize>) {
        self.leave(number);
        match next {
            Some(next) => self.go_to(number, next),
            None => self.succeed(number),
        }
    }

    fn succeed(&mut self, number: u32) {
        let Some(execution) = self.executions.get_mut(number as usize) else { return };
        execution.running = false;
        let (index, order, state) = (execution.workflow, execution.order, execution.state);
        let Some(workflow) = self.workflows.get_mut(index) else { return };
        workflow.running = workflow.running.saturating_sub(1);
        workflow.succeeded += 1;
        let (part, required) = (workflow.part, workflow.required);
        let cancels = workflow.cancels.get(state).copied().unwrap_or(false);
        self.occur(part, Some(order), OccurrenceKind::ExecutionSucceeded, u32::from(cancels));
        if required != 0 {
            self.change(order, |order| {
                order.live = order.live.saturating_sub(1);
                order.done |= required;
                order.cancelled |= cancels;
            });
        }
    }

    fn fail(&mut self, number: u32) {
        let Some(execution) = self.executions.get_mut(number as usize) else { return };
        execution.running = false;
        let (index, order) = (execution.workflow, execution.order);
        let Some(workflow) = self.workflows.get_mut(index) else { return };
        workflow.running = workflow.running.saturating_sub(1);
        workflow.failed += 1;
        let (part, required) = (workflow.part, workflow.required);
        self.occur(part, Some(order), OccurrenceKind::ExecutionFailed, 0);
        if required != 0 {
            self.change(order, |order| order.live = order.live.saturating_sub(1));
        }
    }
}

//! Running workflows: threads that go from node to node of a program (`aws::workflow`), one for each
//! execution, and one more for each branch and item.

use super::callee::Resolved;
use super::exposure::Place;
use super::id::{IdOf, Numbered, ServiceId, WorkflowId};
use super::part::{Measure, Part};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::service::CallError;
use super::{Happened, PartId, PartKind, Scheduled, Waiting, World};
use crate::aws::billing::Item;
use crate::aws::workflow::{
    Course, DataId, FailureId, Handling, Nesting, NodeId, Program, Retry, Step,
};
use crate::design::{self, WorkflowType};
use crate::kernel::random::Purpose;
use crate::kernel::time::{Span, Time};
use crate::snapshot::{PartView, StateView, WorkflowView};

/// A workflow in a run.
#[derive(Debug, Clone)]
pub(crate) struct Workflow {
    pub part: PartId,
    pub key: u32,
    pub machine: Machine,
    pub settings: Settings,
    pub state: State,
}

/// Settings of a workflow in the design.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub kind: WorkflowType,
    /// By state: whether an execution that ends there cancels its order.
    pub cancels: Vec<bool>,
    pub required: u32,
    /// Whether an order waits for it: for itself, or for what it uses.
    pub matters: bool,
    pub idempotency_keys: bool,
}

/// Program of a workflow, and the parts of the design that it calls.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    /// Shared by all clones of a run: it remembers results as executions go on, and they are the same in
    /// every clone.
    pub program: Rc<RefCell<Program>>,
    pub timeout: Option<Span>,
    /// By message template of the input and kind of order: the first node of an execution.
    pub starts: Vec<Vec<Option<NodeId>>>,
    /// Called parts, in the order of the program's callees.
    pub callees: Vec<Option<Resolved>>,
    /// The program's id for each kind of error.
    pub failures: Vec<(CallError, FailureId)>,
    pub over_tolerance: FailureId,
    /// By callee and request: where a nested execution begins.
    pub nested: BTreeMap<(usize, DataId), NodeId>,
    /// By callee and the output of a nested execution, as its own program numbers it: the task's result.
    pub answers: BTreeMap<(usize, DataId), DataId>,
}

/// State of a workflow during a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub started: u64,
    /// Executions that ran a second time for the same start (SFN-03).
    pub repeated: u64,
    /// Standard executions whose history contains a sensitive field.
    pub sensitive: u64,
    pub running: u64,
    pub succeeded: u64,
    pub failed: u64,
    pub timed_out: u64,
    /// Nested executions that were stopped with the one that waited.
    pub aborted: u64,
    pub caught: u64,
    pub retries: u64,
    pub transitions: u64,
    /// Threads by the state they are in.
    pub inside: Vec<u64>,
    /// Threads that wait for a retry, by state.
    pub retrying: Vec<u64>,
}

impl Machine {
    /// Takes the settings of the callees from a changed design. The program and its results stay, because
    /// executions refer to its nodes.
    pub fn retune(&mut self, fresh: &Self, shapes: &[super::template::MessageTemplate]) {
        let mut program = self.program.borrow_mut();
        let start = |shape: &super::template::MessageTemplate| {
            shape.examples().iter().map(|input| Some(program.start(input))).collect()
        };
        self.starts = shapes.iter().map(start).collect();
        for (was, is) in self.callees.iter_mut().zip(&fresh.callees) {
            if let (Some(was), Some(is)) = (was, is) {
                was.retune(is);
            }
        }
    }
}

/// An execution of a workflow.
#[derive(Debug, Clone, Default)]
pub(crate) struct Execution {
    pub workflow: WorkflowId,
    pub order: u32,
    /// Thread that is not a branch or an item of another.
    pub root: u32,
    pub running: bool,
    pub began: Time,
    pub deadline: Option<Time>,
    /// History events so far (SFN-08).
    pub events: u32,
    /// Number of calls so far, which keys their chance.
    pub calls: u32,
    /// The task of another execution that waits for this one.
    pub waiting: Option<ThreadId>,
    /// Who started it and waits for its end.
    pub caller: Option<Waiting>,
}

/// A nested execution that a task waits for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nested {
    pub execution: u32,
    pub callee: usize,
    pub nesting: Nesting,
    /// When the task waits no longer.
    pub late: Option<Time>,
}

/// Place of a thread, with a stamp: void once the thread has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ThreadId {
    pub place: u32,
    pub stamp: u32,
}

/// A thread of an execution.
#[derive(Debug, Clone)]
pub(crate) struct Thread {
    pub stamp: u32,
    pub execution: u32,
    pub node: NodeId,
    /// Number of times that each retrier was used since the state was entered (SFN-24).
    pub used: Vec<u32>,
    /// Thread that this is a branch or item of, and its index there.
    pub parent: Option<(u32, u32)>,
    pub retry_at: Option<Time>,
    /// Call in progress: the service, its end, if it ever ends, and whether it succeeds.
    pub calling: Option<(ServiceId, Option<Time>, bool)>,
    pub nested: Option<Nested>,
    /// The result of a call that is not the same each time.
    pub answer: Option<DataId>,
    /// Branches or items in progress.
    pub join: Option<Box<Join>>,
}

/// Progress of a thread's branches or items.
#[derive(Debug, Clone)]
pub(crate) struct Join {
    nodes: Vec<NodeId>,
    outputs: Vec<Option<DataId>>,
    begun: usize,
    ended: usize,
    at_once: usize,
    failures: usize,
    tolerated: Option<usize>,
    children: Vec<u32>,
}

/// Duration of a transition: a *model assumption* (MA-workflow-1).
const TRANSITION: Span = Span::from_millis(80);
/// Date at which runs begin, for states that wait until a timestamp: 2026-01-01T00:00:00Z, in microseconds.
const EPOCH: i64 = 1_767_225_600_000_000;

impl Numbered for Workflow {
    type Design = design::Workflow;
}

impl Part for Workflow {
    const KIND: PartKind = PartKind::Workflow;

    const COLUMNS: &[&str] =
        &["started", "running", "succeeded", "failed", "timed_out", "retries", "caught"];

    const MEASURES: &'static [Measure<Self>] = &[
        ("started", |_, w| w.state.started as f64),
        ("repeated", |_, w| w.state.repeated as f64),
        ("running", |_, w| w.state.running as f64),
        ("succeeded", |_, w| w.state.succeeded as f64),
        ("failed", |_, w| w.state.failed as f64),
        ("timed_out", |_, w| w.state.timed_out as f64),
        ("aborted", |_, w| w.state.aborted as f64),
        ("retries", |_, w| w.state.retries as f64),
        ("caught", |_, w| w.state.caught as f64),
        ("transitions", |_, w| w.state.transitions as f64),
    ];

    fn part(&self) -> Option<PartId> {
        Some(self.part)
    }

    fn view(&self, world: &World, id: IdOf<Self>) -> Option<PartView> {
        Some(PartView::Workflow(world.workflow_view(id, self)))
    }

    fn exposes(&self, _: &World) -> Option<(Place, u64)> {
        let keeps = self.settings.kind == WorkflowType::Standard;
        keeps.then_some((Place::Histories, self.state.sensitive))
    }

    fn broken_invariant(&self, world: &World) -> Option<String> {
        let State { started, running, succeeded, failed, timed_out, aborted, .. } = self.state;
        let ended = succeeded + failed + timed_out + aborted;
        (started != ended + running)
            .then(|| format!("{} started {started} executions, {ended} ended", self.path(world)))
    }

    fn retune(&mut self, new: Self, world: &mut World) {
        self.settings = new.settings;
        self.machine.retune(&new.machine, &world.shapes);
    }
}

impl World {
    fn workflow_view(&self, id: WorkflowId, workflow: &Workflow) -> WorkflowView {
        let program = workflow.machine.program.borrow();
        let states = program.states().iter().enumerate().map(|(number, state)| StateView {
            name: state.name.clone(),
            follows: state.follows,
            inside: workflow.state.inside.get(number).copied().unwrap_or(0),
            retrying: workflow.state.retrying.get(number).copied().unwrap_or(0),
        });
        let retrying = workflow.state.retrying.iter().any(|count| *count > 0);
        let of_this = |thread: &&Thread| {
            let execution = self.executions.get(thread.execution as usize);
            execution.is_some_and(|e| e.running && e.workflow == id)
        };
        let waiting = self.threads.iter().filter(of_this);
        let next_retry: Option<Time> =
            if retrying { waiting.filter_map(|thread| thread.retry_at).min() } else { None };
        WorkflowView {
            running: workflow.state.running,
            succeeded: workflow.state.succeeded,
            failed: workflow.state.failed + workflow.state.timed_out + workflow.state.aborted,
            caught: workflow.state.caught,
            states: states.collect(),
            next_retry,
        }
    }
}

impl World {
    /// Thread with an id; `None` if it has ended.
    pub(super) fn thread(&mut self, id: ThreadId) -> Option<&mut Thread> {
        self.threads.get_mut(id.place as usize).filter(|thread| thread.stamp == id.stamp)
    }

    /// Starts a thread at a node.
    pub(super) fn spawn(
        &mut self,
        execution: u32,
        node: NodeId,
        parent: Option<(u32, u32)>,
    ) -> ThreadId {
        let place = self.free_threads.pop().unwrap_or_else(|| {
            self.threads.push(Thread {
                stamp: 0,
                execution,
                node,
                used: Vec::new(),
                parent,
                retry_at: None,
                calling: None,
                nested: None,
                answer: None,
                join: None,
            });
            self.threads.len() as u32 - 1
        });
        let mut stamp = 0;
        if let Some(thread) = self.threads.get_mut(place as usize) {
            stamp = thread.stamp.wrapping_add(1);
            (thread.stamp, thread.execution, thread.node) = (stamp, execution, node);
            (thread.parent, thread.retry_at, thread.calling) = (parent, None, None);
            (thread.join, thread.nested, thread.answer) = (None, None, None);
        }
        let id = ThreadId { place, stamp };
        self.go_to(id, node);
        id
    }

    /// Ends a thread, which makes its entries in the agenda void.
    fn retire(&mut self, place: u32) {
        if let Some(thread) = self.threads.get_mut(place as usize) {
            thread.stamp = thread.stamp.wrapping_add(1);
            self.free_threads.push(place);
        }
    }

    /// Workflow, execution and order of a thread.
    pub(super) fn workflow_of(&self, thread: ThreadId) -> Option<(WorkflowId, u32, u32)> {
        let thread = self.threads.get(thread.place as usize)?;
        let execution = self.executions.get(thread.execution as usize)?;
        Some((execution.workflow, thread.execution, execution.order))
    }

    fn state_of(&self, workflow: WorkflowId, node: NodeId) -> usize {
        self.workflows[workflow].machine.program.borrow().state_of(node)
    }

    /// Enters a state by a transition, which resets all retry counters.
    fn go_to(&mut self, id: ThreadId, node: NodeId) {
        let Some((index, _, order)) = self.workflow_of(id) else { return };
        let state = self.state_of(index, node);
        let Some(thread) = self.threads.get_mut(id.place as usize) else { return };
        thread.node = node;
        thread.used.clear();
        let workflow = &mut self.workflows[index];
        if let Some(inside) = workflow.state.inside.get_mut(state) {
            *inside += 1;
        }
        workflow.state.transitions += 1;
        let (part, is_standard) = (workflow.part, workflow.settings.kind == WorkflowType::Standard);
        if is_standard {
            self.bill.count(Item::StateTransitions, 1);
        }
        self.occur(part, Some(order), Happened::StateEntered { state: state as u32 });
        if self.history_grows(id, 2) {
            return;
        }
        self.agenda.enter(self.now + TRANSITION, Scheduled::Enter { thread: id });
    }

    fn leave(&mut self, place: u32) {
        let Some(thread) = self.threads.get(place as usize) else { return };
        let (node, waits) = (thread.node, thread.retry_at.is_some());
        let index = self.executions.get(thread.execution as usize).map(|e| e.workflow);
        let Some(index) = index else { return };
        let state = self.state_of(index, node);
        let workflow = &mut self.workflows[index];
        if let Some(inside) = workflow.state.inside.get_mut(state) {
            *inside = inside.saturating_sub(1);
        }
        if waits && let Some(retrying) = workflow.state.retrying.get_mut(state) {
            *retrying = retrying.saturating_sub(1);
        }
        if let Some(thread) = self.threads.get_mut(place as usize) {
            thread.retry_at = None;
        }
    }

    /// Performs a state's work, for the first time or again after the wait of a retry.
    pub(super) fn enter(&mut self, id: ThreadId) {
        let Some(thread) = self.thread(id) else { return };
        let was_retrying = thread.retry_at.take().is_some();
        let node = thread.node;
        let Some((index, ..)) = self.workflow_of(id) else { return };
        let state = self.state_of(index, node);
        let workflow = &mut self.workflows[index];
        if was_retrying && let Some(retrying) = workflow.state.retrying.get_mut(state) {
            *retrying = retrying.saturating_sub(1);
        }
        let step = workflow.machine.program.borrow_mut().step(node);
        let done = Scheduled::TaskDone { thread: id, error: None };
        match step {
            Step::Task(call) => self.task(id, call),
            Step::Wait(span) => self.agenda.enter(self.now + span, done),
            Step::WaitUntil(micros) => {
                let at = Time(micros.saturating_sub(EPOCH).max(0) as u64).max(self.now);
                self.agenda.enter(at, done);
            }
            Step::Go(next) => self.follow(id, Ok(next)),
            Step::Fail(failure) => self.handle(id, failure),
            Step::Parallel(nodes) => {
                let at_once = nodes.len();
                self.fork(id, nodes, at_once, None);
            }
            Step::Map { items, at_once, tolerated } => {
                self.fork(id, items, at_once, Some(tolerated));
            }
        }
    }

    /// Follows the course of a node: to the next node, to the end of the thread, or to an error.
    pub(super) fn follow(&mut self, id: ThreadId, next: Result<Course, FailureId>) {
        match next {
            Err(failure) => self.handle(id, failure),
            Ok(Course::Node(node)) => {
                self.leave(id.place);
                self.go_to(id, node);
            }
            Ok(Course::End(output)) => self.thread_ended(id, output),
        }
    }

    fn thread_ended(&mut self, id: ThreadId, output: DataId) {
        let Some(thread) = self.thread(id) else { return };
        let (parent, execution, node) = (thread.parent, thread.execution, thread.node);
        self.leave(id.place);
        self.retire(id.place);
        match parent {
            None => self.succeed(execution, node, output),
            Some((parent, slot)) => {
                if let Some(output_place) =
                    self.join(parent).and_then(|join| join.outputs.get_mut(slot as usize))
                {
                    *output_place = Some(output);
                }
                self.child_over(parent, id.place);
            }
        }
    }

    fn join(&mut self, place: u32) -> Option<&mut Join> {
        self.threads.get_mut(place as usize)?.join.as_deref_mut()
    }

    fn fork(&mut self, id: ThreadId, nodes: Vec<NodeId>, at_once: usize, tolerated: Option<usize>) {
        let outputs = vec![None; nodes.len()];
        let Some(thread) = self.thread(id) else { return };
        thread.join = Some(Box::new(Join {
            nodes,
            outputs,
            begun: 0,
            ended: 0,
            at_once: at_once.max(1),
            failures: 0,
            tolerated,
            children: Vec::new(),
        }));
        self.resume(id.place);
    }

    /// Begins branches or items while the concurrency allows; joins them when all have ended.
    fn resume(&mut self, place: u32) {
        while let Some(thread) = self.threads.get_mut(place as usize) {
            let (execution, stamp, node) = (thread.execution, thread.stamp, thread.node);
            let Some(join) = thread.join.as_deref_mut() else { return };
            if join.ended == join.nodes.len() {
                let outputs: Vec<DataId> = join.outputs.iter().copied().flatten().collect();
                thread.join = None;
                let id = ThreadId { place, stamp };
                let Some((index, ..)) = self.workflow_of(id) else { return };
                let workflow = &self.workflows[index];
                let next = workflow.machine.program.borrow_mut().join(node, &outputs);
                self.follow(id, next);
                return;
            }
            let under_way = join.begun - join.ended;
            let Some(first) = join.nodes.get(join.begun).copied() else { return };
            if under_way >= join.at_once {
                return;
            }
            let slot = join.begun as u32;
            join.begun += 1;
            let child = self.spawn(execution, first, Some((place, slot)));
            if let Some(join) = self.join(place) {
                join.children.push(child.place);
            }
        }
    }

    fn child_over(&mut self, parent: u32, child: u32) {
        if let Some(join) = self.join(parent) {
            join.ended += 1;
            join.children.retain(|other| *other != child);
        }
        self.resume(parent);
    }

    /// Fails a thread with an error that its state does not handle.
    fn thread_failed(&mut self, id: ThreadId, failure: FailureId) {
        let Some(thread) = self.thread(id) else { return };
        let (parent, execution) = (thread.parent, thread.execution);
        self.leave(id.place);
        self.retire(id.place);
        let Some((parent, _)) = parent else {
            self.fail(execution);
            return;
        };
        let Some(join) = self.join(parent) else { return };
        join.failures += 1;
        join.children.retain(|other| *other != id.place);
        if join.tolerated.is_some_and(|tolerated| join.failures <= tolerated) {
            self.child_over(parent, id.place);
            return;
        }
        let is_tolerant = join.tolerated.is_some_and(|tolerated| tolerated > 0);
        // The first failure ends the others (SFN-35).
        let others = std::mem::take(&mut join.children);
        for child in others {
            self.kill(child);
        }
        let stamp = self.threads.get(parent as usize).map_or(0, |thread| thread.stamp);
        let workflow = self.executions.get(execution as usize).map(|e| e.workflow);
        let workflow = workflow.map(|id| &self.workflows[id]);
        let over = workflow.map(|w| w.machine.over_tolerance);
        let failure = workflow.map_or(failure, |w| w.machine.program.borrow_mut().outside(failure));
        if let Some(thread) = self.threads.get_mut(parent as usize) {
            thread.join = None;
        }
        let failure = over.filter(|_| is_tolerant).unwrap_or(failure);
        self.handle(ThreadId { place: parent, stamp }, failure);
    }

    /// Ends a thread and all its branches and items, and abandons their calls.
    pub(super) fn kill(&mut self, place: u32) {
        let Some(thread) = self.threads.get_mut(place as usize) else { return };
        let children = thread.join.take().map(|join| join.children).unwrap_or_default();
        let (calling, nested) = (thread.calling.take(), thread.nested.take());
        let order = self.executions.get(thread.execution as usize).map_or(0, |e| e.order);
        let index = self.executions.get(thread.execution as usize).map(|e| e.workflow);
        let with_key = index.is_some_and(|index| self.workflows[index].settings.idempotency_keys);
        if let Some((service, ends, succeeds)) = calling {
            self.abandon(service, order, ends, succeeds, with_key);
        }
        if let Some(nested) = nested {
            self.abort(nested.execution);
        }
        for child in children {
            self.kill(child);
        }
        self.leave(place);
        self.retire(place);
    }

    /// Handles an error with the state's `Retry` or `Catch`, or fails the thread.
    pub(super) fn handle(&mut self, id: ThreadId, failure: FailureId) {
        let Some((index, _, order)) = self.workflow_of(id) else { return };
        let Some(thread) = self.thread(id) else { return };
        let node = thread.node;
        let used = std::mem::take(&mut thread.used);
        let workflow = &mut self.workflows[index];
        let handling = workflow.machine.program.borrow_mut().handle(node, failure, &used);
        let part = workflow.part;
        if let Some(thread) = self.thread(id) {
            thread.used = used;
        }
        match handling {
            Handling::Retry(retry) => self.retry(id, index, retry),
            Handling::Caught(next) => {
                let state = self.state_of(index, node);
                self.workflows[index].state.caught += 1;
                self.occur(part, Some(order), Happened::Caught { state: state as u32 });
                self.follow(id, Ok(next));
            }
            Handling::Fail => self.thread_failed(id, failure),
        }
    }

    fn retry(&mut self, id: ThreadId, index: WorkflowId, retry: Retry) {
        let Some((_, number, order)) = self.workflow_of(id) else { return };
        let Some(thread) = self.thread(id) else { return };
        if thread.used.len() <= retry.retrier {
            thread.used.resize(retry.retrier + 1, 0);
        }
        if let Some(used) = thread.used.get_mut(retry.retrier) {
            *used += 1;
        }
        let attempt = thread.used.iter().sum();
        let node = thread.node;
        let state = self.state_of(index, node);
        // The three events of a failed attempt were counted with its call.
        if self.history_grows(id, 0) {
            return;
        }
        let calls = self.executions.get_mut(number as usize).map_or(0, |execution| execution.calls);
        let workflow = &mut self.workflows[index];
        workflow.state.retries += 1;
        workflow.state.transitions += 1;
        if let Some(retrying) = workflow.state.retrying.get_mut(state) {
            *retrying += 1;
        }
        let (part, key) = (workflow.part, (workflow.key, order, calls));
        // A retry is billed as a transition (SFN-33).
        if workflow.settings.kind == WorkflowType::Standard {
            self.bill.count(Item::StateTransitions, 1);
        }
        let wait = Span(retry.wait.max(0) as u64);
        let wait = if retry.full_jitter {
            Span(self.chance.below(wait.0 + 1, key, Purpose::Jitter))
        } else {
            wait
        };
        let at = self.now + wait;
        if let Some(thread) = self.thread(id) {
            thread.retry_at = Some(at);
        }
        self.occur(part, Some(order), Happened::Retrying { attempt });
        self.agenda.enter(at, Scheduled::Enter { thread: id });
    }
}

#[cfg(test)]
mod tests;

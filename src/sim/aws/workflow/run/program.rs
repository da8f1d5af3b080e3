//! A definition with all nodes found so far, for a pipeline with thousands of executions.
//!
//! Executions in the same state with the same data behave the same: such a pair is a node. The
//! interpreter finds where a node leads when the first execution gets there; all later ones follow
//! numbers. Paths, templates and choices are therefore evaluated once per distinct value, and by
//! the code that the recorded cases test.
//!
//! A *model assumption* (MA-workflow-2): the fields of the context object that differ between
//! executions (name, times) are the same for all of them.

mod called;

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value, json};

pub use called::{Called, Callee, EventEntry, ItemAction, Nesting, TableCall};

use self::called::{called, is_same};
use super::super::data::{Context, Variables};
use super::super::handling::{self, Retry};
use super::super::path::weight;
use super::bounds::MOVED_MAX;
use super::{Answer, Failure, Machine, Next as Interpreted, Nobody, Visit, stamp};
use crate::kernel::time::Span;

/// A state with its input data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId(u32);

/// A number for data; equal data has the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DataId(u32);

/// A number for an error with its cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FailureId(u32);

/// What an execution does in a node.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    Task(Call),
    Wait(Span),
    /// Until this instant, in microseconds since 1970.
    WaitUntil(i64),
    Go(Next),
    /// The state's own fields caused an error.
    Fail(FailureId),
    Parallel(Vec<NodeId>),
    Map {
        items: Vec<NodeId>,
        /// Number of iterations at once.
        at_once: usize,
        /// Number of iterations that may fail.
        tolerated: usize,
    },
}

/// The call of a Task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// Index into [`Program::callees`].
    pub callee: usize,
    pub timeout: Option<Span>,
    pub heartbeat: Option<Span>,
}

/// Transition out of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Node(NodeId),
    /// The machine or the branch ends.
    End(DataId),
}

/// How an error is handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handling {
    Retry(Retry),
    Caught(Next),
    Fail,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    /// Index into `Program::states`.
    state: u32,
    input: DataId,
    variables: DataId,
    context: ContextId,
}

/// The context object: the execution's data, and its `Map`.
type ContextId = (DataId, DataId);

#[derive(Debug, Clone)]
struct Node {
    key: Key,
    step: Option<Step>,
    /// A Task's request, once somebody asked for it.
    request: Option<DataId>,
    completed: Vec<(DataId, Result<Next, FailureId>)>,
    caught: Vec<(FailureId, Option<Next>)>,
}

/// A state of the definition or of a nested machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateEntry {
    pub name: String,
    pub kind: String,
    /// Whether the previous state in its machine's list leads to it, other than by an error.
    pub follows: bool,
    /// JSON pointer to its machine.
    scope: String,
}

/// A definition with the nodes found so far.
#[derive(Debug, Clone)]
pub struct Program {
    definition: Value,
    states: Vec<StateEntry>,
    called: Vec<Called>,
    data: Vec<Rc<Value>>,
    by_text: BTreeMap<String, DataId>,
    failures: Vec<Failure>,
    nodes: Vec<Node>,
    by_key: BTreeMap<Key, NodeId>,
}

impl Program {
    /// Creates a program from a valid definition.
    #[must_use]
    pub fn new(definition: Value) -> Self {
        let mut states = Vec::new();
        list(&definition, "", &mut states);
        let mut program = Self {
            definition,
            states,
            called: Vec::new(),
            data: Vec::new(),
            by_text: BTreeMap::new(),
            failures: Vec::new(),
            nodes: Vec::new(),
            by_key: BTreeMap::new(),
        };
        for state in program.states.iter().filter(|state| state.kind == "Task") {
            let called = Called { state: state.name.clone(), ..called(program.json(state)) };
            if !program.called.iter().any(|known| is_same(known, &called)) {
                program.called.push(called);
            }
        }
        program
    }

    /// All states; those of a nested machine follow the state that contains it. The main path comes
    /// first, then the targets of choices and errors.
    #[must_use]
    pub fn states(&self) -> &[StateEntry] {
        &self.states
    }

    /// Index of a node's state in [`Self::states`].
    #[must_use]
    pub fn state_of(&self, node: NodeId) -> usize {
        self.nodes.get(node.0 as usize).map_or(0, |node| node.key.state as usize)
    }

    /// The data that a node's state was entered with, before its paths.
    #[must_use]
    pub fn input(&self, node: NodeId) -> Rc<Value> {
        self.nodes.get(node.0 as usize).map(|node| self.value(node.key.input)).unwrap_or_default()
    }

    /// The request of a Task: its input after `Parameters`. `Null` where a path finds nothing, which the call
    /// itself reports.
    pub fn request(&mut self, node: NodeId) -> DataId {
        let known = self.nodes.get(node.0 as usize).map(|node| (node.key, node.request));
        let Some((key, request)) = known else { return self.intern(Value::Null) };
        if let Some(request) = request {
            return request;
        }
        let found = self.at(key, None, |machine, visit, variables| {
            let input = machine.input(visit, variables)?;
            Ok(machine.effective(visit, &input, variables)?.into_owned())
        });
        let request = self.intern(found.unwrap_or_default());
        if let Some(node) = self.nodes.get_mut(node.0 as usize) {
            node.request = Some(request);
        }
        request
    }

    /// The data of a number.
    #[must_use]
    pub fn data(&self, id: DataId) -> Rc<Value> {
        self.value(id)
    }

    /// `TimeoutSeconds` of the definition.
    #[must_use]
    pub fn timeout(&self) -> Option<Span> {
        self.definition.get("TimeoutSeconds").and_then(Value::as_u64).map(Span::from_secs)
    }

    /// All callees of the tasks, without duplicates.
    #[must_use]
    pub fn callees(&self) -> &[Called] {
        &self.called
    }

    /// The first node of an execution with this input.
    pub fn start(&mut self, input: &Value) -> NodeId {
        let context = json!({
            "Execution": { "Id": "execution", "Input": input, "Name": "execution",
                           "RoleArn": "role", "StartTime": stamp(0), "RedriveCount": 0 },
            "StateMachine": { "Id": "machine", "Name": "machine" },
        });
        let none = self.intern(json!({}));
        let (context, variables) = ((self.intern(context), none), none);
        let input = self.intern(input.clone());
        self.begin("", input, variables, context)
    }

    /// Returns the number of some data, such as a task's result.
    pub fn intern(&mut self, value: Value) -> DataId {
        let text = value.to_string();
        if let Some(known) = self.by_text.get(&text) {
            return *known;
        }
        let id = DataId(self.data.len() as u32);
        self.data.push(Rc::new(value));
        self.by_text.insert(text, id);
        id
    }

    /// Returns the number of an error.
    pub fn failure(&mut self, error: &str, cause: &str) -> FailureId {
        self.intern_failure(Failure::new(error, cause))
    }

    /// Passes an error to the state around the branch or item that failed; its Retry and Catch may
    /// handle what the inner state's could not, such as the error of a Fail (SFN-20, SFN-35).
    pub fn outside(&mut self, failure: FailureId) -> FailureId {
        match self.failures.get(failure.0 as usize).cloned() {
            Some(known) if !known.can_be_caught => {
                self.intern_failure(Failure { can_be_caught: true, ..known })
            }
            _ => failure,
        }
    }

    fn intern_failure(&mut self, failure: Failure) -> FailureId {
        let known = self.failures.iter().position(|known| *known == failure);
        FailureId(known.unwrap_or_else(|| {
            self.failures.push(failure);
            self.failures.len() - 1
        }) as u32)
    }

    /// The name of an error.
    #[must_use]
    pub fn error(&self, failure: FailureId) -> &str {
        self.failures.get(failure.0 as usize).and_then(|f| f.error.as_deref()).unwrap_or_default()
    }

    fn value(&self, id: DataId) -> Rc<Value> {
        self.data.get(id.0 as usize).cloned().unwrap_or_default()
    }

    fn json(&self, state: &StateEntry) -> &Value {
        let machine = self.definition.pointer(&state.scope).unwrap_or(&Value::Null);
        machine.get("States").and_then(|states| states.get(&state.name)).unwrap_or(&Value::Null)
    }

    /// Returns the first node of a machine.
    fn begin(
        &mut self,
        scope: &str,
        input: DataId,
        variables: DataId,
        context: ContextId,
    ) -> NodeId {
        let machine = self.definition.pointer(scope).unwrap_or(&Value::Null);
        let name = machine.get("StartAt").and_then(Value::as_str).unwrap_or_default().to_owned();
        self.node(scope, &name, input, variables, context)
    }

    fn node(
        &mut self,
        scope: &str,
        name: &str,
        input: DataId,
        variables: DataId,
        context: ContextId,
    ) -> NodeId {
        let found = self.states.iter().position(|s| s.scope == scope && s.name == name);
        let key = Key { state: found.unwrap_or(0) as u32, input, variables, context };
        if let Some(known) = self.by_key.get(&key) {
            return *known;
        }
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(Node {
            key,
            step: None,
            request: None,
            completed: Vec::new(),
            caught: Vec::new(),
        });
        self.by_key.insert(key, id);
        id
    }

    /// What to do in a node.
    pub fn step(&mut self, id: NodeId) -> Step {
        let Some(node) = self.nodes.get(id.0 as usize) else { return Step::Parallel(Vec::new()) };
        if let Some(step) = &node.step {
            return step.clone();
        }
        let key = node.key;
        let step = match self.find_step(key) {
            Ok(step) => step,
            Err(failure) => Step::Fail(self.intern_failure(failure)),
        };
        if let Some(node) = self.nodes.get_mut(id.0 as usize) {
            node.step = Some(step.clone());
        }
        step
    }

    fn find_step(&mut self, key: Key) -> Result<Step, Failure> {
        let Some(entry) = self.states.get(key.state as usize).cloned() else {
            return Err(Failure::new("States.Runtime", "There is no such state."));
        };
        let state = self.json(&entry).clone();
        match entry.kind.as_str() {
            "Task" => {
                let limits = self.at(key, None, |machine, visit, variables| {
                    let input = machine.input(visit, variables)?;
                    machine.effective(visit, &input, variables)?;
                    machine.before_task(visit, &input, variables)
                })?;
                let seconds = |limit: Option<i64>| limit.map(|n| Span::from_secs(n.max(0) as u64));
                let wanted = called(&state);
                let place = self.called.iter().position(|known| is_same(known, &wanted));
                Ok(Step::Task(Call {
                    callee: place.unwrap_or(usize::MAX),
                    timeout: seconds(limits.timeout),
                    heartbeat: seconds(limits.heartbeat),
                }))
            }
            "Wait" => {
                let until = self.at(key, None, |machine, visit, variables| {
                    machine.attempt(visit, variables).map(|_| machine.now)
                })?;
                let is_timestamp =
                    ["Timestamp", "TimestampPath"].iter().any(|f| state.get(*f).is_some());
                Ok(if is_timestamp {
                    Step::WaitUntil(until)
                } else {
                    Step::Wait(Span(until.max(0) as u64))
                })
            }
            "Parallel" => {
                let input = self.at(key, None, |machine, visit, variables| {
                    let input = machine.input(visit, variables)?;
                    Ok(machine.effective(visit, &input, variables)?.into_owned())
                })?;
                let input = self.intern(input);
                let count = state.get("Branches").and_then(Value::as_array).map_or(0, Vec::len);
                let scope = format!("{}/States/{}/Branches", entry.scope, escape(&entry.name));
                let branches = (0..count).map(|branch| {
                    self.begin(&format!("{scope}/{branch}"), input, key.variables, key.context)
                });
                Ok(Step::Parallel(branches.collect()))
            }
            "Map" => self.find_map(key, &entry, &state),
            _ => {
                // Its result is known already: there is nothing to wait for.
                let next = self.follow(key, None)?;
                Ok(Step::Go(next))
            }
        }
    }

    fn find_map(&mut self, key: Key, entry: &StateEntry, state: &Value) -> Result<Step, Failure> {
        let field = if state.get("ItemProcessor").is_some() { "ItemProcessor" } else { "Iterator" };
        let scope = format!("{}/States/{}/{field}", entry.scope, escape(&entry.name));
        let (inputs, at_once, tolerated, is_distributed) =
            self.at(key, None, |machine, visit, variables| {
                let input = machine.input(visit, variables)?.into_owned();
                let mut items = machine.items(visit, &input, variables)?;
                let at_once = if items.at_once == 0 { items.count } else { items.at_once };
                let tolerated = items.tolerated();
                let mut inputs = Vec::new();
                let mut found = 0;
                while let Some(item) = items.feed.next(machine, visit, &input, variables)? {
                    found += weight(&item.start);
                    if found > MOVED_MAX / 16 {
                        let why = "The items of the Map are more than Redrive holds.";
                        return Err(visit.runtime("States.Runtime", why));
                    }
                    inputs.push((item.start, item.map));
                }
                Ok((inputs, at_once, tolerated, items.is_distributed))
            })?;
        let variables = if is_distributed { self.intern(json!({})) } else { key.variables };
        let mut items = Vec::new();
        for (input, map) in inputs {
            let input = self.intern(input);
            let map = map.map_or(key.context.1, |map| self.intern(json!({ "Map": map })));
            items.push(self.begin(&scope, input, variables, (key.context.0, map)));
        }
        Ok(Step::Map { items, at_once, tolerated })
    }

    /// Where a node leads once its call or wait has produced `result`.
    pub fn complete(&mut self, id: NodeId, result: DataId) -> Result<Next, FailureId> {
        let Some(node) = self.nodes.get(id.0 as usize) else { return Ok(Next::End(result)) };
        if let Some((_, known)) = node.completed.iter().find(|(known, _)| *known == result) {
            return *known;
        }
        let key = node.key;
        let answer = Answer::Output(Value::clone(&self.value(result)));
        let next = self.follow(key, Some(answer)).map_err(|failure| self.intern_failure(failure));
        if let Some(node) = self.nodes.get_mut(id.0 as usize) {
            node.completed.push((result, next));
        }
        next
    }

    /// Where a node leads once its branches or items have produced `results`.
    pub fn join(&mut self, id: NodeId, results: &[DataId]) -> Result<Next, FailureId> {
        let array = results.iter().map(|result| Value::clone(&self.value(*result))).collect();
        let result = self.intern(Value::Array(array));
        self.complete(id, result)
    }

    /// How a node handles an error, given how often each of its retriers was used.
    pub fn handle(&mut self, id: NodeId, failure: FailureId, used: &[u32]) -> Handling {
        let Some(node) = self.nodes.get(id.0 as usize) else { return Handling::Fail };
        let key = node.key;
        let Some(known) = self.failures.get(failure.0 as usize).cloned() else {
            return Handling::Fail;
        };
        let Some(state) = self.states.get(key.state as usize).map(|entry| self.json(entry)) else {
            return Handling::Fail;
        };
        if known.can_be_caught
            && let Some(retry) =
                handling::retry(state, known.error.as_deref().unwrap_or_default(), used)
        {
            return Handling::Retry(retry);
        }
        let caught = node.caught.iter().find(|(known, _)| *known == failure).map(|(_, next)| *next);
        let next = caught.unwrap_or_else(|| {
            let next = self.catch(key, known);
            if let Some(node) = self.nodes.get_mut(id.0 as usize) {
                node.caught.push((failure, next));
            }
            next
        });
        next.map_or(Handling::Fail, Handling::Caught)
    }

    fn catch(&mut self, key: Key, failure: Failure) -> Option<Next> {
        let mut after = Variables::new();
        let caught = self.at(key, None, |machine, visit, variables| {
            let caught = machine.catch(visit, failure, variables)?;
            after.clone_from(variables);
            Ok(caught)
        });
        let (next, output) = caught.ok()?;
        Some(self.go(key, next, output, after))
    }

    /// Runs the interpreter on a state whose task, branches or items produced `answer`.
    fn follow(&mut self, key: Key, answer: Option<Answer>) -> Result<Next, Failure> {
        let mut after = Variables::new();
        let (next, output) = self.at(key, answer, |machine, visit, variables| {
            let done = machine.attempt(visit, variables)?;
            after.clone_from(variables);
            Ok(done)
        })?;
        Ok(self.go(key, next, output, after))
    }

    fn go(&mut self, key: Key, next: Interpreted, output: Value, variables: Variables) -> Next {
        let output = self.intern(output);
        match next {
            Interpreted::End => Next::End(output),
            Interpreted::State(name) => {
                let value = |(name, value): (String, Rc<Value>)| (name, Rc::unwrap_or_clone(value));
                let variables = variables.into_iter().map(value).collect();
                let variables = self.intern(Value::Object(variables));
                let scope = self.states.get(key.state as usize).map(|entry| entry.scope.clone());
                let scope = scope.unwrap_or_default();
                Next::Node(self.node(&scope, &name, output, variables, key.context))
            }
        }
    }

    /// Sets up the interpreter in a node.
    fn at<T>(
        &self,
        key: Key,
        mocked: Option<Answer>,
        work: impl FnOnce(&mut Machine<'_>, &mut Visit<'_>, &mut Variables) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let Some(entry) = self.states.get(key.state as usize) else {
            return Err(Failure::new("States.Runtime", "There is no such state."));
        };
        let mut nobody = Nobody;
        let mut machine = Machine::alone(&mut nobody, mocked);
        let state = self.json(entry);
        let mut context = Context::new(self.value(key.context.0));
        context.own.extend(self.value(key.context.1).as_object().cloned().unwrap_or_default());
        let own = json!({ "Name": entry.name, "EnteredTime": stamp(0), "RetryCount": 0 });
        context.set("State", own);
        let resource = state.get("Resource").and_then(Value::as_str).unwrap_or_default();
        if resource.ends_with(".waitForTaskToken") {
            context.set("Task", json!({ "Token": "token" }));
        }
        let input = self.value(key.input);
        let mut variables: Variables = match &*self.value(key.variables) {
            Value::Object(object) => {
                object.iter().map(|(name, value)| (name.clone(), Rc::new(value.clone()))).collect()
            }
            _ => Variables::new(),
        };
        let mut visit = Visit {
            name: &entry.name,
            state,
            kind: &entry.kind,
            input: &input,
            context: &mut context,
            event: 0,
        };
        work(&mut machine, &mut visit, &mut variables)
    }
}

/// Escapes a name for a JSON pointer.
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Lists the states of a machine in the order in which they follow one another.
fn list(machine: &Value, scope: &str, found: &mut Vec<StateEntry>) {
    let states = machine.get("States").unwrap_or(&Value::Null);
    let text =
        |value: &Value, field: &str| value.get(field).and_then(Value::as_str).map(str::to_owned);
    let mut seen: Vec<String> = Vec::new();
    let mut waiting: Vec<String> = text(machine, "StartAt").into_iter().collect();
    let all = states.as_object().into_iter().flatten().map(|(name, _)| name.clone());
    // Unreachable states come last.
    waiting.splice(0..0, all.rev());
    while let Some(name) = waiting.pop() {
        if seen.contains(&name) {
            continue;
        }
        let Some(state) = states.get(&name) else { continue };
        let before = seen.last().and_then(|before| states.get(before));
        let follows = before.is_none_or(|before| {
            let choices = before.get("Choices").and_then(Value::as_array).into_iter().flatten();
            let ways = [text(before, "Next"), text(before, "Default")].into_iter().flatten();
            ways.chain(choices.filter_map(|choice| text(choice, "Next"))).any(|next| next == name)
        });
        seen.push(name.clone());
        let kind = text(state, "Type").unwrap_or_default();
        found.push(StateEntry { name: name.clone(), kind, follows, scope: scope.to_owned() });
        let inside = format!("{scope}/States/{}", escape(&name));
        for (index, branch) in
            state.get("Branches").and_then(Value::as_array).into_iter().flatten().enumerate()
        {
            list(branch, &format!("{inside}/Branches/{index}"), found);
        }
        for field in ["ItemProcessor", "Iterator"] {
            if let Some(inner) = state.get(field) {
                list(inner, &format!("{inside}/{field}"), found);
            }
        }
        let lists = |field: &str| state.get(field).and_then(Value::as_array).into_iter().flatten();
        let later: Vec<String> = lists("Catch").filter_map(|c| text(c, "Next")).collect();
        let place = waiting.len().min(states.as_object().map_or(0, serde_json::Map::len));
        waiting.splice(place..place, later);
        waiting.extend(text(state, "Default"));
        let choices: Vec<String> = lists("Choices").filter_map(|c| text(c, "Next")).collect();
        waiting.extend(choices.into_iter().rev());
        waiting.extend(text(state, "Next"));
    }
}

#[cfg(test)]
mod tests;

//! A walk through definitions along every way that an execution can take, which finds what entries of `PutEvents`
//! hold.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::flow::{CAUSE, ERRORS, Programs, result_of};
use crate::aws::dynamodb::attribute_values;
use crate::aws::workflow::{
    Call, Callee, Course, DataId, FailureId, Handling, ItemAction, Nesting, NodeId, Program, Step,
};
use crate::design::Design;
use crate::world::callee;

/// Nodes that are walked through for each kind of order.
const NODES_MAX: u32 = 20_000;
/// Retriers of a state, all of them used up.
const USED_UP: [u32; 64] = [u32::MAX; 64];

/// An entry of a task by its workflow, its callee there, and its place in the request.
pub type Place = (String, usize, usize);

/// The detail of each entry that was come to.
pub type Details = BTreeMap<Place, Value>;

/// A walk through the definitions of a design, with the data of one kind of order.
pub struct Walk<'a> {
    design: &'a Design,
    programs: Programs,
    detail: &'a Value,
    found: Details,
    left: u32,
}

impl<'a> Walk<'a> {
    /// Begins with the definitions of a design and an order's data.
    pub fn new(design: &'a Design, programs: Programs, detail: &'a Value) -> Self {
        Self { design, programs, detail, found: Details::new(), left: NODES_MAX }
    }

    /// What was found.
    pub fn into_found(self) -> Details {
        self.found
    }

    /// Walks through an execution; the output of the first way to its end.
    pub fn execution(&mut self, id: &str, input: &Value) -> Option<Value> {
        // No workflow is in a circle, so a nested execution never needs the program of an outer one.
        let mut program = self.programs.remove(id)?;
        let first = program.start(input);
        let end = self.thread(id, &mut program, first);
        let output = end.map(|end| (*program.data(end)).clone());
        self.programs.insert(id.to_owned(), program);
        output
    }

    fn thread(&mut self, id: &str, program: &mut Program, first: NodeId) -> Option<DataId> {
        let (mut open, mut seen, mut end) = (vec![first], BTreeSet::new(), None);
        while let Some(node) = open.pop() {
            if self.left == 0 {
                break;
            }
            if !seen.insert(node) {
                continue;
            }
            self.left -= 1;
            for next in self.outcomes(id, program, node) {
                let course = match next {
                    Ok(course) => Some(course),
                    Err(failure) => match program.handle(node, failure, &USED_UP) {
                        Handling::Caught(course) => Some(course),
                        Handling::Retry(_) | Handling::Fail => None,
                    },
                };
                match course {
                    Some(Course::Node(node)) => open.push(node),
                    Some(Course::End(output)) => end = end.or(Some(output)),
                    None => {}
                }
            }
        }
        end
    }

    /// Everything that can come of a node, what goes well last, so that it is walked first.
    fn outcomes(
        &mut self,
        id: &str,
        program: &mut Program,
        node: NodeId,
    ) -> Vec<Result<Course, FailureId>> {
        let nothing = program.intern(Value::Null);
        match program.step(node) {
            Step::Go(next) => vec![Ok(next)],
            Step::Fail(failure) => vec![Err(failure)],
            Step::Wait(_) | Step::WaitUntil(_) => vec![program.complete(node, nothing)],
            Step::Parallel(nodes) | Step::Map { items: nodes, .. } => {
                let ends: Option<Vec<DataId>> =
                    nodes.into_iter().map(|node| self.thread(id, program, node)).collect();
                let mut all = errors(program);
                all.extend(ends.map(|ends| program.join(node, &ends)));
                all
            }
            Step::Task(call) => {
                let mut all = errors(program);
                for result in self.results(id, program, node, call) {
                    let result = program.intern(result);
                    all.push(program.complete(node, result));
                }
                all
            }
        }
    }

    /// What a call can answer.
    fn results(&mut self, id: &str, program: &mut Program, node: NodeId, call: Call) -> Vec<Value> {
        let Some(called) = program.callees().get(call.callee).cloned() else { return Vec::new() };
        let request = program.request(node);
        let request = program.data(request);
        let usual = self.design.workflows.get(id).and_then(|spec| result_of(spec, &called));
        match &called.callee {
            Callee::Events(entries) => {
                for place in 0..entries.len() {
                    let given = request.pointer(&format!("/Entries/{place}/Detail"));
                    let detail = given.map_or_else(|| json!({}), read);
                    self.found.entry((id.to_owned(), call.callee, place)).or_insert(detail);
                }
            }
            Callee::Table(table) if table.action == ItemAction::Get => {
                let item = json!({ "Item": attribute_values(self.detail) });
                return vec![json!({}), item];
            }
            Callee::Machine(name, nesting) => {
                let input = callee::input_of(&request);
                let output = self.execution(name, &input);
                if *nesting != Nesting::Started {
                    return output.iter().map(|output| callee::ended(output, *nesting)).collect();
                }
            }
            Callee::Function(_)
            | Callee::Queue(_)
            | Callee::Topic(_)
            | Callee::Table(_)
            | Callee::Unknown(_)
            | Callee::Unmodelled(_) => {}
        }
        usual.into_iter().collect()
    }
}

/// Every error of a call.
fn errors(program: &mut Program) -> Vec<Result<Course, FailureId>> {
    ERRORS.into_iter().map(|error| Err(program.failure(error.name(), CAUSE))).collect()
}

/// The detail of an entry: JSON, or text that holds it.
fn read(detail: &Value) -> Value {
    let text = detail.as_str().and_then(|text| serde_json::from_str(text).ok());
    text.unwrap_or_else(|| detail.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(detail: &str) -> Value {
        json!({ "Type": "Task", "Resource": "arn:aws:states:::events:putEvents", "End": true, "Parameters": { "Entries":
            [{ "Source": "s", "DetailType": "t", "Detail": { "got.$": detail } }] } })
    }

    /// A loop with data that grow has no end, and a walk has one.
    #[test]
    fn a_walk_ends_and_finds_what_is_on_its_way() {
        let definition = json!({ "StartAt": "a", "States": {
            "a": { "Type": "Choice", "Choices": [{ "Variable": "$.n", "NumericGreaterThan": 99_999_999, "Next": "c" }], "Default": "b" },
            "b": { "Type": "Parallel", "Next": "a", "ResultPath": "$.both", "Branches": [
                { "StartAt": "d", "States": { "d": entry("$.id") } } ],
                "ResultSelector": { "n.$": "States.MathAdd($$.State.RetryCount, 1)" } },
            "c": { "Type": "Succeed" } } });
        let programs = Programs::from([("flow".to_owned(), Program::new(definition))]);
        let (design, detail) = (Design::default(), json!({}));
        let mut walk = Walk::new(&design, programs, &detail);
        assert_eq!(walk.execution("flow", &json!({ "n": 1, "id": "{order}" })), None);
        let found = walk.into_found();
        assert_eq!(found.values().collect::<Vec<_>>(), [&json!({ "got": "{order}" })]);
    }

    #[test]
    fn a_detail_is_json_or_text_that_holds_it() {
        assert_eq!(read(&json!("{\"a\": 1}")), json!({ "a": 1 }));
        assert_eq!([read(&json!("a")), read(&json!({}))], [json!("a"), json!({})]);
    }
}

//! Executions followed from node to node.

use super::called::callee;
use super::*;

fn program(definition: Value) -> Program {
    assert_eq!(crate::aws::workflow::validate(&definition), []);
    Program::new(definition)
}

/// Follows an execution to its end and returns its output; collects the functions it calls.
/// `answer` decides by function name whether a call succeeds.
fn follow(program: &mut Program, node: NodeId, called: &mut Vec<String>) -> Value {
    let mut at = node;
    loop {
        let step = program.step(at);
        let next = match step {
            Step::Task(call) => {
                let wanted = program.callees()[call.callee].callee.clone();
                let Callee::Function(name) = wanted else { panic!("{wanted:?}") };
                called.push(name.clone());
                if name.starts_with("bad") {
                    let failure = program.failure("Broken", "it broke");
                    match program.handle(at, failure, &[9]) {
                        Handling::Caught(next) => Ok(next),
                        other => panic!("{other:?}"),
                    }
                } else {
                    let result = program.intern(json!({ "by": name }));
                    program.complete(at, result)
                }
            }
            Step::Wait(span) => {
                called.push(format!("wait {span}"));
                let nothing = program.intern(Value::Null);
                program.complete(at, nothing)
            }
            Step::Go(next) => Ok(next),
            Step::Parallel(nodes) | Step::Map { items: nodes, .. } => {
                let outputs: Vec<DataId> = nodes
                    .into_iter()
                    .map(|node| {
                        let output = follow(program, node, called);
                        program.intern(output)
                    })
                    .collect();
                program.join(at, &outputs)
            }
            other => panic!("{other:?}"),
        };
        match next {
            Ok(Next::Node(node)) => at = node,
            Ok(Next::End(output)) => return Value::clone(&program.value(output)),
            Err(failure) => panic!("{}", program.error(failure)),
        }
    }
}

fn task(function: &str, next: &str) -> Value {
    json!({ "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": { "FunctionName": function }, "ResultPath": "$.last", "Next": next,
            "Catch": [{ "ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Undo" }] })
}

fn order() -> Program {
    let small = json!({ "Variable": "$.total", "NumericLessThan": 100, "Next": "Charge" });
    program(json!({ "StartAt": "Which", "States": {
        "Which": { "Type": "Choice", "Choices": [small], "Default": "Review" },
        "Review": task("bad-review", "Charge"),
        "Charge": task("charge", "Rest"),
        "Rest": { "Type": "Wait", "SecondsPath": "$.rest", "Next": "Done" },
        "Done": { "Type": "Succeed" },
        "Undo": { "Type": "Pass", "Parameters": { "why.$": "$.error.Error" }, "End": true },
    } }))
}

#[test]
fn choices_errors_and_waits_follow_the_data() {
    let mut program = order();
    let small = program.start(&json!({ "total": 5, "rest": 60 }));
    let mut called = Vec::new();
    let output = follow(&mut program, small, &mut called);
    assert_eq!(called, ["charge", "wait 60 s"]);
    assert_eq!(output["last"]["by"], "charge");
    let large = program.start(&json!({ "total": 500, "rest": 1 }));
    called.clear();
    assert_eq!(follow(&mut program, large, &mut called), json!({ "why": "Broken" }));
    assert_eq!(called, ["bad-review"]);
}

#[test]
fn a_second_execution_with_the_same_data_finds_everything_known() {
    let mut program = order();
    let input = json!({ "total": 5, "rest": 60 });
    let start = program.start(&input);
    follow(&mut program, start, &mut Vec::new());
    let known = (program.nodes.len(), program.data.len());
    let again = program.start(&input);
    follow(&mut program, again, &mut Vec::new());
    assert_eq!((again, program.nodes.len(), program.data.len()), (start, known.0, known.1));
}

#[test]
fn branches_and_items_are_machines_of_their_own() {
    let one = |function: &str| {
        json!({ "StartAt": format!("Call {function}"), "States": { format!("Call {function}"): {
            "Type": "Task", "Resource": format!("arn:aws:lambda:eu-west-1:1:function:{function}"),
            "End": true } } })
    };
    let mut program = program(json!({ "StartAt": "Both", "States": {
        "Both": { "Type": "Parallel", "Branches": [one("left"), one("right")], "ResultPath": "$.both",
                  "Next": "Each" },
        "Each": { "Type": "Map", "ItemsPath": "$.lines", "MaxConcurrency": 2,
                  "ItemProcessor": one("line"), "End": true },
    } }));
    let start = program.start(&json!({ "lines": [1, 2, 3] }));
    let mut called = Vec::new();
    let output = follow(&mut program, start, &mut called);
    assert_eq!(called, ["left", "right", "line", "line", "line"]);
    assert_eq!(output, json!([{ "by": "line" }, { "by": "line" }, { "by": "line" }]));
    let names: Vec<&str> = program.states().iter().map(|state| state.name.as_str()).collect();
    assert_eq!(names, ["Both", "Call left", "Call right", "Each", "Call line"]);
}

#[test]
fn the_straight_way_is_listed_before_where_errors_lead() {
    let names: Vec<String> = order().states().iter().map(|state| state.name.clone()).collect();
    assert_eq!(names, ["Which", "Charge", "Rest", "Done", "Review", "Undo"]);
}

#[test]
fn a_path_that_leads_nowhere_fails_before_anything_is_called() {
    let mut program = program(json!({ "StartAt": "A", "States": { "A": {
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": { "FunctionName": "f", "Payload.$": "$.missing" }, "End": true } } }));
    let start = program.start(&json!({}));
    let Step::Fail(failure) = program.step(start) else { panic!("it cannot call") };
    assert_eq!(program.error(failure), "States.Runtime");
    assert_eq!(program.handle(start, failure, &[]), Handling::Fail);
}

/// Answers like `follow`, by the function a state calls.
struct Answering(Vec<(String, String)>);

impl crate::aws::workflow::Tasks for Answering {
    fn call(&mut self, state: &str, _before: usize, _input: &Value) -> Answer {
        let name = &self.0.iter().find(|(known, _)| known == state).unwrap().1;
        if name.starts_with("bad") {
            return Answer::Error {
                error: "Broken".to_owned(),
                cause: Some("it broke".to_owned()),
            };
        }
        Answer::Output(json!({ "by": name }))
    }
}

#[test]
fn following_nodes_comes_to_what_running_comes_to() {
    let nested = |states: Value| json!({ "StartAt": "First", "States": states });
    let call = |function: &str, more: Value| {
        let mut state = json!({ "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": { "FunctionName": function, "Given.$": "$" } });
        state.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        state
    };
    let definitions = [
        nested(json!({
            "First": { "Type": "Pass", "Parameters": { "sum.$": "States.MathAdd($.n, 1)", "n.$": "$.n" }, "ResultPath": "$.added",
                       "Assign": { "kept.$": "$.sum" }, "Next": "Second" },
            "Second": { "Type": "Choice", "Choices": [{ "Variable": "$.added.sum", "NumericGreaterThan": 3, "Next": "Third" }],
                        "Default": "Fourth" },
            "Third": { "Type": "Pass", "Parameters": { "kept.$": "$kept" }, "End": true },
            "Fourth": call("small", json!({ "ResultSelector": { "who.$": "$.by" }, "OutputPath": "$.who", "End": true })),
        })),
        nested(json!({
            "First": { "Type": "Map", "ItemsPath": "$.list", "MaxConcurrency": 1,
                "ItemSelector": { "item.$": "$$.Map.Item.Value", "at.$": "$$.Map.Item.Index", "n.$": "$.n" },
                "ItemProcessor": { "StartAt": "Inside", "States": {
                    "Inside": { "Type": "Choice", "Choices": [{ "Variable": "$.item", "NumericEquals": 2, "Next": "Two" }],
                                "Default": "Other" },
                    "Two": call("two", json!({ "End": true, "ResultPath": "$.by" })),
                    "Other": { "Type": "Succeed" } } },
                "ResultPath": "$.mapped", "Next": "Last" },
            "Last": { "Type": "Wait", "Seconds": 1, "End": true },
        })),
        nested(json!({
            "First": { "Type": "Parallel", "Next": "Last", "ResultPath": "$.both",
                "Branches": [
                    { "StartAt": "Left", "States": { "Left": call("left", json!({ "End": true })) } },
                    { "StartAt": "Right", "States": {
                        "Right": call("bad", json!({ "Next": "Never",
                            "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Mend", "ResultPath": "$.why" }] })),
                        "Mend": { "Type": "Pass", "OutputPath": "$.why.Error", "End": true },
                        "Never": { "Type": "Fail", "Error": "Never" } } },
                ] },
            "Last": { "Type": "Pass", "InputPath": "$.both", "End": true },
        })),
    ];
    for definition in definitions {
        for n in [1, 2, 5] {
            let input = json!({ "n": n, "list": [1, 2, 3, n] });
            let mut program = program(definition.clone());
            let names = program
                .states()
                .iter()
                .filter(|state| state.kind == "Task")
                .map(|state| match callee(program.json(state)) {
                    Callee::Function(name) => (state.name.clone(), name),
                    other => panic!("{other:?}"),
                })
                .collect();
            let start = crate::aws::workflow::Start {
                input: input.clone(),
                now: 0,
                seed: 0,
                machine: "machine".to_owned(),
                role: "role".to_owned(),
                history: false,
            };
            let ran = crate::aws::workflow::run(&definition, &start, &mut Answering(names));
            let node = program.start(&input);
            let followed = follow(&mut program, node, &mut Vec::new());
            assert_eq!(Some(followed), ran.output, "{definition} with {n}: {:?}", ran.cause);
        }
    }
}

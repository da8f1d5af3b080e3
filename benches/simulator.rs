//! How quick the simulator is, on one core: `cargo bench --bench simulator`.
//!
//! Orders through the event-driven design in occurrences a second, events from JSON text against
//! twenty rules, and transitions of a workflow.
#![allow(clippy::disallowed_methods, clippy::expect_used)] // a stopwatch, for people who measure

use std::time::Instant;

use redrive::content::{Library, design};
use redrive::sim::aws::pattern::{Event, Pattern};
use redrive::sim::aws::workflow::{self, Answer, Start, Tasks};
use redrive::sim::kernel::time::{Span, Time};
use redrive::sim::run::{Advance, Run};
use serde_json::{Value, json};

const ROUNDS: usize = 5;

fn main() {
    println!("{:<44} {:>14}", "", "a second");
    report("occurrences, event-driven design", orders);
    report("events from JSON text, 20 rules", events);
    report("transitions, a chain of Pass", || transitions(&chain()));
    report("transitions, Choice and States.MathAdd", || transitions(&counting()));
}

/// The best of a few rounds: `work` answers how much it did.
fn report(what: &str, work: impl Fn() -> u64) {
    let best = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            let done = work();
            done as f64 / start.elapsed().as_secs_f64()
        })
        .fold(0.0, f64::max);
    println!("{what:<44} {best:>14.0}");
}

/// An hour of the shipped design.
fn orders() -> u64 {
    let library = Library::embedded().expect("the course");
    let scenario = library.index().scenarios.first().expect("a scenario").clone();
    let source = library.design(&scenario.designs[0]).expect("a design");
    let design = design::open(&source).expect("a good design");
    let mut run = Run::new(&design, &source.workflows, 7).expect("a run");
    let end = Time::ZERO + Span::from_secs(3_600);
    while run.advance(end, 1_000_000) == Advance::Busy {}
    run.trace().count()
}

fn events() -> u64 {
    let rules: Vec<Pattern> = (0..20)
        .map(|number| {
            let pattern = json!({
                "source": ["shop.orders"],
                "detail-type": ["OrderCreated", "OrderCancelled"],
                "detail": {"total": [{"numeric": [">", number * 10]}], "currency": [{"prefix": "E"}]},
            });
            Pattern::from_json(&pattern).expect("a pattern")
        })
        .collect();
    let events: Vec<String> = (0..200)
        .map(|number| {
            json!({
                "source": "shop.orders",
                "detail-type": "OrderCreated",
                "detail": {"orderId": number, "total": number, "currency": "EUR", "lines": [{"sku": "a"}, {"sku": "b"}]},
            })
            .to_string()
        })
        .collect();
    let mut matched = 0;
    let mut count = 0;
    for _ in 0..50 {
        for event in &events {
            let event: Value = serde_json::from_str(event).expect("an event");
            let event = Event::new(&event);
            matched += rules.iter().filter(|rule| rule.matches_event(&event)).count();
            count += 1;
        }
    }
    assert!(matched > 0);
    count
}

fn chain() -> Value {
    let mut states = serde_json::Map::new();
    for number in 0..1_000 {
        let next = format!("S{}", number + 1);
        states.insert(format!("S{number}"), json!({"Type": "Pass", "Next": next}));
    }
    states.insert("S1000".to_owned(), json!({"Type": "Succeed"}));
    json!({"StartAt": "S0", "States": states})
}

fn counting() -> Value {
    json!({"StartAt": "Add", "States": {
        "Add": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Enough"},
        "Enough": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericLessThan": 2000, "Next": "Add"}],
            "Default": "Done"},
        "Done": {"Type": "Succeed"},
    }})
}

struct Nothing;

impl Tasks for Nothing {
    fn call(&mut self, _state: &str, _before: usize, _input: &Value) -> Answer {
        Answer::Output(Value::Null)
    }
}

fn transitions(definition: &Value) -> u64 {
    let start = Start {
        input: json!({"n": 0, "order": {"id": "o-1", "total": 42}}),
        now: 0,
        seed: 7,
        machine: "bench".to_owned(),
        role: "bench".to_owned(),
        history: true,
    };
    // How many there are is counted once, with the history that is not kept later.
    let counted = workflow::run(definition, &start, &mut Nothing).history;
    let entered = counted.iter().filter(|event| event.kind.ends_with("Entered")).count();
    let start = Start { history: false, ..start };
    for _ in 0..20 {
        workflow::run(definition, &start, &mut Nothing);
    }
    21 * entered as u64
}

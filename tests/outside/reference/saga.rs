//! The workflow of the reference design: steps, what they do in the world, and the way back.

use redrive::sim::design::SideEffect;
use serde_json::Value;

use super::Reference;

/// The tasks from the start to the end that was meant, in their order.
pub fn steps(reference: &Reference) -> Vec<(String, &Value)> {
    way(reference, reference.flow["StartAt"].as_str().unwrap())
}

/// The tasks from a state on.
fn way<'a>(reference: &'a Reference, from: &str) -> Vec<(String, &'a Value)> {
    let mut found = Vec::new();
    let mut name = from.to_owned();
    for _ in 0..100 {
        let state = &reference.flow["States"][&name];
        if state["Type"] == "Task" {
            found.push((name.clone(), state));
        }
        match state["Next"].as_str() {
            Some(next) => next.clone_into(&mut name),
            None => break,
        }
    }
    found
}

/// What a task does in the world.
fn effect(reference: &Reference, task: &Value) -> SideEffect {
    let function = task["Parameters"]["FunctionName"].as_str().unwrap();
    let workflow = reference.design.workflows.values().next().unwrap();
    let service = workflow.calls.get(function).and_then(|id| reference.design.services.get(id));
    let named = service.and_then(|service| service.side_effect.as_deref());
    reference.design.all_effects().of(named)
}

fn undo_of(effect: SideEffect) -> SideEffect {
    match effect {
        SideEffect::Does(index) => SideEffect::Undoes(index),
        SideEffect::None | SideEffect::Undoes(_) => SideEffect::None,
    }
}

/// Whichever step fails for good, whatever the error: it may have taken effect, so its own work is
/// undone first, and then that of the steps before it, the last first (SFN-04, SFN-43).
pub fn undone_in_reverse(reference: &Reference) -> Vec<String> {
    let steps = steps(reference);
    let mut against = Vec::new();
    for (place, (name, step)) in steps.iter().enumerate() {
        let done = steps[..=place].iter().rev().map(|(_, step)| effect(reference, step));
        let owed: Vec<SideEffect> = done.map(undo_of).collect();
        let catchers = step["Catch"].as_array().map_or(&[][..], Vec::as_slice);
        if !catchers.iter().any(|catch| catch["ErrorEquals"] == serde_json::json!(["States.ALL"])) {
            against.push(format!("{name} does not catch everything"));
        }
        for catch in catchers {
            let back = way(reference, catch["Next"].as_str().unwrap());
            let undone: Vec<SideEffect> =
                back.iter().map(|(_, task)| effect(reference, task)).collect();
            if undone != owed {
                against.push(format!("{name} owes {owed:?}, and {undone:?} is done"));
            }
            // Without it the steps that undo do not know the order.
            if !catch["ResultPath"].as_str().is_some_and(|path| path.starts_with("$.")) {
                against.push(format!("{name} loses the order to the error"));
            }
        }
    }
    against
}

/// Every task has a time, and retries: those that go forward for errors by name, those that undo for
/// all, since nobody else will.
pub fn patience(reference: &Reference) -> Vec<String> {
    let all: Value = serde_json::json!(["States.ALL"]);
    let forward: Vec<String> = steps(reference).into_iter().map(|(name, _)| name).collect();
    let mut against = Vec::new();
    for (name, state) in reference.flow["States"].as_object().unwrap() {
        if state["Type"] != "Task" {
            continue;
        }
        let retriers = state["Retry"].as_array().map_or(&[][..], Vec::as_slice);
        let retries_all = retriers.iter().any(|retry| retry["ErrorEquals"] == all);
        if retriers.is_empty() || retries_all == forward.contains(name) {
            against.push(format!("{name} retries the wrong errors"));
        }
        if state["TimeoutSeconds"].as_u64().is_none() {
            against.push(format!("{name} may wait for ever"));
        }
    }
    against
}

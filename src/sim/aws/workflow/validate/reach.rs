//! Whether every state of a machine can be reached.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::Check;

impl Check {
    /// AWS rejects a state to which nothing leads (`MISSING_TRANSITION_TARGET`).
    pub(super) fn reachable(
        &mut self,
        machine: &Map<String, Value>,
        states: &Map<String, Value>,
        place: &str,
    ) {
        let start = machine.get("StartAt").and_then(Value::as_str).unwrap_or_default();
        if !states.contains_key(start) {
            return; // said already
        }
        let mut seen = BTreeSet::from([start]);
        let mut waiting = vec![start];
        while let Some(name) = waiting.pop() {
            for next in states.get(name).map(leads_to).unwrap_or_default() {
                if seen.insert(next) {
                    waiting.push(next);
                }
            }
        }
        for name in states.keys().filter(|name| !seen.contains(name.as_str())) {
            self.wrong(
                &format!("{place}/States/{name}"),
                format!("Nothing leads to the state {name}."),
            );
        }
    }
}

/// All states that a state names as next.
fn leads_to(state: &Value) -> Vec<&str> {
    let own = ["Next", "Default"].into_iter().filter_map(|field| state.get(field));
    let inner = ["Choices", "Catch"].into_iter().filter_map(|field| state.get(field)?.as_array());
    let inner = inner.flatten().filter_map(|entry| entry.get("Next"));
    own.chain(inner).filter_map(Value::as_str).collect()
}

//! Validation of a definition before anything runs: every mistake is a sentence that names the
//! state, with its place (`/States/Pay/Retry/0`).
//!
//! For JSONata, only its fields and delimiters are checked; inside an expression, only its
//! brackets.

mod data;
mod integration;
mod map;
mod reach;
mod state;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Maximum length of a state's name.
const NAME_MAX: usize = 80;

/// Rejects, by name, fields that AWS accepts and Redrive would ignore.
#[must_use]
pub fn unmodelled(definition: &Value) -> Vec<Mistake> {
    let mut check = Check { mistakes: Vec::new(), names: BTreeSet::new() };
    check.passed_over(definition, "");
    check.mistakes
}

/// A mistake in a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// JSON pointer to it.
    pub place: String,
    pub sentence: String,
}

/// All mistakes in a definition; an empty list means it is valid.
#[must_use]
pub fn validate(definition: &Value) -> Vec<Mistake> {
    let mut check = Check { mistakes: Vec::new(), names: BTreeSet::new() };
    match definition.as_object() {
        Some(object) => {
            let whole = ["Version", "TimeoutSeconds"];
            check.machine(object, "", Language::JsonPath, &whole);
        }
        None => check.wrong("", "A definition must be a JSON object."),
    }
    check.mistakes
}

/// Query language of a state's fields (SFN-44).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    JsonPath,
    Jsonata,
}

/// A validation in progress.
struct Check {
    mistakes: Vec<Mistake>,
    /// Names of all states so far; names are unique across nested machines.
    names: BTreeSet<String>,
}

/// The machine around a state, whose states `Next` can name.
struct Around<'a> {
    states: &'a Map<String, Value>,
}

impl Check {
    fn wrong(&mut self, place: &str, sentence: impl Into<String>) {
        let place = if place.is_empty() { "/" } else { place };
        self.mistakes.push(Mistake { place: place.to_owned(), sentence: sentence.into() });
    }

    /// Checks a machine or a branch; `more` lists the fields that only this kind of machine has.
    fn machine(
        &mut self,
        machine: &Map<String, Value>,
        place: &str,
        outer: Language,
        more: &[&str],
    ) {
        let language = self.language(machine, place, outer);
        let is_whole = place.is_empty();
        self.only(machine, place, &["StartAt", "States", "Comment", "QueryLanguage"], more);
        let states = machine.get("States").and_then(Value::as_object);
        let Some(states) = states.filter(|states| !states.is_empty()) else {
            self.wrong(place, "A machine needs States, with at least one state.");
            return;
        };
        let around = Around { states };
        match machine.get("StartAt") {
            Some(Value::String(name)) => self.target(name, "StartAt", place, &around),
            _ => self.wrong(place, "A machine needs StartAt, the name of its first state."),
        }
        let ends = |state: &Value| {
            let kind = state.get("Type").and_then(Value::as_str);
            matches!(kind, Some("Succeed" | "Fail"))
                || state.get("End").and_then(Value::as_bool) == Some(true)
        };
        if !states.values().any(ends) {
            self.wrong(place, "No state ends this machine: it would loop forever.");
        }
        self.reachable(machine, states, place);
        for (name, state) in states {
            let place = format!("{place}/States/{name}");
            if name.chars().count() > NAME_MAX {
                self.wrong(
                    &place,
                    format!("The state {name} has more than {NAME_MAX} characters."),
                );
            }
            if !self.names.insert(name.clone()) {
                self.wrong(&place, format!("Two states are called {name}."));
            }
            match state.as_object() {
                Some(state) => {
                    // States may switch to JSONata one by one (SFN-44). In a JSONata definition no
                    // state switches back, although AWS was observed to allow it within a Map or
                    // Parallel.
                    let turns_back = state.get("QueryLanguage").is_some_and(|l| l == "JSONPath");
                    if is_whole && language == Language::Jsonata && turns_back {
                        let why =
                            "the definition is in JSONata, so no state can go back to JSONPath.";
                        self.wrong(&place, format!("{name}: {why}"));
                    }
                    self.state(name, state, &place, language, &around);
                }
                None => self.wrong(&place, format!("The state {name} must be a JSON object.")),
            }
        }
    }

    /// The language of a machine or a state: its own, or else the surrounding one.
    fn language(&mut self, holder: &Map<String, Value>, place: &str, outer: Language) -> Language {
        match holder.get("QueryLanguage").map(Value::as_str) {
            None => outer,
            Some(Some("JSONPath")) => Language::JsonPath,
            Some(Some("JSONata")) => Language::Jsonata,
            Some(_) => {
                self.wrong(place, "A QueryLanguage must be JSONPath or JSONata.");
                outer
            }
        }
    }

    /// Rejects unknown fields.
    fn only(&mut self, holder: &Map<String, Value>, place: &str, known: &[&str], more: &[&str]) {
        for field in holder.keys() {
            if !known.contains(&field.as_str()) && !more.contains(&field.as_str()) {
                self.wrong(place, format!("The field {field} is not allowed here."));
            }
        }
    }

    /// Checks that a field names a state of the same machine.
    fn target(&mut self, name: &str, field: &str, place: &str, around: &Around<'_>) {
        if !around.states.contains_key(name) {
            self.wrong(
                place,
                format!("{field} names the state {name}, which this machine does not have."),
            );
        }
    }

    /// Checks that at most one of the fields is present.
    fn not_both(&mut self, holder: &Map<String, Value>, place: &str, fields: &[&str]) {
        let there: Vec<&str> =
            fields.iter().copied().filter(|field| holder.contains_key(*field)).collect();
        if there.len() > 1 {
            self.wrong(place, format!("Only one of {} is allowed.", there.join(" and ")));
        }
    }

    /// Checks that a field is a whole number within bounds, or a JSONata expression.
    fn whole(
        &mut self,
        holder: &Map<String, Value>,
        place: &str,
        field: &str,
        least: i64,
        language: Language,
    ) {
        let Some(value) = holder.get(field) else { return };
        if language == Language::Jsonata && value.is_string() {
            return;
        }
        if value.as_i64().is_none_or(|number| !(least..=99_999_999).contains(&number)) {
            self.wrong(
                place,
                format!("{field} must be a whole number from {least} to 99,999,999."),
            );
        }
    }
}

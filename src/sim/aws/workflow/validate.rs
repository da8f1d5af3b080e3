//! What a definition may say, checked before anything runs: every mistake in a sentence that names
//! the state, with where it stands (`/States/Pay/Retry/0`).
//!
//! JSONata is known as far as its fields and the signs around its expressions go; what stands
//! between them is only looked at for brackets that do not fit.

mod data;
mod integration;
mod map;
mod reach;
mod state;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// The longest name of a state.
const NAME_MAX: usize = 80;

/// What AWS takes and Redrive would pass over when the definition runs: refused by name.
#[must_use]
pub fn unmodelled(definition: &Value) -> Vec<Mistake> {
    let mut check = Check { mistakes: Vec::new(), names: BTreeSet::new() };
    check.passed_over(definition, "");
    check.mistakes
}

/// Something wrong with a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// A JSON pointer to it.
    pub place: String,
    pub sentence: String,
}

/// Everything that is wrong with a definition; nothing is, if the list is empty.
#[must_use]
pub fn validate(definition: &Value) -> Vec<Mistake> {
    let mut check = Check { mistakes: Vec::new(), names: BTreeSet::new() };
    match definition.as_object() {
        Some(object) => {
            let whole = ["Version", "TimeoutSeconds"];
            check.machine(object, "", Language::JsonPath, &whole);
        }
        None => check.wrong("", "A definition is a JSON object."),
    }
    check.mistakes
}

/// In which language a state's fields are written (SFN-44).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    JsonPath,
    Jsonata,
}

/// A validation under way.
struct Check {
    mistakes: Vec<Mistake>,
    /// States of all machines so far: no two have the same name.
    names: BTreeSet<String>,
}

/// A machine around a state: what `Next` can name.
struct Around<'a> {
    states: &'a Map<String, Value>,
}

impl Check {
    fn wrong(&mut self, place: &str, sentence: impl Into<String>) {
        let place = if place.is_empty() { "/" } else { place };
        self.mistakes.push(Mistake { place: place.to_owned(), sentence: sentence.into() });
    }

    /// A machine or a branch; `more` are the fields that only this kind of machine has.
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
            self.wrong(place, "A machine has States, and at least one.");
            return;
        };
        let around = Around { states };
        match machine.get("StartAt") {
            Some(Value::String(name)) => self.target(name, "StartAt", place, &around),
            _ => self.wrong(place, "A machine has StartAt, the name of its first state."),
        }
        let ends = |state: &Value| {
            let kind = state.get("Type").and_then(Value::as_str);
            matches!(kind, Some("Succeed" | "Fail"))
                || state.get("End").and_then(Value::as_bool) == Some(true)
        };
        if !states.values().any(ends) {
            self.wrong(place, "No state of this machine ends it: its states go round for ever.");
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
                    // States of a definition turn to JSONata one by one (SFN-44); from a whole in JSONata
                    // none turns back. Within a Map or Parallel AWS was seen to let them.
                    let turns_back = state.get("QueryLanguage").is_some_and(|l| l == "JSONPath");
                    if is_whole && language == Language::Jsonata && turns_back {
                        let why =
                            "the whole is in JSONata, and no state of it goes back to JSONPath.";
                        self.wrong(&place, format!("{name}: {why}"));
                    }
                    self.state(name, state, &place, language, &around);
                }
                None => self.wrong(&place, format!("The state {name} is no JSON object.")),
            }
        }
    }

    /// The language of a machine or a state: its own, or the one around it.
    fn language(&mut self, holder: &Map<String, Value>, place: &str, outer: Language) -> Language {
        match holder.get("QueryLanguage").map(Value::as_str) {
            None => outer,
            Some(Some("JSONPath")) => Language::JsonPath,
            Some(Some("JSONata")) => Language::Jsonata,
            Some(_) => {
                self.wrong(place, "A QueryLanguage is JSONPath or JSONata.");
                outer
            }
        }
    }

    /// Refuses fields that are not known.
    fn only(&mut self, holder: &Map<String, Value>, place: &str, known: &[&str], more: &[&str]) {
        for field in holder.keys() {
            if !known.contains(&field.as_str()) && !more.contains(&field.as_str()) {
                self.wrong(place, format!("The field {field} cannot stand here."));
            }
        }
    }

    /// Something that names a state of the same machine.
    fn target(&mut self, name: &str, field: &str, place: &str, around: &Around<'_>) {
        if !around.states.contains_key(name) {
            self.wrong(
                place,
                format!("{field} names the state {name}, which this machine does not have."),
            );
        }
    }

    /// At most one of these fields.
    fn not_both(&mut self, holder: &Map<String, Value>, place: &str, fields: &[&str]) {
        let there: Vec<&str> =
            fields.iter().copied().filter(|field| holder.contains_key(*field)).collect();
        if there.len() > 1 {
            self.wrong(place, format!("Only one of {} can be given.", there.join(" and ")));
        }
    }

    /// A whole number within bounds, or a JSONata expression.
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
            self.wrong(place, format!("{field} is a whole number from {least} to 99,999,999."));
        }
    }
}

//! Fields of a Map.

use serde_json::{Map, Value};

use super::data::Root;
use super::{Check, Language};

/// Characters that a Map's Label must not contain, besides control characters.
const LABEL_BANS: &str = " ?*<>{}[]:;,\\|^~$#%&`\"";
const LABEL_MAX: usize = 40;

/// Fields of distributed Maps.
const DISTRIBUTED: [&str; 4] = ["ItemReader", "ItemBatcher", "ResultWriter", "Label"];
/// Also of distributed Maps; an independent validator accepts them on an inline Map, where they
/// have no effect.
const TOLERATED: [&str; 4] = [
    "ToleratedFailureCount",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentage",
    "ToleratedFailurePercentagePath",
];

impl Check {
    pub(super) fn map(
        &mut self,
        name: &str,
        state: &Map<String, Value>,
        place: &str,
        language: Language,
    ) {
        self.not_both(state, place, &["ItemProcessor", "Iterator"]);
        self.not_both(state, place, &["ItemSelector", "Parameters"]);
        let (field, processor) = match (state.get("ItemProcessor"), state.get("Iterator")) {
            (Some(processor), _) => ("ItemProcessor", processor),
            (None, Some(processor)) => ("Iterator", processor),
            (None, None) => {
                self.wrong(place, format!("{name}: a Map needs an ItemProcessor."));
                return;
            }
        };
        match processor.as_object() {
            Some(machine) => {
                self.machine(machine, &format!("{place}/{field}"), language, &["ProcessorConfig"]);
            }
            None => self.wrong(place, format!("{name}: {field} must be a machine: a JSON object.")),
        }
        for (field, most) in [
            ("MaxConcurrency", None),
            ("ToleratedFailureCount", None),
            ("ToleratedFailurePercentage", Some(100.0)),
        ] {
            let path = format!("{field}Path");
            self.not_both(state, place, &[field, &path]);
            self.path(state, place, &path, Root::Any);
            let value = state.get(field).and_then(Value::as_f64);
            if value.is_some_and(|value| value < 0.0 || most.is_some_and(|most| value > most)) {
                self.wrong(place, format!("{name}: {field} is out of bounds."));
            }
        }
        self.label(name, state, place);
        self.batches(name, state, place, language);
        let config = state.get("ItemReader").and_then(|reader| reader.get("ReaderConfig"));
        if let Some(config) = config.and_then(Value::as_object) {
            let place = format!("{place}/ItemReader/ReaderConfig");
            self.not_both(config, &place, &["MaxItems", "MaxItemsPath"]);
            self.path(config, &place, "MaxItemsPath", Root::Any);
        }
        self.mode(name, state, processor, place);
    }

    /// Checks batches, which are limited in items or in bytes.
    fn batches(&mut self, name: &str, state: &Map<String, Value>, place: &str, language: Language) {
        let Some(batcher) = state.get("ItemBatcher") else { return };
        let place = format!("{place}/ItemBatcher");
        let Some(batcher) = batcher.as_object() else {
            self.wrong(&place, format!("{name}: ItemBatcher must be a JSON object."));
            return;
        };
        let mut is_bounded = false;
        for field in ["MaxItemsPerBatch", "MaxInputBytesPerBatch"] {
            let path = format!("{field}Path");
            self.not_both(batcher, &place, &[field, &path]);
            self.whole(batcher, &place, field, 1, language);
            self.path(batcher, &place, &path, Root::Any);
            is_bounded |= batcher.contains_key(field) || batcher.contains_key(&path);
        }
        if !is_bounded {
            let why = "an ItemBatcher needs MaxItemsPerBatch or MaxInputBytesPerBatch.";
            self.wrong(&place, format!("{name}: {why}"));
        }
        if let Some(input) = batcher.get("BatchInput") {
            self.template(input, &format!("{place}/BatchInput"), language);
        }
    }

    /// Checks fields that only one mode has. The guide lists these fields for distributed Maps
    /// only, and requires an `ExecutionType` there.
    fn mode(&mut self, name: &str, state: &Map<String, Value>, processor: &Value, place: &str) {
        let config = processor.get("ProcessorConfig");
        let of = |field: &str| config.and_then(|config| config.get(field)).and_then(Value::as_str);
        match of("Mode") {
            Some("DISTRIBUTED") => {
                if !matches!(of("ExecutionType"), Some("STANDARD" | "EXPRESS")) {
                    let why = "a distributed Map needs the ExecutionType STANDARD or EXPRESS.";
                    self.wrong(place, format!("{name}: {why}"));
                }
            }
            None | Some("INLINE") => {
                for field in DISTRIBUTED.iter().filter(|field| state.contains_key(**field)) {
                    let why = "an inline Map has none: set the Mode of its ProcessorConfig to DISTRIBUTED";
                    self.wrong(place, format!("{name}: {field}: {why}."));
                }
            }
            Some(other) => {
                self.wrong(
                    place,
                    format!("{name}: a Mode must be INLINE or DISTRIBUTED, not {other}."),
                );
            }
        }
    }

    fn label(&mut self, name: &str, state: &Map<String, Value>, place: &str) {
        let Some(label) = state.get("Label") else { return };
        let label = label.as_str().unwrap_or_default();
        if label.is_empty() || label.chars().count() > LABEL_MAX {
            self.wrong(place, format!("{name}: a Label must have 1 to {LABEL_MAX} characters."));
        }
        let banned = label.chars().find(|c| c.is_control() || LABEL_BANS.contains(*c));
        if let Some(character) = banned {
            self.wrong(place, format!("{name}: a Label cannot have the character {character:?}."));
        }
    }

    /// Rejects fields of a machine's Maps, at any depth, that a run would ignore.
    pub(super) fn passed_over(&mut self, machine: &Value, place: &str) {
        let states = machine.get("States").and_then(Value::as_object);
        for (name, state) in states.into_iter().flatten() {
            let place = format!("{place}/States/{name}");
            let branches = state.get("Branches").and_then(Value::as_array).into_iter().flatten();
            for (index, branch) in branches.enumerate() {
                self.passed_over(branch, &format!("{place}/Branches/{index}"));
            }
            for field in ["ItemProcessor", "Iterator"] {
                let Some(processor) = state.get(field) else { continue };
                self.passed_over(processor, &format!("{place}/{field}"));
                let mode = processor.pointer("/ProcessorConfig/Mode").and_then(Value::as_str);
                if mode != Some("DISTRIBUTED") {
                    for field in TOLERATED.iter().filter(|field| state.get(**field).is_some()) {
                        let why = "an inline Map tolerates no failure.";
                        self.wrong(&place, format!("{name}: {field} is not modelled here: {why}"));
                    }
                }
            }
            if state.get("ItemReader").is_some() && state.get("ItemsPath").is_some() {
                let why = "let the ItemReader return the items.";
                self.wrong(
                    &place,
                    format!("{name}: ItemsPath beside ItemReader is not modelled: {why}"),
                );
            }
            if state.pointer("/ResultWriter/WriterConfig").is_some() {
                let why = "results are written as they are.";
                self.wrong(
                    &place,
                    format!("{name}: WriterConfig of a ResultWriter is not modelled: {why}"),
                );
            }
        }
    }
}

//! How data flows through a state (SFN-45): paths, templates, the context object, variables.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::intrinsic;
use super::path::Path;
use crate::sim::kernel::random::Chance;

/// Variables by name; an inner machine sees those around it and writes its own.
pub type Variables = BTreeMap<String, Value>;

/// What paths in a state can name.
pub struct Data<'a> {
    /// `$`.
    pub input: &'a Value,
    /// `$$`.
    pub context: &'a Value,
    /// `$name`.
    pub variables: &'a Variables,
    pub chance: Chance,
    /// Intrinsic functions called so far, so that no two UUIDs are alike.
    pub calls: &'a Cell<u32>,
}

impl<'a> Data<'a> {
    /// What a path names, from any of its three roots.
    pub fn find(&self, path: &str) -> Result<Value, String> {
        if let Some(rest) = path.strip_prefix("$$") {
            return Path::parse(rest)?.find(self.context);
        }
        let rest = path.strip_prefix('$').ok_or_else(|| format!("{path} is no path."))?;
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if name.is_empty() {
            return Path::parse(rest)?.find(self.input);
        }
        let value = self.variables.get(&name);
        let value = value.ok_or_else(|| format!("No results for path: $['{name}']"))?;
        Path::parse(&rest[name.len()..])?.find(value)
    }

    /// The value of a field that ends with `.$`: a path or an intrinsic function.
    pub fn dynamic(&self, field: &str, expression: &str) -> Result<Value, String> {
        if expression.starts_with("States.") {
            let call = self.calls.get();
            self.calls.set(call + 64);
            let find = |path: &str| {
                self.find(path).map_err(|_| {
                    format!(
                        "The function '{expression}' had the following error: The JsonPath \
                         argument for the field '{path}' could not be found in the input '{}'",
                        self.input
                    )
                })
            };
            return intrinsic::evaluate(expression, &find, self.chance, call);
        }
        self.find(expression).map_err(|_| {
            format!(
                "The JSONPath '{expression}' specified for the field '{field}' could not be found \
                 in the input '{}'",
                self.input
            )
        })
    }

    /// A payload template filled in.
    pub fn fill(&self, template: &Value) -> Result<Value, String> {
        match template {
            Value::Object(object) => {
                let mut filled = Map::new();
                for (name, value) in object {
                    match (name.strip_suffix(".$"), value) {
                        (Some(bare), Value::String(expression)) => {
                            filled.insert(bare.to_owned(), self.dynamic(name, expression)?);
                        }
                        _ => {
                            filled.insert(name.clone(), self.fill(value)?);
                        }
                    }
                }
                Ok(Value::Object(filled))
            }
            Value::Array(list) => list.iter().map(|value| self.fill(value)).collect(),
            other => Ok(other.clone()),
        }
    }

    /// `InputPath` or `OutputPath`: null is the empty object.
    pub fn through(&self, state: &Value, field: &str) -> Result<Cow<'a, Value>, String> {
        match state.get(field) {
            None => Ok(Cow::Borrowed(self.input)),
            Some(Value::Null) => Ok(Cow::Owned(Value::Object(Map::new()))),
            Some(path) => {
                let path = path.as_str().unwrap_or_default();
                let found = self.find(path);
                found.map(Cow::Owned).map_err(|why| format!("Invalid path '{path}' : {why}"))
            }
        }
    }
}

/// `ResultPath`: where in the input the result goes.
pub fn place(state: &Value, input: &Value, result: Value) -> Result<Value, String> {
    match state.get("ResultPath") {
        None => Ok(result),
        Some(Value::Null) => Ok(input.clone()),
        Some(path) => {
            let path = path.as_str().unwrap_or_default();
            let place = Path::parse(path.strip_prefix('$').unwrap_or(path))?;
            place
                .put(input, result)
                .ok_or_else(|| format!("Unable to apply ReferencePath {path} to input {input}"))
        }
    }
}

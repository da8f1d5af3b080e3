//! Data flow through a state (SFN-45): paths, templates, the context object, variables.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::intrinsic;
use super::path::{Path, weight};
use crate::kernel::random::Chance;

/// Variables by name. An inner machine can read those of the machines around it, and writes its
/// own.
pub type Variables = BTreeMap<String, Rc<Value>>;

/// Maximum bytes that the paths and functions of one template may produce: many times the limit of
/// a state's output (SFN-09). A *model assumption* (MA-workflow-11).
const FILLED_MAX: usize = 4 * 1_048_576;

/// The context object: a part that lasts for the whole execution and is shared by branches and
/// items, and the state's own fields (`State`, `Task`, `Map`).
#[derive(Debug, Clone)]
pub struct Context {
    pub whole: Rc<Value>,
    pub own: Map<String, Value>,
}

impl Context {
    /// Creates a context without fields of its own.
    pub fn new(whole: Rc<Value>) -> Self {
        Self { whole, own: Map::new() }
    }

    /// Sets a field of the state's own, which hides one of the same name in `whole`.
    pub fn set(&mut self, name: &str, value: Value) {
        self.own.insert(name.to_owned(), value);
    }

    fn find(&self, path: &Path) -> Result<Value, String> {
        if let Some(name) = path.first() {
            return match self.own.get(name) {
                Some(_) => path.find_in(&self.own),
                None => path.find(&self.whole),
            };
        }
        let mut all = self.whole.as_object().cloned().unwrap_or_default();
        all.extend(self.own.iter().map(|(name, value)| (name.clone(), value.clone())));
        path.find(&Value::Object(all))
    }
}

/// Roots of the paths in a state.
pub struct Data<'a> {
    /// `$`.
    pub input: &'a Value,
    /// `$$`.
    pub context: &'a Context,
    /// `$name`.
    pub variables: &'a Variables,
    pub chance: Chance,
    /// Number of intrinsic functions called so far, so that no two UUIDs are alike.
    pub calls: &'a Cell<u32>,
    /// Bytes that the current template has produced so far.
    pub filled: Cell<usize>,
}

impl<'a> Data<'a> {
    /// Evaluates a path from any of the three roots.
    pub fn find(&self, path: &str) -> Result<Value, String> {
        if let Some(rest) = path.strip_prefix("$$") {
            return self.context.find(&Path::parse(rest)?);
        }
        let rest = path.strip_prefix('$').ok_or_else(|| format!("{path} is not a path."))?;
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if name.is_empty() {
            return Path::parse(rest)?.find(self.input);
        }
        let value = self.variables.get(&name);
        let value = value.ok_or_else(|| format!("No results for path: $['{name}']"))?;
        Path::parse(&rest[name.len()..])?.find(value)
    }

    fn charge(&self, value: Value) -> Result<Value, String> {
        let filled = self.filled.get().saturating_add(weight(&value));
        self.filled.set(filled);
        if filled > FILLED_MAX {
            return Err("The paths and functions find more than a state can hold.".to_owned());
        }
        Ok(value)
    }

    /// The value of a field whose name ends in `.$`: a path or an intrinsic function.
    pub fn dynamic(&self, field: &str, expression: &str) -> Result<Value, String> {
        if expression.starts_with("States.") {
            let call = self.calls.get();
            self.calls.set(call + 64);
            let find = |path: &str| {
                self.find(path).and_then(|value| self.charge(value)).map_err(|_| {
                    format!(
                        "The function '{expression}' had the following error: The JsonPath \
                         argument for the field '{path}' could not be found in the input '{}'",
                        self.input
                    )
                })
            };
            let charge = |value: Value| self.charge(value);
            return intrinsic::evaluate(expression, &find, &charge, self.chance, call);
        }
        self.find(expression).and_then(|value| self.charge(value)).map_err(|_| {
            format!(
                "The JSONPath '{expression}' specified for the field '{field}' could not be found \
                 in the input '{}'",
                self.input
            )
        })
    }

    /// Fills a payload template.
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

    /// Applies `InputPath` or `OutputPath`; null yields the empty object.
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

/// Applies `ResultPath`: puts the result into the input.
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

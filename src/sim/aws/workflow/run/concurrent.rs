//! States that hold machines of their own: Parallel and Map, side by side on the virtual clock.

use serde_json::{Value, json};

use super::super::data::{Data, Variables};
use super::{Failure, Machine, Visit, bare};

impl Machine<'_> {
    pub(super) fn parallel(
        &mut self,
        visit: &Visit<'_>,
        input: &Value,
        variables: &Variables,
    ) -> Result<Value, Failure> {
        self.note("ParallelStateStarted", None, None, None);
        let began = self.now;
        let mut latest = began;
        let mut outputs = Vec::new();
        let mut failed: Option<(i64, Failure)> = None;
        for branch in visit.state.get("Branches").and_then(Value::as_array).into_iter().flatten() {
            self.now = began;
            let mut inner = variables.clone();
            match self.states(branch, input.clone(), visit.context, &mut inner) {
                Ok(output) => outputs.push(output),
                // The branch that fails first ends the others.
                Err(failure) if failed.as_ref().is_none_or(|(at, _)| self.now < *at) => {
                    failed = Some((self.now, failure));
                }
                Err(_) => {}
            }
            latest = latest.max(self.now);
        }
        if let Some((at, failure)) = failed {
            self.now = at;
            self.note("ParallelStateFailed", None, None, failure.error.as_deref());
            return Err(Failure { can_be_caught: true, ..failure });
        }
        self.now = latest;
        self.note("ParallelStateSucceeded", None, None, None);
        Ok(Value::Array(outputs))
    }

    pub(super) fn map(
        &mut self,
        visit: &Visit<'_>,
        input: &Value,
        variables: &Variables,
    ) -> Result<Value, Failure> {
        let state = visit.state;
        let (items, most, tolerated) = self.items(visit, input, variables)?;
        self.note("MapStateStarted", None, None, None);
        let processor = state.get("ItemProcessor").or_else(|| state.get("Iterator"));
        let processor = processor.unwrap_or(&Value::Null);
        let selector = state.get("ItemSelector").or_else(|| state.get("Parameters"));
        let is_distributed = processor.pointer("/ProcessorConfig/Mode").and_then(Value::as_str)
            == Some("DISTRIBUTED");
        let began = self.now;
        // When each of the places to work in is free again.
        let places = if most == 0 { items.len() } else { most.min(items.len()) }.max(1);
        let mut free = vec![began; places];
        let mut outputs = Vec::new();
        let mut failures = 0;
        let count = items.len();
        for (index, item) in items.into_iter().enumerate() {
            let place = (0..places).min_by_key(|place| free[*place]).unwrap_or(0);
            self.now = free[place];
            let mut context = visit.context.clone();
            context["Map"] = json!({ "Item": { "Index": index, "Value": item } });
            let inner_visit = Visit {
                name: visit.name,
                state,
                kind: visit.kind,
                input: visit.input,
                context: &mut context,
                event: visit.event,
            };
            let start = match selector {
                Some(template) => {
                    let filled = self.data(&inner_visit, input, variables).fill(template);
                    filled.map_err(|why| visit.runtime("States.Runtime", &why))?
                }
                None => item,
            };
            if !is_distributed {
                self.note("MapIterationStarted", None, None, None);
            }
            let mut inner = if is_distributed { Variables::new() } else { variables.clone() };
            let before = (self.events, self.history.len());
            let ended = self.states(processor, start, inner_visit.context, &mut inner);
            free[place] = self.now;
            if is_distributed {
                // Child executions have histories of their own.
                self.events = before.0;
                self.history.truncate(before.1);
            }
            match ended {
                Ok(output) => {
                    outputs.push(output);
                    if !is_distributed {
                        self.note("MapIterationSucceeded", None, None, None);
                    }
                }
                Err(_) if is_distributed => {
                    failures += 1;
                    if !tolerated.allows(failures, count) {
                        return Err(self.intolerable());
                    }
                }
                Err(failure) => {
                    self.note("MapIterationFailed", None, None, failure.error.as_deref());
                    self.note("MapStateFailed", None, None, failure.error.as_deref());
                    return Err(Failure { can_be_caught: true, ..failure });
                }
            }
        }
        self.now = free.into_iter().max().unwrap_or(began);
        self.note("MapStateSucceeded", None, None, None);
        Ok(Value::Array(outputs))
    }

    /// A distributed Map that had more failures than it tolerates.
    fn intolerable(&mut self) -> Failure {
        let error = "States.ExceedToleratedFailureThreshold";
        self.note("MapStateFailed", None, None, Some(error));
        Failure::new(error, "The specified tolerated failure threshold was exceeded")
    }

    /// The items of a Map, how many are worked on at once (0: all), and the failures it bears.
    pub(super) fn items(
        &mut self,
        visit: &Visit<'_>,
        input: &Value,
        variables: &Variables,
    ) -> Result<(Vec<Value>, usize, Tolerance), Failure> {
        let runtime = |why: &str| visit.runtime("States.Runtime", why);
        let data = self.data(visit, input, variables);
        let path = visit.state.get("ItemsPath").and_then(Value::as_str).unwrap_or("$");
        let items =
            data.find(path).map_err(|why| runtime(&format!("Invalid path '{path}' : {why}")))?;
        let Value::Array(items) = items else {
            return Err(runtime(&format!("Reference path \"{path}\" must point to array.")));
        };
        let most = match visit.state.get("MaxConcurrencyPath").and_then(Value::as_str) {
            Some(path) => {
                let value = data
                    .find(path)
                    .map_err(|why| runtime(&format!("Invalid path '{path}' : {why}")))?;
                value.as_u64().ok_or_else(|| {
                    runtime(&format!(
                        "The MaxConcurrencyPath field refers to value \"{}\" which is not a valid \
                         integer: {path}",
                        bare(&value)
                    ))
                })?
            }
            None => visit.state.get("MaxConcurrency").and_then(Value::as_u64).unwrap_or(0),
        };
        let tolerance = Tolerance::read(visit.state, &data).map_err(|why| runtime(&why))?;
        Ok((items, usize::try_from(most).unwrap_or(usize::MAX), tolerance))
    }
}

/// How many failures a distributed Map bears.
pub(super) struct Tolerance {
    count: Option<u64>,
    percentage: Option<f64>,
}

impl Tolerance {
    fn read(state: &Value, data: &Data<'_>) -> Result<Self, String> {
        let number = |field: &str, what: &str| -> Result<Option<f64>, String> {
            let path_field = format!("{field}Path");
            let Some(path) = state.get(&path_field).and_then(Value::as_str) else {
                return Ok(state.get(field).and_then(Value::as_f64));
            };
            let value = data.find(path).map_err(|why| format!("Invalid path '{path}' : {why}"))?;
            let number = match &value {
                Value::String(text) => text.parse().ok(),
                other => other.as_f64(),
            };
            number.map(Some).ok_or_else(|| {
                format!(
                    "The {path_field} field refers to value \"{}\" which is not a valid {what}: {path}",
                    bare(&value)
                )
            })
        };
        let count = number("ToleratedFailureCount", "integer")?;
        if count.is_some_and(|count| count < 0.0) {
            return Err("ToleratedFailureCount cannot be negative.".to_owned());
        }
        let percentage = number("ToleratedFailurePercentage", "float")?;
        if percentage.is_some_and(|percentage| !(0.0..=100.0).contains(&percentage)) {
            return Err("ToleratedFailurePercentage must be between 0 and 100.".to_owned());
        }
        Ok(Self { count: count.map(|count| count as u64), percentage })
    }

    pub(super) fn allows(&self, failures: u64, of: usize) -> bool {
        let within_count = self.count.is_some_and(|count| failures <= count);
        let share = failures as f64 * 100.0 / of.max(1) as f64;
        within_count || self.percentage.is_some_and(|percentage| share <= percentage)
    }
}

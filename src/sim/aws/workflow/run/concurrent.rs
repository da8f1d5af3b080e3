//! States that contain machines: Parallel and Map, side by side on the virtual clock.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::data::Variables;
use super::{Failure, Machine, Visit};

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
                Err(failure) if self.is_over => return Err(failure),
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
        let mut items = self.items(visit, input, variables)?;
        self.note("MapStateStarted", None, None, None);
        let processor = visit.state.get("ItemProcessor").or_else(|| visit.state.get("Iterator"));
        let processor = processor.unwrap_or(&Value::Null);
        let is_distributed = items.is_distributed;
        let began = self.now;
        // The time at which each concurrent slot becomes free; the earliest comes first.
        let places = if items.at_once == 0 { items.count } else { items.at_once.min(items.count) };
        let mut free: BTreeSet<(i64, usize)> = (0..places.max(1)).map(|n| (began, n)).collect();
        let mut outputs = Vec::new();
        let mut failures = 0;
        let mut context = visit.context.clone();
        let mut inner_visit = Visit { context: &mut context, ..*visit };
        while let Some(item) = items.feed.next(self, &mut inner_visit, input, variables)? {
            let (start, place) = free.pop_first().unwrap_or((began, 0));
            self.now = start;
            if let Some(map) = item.map {
                inner_visit.context.set("Map", map);
            }
            if !is_distributed {
                self.note("MapIterationStarted", None, None, None);
            }
            let ended =
                self.iteration(&inner_visit, processor, item.start, variables, is_distributed);
            free.insert((self.now, place));
            match ended {
                Ok(output) => {
                    outputs.push(output);
                    if !is_distributed {
                        self.note("MapIterationSucceeded", None, None, None);
                    }
                }
                Err(failure) if self.is_over => return Err(failure),
                Err(_) if is_distributed => {
                    failures += item.count as u64;
                    if !items.tolerance.allows(failures, items.count) {
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
        self.now = free.last().map_or(began, |(at, _)| *at);
        let result = self.written(visit, input, variables, outputs)?;
        self.note("MapStateSucceeded", None, None, None);
        Ok(result)
    }

    /// Runs one iteration. A child execution of a distributed Map has its own history, which may be
    /// full when its parent's is not, and sees none of its parent's variables.
    fn iteration(
        &mut self,
        visit: &Visit<'_>,
        processor: &Value,
        start: Value,
        variables: &Variables,
        is_distributed: bool,
    ) -> Result<Value, Failure> {
        if !is_distributed {
            return self.states(processor, start, visit.context, &mut variables.clone());
        }
        let (events, kept) = (self.events, self.history.len());
        self.events = 1;
        let ended = self.states(processor, start, visit.context, &mut Variables::new());
        self.is_over &= self.is_spent();
        self.events = events;
        self.history.truncate(kept);
        ended
    }

    /// The failure of a distributed Map with more failures than it tolerates.
    fn intolerable(&mut self) -> Failure {
        let error = "States.ExceedToleratedFailureThreshold";
        self.note("MapStateFailed", None, None, Some(error));
        Failure::new(error, "The specified tolerated failure threshold was exceeded")
    }
}

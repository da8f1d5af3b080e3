//! The items of a Map, one by one or in batches, and its results.

use std::iter::Enumerate;
use std::vec::IntoIter;

use serde_json::{Map, Value, json};

use super::super::data::{Data, Variables};
use super::super::path::weight;
use super::{Answer, Failure, Machine, Visit, bare};
use crate::kernel::random::Purpose;

/// The items of a Map, its concurrency (0 means unlimited), and the failures it tolerates.
pub(super) struct Items {
    pub feed: Feed,
    pub at_once: usize,
    pub tolerance: Tolerance,
    pub is_distributed: bool,
    /// Number of items, not of batches.
    pub count: usize,
}

/// Input of one iteration.
pub(super) struct Item {
    pub start: Value,
    /// `$$.Map`; `None` for a batch.
    pub map: Option<Value>,
    /// Number of items in it.
    pub count: usize,
}

/// The items whose iterations have not started.
pub(super) struct Feed {
    items: Enumerate<IntoIter<Value>>,
    batcher: Option<Batcher>,
    /// An item that did not fit into the previous batch.
    over: Option<Value>,
}

struct Batcher {
    most: usize,
    bytes: usize,
    input: Option<Value>,
}

impl Feed {
    /// The next iteration's input: an item, shaped by `ItemSelector` if there is one, or several as
    /// `{"BatchInput": …, "Items": […]}`.
    pub(super) fn next(
        &mut self,
        machine: &Machine<'_>,
        visit: &mut Visit<'_>,
        input: &Value,
        variables: &Variables,
    ) -> Result<Option<Item>, Failure> {
        let Some(batcher) = &self.batcher else {
            let Some((index, item)) = self.items.next() else { return Ok(None) };
            let map = json!({ "Item": { "Index": index, "Value": item } });
            let start = select(machine, visit, input, variables, (index, item))?;
            return Ok(Some(Item { start, map: Some(map), count: 1 }));
        };
        let mut batch = Vec::new();
        let mut bytes = 0;
        while batch.len() < batcher.most {
            let item = match self.over.take() {
                Some(item) => item,
                None => match self.items.next() {
                    Some(next) => select(machine, visit, input, variables, next)?,
                    None => break,
                },
            };
            bytes += weight(&item) + 1;
            // An item that is too large on its own forms a batch of its own: a *model assumption*
            // (MA-workflow-9).
            if bytes > batcher.bytes && !batch.is_empty() {
                self.over = Some(item);
                break;
            }
            batch.push(item);
        }
        if batch.is_empty() {
            return Ok(None);
        }
        let count = batch.len();
        let mut start = Map::new();
        if let Some(input) = &batcher.input {
            start.insert("BatchInput".to_owned(), input.clone());
        }
        start.insert("Items".to_owned(), Value::Array(batch));
        Ok(Some(Item { start: Value::Object(start), map: None, count }))
    }
}

fn select(
    machine: &Machine<'_>,
    visit: &mut Visit<'_>,
    input: &Value,
    variables: &Variables,
    (index, item): (usize, Value),
) -> Result<Value, Failure> {
    let state = visit.state;
    let Some(template) = state.get("ItemSelector").or_else(|| state.get("Parameters")) else {
        return Ok(item);
    };
    visit.context.set("Map", json!({ "Item": { "Index": index, "Value": item } }));
    let filled = machine.data(visit, input, variables).fill(template);
    filled.map_err(|why| visit.runtime("States.Runtime", &why))
}

impl Machine<'_> {
    pub(super) fn items(
        &mut self,
        visit: &Visit<'_>,
        input: &Value,
        variables: &Variables,
    ) -> Result<Items, Failure> {
        let processor = visit.state.get("ItemProcessor").or_else(|| visit.state.get("Iterator"));
        let mode = processor.and_then(|processor| processor.pointer("/ProcessorConfig/Mode"));
        let is_distributed = mode.and_then(Value::as_str) == Some("DISTRIBUTED");
        let items = match visit.state.get("ItemReader") {
            Some(reader) => self.read(visit, reader, input, variables)?,
            None => self.given(visit, input, variables)?,
        };
        let runtime = |why: String| visit.runtime("States.Runtime", &why);
        let data = self.data(visit, input, variables);
        let at_once = number(visit.state, "MaxConcurrency", "integer", &data).map_err(runtime)?;
        let at_once = at_once.map_or(0, |most| most as usize);
        let tolerance = Tolerance::read(visit.state, &data).map_err(runtime)?;
        let batcher = match visit.state.get("ItemBatcher") {
            Some(batcher) => Some(Batcher::read(batcher, &data).map_err(runtime)?),
            None => None,
        };
        let count = items.len();
        let feed = Feed { items: items.into_iter().enumerate(), batcher, over: None };
        Ok(Items { feed, at_once, tolerance, is_distributed, count })
    }

    /// The items that `ItemsPath` finds in the input.
    fn given(
        &self,
        visit: &Visit<'_>,
        input: &Value,
        variables: &Variables,
    ) -> Result<Vec<Value>, Failure> {
        let runtime = |why: &str| visit.runtime("States.Runtime", why);
        let path = visit.state.get("ItemsPath").and_then(Value::as_str).unwrap_or("$");
        let found = self.data(visit, input, variables).find(path);
        match found.map_err(|why| runtime(&format!("Invalid path '{path}' : {why}")))? {
            Value::Array(items) => Ok(items),
            _ => Err(runtime(&format!("Reference path \"{path}\" must point to array."))),
        }
    }

    /// The items that `ItemReader` reads; they come from the source of the tasks' answers.
    fn read(
        &mut self,
        visit: &Visit<'_>,
        reader: &Value,
        input: &Value,
        variables: &Variables,
    ) -> Result<Vec<Value>, Failure> {
        let runtime = |why: String| visit.runtime("States.Runtime", &why);
        let none = json!({});
        let template = reader.get("Parameters").unwrap_or(&none);
        let asked = self.data(visit, input, variables).fill(template).map_err(runtime)?;
        let config = reader.get("ReaderConfig").unwrap_or(&none);
        let most = number(config, "MaxItems", "integer", &self.data(visit, input, variables));
        let most = most.map_err(runtime)?;
        match self.ask(visit.name, &asked) {
            Answer::Output(Value::Array(mut items)) => {
                // 0 means unlimited.
                if let Some(most) = most.filter(|most| *most > 0.0) {
                    items.truncate(most as usize);
                }
                Ok(items)
            }
            Answer::Output(_) => Err(Failure::new(
                "States.ItemReaderFailed",
                "Attempting to map over non-iterable node.",
            )),
            Answer::Error { error, cause } => {
                Err(Failure { error: Some(error), cause, can_be_caught: true })
            }
        }
    }

    /// The output of a Map: its results or, with a `ResultWriter`, their location.
    pub(super) fn written(
        &self,
        visit: &Visit<'_>,
        input: &Value,
        variables: &Variables,
        outputs: Vec<Value>,
    ) -> Result<Value, Failure> {
        let Some(writer) = visit.state.get("ResultWriter") else {
            return Ok(Value::Array(outputs));
        };
        let none = json!({});
        let template = writer.get("Parameters").unwrap_or(&none);
        let place = self.data(visit, input, variables).fill(template);
        let place = place.map_err(|why| visit.runtime("States.Runtime", &why))?;
        let text = |field: &str| place.get(field).and_then(Value::as_str).unwrap_or_default();
        let run = self.chance.value(3, self.events as u32, 0, Purpose::Intrinsic);
        let prefix = text("Prefix");
        let slash = if prefix.is_empty() || prefix.ends_with('/') { "" } else { "/" };
        let label = visit.state.get("Label").and_then(Value::as_str).unwrap_or(visit.name);
        Ok(json!({
            "MapRunArn": format!(
                "arn:aws:states:us-east-1:111111111111:mapRun:machine/{label}:{run:016x}"
            ),
            "ResultWriterDetails": {
                "Bucket": text("Bucket"),
                "Key": format!("{prefix}{slash}{run:016x}/manifest.json"),
            },
        }))
    }
}

/// The number in a field, or found by its `…Path`; a string that holds a number counts.
pub(super) fn number(
    holder: &Value,
    field: &str,
    what: &str,
    data: &Data<'_>,
) -> Result<Option<f64>, String> {
    let path_field = format!("{field}Path");
    let Some(path) = holder.get(&path_field).and_then(Value::as_str) else {
        return Ok(holder.get(field).and_then(Value::as_f64));
    };
    let value = data.find(path).map_err(|why| format!("Invalid path '{path}' : {why}"))?;
    let is_whole = what == "integer";
    let number = match &value {
        Value::String(text) if is_whole => text.parse::<i64>().ok().map(|number| number as f64),
        Value::String(text) => text.parse().ok(),
        other if is_whole => other.as_i64().map(|number| number as f64),
        other => other.as_f64(),
    };
    let number = number.filter(|number| number.is_finite());
    number.map(Some).ok_or_else(|| {
        format!(
            "The {path_field} field refers to value \"{}\" which is not a valid {what}: {path}",
            bare(&value)
        )
    })
}

impl Batcher {
    fn read(batcher: &Value, data: &Data<'_>) -> Result<Self, String> {
        let most = |field: &str| -> Result<usize, String> {
            match number(batcher, field, "integer", data)? {
                Some(number) if number < 1.0 => Err(format!("{field} must be positive.")),
                Some(number) => Ok(number as usize),
                None => Ok(usize::MAX),
            }
        };
        let input = batcher.get("BatchInput").map(|template| data.fill(template)).transpose()?;
        Ok(Self { most: most("MaxItemsPerBatch")?, bytes: most("MaxInputBytesPerBatch")?, input })
    }

    /// Number of items in a full batch.
    fn size(&self) -> usize {
        self.most
    }
}

impl Items {
    /// Number of iterations that may fail; a failed one counts all of its items.
    pub(super) fn tolerated(&self) -> usize {
        let size = self.feed.batcher.as_ref().map_or(1, Batcher::size).min(self.count.max(1));
        let bears = |n: &usize| self.tolerance.allows((*n * size) as u64, self.count);
        let most = (1..=self.count.div_ceil(size)).rev().find(bears);
        most.filter(|_| self.is_distributed).unwrap_or(0)
    }
}

/// Failures a distributed Map tolerates.
pub(super) struct Tolerance {
    count: Option<u64>,
    percentage: Option<f64>,
}

impl Tolerance {
    fn read(state: &Value, data: &Data<'_>) -> Result<Self, String> {
        let count = number(state, "ToleratedFailureCount", "integer", data)?;
        if count.is_some_and(|count| count < 0.0) {
            return Err("ToleratedFailureCount cannot be negative.".to_owned());
        }
        let percentage = number(state, "ToleratedFailurePercentage", "float", data)?;
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

//! Callees of a definition's tasks.

use serde_json::Value;

use crate::aws::dynamodb::{Assignment, Condition};

/// A callee, with the way it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    /// The first state that calls it.
    pub state: String,
    pub callee: Callee,
    pub waits_for_token: bool,
    /// Whether the result is the API's response, with the function's own result in its `Payload`.
    pub wraps: bool,
}

/// The callee of a Task, by the name in its ARN or parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Callee {
    /// By name.
    Function(String),
    Queue(String),
    Topic(String),
    Table(TableCall),
    /// `PutEvents`, entry by entry (EB-06).
    Events(Vec<EventEntry>),
    /// Another state machine, by name.
    Machine(String, Nesting),
    /// A resource that designs do not model.
    Unknown(String),
    /// A call of one that they do, with something in it that they do not: half a sentence about it.
    Unmodelled(String),
}

/// A call of DynamoDB about one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableCall {
    pub table: String,
    pub action: ItemAction,
    pub condition: Option<Condition>,
    /// What an update assigns.
    pub assignments: Vec<Assignment>,
}

/// What DynamoDB is asked to do with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemAction {
    Get,
    Put,
    Update,
    Delete,
}

impl ItemAction {
    /// The action that a role must allow.
    #[must_use]
    pub fn permission(self) -> &'static str {
        match self {
            Self::Get => "dynamodb:GetItem",
            Self::Put => "dynamodb:PutItem",
            Self::Update => "dynamodb:UpdateItem",
            Self::Delete => "dynamodb:DeleteItem",
        }
    }
}

/// An entry of `PutEvents`, apart from its detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventEntry {
    /// Name of the bus.
    pub bus: String,
    pub source: String,
    pub detail_type: String,
}

/// What a task that starts an execution waits for (SFN-41).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nesting {
    /// The answer of `StartExecution`.
    Started,
    /// The end of the execution (`.sync`); its output is text that holds JSON.
    Ended,
    /// The same (`.sync:2`), with the output as JSON.
    EndedAsJson,
}

/// Finds the callee of a Task.
pub(super) fn called(state: &Value) -> Called {
    let resource = state.get("Resource").and_then(Value::as_str).unwrap_or_default();
    let waits_for_token = resource.ends_with(".waitForTaskToken");
    Called {
        state: String::new(),
        callee: callee(state),
        waits_for_token,
        // The output sent with a task token is the task's result as it is.
        wraps: resource.starts_with("arn:aws:states:::lambda:invoke") && !waits_for_token,
    }
}

/// Whether two tasks call the same thing in the same way.
pub(super) fn is_same(one: &Called, other: &Called) -> bool {
    (&one.callee, one.waits_for_token, one.wraps)
        == (&other.callee, other.waits_for_token, other.wraps)
}

/// Finds the callee from a Task's `Resource` and `Parameters`.
pub(super) fn callee(state: &Value) -> Callee {
    let resource = state.get("Resource").and_then(Value::as_str).unwrap_or_default();
    let parameter = |name: &str| {
        let text = state.pointer(&format!("/Parameters/{name}")).and_then(Value::as_str);
        text.map(last_step)
    };
    let service = resource.strip_suffix(".waitForTaskToken").unwrap_or(resource);
    let named = match service {
        "arn:aws:states:::lambda:invoke" => parameter("FunctionName").map(Callee::Function),
        "arn:aws:states:::sqs:sendMessage" => parameter("QueueUrl").map(Callee::Queue),
        "arn:aws:states:::sns:publish" => parameter("TopicArn").map(Callee::Topic),
        "arn:aws:states:::dynamodb:getItem" => Some(table(state, ItemAction::Get)),
        "arn:aws:states:::dynamodb:putItem" => Some(table(state, ItemAction::Put)),
        "arn:aws:states:::dynamodb:updateItem" => Some(table(state, ItemAction::Update)),
        "arn:aws:states:::dynamodb:deleteItem" => Some(table(state, ItemAction::Delete)),
        "arn:aws:states:::events:putEvents" => Some(events(state)),
        "arn:aws:states:::states:startExecution" => Some(machine(state, Nesting::Started)),
        "arn:aws:states:::states:startExecution.sync" => Some(machine(state, Nesting::Ended)),
        "arn:aws:states:::states:startExecution.sync:2" => {
            Some(machine(state, Nesting::EndedAsJson))
        }
        other if other.starts_with("arn:aws:lambda:") => other
            .split(":function:")
            .nth(1)
            .map(|name| Callee::Function(name.split(':').next().unwrap_or(name).to_owned())),
        _ => None,
    };
    named.unwrap_or_else(|| Callee::Unknown(resource.to_owned()))
}

fn last_step(text: &str) -> String {
    text.rsplit([':', '/']).next().unwrap_or(text).to_owned()
}

/// A parameter that a design must know before a run: a text that no path fills in.
fn constant<'a>(parameters: &'a Value, name: &str) -> Result<Option<&'a str>, String> {
    if parameters.get(format!("{name}.$")).is_some() {
        return Err(format!("{name} is filled in by a path, and in a design it is a constant"));
    }
    Ok(parameters.get(name).and_then(Value::as_str))
}

fn needed<'a>(parameters: &'a Value, name: &str) -> Result<&'a str, String> {
    constant(parameters, name)?.ok_or_else(|| format!("the parameter {name} is missing"))
}

fn table(state: &Value, action: ItemAction) -> Callee {
    let parameters = state.get("Parameters").unwrap_or(&Value::Null);
    table_call(parameters, action).map_or_else(Callee::Unmodelled, Callee::Table)
}

fn table_call(parameters: &Value, action: ItemAction) -> Result<TableCall, String> {
    for legacy in ["Expected", "AttributeUpdates", "ConditionalOperator"] {
        if parameters.get(legacy).is_some() {
            return Err(format!("{legacy} is not modelled: write an expression"));
        }
    }
    let names = parameters.get("ExpressionAttributeNames");
    let condition = constant(parameters, "ConditionExpression")?;
    let condition = condition.map(|text| Condition::parse(text, names)).transpose()?;
    let assignments = match action {
        ItemAction::Update => {
            Assignment::parse_all(needed(parameters, "UpdateExpression")?, names)?
        }
        ItemAction::Get | ItemAction::Put | ItemAction::Delete => Vec::new(),
    };
    let table = last_step(needed(parameters, "TableName")?);
    Ok(TableCall { table, action, condition, assignments })
}

fn events(state: &Value) -> Callee {
    let entries = state.pointer("/Parameters/Entries").and_then(Value::as_array);
    let Some(entries) = entries.filter(|entries| !entries.is_empty()) else {
        return Callee::Unmodelled("a design needs the Entries as a list in the definition".into());
    };
    let entry = |entry: &Value| {
        Ok(EventEntry {
            // Without a name it is the account's default bus.
            bus: last_step(constant(entry, "EventBusName")?.unwrap_or("default")),
            source: needed(entry, "Source")?.to_owned(),
            detail_type: needed(entry, "DetailType")?.to_owned(),
        })
    };
    let entries: Result<Vec<EventEntry>, String> = entries.iter().map(entry).collect();
    entries.map_or_else(Callee::Unmodelled, Callee::Events)
}

fn machine(state: &Value, nesting: Nesting) -> Callee {
    let parameters = state.get("Parameters").unwrap_or(&Value::Null);
    let has_name = ["Name", "Name.$"].iter().any(|field| parameters.get(*field).is_some());
    if has_name {
        return Callee::Unmodelled(
            "the Name of an execution, which makes its start idempotent, is not modelled (SFN-11)"
                .into(),
        );
    }
    let named = needed(parameters, "StateMachineArn").map(last_step);
    named.map_or_else(Callee::Unmodelled, |name| Callee::Machine(name, nesting))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn task(resource: &str, parameters: &Value) -> Callee {
        let resource = format!("arn:aws:states:::{resource}");
        callee(&json!({ "Type": "Task", "Resource": resource, "Parameters": parameters }))
    }

    fn unmodelled(resource: &str, parameters: &Value) -> String {
        match task(resource, parameters) {
            Callee::Unmodelled(why) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_call_of_a_table_has_its_condition_and_its_assignments() {
        let put = json!({ "TableName": "seen", "Item": { "id": { "S.$": "$.id" } },
                          "ConditionExpression": "attribute_not_exists(id)" });
        let Callee::Table(call) = task("dynamodb:putItem", &put) else { panic!() };
        assert_eq!((call.table.as_str(), call.action), ("seen", ItemAction::Put));
        assert_eq!(call.condition, Some(Condition::NotExists("id".into())));
        let update = json!({ "TableName": "arn:aws:dynamodb:eu-west-1:111122223333:table/seen",
                             "Key": {}, "UpdateExpression": "SET done = :d" });
        let Callee::Table(call) = task("dynamodb:updateItem", &update) else { panic!() };
        assert_eq!((call.table.as_str(), call.assignments.len()), ("seen", 1));
        for (parameters, word) in [
            (json!({ "Key": {} }), "TableName is missing"),
            (json!({ "TableName.$": "$.t", "Key": {} }), "TableName is filled in by a path"),
            (json!({ "TableName": "t", "ConditionExpression": "a < b" }), "is not modelled"),
            (json!({ "TableName": "t", "Expected": {} }), "Expected is not modelled"),
        ] {
            let told = unmodelled("dynamodb:deleteItem", &parameters);
            assert!(told.contains(word), "{told}");
        }
    }

    #[test]
    fn an_event_names_its_bus_its_source_and_its_type() {
        let entries = json!({ "Entries": [
            { "Source": "shop", "DetailType": "Done", "EventBusName": "main", "Detail": {} },
            { "Source": "shop", "DetailType": "Done", "Detail.$": "$" } ] });
        let Callee::Events(entries) = task("events:putEvents", &entries) else { panic!() };
        let buses: Vec<&str> = entries.iter().map(|entry| entry.bus.as_str()).collect();
        assert_eq!(buses, ["main", "default"]);
        let path = json!({ "Entries": [{ "Source.$": "$.s", "DetailType": "Done" }] });
        assert!(unmodelled("events:putEvents", &path).contains("Source is filled in"));
        assert!(unmodelled("events:putEvents", &json!({ "Entries.$": "$" })).contains("as a list"));
    }

    /// SFN-41.
    #[test]
    fn a_nested_execution_is_waited_for_or_only_started() {
        let arn = "arn:aws:states:eu-west-1:111122223333:stateMachine:pack";
        for (way, nesting) in
            [("", Nesting::Started), (".sync", Nesting::Ended), (".sync:2", Nesting::EndedAsJson)]
        {
            let resource = format!("states:startExecution{way}");
            let called = task(&resource, &json!({ "StateMachineArn": arn, "Input": {} }));
            assert_eq!(called, Callee::Machine("pack".into(), nesting));
        }
        let named = json!({ "StateMachineArn": arn, "Name.$": "$.id" });
        assert!(unmodelled("states:startExecution", &named).contains("SFN-11"));
    }
}

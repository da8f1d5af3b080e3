//! Callees of a definition's tasks.

use serde_json::Value;

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
    /// A resource that designs do not model.
    Unknown(String),
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
        let last = |text: &str| text.rsplit([':', '/']).next().unwrap_or(text).to_owned();
        text.map(last)
    };
    let service = resource.strip_suffix(".waitForTaskToken").unwrap_or(resource);
    let named = match service {
        "arn:aws:states:::lambda:invoke" => parameter("FunctionName").map(Callee::Function),
        "arn:aws:states:::sqs:sendMessage" => parameter("QueueUrl").map(Callee::Queue),
        "arn:aws:states:::sns:publish" => parameter("TopicArn").map(Callee::Topic),
        other if other.starts_with("arn:aws:lambda:") => other
            .split(":function:")
            .nth(1)
            .map(|name| Callee::Function(name.split(':').next().unwrap_or(name).to_owned())),
        _ => None,
    };
    named.unwrap_or_else(|| Callee::Unknown(resource.to_owned()))
}

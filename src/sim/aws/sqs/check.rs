//! Requests that AWS rejects, with its codes and sentences.

use std::collections::BTreeMap;

use serde_json::Value;

use super::store::{Queue, name_of, receives_max};
use super::{ApiError, BATCH_BYTES_MAX, ENTRIES_MAX};

/// Attributes that can be set; numbers with their bounds.
const SETTABLE: [(&str, Option<(i64, i64)>); 16] = [
    ("DelaySeconds", Some((0, 900))),
    ("MaximumMessageSize", Some((1_024, 1_048_576))),
    ("MessageRetentionPeriod", Some((60, 1_209_600))),
    ("ReceiveMessageWaitTimeSeconds", Some((0, 20))),
    ("VisibilityTimeout", Some((0, 43_200))),
    ("Policy", None),
    ("RedrivePolicy", None),
    ("RedriveAllowPolicy", None),
    ("KmsMasterKeyId", None),
    ("KmsDataKeyReusePeriodSeconds", Some((60, 86_400))),
    ("SqsManagedSseEnabled", None),
    ("FifoQueue", None),
    ("ContentBasedDeduplication", None),
    ("DeduplicationScope", None),
    ("FifoThroughputLimit", None),
    ("All", None),
];

/// Attributes that only a FIFO queue has.
const FIFO_ONLY: [&str; 4] =
    ["FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"];

/// Read-only attributes.
const READABLE: [&str; 6] = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
];

/// Whether `GetQueueAttributes` may ask for this name.
pub fn is_attribute(name: &str) -> bool {
    READABLE.contains(&name) || SETTABLE.iter().any(|(known, _)| *known == name)
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterValue", message)
}

/// Checks the name of a new queue. A FIFO queue's name ends in `.fifo`, and no other's does.
pub fn name(name: &str, attributes: &BTreeMap<String, String>) -> Result<(), ApiError> {
    let plain = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
    };
    let wants_fifo =
        attributes.get("FifoQueue").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let good = match name.strip_suffix(".fifo") {
        Some(stem) if wants_fifo => plain(stem),
        _ if wants_fifo => {
            return Err(invalid(
                "The name of a FIFO queue can only include alphanumeric characters, hyphens, or \
                 underscores, must end with .fifo suffix and be 1 to 80 in length",
            ));
        }
        _ => plain(name),
    };
    if good && name.len() <= 80 {
        return Ok(());
    }
    Err(invalid(
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    ))
}

/// Checks the attributes for a new queue or, if it `exists`, for a change. Rejects FIFO attributes
/// on a standard queue.
pub fn attributes(
    wanted: &BTreeMap<String, String>,
    fifo: bool,
    exists: bool,
) -> Result<(), ApiError> {
    for (name, value) in wanted {
        let known = SETTABLE.iter().find(|(known, _)| known == name);
        let Some((_, bounds)) = known.filter(|_| fifo || !FIFO_ONLY.contains(&name.as_str()))
        else {
            return Err(ApiError::new(
                "InvalidAttributeName",
                format!("Unknown Attribute {name}."),
            ));
        };
        let wrong = |reason: &str| {
            Err(ApiError::new(
                "InvalidAttributeValue",
                format!("Invalid value for the parameter {name}. Reason: {reason}"),
            ))
        };
        if let Some((least, most)) = bounds
            && value.parse::<i64>().map_or(true, |number| !(*least..=*most).contains(&number))
        {
            return wrong(&format!("Must be an integer from {least} to {most}."));
        }
        if name == "FifoQueue" && (exists || !value.eq_ignore_ascii_case("true")) {
            if exists && value.eq_ignore_ascii_case("true") {
                continue;
            }
            return wrong("Modifying queue type is not supported.");
        }
    }
    Ok(())
}

/// Error of a FIFO queue without content-based deduplication for a message without an id (SQS-61).
pub const NO_DEDUPLICATION: &str = "The queue should either have ContentBasedDeduplication enabled \
                                    or MessageDeduplicationId provided explicitly";

/// Checks the two attributes of high-throughput FIFO queues. The limit may count by group only if
/// deduplication does (SQS-67); the sentences are a *model assumption* (MA-queue-8).
pub fn throughput(attributes: &BTreeMap<String, String>) -> Result<(), ApiError> {
    let value = |name: &str| attributes.get(name).map(String::as_str);
    let wrong = |name: &str, reason: &str| {
        Err(ApiError::new(
            "InvalidAttributeValue",
            format!("Invalid value for the parameter {name}. Reason: {reason}"),
        ))
    };
    let (scope, limit) = (value("DeduplicationScope"), value("FifoThroughputLimit"));
    match (scope, limit) {
        (Some(scope), _) if !["queue", "messageGroup"].contains(&scope) => {
            wrong("DeduplicationScope", "Must be queue or messageGroup.")
        }
        (_, Some(limit)) if !["perQueue", "perMessageGroupId"].contains(&limit) => {
            wrong("FifoThroughputLimit", "Must be perQueue or perMessageGroupId.")
        }
        (scope, Some("perMessageGroupId")) if scope != Some("messageGroup") => wrong(
            "FifoThroughputLimit",
            "perMessageGroupId is only allowed when DeduplicationScope is messageGroup.",
        ),
        _ => Ok(()),
    }
}

/// The name of the DLQ in a redrive policy, which must be well-formed (SQS-25).
pub fn redrive_policy(text: &str) -> Result<String, ApiError> {
    let wrong = |reason: &str| ApiError::value(&Value::from(text), "RedrivePolicy", reason);
    let policy: Value = serde_json::from_str(text).unwrap_or(Value::Null);
    if !policy.is_object() {
        return Err(wrong("Redrive policy is not a valid JSON map."));
    }
    receives_max(&policy).map_err(|reason| wrong(&reason))?;
    let arn = policy["deadLetterTargetArn"].as_str();
    arn.map(name_of).ok_or_else(|| {
        wrong("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.")
    })
}

/// Checks a redrive allow policy: `allowAll`, `denyAll`, or `byQueue` with one to ten queues
/// (SQS-32).
pub fn redrive_allow_policy(text: &str) -> Result<(), ApiError> {
    let policy: Value = serde_json::from_str(text).unwrap_or(Value::Null);
    let sources = policy["sourceQueueArns"].as_array().map_or(0, Vec::len);
    let good = match policy["redrivePermission"].as_str() {
        Some("allowAll" | "denyAll") => sources == 0,
        Some("byQueue") => (1..=10).contains(&sources),
        _ => text.is_empty(),
    };
    let reason = "redrivePermission is allowAll, denyAll, or byQueue with one to ten \
                  sourceQueueArns.";
    good.then_some(())
        .ok_or_else(|| ApiError::value(&Value::from(text), "RedriveAllowPolicy", reason))
}

/// Whether a text has 1 to 128 letters, digits and punctuation marks.
fn is_token(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic())
}

/// Whether all characters are valid in XML.
fn is_text(text: &str) -> bool {
    text.chars().all(|c| {
        matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
    })
}

/// Maximum number of attributes of a message (SQS-07).
const ATTRIBUTES_MAX: usize = 10;

const CHARACTERS: &str = "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | \
                          #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF";

/// Checks a message to be sent: its characters, attributes, delay, and FIFO ids.
pub fn message(request: &Value, queue: &Queue) -> Result<(), ApiError> {
    let body = request["MessageBody"].as_str().unwrap_or_default();
    if body.is_empty() {
        return Err(ApiError::missing("MessageBody"));
    }
    if !is_text(body) {
        return Err(ApiError::new("InvalidMessageContents", CHARACTERS));
    }
    let mut size = body.len();
    let attributes = request["MessageAttributes"].as_object();
    let count = attributes.map_or(0, serde_json::Map::len);
    if count > ATTRIBUTES_MAX {
        return Err(invalid(format!(
            "Number of message attributes [{count}] exceeds the allowed maximum [{ATTRIBUTES_MAX}]."
        )));
    }
    for (name, attribute) in attributes.into_iter().flatten() {
        size += message_attribute(name, attribute)?;
    }
    let most = queue.number("MaximumMessageSize");
    if size as i64 > most {
        return Err(invalid(format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {most} bytes."
        )));
    }
    order(request, queue)
}

/// Checks group, deduplication and delay, which depend on the type of the queue.
fn order(request: &Value, queue: &Queue) -> Result<(), ApiError> {
    let token = |field: &str| -> Result<bool, ApiError> {
        match &request[field] {
            Value::Null => Ok(false),
            value if value.as_str().is_some_and(is_token) => Ok(true),
            value => Err(ApiError::value(
                value,
                field,
                &format!(
                    "{field} can only include alphanumeric and punctuation characters. 1 to 128 in \
                     length."
                ),
            )),
        }
    };
    if !queue.is_fifo {
        bounded(request, "DelaySeconds", 0, 900)?;
        // A group makes a standard queue a fair queue; it has no deduplication.
        token("MessageGroupId")?;
        if !request["MessageDeduplicationId"].is_null() {
            return Err(ApiError::value(
                &request["MessageDeduplicationId"],
                "MessageDeduplicationId",
                "The request include parameter that is not valid for this queue type.",
            ));
        }
        return Ok(());
    }
    if request["DelaySeconds"].as_i64().is_some_and(|delay| delay > 0) {
        return Err(ApiError::value(
            &request["DelaySeconds"],
            "DelaySeconds",
            "The request include parameter that is not valid for this queue type.",
        ));
    }
    if !token("MessageGroupId")? {
        return Err(ApiError::missing("MessageGroupId"));
    }
    if !token("MessageDeduplicationId")? && !queue.has("ContentBasedDeduplication") {
        return Err(invalid(NO_DEDUPLICATION));
    }
    Ok(())
}

/// Checks an attribute and returns its size in bytes.
fn message_attribute(name: &str, attribute: &Value) -> Result<usize, ApiError> {
    let lower = name.to_ascii_lowercase();
    if lower.starts_with("aws.") || lower.starts_with("amazon.") {
        return Err(invalid(
            "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These \
             strings are reserved for internal use.",
        ));
    }
    let legal = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    let dots = name.starts_with('.') || name.ends_with('.') || name.contains("..");
    if name.len() >= 256 {
        return Err(invalid("Message (user) attribute names must be shorter than 256 Bytes"));
    }
    if name.is_empty() || !name.chars().all(legal) || dots {
        return Err(invalid(
            "Message (user) attributes name can only contain upper and lower score characters, \
             digits, periods, hyphens and underscores.",
        ));
    }
    let data_type = attribute["DataType"].as_str().unwrap_or_default();
    if data_type.len() >= 256 {
        return Err(invalid("Message (user) attribute types must be shorter than 256 Bytes"));
    }
    let base = data_type.split('.').next().unwrap_or_default();
    if !["String", "Number", "Binary"].contains(&base) {
        return Err(invalid(format!(
            "Type for parameter MessageAttributes.{name}.DataType must be prefixed with \"String\", \
             \"Binary\", or \"Number\", but was: {data_type}"
        )));
    }
    let field = if base == "Binary" { "BinaryValue" } else { "StringValue" };
    let value = attribute[field].as_str().unwrap_or_default();
    if value.is_empty() {
        return Err(invalid(format!(
            "Message (user) attribute '{name}' must contain a non-empty value of type '{base}'."
        )));
    }
    if base != "Binary" && !is_text(value) {
        return Err(invalid(CHARACTERS));
    }
    Ok(name.len() + data_type.len() + value.len())
}

/// Checks that a number is within bounds, if it is present.
pub fn bounded(request: &Value, field: &str, least: i64, most: i64) -> Result<(), ApiError> {
    let value = &request[field];
    if value.is_null() || value.as_i64().is_some_and(|number| (least..=most).contains(&number)) {
        return Ok(());
    }
    Err(ApiError::value(value, field, &format!("Must be between {least} and {most}, if provided.")))
}

/// Checks the numbers of a `ReceiveMessage`; those left out take the queue's values.
pub fn receive(request: &Value) -> Result<(), ApiError> {
    bounded(request, "MaxNumberOfMessages", 1, 10)?;
    bounded(request, "WaitTimeSeconds", 0, 20)?;
    bounded(request, "VisibilityTimeout", 0, 43_200)
}

/// The number of a receipt that has been issued.
pub fn receipt(handle: &Value, given: usize) -> Result<usize, ApiError> {
    let text = handle.as_str().unwrap_or_default();
    let number = text.strip_prefix("rh").and_then(|number| number.parse().ok());
    number.filter(|number| *number < given).ok_or_else(|| {
        ApiError::new(
            "ReceiptHandleIsInvalid",
            format!("The input receipt handle \"{text}\" is not a valid receipt handle."),
        )
    })
}

/// Checks a batch apart from its entries; `fifo` is the destination if that is a FIFO queue.
pub fn batch(entries: &[Value], fifo: Option<&Queue>) -> Result<(), ApiError> {
    let refuse = |code: &str, message: String| {
        Err(ApiError::new(&format!("AWS.SimpleQueueService.{code}"), message))
    };
    if entries.is_empty() {
        return refuse("EmptyBatchRequest", String::new());
    }
    if entries.len() > ENTRIES_MAX {
        return refuse(
            "TooManyEntriesInBatchRequest",
            format!(
                "Maximum number of entries per request are {ENTRIES_MAX}. You have sent {}.",
                entries.len()
            ),
        );
    }
    let mut seen: Vec<&str> = Vec::new();
    for entry in entries {
        let id = entry["Id"].as_str().unwrap_or_default();
        let plain = id.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        if id.is_empty() || id.len() > 80 || !plain {
            return refuse(
                "InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and \
                 underscores. It can be at most 80 letters long."
                    .to_owned(),
            );
        }
        if seen.contains(&id) {
            return refuse("BatchEntryIdsNotDistinct", format!("Id {id} repeated."));
        }
        seen.push(id);
    }
    // Both fail the call, not the entry: the first is recorded from AWS, the second only reported.
    let lacks = |field: &str| entries.iter().any(|entry| entry[field].is_null());
    if fifo.is_some() && lacks("MessageGroupId") {
        return Err(invalid("The request must contain the parameter MessageGroupId."));
    }
    let wants_id = fifo.is_some_and(|queue| !queue.has("ContentBasedDeduplication"));
    if wants_id && lacks("MessageDeduplicationId") {
        return Err(invalid(NO_DEDUPLICATION));
    }
    let size: usize = entries.iter().map(entry_size).sum();
    if size > BATCH_BYTES_MAX {
        return refuse(
            "BatchRequestTooLong",
            format!(
                "Batch requests cannot be longer than {BATCH_BYTES_MAX} bytes. You have sent \
                 {size} bytes."
            ),
        );
    }
    Ok(())
}

/// Size of an entry within its batch: body and attributes (SQS-03, SQS-04).
fn entry_size(entry: &Value) -> usize {
    let length = |value: &Value| value.as_str().map_or(0, str::len);
    let attributes = entry["MessageAttributes"].as_object().into_iter().flatten();
    let sizes = attributes.map(|(name, attribute)| {
        let fields = ["DataType", "StringValue", "BinaryValue"];
        name.len() + fields.iter().map(|field| length(&attribute[*field])).sum::<usize>()
    });
    length(&entry["MessageBody"]) + sizes.sum::<usize>()
}

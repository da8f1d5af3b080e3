//! Small conversations with the service, each for one rule.

use super::*;

/// A service with one queue, and a clock in seconds.
fn service(name: &str, attributes: &Value) -> Sqs {
    let mut sqs = Sqs::default();
    let request = json!({"QueueName": name, "Attributes": attributes});
    sqs.call(0, "CreateQueue", &request).unwrap();
    sqs
}

fn call(sqs: &mut Sqs, seconds: i64, action: &str, mut request: Value, queue: &str) -> Value {
    request["QueueUrl"] = Value::from(format!("queue:{queue}"));
    match sqs.call(seconds * SECOND, action, &request) {
        Ok(response) => response,
        Err(error) => Value::from(error.code),
    }
}

fn bodies(response: &Value) -> Vec<&str> {
    let messages = response["Messages"].as_array().into_iter().flatten();
    messages.filter_map(|message| message["Body"].as_str()).collect()
}

#[test]
fn a_message_is_lent_and_comes_back() {
    let mut sqs = service("slips", &json!({"VisibilityTimeout": "30"}));
    call(&mut sqs, 0, "SendMessage", json!({"MessageBody": "a"}), "slips");
    assert_eq!(bodies(&call(&mut sqs, 1, "ReceiveMessage", json!({}), "slips")), ["a"]);
    assert!(bodies(&call(&mut sqs, 30, "ReceiveMessage", json!({}), "slips")).is_empty());
    let waited = call(&mut sqs, 30, "ReceiveMessage", json!({"WaitTimeSeconds": 5}), "slips");
    assert_eq!(bodies(&waited), ["a"], "a long poll lasts until it is back");
}

#[test]
fn a_third_receive_of_two_goes_to_the_dead_letter_queue() {
    let policy = r#"{"deadLetterTargetArn": "arn:queue:dead", "maxReceiveCount": "2"}"#;
    let mut sqs = service("slips", &json!({"VisibilityTimeout": "0", "RedrivePolicy": policy}));
    sqs.call(0, "CreateQueue", &json!({"QueueName": "dead"})).unwrap();
    call(&mut sqs, 0, "SendMessage", json!({"MessageBody": "a"}), "slips");
    let mut receive =
        |queue: &str| bodies(&call(&mut sqs, 1, "ReceiveMessage", json!({}), queue)).len();
    let counts =
        [receive("slips"), receive("dead"), receive("slips"), receive("slips"), receive("dead")];
    assert_eq!(counts, [1, 0, 1, 0, 1]);
}

#[test]
fn a_group_is_locked_while_one_of_it_is_lent() {
    let mut sqs =
        service("post.fifo", &json!({"FifoQueue": "true", "ContentBasedDeduplication": "true"}));
    for (body, group) in [("a1", "a"), ("a2", "a"), ("b1", "b"), ("a1", "a")] {
        let request = json!({"MessageBody": body, "MessageGroupId": group});
        call(&mut sqs, 0, "SendMessage", request, "post.fifo");
    }
    let first = call(&mut sqs, 1, "ReceiveMessage", json!({}), "post.fifo");
    assert_eq!(bodies(&first), ["a1"]);
    let ten = json!({"MaxNumberOfMessages": 10});
    assert_eq!(bodies(&call(&mut sqs, 2, "ReceiveMessage", ten.clone(), "post.fifo")), ["b1"]);
    let handle = json!({"ReceiptHandle": first["Messages"][0]["ReceiptHandle"]});
    call(&mut sqs, 3, "DeleteMessage", handle, "post.fifo");
    assert_eq!(bodies(&call(&mut sqs, 4, "ReceiveMessage", ten, "post.fifo")), ["a2"]);
}

#[test]
fn what_is_wrong_has_awss_code() {
    let mut sqs = service("slips", &json!({}));
    for (action, request, code) in [
        ("SendMessage", json!({"MessageBody": ""}), "MissingParameter"),
        ("ReceiveMessage", json!({"MaxNumberOfMessages": 11}), "InvalidParameterValue"),
        ("DeleteMessage", json!({"ReceiptHandle": "rh9"}), "ReceiptHandleIsInvalid"),
        ("SendMessageBatch", json!({"Entries": []}), "AWS.SimpleQueueService.EmptyBatchRequest"),
        ("SetQueueAttributes", json!({"Attributes": {"Colour": "red"}}), "InvalidAttributeName"),
    ] {
        assert_eq!(call(&mut sqs, 0, action, request, "slips"), code);
    }
    let missing = call(&mut sqs, 0, "PurgeQueue", json!({}), "none");
    assert_eq!(missing, "AWS.SimpleQueueService.NonExistentQueue");
}

#[test]
fn at_the_cap_a_short_poll_is_refused_and_a_long_one_finds_nothing() {
    let mut sqs = Sqs::default();
    sqs.call(0, "CreateQueue", &json!({"QueueName": "q"})).unwrap();
    let entries: Vec<Value> =
        (0..10).map(|n| json!({"Id": n.to_string(), "MessageBody": "x"})).collect();
    let receive =
        json!({"QueueUrl": "queue:q", "MaxNumberOfMessages": 10, "VisibilityTimeout": 600});
    for _ in 0..12_000 {
        sqs.call(0, "SendMessageBatch", &json!({"QueueUrl": "queue:q", "Entries": entries}))
            .unwrap();
        sqs.call(0, "ReceiveMessage", &receive).unwrap();
    }
    sqs.call(0, "SendMessage", &json!({"QueueUrl": "queue:q", "MessageBody": "y"})).unwrap();
    assert_eq!(sqs.call(0, "ReceiveMessage", &receive).unwrap_err().code, "OverLimit");
    let long = json!({"QueueUrl": "queue:q", "WaitTimeSeconds": 20});
    assert_eq!(sqs.call(0, "ReceiveMessage", &long).unwrap(), json!({}));
}

/// SQS-61: an entry that has neither an id nor a queue that makes one fails the whole call.
#[test]
fn a_batch_without_a_deduplication_id_is_refused_whole() {
    let entries = json!({"Entries": [
        {"Id": "a", "MessageBody": "a", "MessageGroupId": "g", "MessageDeduplicationId": "1"},
        {"Id": "b", "MessageBody": "b", "MessageGroupId": "g"},
    ]});
    let mut sqs = service("post.fifo", &json!({"FifoQueue": "true"}));
    let refused = call(&mut sqs, 0, "SendMessageBatch", entries.clone(), "post.fifo");
    assert_eq!(refused, "InvalidParameterValue");
    assert!(bodies(&call(&mut sqs, 1, "ReceiveMessage", json!({}), "post.fifo")).is_empty());
    let content = json!({"Attributes": {"ContentBasedDeduplication": "true"}});
    call(&mut sqs, 2, "SetQueueAttributes", content, "post.fifo");
    let sent = call(&mut sqs, 2, "SendMessageBatch", entries, "post.fifo");
    assert_eq!(sent["Successful"].as_array().map(Vec::len), Some(2));
}

/// SQS-67: the scope that holds when a message is sent again decides, also for what was sent before.
#[test]
fn a_scope_can_be_changed_and_the_limit_goes_with_it() {
    let content = json!({"FifoQueue": "true", "ContentBasedDeduplication": "true"});
    let mut sqs = service("post.fifo", &content);
    let mut send = |seconds: i64, scope: Option<Value>, group: &str| {
        if let Some(attributes) = scope {
            let request = json!({ "Attributes": attributes });
            let answer = call(&mut sqs, seconds, "SetQueueAttributes", request, "post.fifo");
            if answer != json!({}) {
                return answer;
            }
        }
        let request = json!({"MessageBody": "same", "MessageGroupId": group});
        call(&mut sqs, seconds, "SendMessage", request, "post.fifo")["MessageId"].clone()
    };
    assert_eq!(send(0, None, "a"), "m0");
    let limit = json!({"FifoThroughputLimit": "perMessageGroupId"});
    assert_eq!(send(1, Some(limit), "a"), "InvalidAttributeValue", "the scope is the queue");
    let high =
        json!({"DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"});
    assert_eq!(send(2, Some(high), "a"), "m0", "its group has it");
    assert_eq!(send(2, None, "b"), "m1");
    let scope = json!({"DeduplicationScope": "queue"});
    assert_eq!(send(3, Some(scope), "c"), "InvalidAttributeValue", "the limit counts by group");
    let regular = json!({"DeduplicationScope": "queue", "FifoThroughputLimit": "perQueue"});
    assert_eq!(send(4, Some(regular), "c"), "m0");
    assert_eq!(send(301, None, "b"), "m1", "until 302 s");
    assert_eq!(send(301, None, "c"), "m2", "the id of b was one of its group");
    let nonsense = json!({"DeduplicationScope": "everywhere"});
    assert_eq!(send(303, Some(nonsense), "c"), "InvalidAttributeValue");
}

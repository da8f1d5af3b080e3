//! Short conversations with the service, one for each rule.

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
    let mut sqs = service("dead", &json!({}));
    let attributes = json!({"VisibilityTimeout": "0", "RedrivePolicy": policy});
    sqs.call(0, "CreateQueue", &json!({"QueueName": "slips", "Attributes": attributes})).unwrap();
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

/// SQS-61: an entry without an id, on a queue that generates none, fails the whole call.
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

/// SQS-67: the scope at the time of the second send decides, even for ids sent before.
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

/// SQS-25, SQS-31, SQS-32: a DLQ must exist, have the same type and allow the queue to use it; an
/// omitted `maxReceiveCount` is ten.
#[test]
fn a_redrive_policy_names_a_queue_that_fits() {
    let mut sqs = service("dead", &json!({}));
    sqs.call(0, "CreateQueue", &json!({"QueueName": "shut", "Attributes": {
        "RedriveAllowPolicy": r#"{"redrivePermission": "byQueue", "sourceQueueArns": ["arn:queue:a"]}"#
    }}))
    .unwrap();
    let mut create = |name: &str, policy: Value| {
        let fifo = if is_fifo(name) { json!("true") } else { Value::Null };
        let mut attributes =
            json!({ "RedrivePolicy": policy.to_string(), "VisibilityTimeout": "0" });
        if !fifo.is_null() {
            attributes["FifoQueue"] = fifo;
        }
        let request = json!({ "QueueName": name, "Attributes": attributes });
        sqs.call(0, "CreateQueue", &request).map(|_| ()).map_err(|error| error.code)
    };
    let refused = Err("InvalidParameterValue".to_owned());
    let to = |queue: &str| json!({ "deadLetterTargetArn": format!("arn:queue:{queue}") });
    assert_eq!(create("a", to("nowhere")), refused);
    assert_eq!(create("a.fifo", to("dead")), refused);
    assert_eq!(create("b", to("shut")), refused);
    assert_eq!(create("a", json!({ "maxReceiveCount": 3 })), refused);
    for most in [json!(0), json!(1_001), json!("many")] {
        let mut policy = to("dead");
        policy["maxReceiveCount"] = most;
        assert_eq!(create("a", policy), refused);
    }
    assert_eq!(create("a", to("shut")), Ok(()));
    assert_eq!(create("c", to("dead")), Ok(()));
    call(&mut sqs, 0, "SendMessage", json!({"MessageBody": "m"}), "c");
    let mut receives = 0;
    while !bodies(&call(&mut sqs, 1, "ReceiveMessage", json!({}), "c")).is_empty() {
        receives += 1;
    }
    assert_eq!(receives, 10);
    let all = json!({"AttributeNames": ["All"]});
    let dead = call(&mut sqs, 1, "ReceiveMessage", all, "dead");
    let source = &dead["Messages"][0]["Attributes"]["DeadLetterQueueSourceArn"];
    assert_eq!(source, "arn:queue:c");
}

/// Deleting a DLQ does not lose the messages that would go to it.
#[test]
fn a_deleted_dead_letter_queue_takes_nothing() {
    let mut sqs = service("dead", &json!({}));
    let policy = json!({ "deadLetterTargetArn": "arn:queue:dead", "maxReceiveCount": 1 });
    let attributes = json!({ "RedrivePolicy": policy.to_string(), "VisibilityTimeout": "0" });
    sqs.call(0, "CreateQueue", &json!({ "QueueName": "a", "Attributes": attributes })).unwrap();
    call(&mut sqs, 0, "SendMessage", json!({"MessageBody": "m"}), "a");
    call(&mut sqs, 0, "DeleteQueue", json!({}), "dead");
    for _ in 0..3 {
        assert_eq!(bodies(&call(&mut sqs, 1, "ReceiveMessage", json!({}), "a")), ["m"]);
    }
}

/// SQS-53: a changed delay applies to waiting messages in a FIFO queue, and only to later ones in a
/// standard queue.
#[test]
fn a_changed_delay_holds_for_what_waits_in_a_fifo_queue() {
    for (name, fifo) in [("post.fifo", true), ("slips", false)] {
        let attributes = if fifo {
            json!({"FifoQueue": "true", "ContentBasedDeduplication": "true", "DelaySeconds": "60"})
        } else {
            json!({"DelaySeconds": "60"})
        };
        let mut sqs = service(name, &attributes);
        let mut send = json!({"MessageBody": "a"});
        if fifo {
            send["MessageGroupId"] = json!("g");
        }
        call(&mut sqs, 0, "SendMessage", send, name);
        let shorter = json!({"Attributes": {"DelaySeconds": "20"}});
        call(&mut sqs, 10, "SetQueueAttributes", shorter, name);
        let mut seen =
            |at: i64| bodies(&call(&mut sqs, at, "ReceiveMessage", json!({}), name)).len();
        assert_eq!([seen(19), seen(21)], [0, usize::from(fifo)], "{name}");
        assert_eq!(seen(61), 1, "{name}");
    }
}

/// SQS-07, SQS-04: at most ten attributes, which count towards the size of a batch.
#[test]
fn attributes_are_counted() {
    let attributes = |count: usize, length: usize| {
        let value = json!({"DataType": "String", "StringValue": "x".repeat(length)});
        let all = (0..count).map(|number| (format!("a{number}"), value.clone()));
        Value::Object(all.collect())
    };
    let mut sqs = service("slips", &json!({}));
    let mut send = |count| {
        let request = json!({"MessageBody": "m", "MessageAttributes": attributes(count, 1)});
        call(&mut sqs, 0, "SendMessage", request, "slips")
    };
    assert_eq!(send(11), "InvalidParameterValue");
    assert!(send(10)["MessageId"].is_string());
    let entry = |id: &str, length| json!({"Id": id, "MessageBody": "m", "MessageAttributes": attributes(1, length)});
    let batch = |length| json!({"Entries": [entry("a", length), entry("b", length)]});
    let mut send = |length| call(&mut sqs, 0, "SendMessageBatch", batch(length), "slips");
    assert_eq!(send(524_288), "AWS.SimpleQueueService.BatchRequestTooLong");
    assert!(send(524_000)["Successful"].is_array());
}

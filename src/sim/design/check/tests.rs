//! Designs with a mistake each.

use crate::design::Design;

fn told_of(text: &str, documents: &[(String, String)]) -> Vec<String> {
    let design: Design = toml::from_str(text).unwrap();
    design.mistakes(documents).into_iter().map(|m| format!("{}: {}", m.path, m.sentence)).collect()
}

fn told(text: &str) -> Vec<String> {
    told_of(text, &[])
}

/// A design with nothing wrong, to which one thing is added.
const GOOD: &str = r#"
[load]
orders = [{ weight = 1, detail = '{"id": "o-{order}", "by": "c-{customer}"}' }]
[services.till]
[intakes.door]
store = "book"
[stores.book]
publishes_to = "buses.main"
source = "shop"
detail_type = "Made"
[buses.main]
[rules.all]
bus = "main"
event_pattern = '{"source": ["shop"]}'
targets = ["queues.work"]
[queues.work]
required = true
[queues.other]
[queues.line]
fifo_queue = true
[functions.worker]
queue = "work"
calls = "till"
[topics.news]
[keys.own]
"#;

/// The one mistake of the good design with more in it.
#[track_caller]
fn one(more: &str, path: &str, word: &str) {
    let told = told(&format!("{GOOD}\n{more}"));
    assert!(
        told.iter().any(|line| line.starts_with(&format!("{path}: ")) && line.contains(word)),
        "{path} … {word}\n{told:#?}"
    );
}

#[test]
fn a_good_design_has_no_mistakes() {
    assert_eq!(told(GOOD), [""; 0]);
}

#[test]
fn all_mistakes_are_told_with_their_paths() {
    let told = told(
        r#"
        [load]
        rate = 0.0
        [intakes.api]
        store = "nowhere"
        [rules.all]
        bus = "main"
        event_pattern = '{"source": "shop"}'
        targets = ["queues.work", "functions.x"]
        [queues.work]
        visibility_timeout = "5s"
        max_receive_count = 3
        [functions.worker]
        queue = "work"
        calls = "nobody"
        timeout = "6s"
        batch_size = 20
        maximum_concurrency = 1
        "#,
    );
    for path in [
        "load.rate",
        "load.orders",
        "intakes.api.store",
        "rules.all.bus",
        "rules.all.event_pattern",
        "rules.all.targets",
        "queues.work.max_receive_count",
        "functions.worker.calls",
        "functions.worker.timeout",
        "functions.worker.batch_size",
        "functions.worker.maximum_concurrency",
        "intakes",
    ] {
        assert!(
            told.iter().any(|line| line.starts_with(&format!("{path}: "))),
            "{path}\n{told:#?}"
        );
    }
}

#[test]
fn a_path_that_names_no_part_is_refused_where_it_stands() {
    let text = GOOD.replace("[\"queues.work\"]", "[\"lambda.x\"]");
    let error = toml::from_str::<Design>(&text).unwrap_err();
    assert!(error.message().contains("\"lambda.x\" names no part"), "{error}");
    let place = error.span().map(|span| &text[span]);
    assert!(place.is_some_and(|place| place.contains("lambda.x")), "{place:?}");
}

/// SQS-05, SQS-50: what `ReceiveMessage` takes; and what would not be a worker.
#[test]
fn a_worker_is_refused_where_its_requests_would_be() {
    let with = |line: &str| format!("[workers.w]\nqueue = \"work\"\ncalls = \"till\"\n{line}");
    assert_eq!(told(&format!("{GOOD}\n{}", with("heartbeat = \"10s\""))), [""; 0]);
    for (line, field, word) in [
        ("max_number_of_messages = 11", "max_number_of_messages", "between 1 and 10"),
        ("max_number_of_messages = 0", "max_number_of_messages", "between 1 and 10"),
        (
            "wait_time_seconds = \"21s\"",
            "wait_time_seconds",
            "Value 21 for parameter WaitTimeSeconds",
        ),
        ("wait_time_seconds = \"1500ms\"", "wait_time_seconds", "whole seconds"),
        ("tasks = 0", "tasks", "1 to 500"),
        ("min_tasks = 2", "min_tasks", "2 at the least"),
        ("tasks = 3\nmax_tasks = 2", "max_tasks", "at least the 3"),
        ("max_tasks = 501", "max_tasks", "500 at most"),
        ("backlog_per_task = 0", "backlog_per_task", "1 message"),
        ("scale_out_cooldown = \"61m\"", "scale_out_cooldown", "one hour"),
        ("scale_in_cooldown = \"1500ms\"", "scale_in_cooldown", "whole seconds"),
        ("timeout = \"0s\"", "timeout", "more than 0 seconds"),
        ("work = \"25h\"", "work", "12 hours"),
        ("heartbeat = \"500ms\"", "heartbeat", "once a second"),
        ("role_policy = '{}'", "role_policy", "Statement"),
    ] {
        one(&with(line), &format!("workers.w.{field}"), word);
    }
    one("[workers.w]\nqueue = \"nowhere\"\ncalls = \"till\"", "workers.w.queue", "nowhere");
    one("[workers.w]\nqueue = \"work\"\ncalls = \"none\"", "workers.w.calls", "none");
    one("[alarms.a]\npart = \"workers.w\"\nmetric = \"Errors\"", "alarms.a.part", "workers.w");
}

#[test]
fn queues_are_refused_in_amazons_words() {
    one("[queues.a]\nvisibility_timeout = \"13h\"", "queues.a.visibility_timeout", "12 hours");
    one(
        "[queues.a]\nmessage_retention_period = \"30s\"",
        "queues.a.message_retention_period",
        "14 days",
    );
    one(
        "[queues.a]\ncontent_based_deduplication = true",
        "queues.a.content_based_deduplication",
        "FIFO",
    );
    one("[queues.a]\ndlq = \"line\"\nmax_receive_count = 2", "queues.a.dlq", "must also be a FIFO");
    one(
        "[queues.d]\nredrive_allow_policy = '{\"redrivePermission\": \"denyAll\"}'\n\
         [queues.a]\ndlq = \"d\"\nmax_receive_count = 2",
        "queues.a.dlq",
        "does not let a use it",
    );
    one(
        "[queues.a]\npolicy = '{\"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"sqs:*\"}]}'",
        "queues.a.policy",
        "Principal",
    );
    one("[queues.a]\nkms_master_key_id = \"keys.lost\"", "queues.a.kms_master_key_id", "no key");
}

/// SQS-66, SQS-67, EB-04.
#[test]
fn high_throughput_and_quotas_are_refused_in_amazons_words() {
    let limit = "queues.a.fifo_throughput_limit";
    let by_group = "fifo_throughput_limit = \"perMessageGroupId\"";
    one(
        &format!("[queues.a]\nfifo_queue = true\n{by_group}"),
        limit,
        "allowed only when the value",
    );
    one("[queues.a]\nfifo_throughput_limit = \"perQueue\"", limit, "only a FIFO queue");
    one("[queues.a]\nfifo_queue = true\nfifo_throughput_limit = \"none\"", limit, "perQueue or");
    let quota = "queues.a.send_message_quota";
    one("[queues.a]\nsend_message_quota = 9", quota, "standard queue has no quota");
    one("[queues.a]\nfifo_queue = true\nsend_message_quota = 0", quota, "at least 1");
    one("[buses.a]\nput_events_quota = 0", "buses.a.put_events_quota", "at least 1");
    let scope = "deduplication_scope = \"messageGroup\"";
    let text = format!("{GOOD}[queues.a]\nfifo_queue = true\n{scope}\n{by_group}\n");
    let design: Design = toml::from_str(&text).unwrap();
    assert_eq!(design.mistakes(&[]), []);
    let answers = design.configuration("queues.a", &[]);
    assert_eq!(answers[0].answer["Attributes"]["FifoThroughputLimit"], "perMessageGroupId");
}

#[test]
fn functions_are_refused_in_amazons_words() {
    let function = |more: &str| format!("[functions.f]\ncalls = \"till\"\n{more}");
    one(&function(""), "functions.f.queue", "Nothing invokes");
    one(&function("queue = \"line\"\nbatch_size = 11"), "functions.f.batch_size", "1 to 10");
    one(
        &function("queue = \"line\"\nmaximum_batching_window = \"1s\""),
        "functions.f.maximum_batching_window",
        "FIFO queue has no batching window",
    );
    one(
        &function("queue = \"other\"\ntimeout = \"31s\""),
        "functions.f.timeout",
        "visibility timeout: 30 seconds is less than Function timeout: 31 seconds",
    );
    one(
        &function("queue = \"other\"\nmaximum_concurrency = 9\nreserved_concurrent_executions = 5"),
        "functions.f.maximum_concurrency",
        "more than the function's reserved",
    );
    // LAM-41: 100 of the account's 1,000 stay unreserved, whatever each function has alone.
    let two = |second: u32| {
        let reserved =
            |most: u32| format!("queue = \"other\"\nreserved_concurrent_executions = {most}\n");
        let other = function(&reserved(second)).replace("functions.f", "functions.g");
        format!("{}{other}", function(&reserved(500)))
    };
    one(&two(401), "functions.g.reserved_concurrent_executions", "minimum value of [100]");
    one(
        &function("queue = \"other\"\nreserved_concurrent_executions = 901"),
        "functions.f.reserved_concurrent_executions",
        "minimum value of [100]",
    );
    one(
        &function("queue = \"other\"\nfilters = ['{\"attributes\": {\"a\": [1]}}']"),
        "functions.f.filters",
        "looks at the body",
    );
    one(&function("queue = \"other\"\ndlq = \"line\""), "functions.f.dlq", "standard");
}

#[test]
fn rules_are_refused_in_amazons_words() {
    let rule = |more: &str| {
        format!("[rules.r]\nbus = \"main\"\nevent_pattern = '{{\"source\": [\"shop\"]}}'\n{more}")
    };
    one(&rule("targets = [\"queues.line\"]"), "rules.r.targets", "MessageGroupId");
    one(
        &format!(
            "{}[topics.line]\nfifo_topic = true\n",
            rule("targets = [\"topics.line\"]\nmessage_group_id = \"g\"\n")
        ),
        "rules.r.targets",
        "no MessageGroupId for a topic",
    );
    one(&rule("targets = [\"queues.work\"]\ndlq = \"line\""), "rules.r.dlq", "standard queue");
    one(
        &rule("targets = [\"queues.work\"]\nmaximum_retry_attempts = 186"),
        "rules.r.maximum_retry_attempts",
        "185",
    );
    one(
        &rule("targets = [\"queues.work\"]\ninput = '{}'\ninput_path = \"$.detail\""),
        "rules.r.input",
        "only one of",
    );
    one(
        "[rules.r]\nbus = \"main\"\ntargets = [\"queues.work\"]\n\
         event_pattern = '{\"detail\": {\"id\": [\"o-1\"]}}'",
        "rules.r.event_pattern",
        "make two kinds",
    );
}

/// EB-03: the limit is in characters, whatever their length in UTF-8.
#[test]
fn a_pattern_is_as_long_as_its_characters() {
    let of_length = |characters: usize| {
        let around = r#"{"source": [""]}"#.len();
        format!(r#"{{"source": ["{}"]}}"#, "é".repeat(characters - around))
    };
    let with = |pattern: &str| told(&GOOD.replace(r#"{"source": ["shop"]}"#, pattern));
    assert_eq!(with(&of_length(2_048)), [""; 0]);
    let too_long = with(&of_length(2_049));
    assert!(too_long.iter().any(|line| line.contains("at most 2048 characters")), "{too_long:?}");
}

#[test]
fn subscriptions_and_alarms_are_refused_in_amazons_words() {
    let subscription = |more: &str| format!("[subscriptions.s]\ntopic = \"news\"\n{more}");
    one(
        &subscription("protocol = \"sqs\"\nqueue = \"line\""),
        "subscriptions.s.queue",
        "FIFO topic",
    );
    one(&subscription("calls = \"till\"\nnum_retries = 5"), "subscriptions.s.num_retries", "HTTP");
    one(
        &subscription("calls = \"till\"\nraw_message_delivery = true"),
        "subscriptions.s.raw_message_delivery",
        "raw delivery is for",
    );
    one(
        &subscription("calls = \"till\"\nfilter_policy = '{\"a\": {\"b\": [1]}}'"),
        "subscriptions.s.filter_policy",
        "flat",
    );
    one("[alarms.a]\npart = \"queues.work\"\nmetric = \"Errors\"", "alarms.a.part", "functions");
    one(
        "[alarms.a]\npart = \"queues.work\"\nevaluation_periods = 2\ndatapoints_to_alarm = 3",
        "alarms.a.datapoints_to_alarm",
        "1 to 2",
    );
}

#[test]
fn effects_have_words_and_take_back_what_there_is() {
    let effect =
        |more: &str| format!("[effects.post]\nmany = \"postings\"\ndone = \"posted\"\n{more}");
    one("[effects.post]\nmany = \"postings\"", "effects.post.done", "a word in small letters");
    one(&effect("undoes = \"print\""), "effects.post.undoes", "no effect print");
    one(&effect("undoes = \"post\""), "effects.post.undoes", "no effect post");
    let back =
        |id: &str| format!("[effects.{id}]\nmany = \"b\"\ndone = \"b\"\nundoes = \"post\"\n");
    let told = told(&effect(&format!("{}{}", back("back"), back("home"))));
    assert_eq!(
        told.iter().filter(|said| said.contains("More than one effect")).count(),
        2,
        "{told:?}"
    );
    let effect = |id| format!("[effects.{id}]\nmany = \"{id}\"\ndone = \"{id}\"\n");
    let five = ["a", "b", "c", "d", "e"].map(effect).concat();
    one(&five, "effects", "At most 4");
    one(
        "[services.x]\nside_effect = \"posting\"",
        "services.x.side_effect",
        "there is charge, refund",
    );
}

#[test]
fn an_order_too_large_for_where_it_goes_is_refused() {
    let large = |bytes: usize, more: &str| {
        let text = GOOD.replace("\"by\"", &format!("\"pad\": \"{}\", \"by\"", "x".repeat(bytes)));
        told(&format!("{text}{more}")).join("\n")
    };
    let to_topic = "\n[rules.t]\nbus = \"main\"\nevent_pattern = '{\"source\": [\"shop\"]}'\ntargets = [\"topics.news\"]\n";
    assert_eq!(large(300_000, ""), "");
    assert!(large(300_000, to_topic).contains("Message too long"));
    assert_eq!(large(300_000, &format!("{to_topic}input_path = \"$.detail.id\"\n")), "");
    assert!(large(1_100_000, "").contains("PutEvents"));
}

#[test]
fn workflows_are_refused_with_the_state() {
    let flow = |definition: &str| {
        let text = format!("{GOOD}\n[workflows.w]\ndefinition = \"w.asl.json\"\n");
        told_of(&text, &[("w.asl.json".to_owned(), definition.to_owned())]).join("\n")
    };
    let task = |resource: &str| {
        format!(
            r#"{{"StartAt": "A", "States": {{"A": {{"Type": "Task", "Resource": "{resource}",
            "Parameters": {{"FunctionName": "f", "QueueUrl": "nowhere"}}, "End": true}}}}}}"#
        )
    };
    assert!(flow("{").contains("not JSON"));
    assert!(
        flow(r#"{"StartAt": "B", "States": {"A": {"Type": "Pass", "End": true}}}"#)
            .contains("InvalidDefinition")
    );
    assert!(flow(&task("arn:aws:states:::lambda:invoke")).contains("A calls \"f\""));
    assert!(flow(&task("arn:aws:states:::sqs:sendMessage")).contains("sends to \"nowhere\""));
    assert!(flow(&task("arn:aws:states:::glue:startJobRun")).contains("no part of a design"));
    assert!(flow(r#"{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}"#)
        .contains("JSONata is outside"));
}

#[test]
fn unknown_fields_are_refused() {
    let refused = toml::from_str::<Design>("[queues.a]\ncolour = \"red\"").unwrap_err();
    assert!(refused.to_string().contains("unknown field `colour`"), "{refused}");
    assert!(toml::from_str::<Design>("[queues.a]\nvisibility_timeout = \"5\"").is_err());
}

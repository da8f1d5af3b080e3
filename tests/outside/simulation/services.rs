//! Sections 8 to 11 and the rules behind them: concurrency, order, what is paid for, permissions and
//! keys, deliveries that fail.

use redrive::sim::design::Key;
use redrive::sim::run::Run;
use redrive::sim::snapshot::PartView;

use super::{SHIPPING_DOWN, at, calm, prove, prove_of, run_of, shipped};

// S8.2, S8.3: concurrency in front of what is downstream.
#[test]
fn reserved_concurrency_alone_lets_pollers_take_too_much() {
    let limited = |limit: &str| {
        format!(
            "design = \"event-driven\"\nrun = \"30m\"\nload = {{ rate = 20.0, orders = 6000 }}\n[changes]\n\
             \"functions.inventory-handler.batch_size\" = 1\n\
             \"services.warehouse.latency\" = \"2s\"\n\
             \"functions.inventory-handler.maximum_concurrency\" = {limit}\n"
        )
    };
    // Healthy messages end in the DLQ without ever having been processed (LAM-07).
    prove(
        &limited("\"none\"\n\"functions.inventory-handler.reserved_concurrent_executions\" = 5"),
        &["functions.inventory-handler.throttles > 1000", "ledger.orders_dead_lettered > 100"],
    );
    // A maximum on the mapping leaves them in the queue until there is room.
    prove(
        &limited("5\n\"functions.inventory-handler.reserved_concurrent_executions\" = 5"),
        &[
            "functions.inventory-handler.throttles == 0 and queues.inventory-dlq.moved_in == 0",
            "functions.inventory-handler.running.max == 5 and queues.inventory.visible.max > 1000",
        ],
    );
}

// S8.4: FIFO.
#[test]
fn a_fifo_queue_keeps_the_order_of_a_customer_and_goes_on_with_the_others() {
    let fifo = "design = \"event-driven\"\nrun = \"30m\"\n[load]\norders = 600\n[changes]\n\
        \"queues.inventory.fifo_queue\" = true\n\"queues.inventory-dlq.fifo_queue\" = true\n\
        \"queues.inventory.content_based_deduplication\" = true\n\
        \"rules.to-inventory.message_group_id\" = \"$.detail.customerId\"\n";
    prove(
        fifo,
        &["ledger.orders_completed == ledger.orders_offered", "queues.inventory.copied == 0"],
    );
    // One group for all: everybody waits for everybody.
    prove(
        &fifo.replace("$.detail.customerId", "all").replace("orders = 600", "orders = 2400"),
        &["functions.inventory-handler.running.max == 1", "queues.inventory.visible.max > 2"],
    );
    prove(
        &fifo.replace("orders = 600", "orders = 2400"),
        &["functions.inventory-handler.running.max > 2"],
    );
}

// S8.5, S9.1: Standard and Express.
#[test]
fn express_is_billed_by_time_and_standard_by_the_step() {
    prove(
        &calm("event-driven"),
        &[
            "bill.state_transitions == workflows.fulfilment.transitions and bill.express_requests == 0",
        ],
    );
    prove(
        &format!("{}[changes]\n\"workflows.fulfilment.type\" = \"EXPRESS\"", calm("event-driven")),
        &["bill.state_transitions == 0 and bill.express_requests == workflows.fulfilment.started"],
    );
    // Five minutes at the most (SFN-02): a longer outage ends executions, and their orders are lost.
    prove(
        &format!(
            "design = \"event-driven\"\nrun = \"60m\"\n{SHIPPING_DOWN}\n[changes]\n\
             \"workflows.fulfilment.type\" = \"EXPRESS\""
        ),
        &[
            "workflows.fulfilment.timed_out > 1000 and ledger.orders_lost == workflows.fulfilment.timed_out",
        ],
    );
}

// S9.3, S9.4: filter early, batch.
#[test]
fn batches_and_filters_save_invocations() {
    let requests = |batch: u32| {
        let (mut run, _) = run_of(&format!(
            "{}[changes]\n\"functions.analytics-handler.batch_size\" = {batch}",
            calm("event-driven")
        ));
        run.advance_to(at(1_200));
        (
            run.value("functions.analytics-handler.invocations").unwrap(),
            run.value("bill.sqs_requests").unwrap(),
        )
    };
    let (one, ten) = (requests(1), requests(10));
    assert!(one.0 > 5.0 * ten.0 && one.1 > ten.1, "{one:?} {ten:?}");
    prove(
        &format!(
            "{}[changes]\n\"rules.to-analytics.event_pattern\" = '{{\"detail\": {{\"total\": [{{\"numeric\": [\">\", 100]}}]}}}}'",
            calm("event-driven")
        ),
        &["rules.to-analytics.matched < 500 and functions.analytics-handler.invocations < 500"],
    );
    prove(
        &format!(
            "{}[changes]\n\"functions.analytics-handler.filters\" = ['{{\"body\": {{\"detail\": {{\"total\": [{{\"numeric\": [\">\", 100]}}]}}}}}}']",
            calm("event-driven")
        ),
        &[
            "functions.analytics-handler.filtered_out > 700",
            // What a filter refuses is deleted, and never sees a DLQ (LAM-16).
            "queues.analytics.visible == 0 and queues.analytics-dlq.moved_in == 0",
        ],
    );
}

// S6.1, S6.3, SEC-09: permissions and keys.
#[test]
fn a_rule_without_permission_delivers_nothing_and_retries_nothing() {
    let none = "[changes]\n\"queues.inventory.policy\" = '{\"Statement\": []}'\n\
                \"rules.to-inventory.dlq\" = \"none\"\n";
    prove(
        &format!("{}{none}", calm("event-driven")),
        &[
            "queues.inventory.sent == 0 and rules.to-inventory.failed_invocations == rules.to-inventory.matched",
            "rules.to-inventory.retried == 0 and ledger.orders_lost == ledger.orders_accepted",
        ],
    );
    let own = "[changes]\n\"queues.inventory.policy\" = '{\"Statement\": {\"Effect\": \"Allow\", \"Principal\": \
        {\"Service\": \"events.amazonaws.com\"}, \"Action\": \"sqs:SendMessage\", \"Resource\": \"*\", \"Condition\": \
        {\"ArnEquals\": {\"aws:SourceArn\": \"arn:aws:events:eu-west-1:111122223333:rule/orders/to-inventory\"}}}}'\n";
    prove(
        &format!("{}{own}", calm("event-driven")),
        &["ledger.orders_completed == ledger.orders_offered"],
    );
    prove(
        &format!(
            "{}{}",
            calm("event-driven"),
            own.replace("rule/orders/to-inventory", "rule/orders/other")
        ),
        &["queues.inventory.sent == 0"],
    );
}

#[test]
fn a_queue_under_the_aws_managed_key_takes_nothing_from_a_rule() {
    let keyed = |key: &str| {
        format!(
            "{}[changes]\n\"queues.inventory.kms_master_key_id\" = \"{key}\"\n",
            calm("event-driven")
        )
    };
    prove(
        &format!("{}\"rules.to-inventory.dlq\" = \"none\"\n", keyed("alias/aws/sqs")),
        &["queues.inventory.sent == 0 and ledger.orders_lost == ledger.orders_accepted"],
    );
    // With a DLQ of its own the rule keeps what it could not deliver.
    prove(
        &format!("{}\"rules.to-inventory.dlq\" = \"analytics-dlq\"\n", keyed("alias/aws/sqs")),
        &[
            "rules.to-inventory.sent_to_dlq == rules.to-inventory.matched",
            "ledger.orders_dead_lettered == ledger.orders_accepted and ledger.orders_lost == 0",
        ],
    );
    prove(
        "design = \"event-driven\"\nrun = \"20m\"\n\
         faults = [{ at = \"5m\", kind = \"wrong-key\", part = \"queues.inventory\", for = \"2m\" },\n\
                   { at = \"9m\", kind = \"deny\", part = \"workflows.fulfilment\", for = \"1m\" }]\n\
         [changes]\n\"rules.to-inventory.dlq\" = \"none\"\n\"rules.to-fulfilment.dlq\" = \"none\"\n",
        &[
            "ledger.orders_lost > 100 and rules.to-inventory.retried == 0 and rules.to-fulfilment.dropped > 20",
        ],
    );
}

#[test]
fn a_target_that_is_down_is_retried_for_a_day() {
    prove(
        "design = \"event-driven\"\nrun = \"40m\"\n[load]\norders = 400\n[[faults]]\nat = \"5m\"\n\
         kind = \"outage\"\npart = \"queues.inventory\"\nfor = \"10m\"\n",
        &[
            "rules.to-inventory.retried > 100 and rules.to-inventory.failed_invocations == 0",
            "ledger.orders_completed == ledger.orders_offered",
        ],
    );
    prove(
        "design = \"event-driven\"\nrun = \"40m\"\n[load]\norders = 400\n[[faults]]\nat = \"5m\"\n\
         kind = \"throttle\"\npart = \"queues.inventory\"\nfor = \"10m\"\n[changes]\n\
         \"rules.to-inventory.maximum_retry_attempts\" = 2\n\"rules.to-inventory.dlq\" = \"none\"\n",
        &["rules.to-inventory.dropped > 50 and ledger.orders_lost > 50"],
    );
}

// EB-43: what stands on a message that a rule gave up.
#[test]
fn a_dead_letter_of_a_rule_says_why() {
    let (mut run, _) = run_of(&format!(
        "{}faults = [{{ at = \"5m\", kind = \"deny\", part = \"queues.inventory\", for = \"1m\" }}]\n[changes]\n\
         \"rules.to-inventory.dlq\" = \"analytics-dlq\"\n",
        calm("event-driven")
    ));
    run.advance_to(at(600));
    let part = run.topology().find("queues.analytics-dlq").unwrap();
    let snapshot = run.snapshot();
    let PartView::Queue(view) = snapshot.part(part) else { panic!() };
    let letter = view.failure_attributes.first().unwrap();
    assert_eq!(letter.rule_arn, "arn:aws:events:eu-west-1:111122223333:rule/orders/to-inventory");
    assert_eq!(letter.target_arn, "arn:aws:sqs:eu-west-1:111122223333:inventory");
    assert_eq!((letter.error_code, letter.retry_attempts), ("NO_PERMISSIONS", 0));
    assert_eq!(letter.exhausted_retry_condition, "", "nothing was retried");
}

// LAM-21, LAM-22, LAM-25: reporting failures is more than a setting.
#[test]
fn a_handler_that_reports_nothing_loses_what_failed() {
    let answers = |reports: bool, response: &str| {
        format!(
            "design = \"event-driven\"\nrun = \"30m\"\nfaults = [{{ at = \"5m\", kind = \"poison\", part = \
             \"functions.inventory-handler\", for = \"1m\", orders = 20 }}]\n[changes]\n\
             \"functions.inventory-handler.report_batch_item_failures\" = {reports}\n\
             \"functions.inventory-handler.maximum_batching_window\" = \"3s\"\n\
             \"functions.inventory-handler.batch_response\" = \"{response}\"\n\
             \"queues.inventory.max_receive_count\" = 3\n"
        )
    };
    for reports in [true, false] {
        prove(
            &answers(reports, "nothing"),
            &[
                "ledger.orders_lost == 20 and ledger.orders_dead_lettered == 0",
                "queues.inventory-dlq.moved_in == 0 and functions.inventory-handler.errors == 0",
            ],
        );
    }
    prove(&answers(true, "malformed"), &["queues.inventory-dlq.moved_in > 20"]);
    prove(&answers(true, "failures"), &["queues.inventory-dlq.moved_in == 20"]);
}

// SNS-07, SNS-12 to SNS-16: filters, retries and dead letters of subscriptions.
#[test]
fn a_filter_on_attributes_takes_nothing_that_comes_from_a_rule() {
    let filtered = |scope: &str| {
        format!(
            "{}[changes]\n\"subscriptions.sms.filter_policy\" = '{{\"detail-type\": [\"OrderCreated\"]}}'\n\
             \"subscriptions.sms.filter_policy_scope\" = \"{scope}\"\n",
            calm("event-driven")
        )
    };
    prove(
        &filtered("MessageAttributes"),
        &[
            "subscriptions.sms.delivered == 0 and subscriptions.sms.filtered_out == topics.notifications.published",
        ],
    );
    prove(
        &filtered("MessageBody"),
        &["subscriptions.sms.delivered == topics.notifications.published"],
    );
}

#[test]
fn an_https_endpoint_is_tried_four_times_and_then_the_dlq_of_its_subscription_has_it() {
    let outage =
        "faults = [{ at = \"5m\", kind = \"outage\", part = \"services.email\", for = \"5m\" }]\n";
    prove(
        &format!(
            "{}{outage}[changes]\n\"subscriptions.partner.dlq\" = \"none\"\n",
            calm("event-driven")
        ),
        &[
            "subscriptions.partner.dropped > 300 and subscriptions.partner.sent_to_dlq == 0",
            // Six hours are enough for the others.
            "subscriptions.email.dropped == 0 and ledger.orders_completed == ledger.orders_offered",
        ],
    );
    prove(
        &format!(
            "{}{outage}[changes]\n\"subscriptions.partner.dlq\" = \"analytics-dlq\"\n",
            calm("event-driven")
        ),
        &[
            "subscriptions.partner.dropped == 0 and queues.analytics-dlq.visible == subscriptions.partner.sent_to_dlq",
        ],
    );
}

// S9.1: what is paid for.
#[test]
fn the_bill_counts_what_an_order_uses() {
    prove(
        &calm("event-driven"),
        &[
            "bill.eventbridge_events == ledger.orders_accepted",
            "bill.sns_publishes == ledger.orders_accepted and bill.sns_http_deliveries == subscriptions.partner.delivered",
            // Sent and received for two queues, deleted in batches, polled for nothing now and then.
            "bill.sqs_requests > queues.inventory.received",
            "bill.state_transitions >= ledger.orders_accepted and bill.kms_requests == 0",
            "bill.total_dollars > 0 and bill.dollars_per_million_orders > 100",
        ],
    );
    // A large detail is several events (COST-01): 200,000 bytes are four chunks of 64 KB.
    let pad = "x".repeat(200_000);
    let (mut run, _) = run_of(&format!(
        "{}[changes]\n\"load.orders\" = [{{ weight = 1, detail = '{{\"pad\": \"{pad}\"}}' }}]\n",
        calm("event-driven")
    ));
    run.advance_to(at(300));
    let value = |path: &str| run.value(path).unwrap() as u64;
    assert!(value("buses.orders.published") > 300);
    assert_eq!(value("bill.eventbridge_events"), 4 * value("buses.orders.published"));
    // A key of one's own lets the rule in, and is asked every five minutes (COST-11).
    let (mut run, _) = run_of(&format!(
        "{}[changes]\n\"queues.inventory.visibility_timeout\" = \"30s\"\n",
        calm("event-driven")
    ));
    run.advance_to(at(1_200));
    assert_eq!(run.value("bill.kms_requests"), Some(0.0));
    let (mut design, documents) = shipped("event-driven");
    let policy = r#"{"Statement": {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"], "Resource": "*"}}"#;
    let key = Key { title: None, account: None, policy: Some(policy.to_owned()) };
    design.keys.insert("own".to_owned(), key);
    design.queues.get_mut("inventory").unwrap().kms_master_key_id = Some("keys.own".to_owned());
    let mut run = Run::new(&design, &documents, 7).unwrap();
    run.advance_to(at(1_200));
    assert_eq!(run.value("rules.to-inventory.failed_invocations"), Some(0.0));
    let asked = run.value("bill.kms_requests").unwrap();
    assert!((6.0..=10.0).contains(&asked), "{asked}");
}

/// A desk that hands letters to whoever `more` says.
pub(super) fn desk(more: &str) -> String {
    format!(
        r#"
        [load]
        rate = 1.0
        orders = [{{ weight = 1, detail = '{{"letter": "{{order}}", "to": "{{customer}}"}}' }}]
        [services.printer]
        latency = "500ms"
        [services.clerk]
        latency = "3s"
        [intakes.desk]
        store = "book"
        [stores.book]
        publishes_to = "buses.post"
        source = "desk"
        detail_type = "Written"
        [buses.post]
        {more}
        "#
    )
}

pub(super) const ALL: &str = "bus = \"post\"\nevent_pattern = '{\"source\": [\"desk\"]}'";

// LAM-30 to LAM-36: two retry layers, and which DLQ catches what.
#[test]
fn an_asynchronous_function_tries_three_times_and_the_rules_dlq_knows_nothing_of_it() {
    let design = desk(&format!(
        "[rules.print]\n{ALL}\ntargets = [\"functions.print\"]\ndlq = \"undelivered\"\n\
         [functions.print]\nrequired = true\ncalls = \"printer\"\ntimeout = \"10s\"\non_failure = \"failed\"\n\
         [queues.undelivered]\n[queues.failed]\n"
    ));
    let down = "run = \"30m\"\nload = { orders = 100, rate = 1.0 }\n\
                faults = [{ at = \"0s\", kind = \"outage\", part = \"services.printer\", for = \"20m\" }]\n";
    prove_of(
        &design,
        "",
        down,
        &[
            "functions.print.invocations == 300 and functions.print.errors == 300",
            "queues.failed.visible == 100 and queues.undelivered.sent == 0",
            "ledger.orders_dead_lettered == 100",
            "rules.print.invocations == 100 and rules.print.failed_invocations == 0",
        ],
    );
    // Without a destination they are gone.
    prove_of(
        &design,
        "",
        &format!("{down}[changes]\n\"functions.print.on_failure\" = \"none\""),
        &["functions.print.events_dropped == 100 and ledger.orders_lost == 100"],
    );
    // A throttle is waited out, within the event's age.
    let throttled =
        down.replace("outage", "throttle").replace("services.printer", "functions.print");
    prove_of(
        &design,
        "",
        &throttled,
        &["functions.print.throttles > 500 and ledger.orders_completed == 100"],
    );
    prove_of(
        &design,
        "",
        &format!("{throttled}[changes]\n\"functions.print.maximum_event_age\" = \"2m\""),
        &["ledger.orders_dead_lettered > 90 and functions.print.errors == 0"],
    );
    prove_of(
        &design,
        "",
        &format!("{down}[changes]\n\"functions.print.reserved_concurrent_executions\" = 0"),
        &["queues.failed.visible == 100 and functions.print.invocations == 0"],
    );
}

// SFN-34, SFN-41: a token that does not come back.
#[test]
fn a_task_token_is_waited_for_until_its_heartbeat_is_missed() {
    let flow = |heartbeat: &str| {
        format!(
            r#"{{"StartAt": "Ask", "States": {{
                "Ask": {{ "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                    "Parameters": {{ "FunctionName": "ask", "Payload": {{ "token.$": "$$.Task.Token" }} }}{heartbeat},
                    "Catch": [{{ "ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Note" }}], "Next": "Note" }},
                "Note": {{ "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
                    "Parameters": {{ "QueueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/notes",
                                    "MessageBody.$": "$" }}, "End": true }} }} }}"#
        )
    };
    let design = desk(&format!(
        "[rules.ask]\n{ALL}\ntargets = [\"workflows.ask\"]\n[queues.notes]\n\
         [workflows.ask]\nrequired = true\ndefinition = \"flow.asl.json\"\ncalls = {{ ask = \"clerk\" }}\n"
    ));
    let away = "run = \"30m\"\nload = { orders = 60, rate = 1.0 }\n\
                faults = [{ at = \"0s\", kind = \"stop\", part = \"services.clerk\", for = \"20m\" }]\n";
    prove_of(
        &design,
        &flow(", \"HeartbeatSeconds\": 60"),
        away,
        &[
            "workflows.ask.caught == 60 and ledger.orders_completed == 60 and queues.notes.sent == 60",
        ],
    );
    // Without one an execution hangs for a year.
    prove_of(
        &design,
        &flow(""),
        away,
        &[
            "workflows.ask.running == 60 and ledger.orders_in_progress == 60 and queues.notes.sent == 0",
        ],
    );
    let well = "run = \"30m\"\nload = { orders = 60, rate = 1.0 }\n";
    prove_of(
        &design,
        &flow(""),
        well,
        &["ledger.orders_completed == 60 and workflows.ask.caught == 0"],
    );
}

// SNS-16, LAM-16: an envelope that a filter does not expect.
#[test]
fn a_filter_for_the_body_drops_what_comes_in_an_envelope() {
    let design = desk(&format!(
        "[rules.tell]\n{ALL}\ntargets = [\"topics.news\"]\n[topics.news]\n\
         [subscriptions.queue]\ntopic = \"news\"\nprotocol = \"sqs\"\nqueue = \"work\"\n\
         raw_message_delivery = true\n[queues.work]\nrequired = true\n\
         [functions.worker]\nqueue = \"work\"\ncalls = \"printer\"\n\
         filters = ['{{\"body\": {{\"source\": [\"desk\"]}}}}']\n"
    ));
    let run = "run = \"10m\"\nload = { orders = 200 }\n";
    prove_of(
        &design,
        "",
        run,
        &["ledger.orders_completed == 200 and functions.worker.filtered_out == 0"],
    );
    prove_of(
        &design,
        "",
        &format!("{run}[changes]\n\"subscriptions.queue.raw_message_delivery\" = false"),
        &["functions.worker.filtered_out >= 200 and ledger.orders_lost == 200"],
    );
}

// S11.1, S10.4: a topic where one worker should have each message.
#[test]
fn a_topic_gives_every_worker_the_same_work_and_a_queue_gives_it_to_one() {
    let workers = |wired: &str| {
        desk(&format!(
            "[rules.tell]\n{ALL}\ntargets = [\"topics.news\"]\n[topics.news]\n\
             [functions.one]\nrequired = true\ncalls = \"printer\"\n{wired}"
        ))
    };
    let run = "run = \"10m\"\nload = { orders = 200 }\n";
    let fan_out = workers(
        "[functions.two]\ncalls = \"printer\"\n\
         [subscriptions.one]\ntopic = \"news\"\nprotocol = \"lambda\"\nfunction = \"one\"\n\
         [subscriptions.two]\ntopic = \"news\"\nprotocol = \"lambda\"\nfunction = \"two\"\n",
    );
    prove_of(&fan_out, "", run, &["services.printer.calls == 400"]);
    let queue = workers(
        "queue = \"work\"\nbatch_size = 1\n[queues.work]\n\
         [subscriptions.work]\ntopic = \"news\"\nprotocol = \"sqs\"\nqueue = \"work\"\n",
    );
    prove_of(
        &queue,
        "",
        run,
        &[
            "services.printer.calls < 203 and functions.one.running.max > 1",
            "ledger.orders_completed == 200",
        ],
    );
}

// S11.3, LAM-40, T-60: a long workflow inside one function.
#[test]
fn work_of_more_than_fifteen_minutes_never_ends_in_a_function() {
    let design = desk(&format!(
        "[rules.work]\n{ALL}\ntargets = [\"queues.work\"]\n[queues.work]\nrequired = true\n\
         visibility_timeout = \"1h\"\ndlq = \"dead\"\nmax_receive_count = 2\n[queues.dead]\n\
         [functions.all]\nqueue = \"work\"\ncalls = \"printer\"\ntimeout = \"15m\"\nbatch_size = 1\n"
    ));
    prove_of(
        &design,
        "",
        "run = \"6h\"\nload = { orders = 4, rate = 0.1 }\n[changes]\n\"services.printer.latency\" = \"40m\"\n",
        &["functions.all.errors == 8 and ledger.orders_dead_lettered == 4"],
    );
}

// SQS-61 to SQS-63: what deduplication does, and what it does not.
#[test]
fn a_fifo_queue_swallows_equal_bodies_for_five_minutes() {
    let design = desk(&format!(
        "[rules.line]\n{ALL}\ntargets = [\"queues.line\"]\nmessage_group_id = \"$.detail.to\"\n\
         [queues.line]\nrequired = true\nfifo_queue = true\ncontent_based_deduplication = true\n\
         [functions.worker]\nqueue = \"line\"\ncalls = \"printer\"\nbatch_size = 1\n"
    ));
    let twice = "run = \"10m\"\nload = { orders = 100 }\n\
                 faults = [{ at = \"0s\", kind = \"duplicate\", part = \"buses.post\", for = \"10m\" }]\n";
    prove_of(
        &design,
        "",
        twice,
        &[
            "queues.line.deduplicated == 100 and services.printer.calls == 100 and ledger.orders_completed == 100",
        ],
    );
    // Bodies that do not say which order they are of are all the same: one in five minutes is kept.
    prove_of(
        &design,
        "",
        &format!("{twice}[changes]\n\"rules.line.input\" = '{{}}'"),
        &["queues.line.sent <= 2 and ledger.orders_lost > 90"],
    );
}

// CW-01 to CW-06: an alarm on errors, two of three minutes.
#[test]
fn an_alarm_waits_for_its_datapoints_and_goes_off_once() {
    let alarm = |datapoints: u32, minutes: u32| {
        format!(
            "design = \"event-driven\"\nrun = \"30m\"\nfaults = [{{ at = \"5m\", kind = \"outage\", part = \
             \"services.warehouse\", for = \"{minutes}m\" }}]\n[changes]\n\
             \"functions.inventory-handler.report_batch_item_failures\" = false\n\
             \"alarms.inventory-age.part\" = \"functions.inventory-handler\"\n\
             \"alarms.inventory-age.metric\" = \"Errors\"\n\"alarms.inventory-age.threshold\" = 1\n\
             \"alarms.inventory-age.evaluation_periods\" = 3\n\
             \"alarms.inventory-age.datapoints_to_alarm\" = {datapoints}\n\
             \"alarms.inventory-age.treat_missing_data\" = \"notBreaching\"\n"
        )
    };
    prove(
        &alarm(3, 5),
        &[
            "alarms.inventory-age.times_on == 1 and alarms.inventory-age.on == 0",
            "alarms.inventory-age.on@7m == 0 and alarms.inventory-age.on@9m == 1",
        ],
    );
    prove(&alarm(1, 5), &["alarms.inventory-age.on@7m == 1"]);
}

//! Sections 8 to 11 on the shipped design: concurrency, order, what is paid for, permissions and keys.

use redrive::sim::design::Key;
use redrive::sim::run::Run;

use super::super::at;
use super::{SHIPPING_DOWN, calm, prove, run_of, shipped};

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

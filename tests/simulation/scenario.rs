//! The scenario's own claims, each a run and what it shows.

use super::{at, prove, run_of};

const SHIPPING_DOWN: &str =
    "faults = [{ at = \"5m\", kind = \"outage\", part = \"services.shipping\", for = \"20m\" }]";

fn calm(design: &str) -> String {
    format!("design = \"{design}\"\nrun = \"20m\"\n")
}

#[test]
fn without_faults_nothing_is_rejected_and_nothing_lost() {
    for design in ["event-driven", "synchronous-chain"] {
        for seed in [1, 7, 99] {
            prove(
                &format!("{}seed = {seed}\n", calm(design)),
                &[
                    "ledger.orders_rejected == 0 and ledger.orders_lost == 0",
                    "ledger.orders_completed == ledger.orders_offered",
                    "ledger.orders_offered > 1000 and ledger.duplicate_charges == 0",
                ],
            );
        }
    }
}

// S1.2, S3.1, S10.1: may customers order while shipping is down?
#[test]
fn twenty_minutes_without_shipping_cost_the_chain_its_orders() {
    prove(
        &format!("design = \"synchronous-chain\"\nrun = \"60m\"\n{SHIPPING_DOWN}"),
        &[
            "ledger.orders_rejected > 1500",
            // Reserved and charged for nothing: what was done before the failure stays done.
            "ledger.orders_charged_and_rejected == ledger.orders_rejected",
            "ledger.reservations > ledger.orders_accepted",
        ],
    );
}

#[test]
fn twenty_minutes_without_shipping_cost_the_event_driven_design_time() {
    prove(
        &format!("design = \"event-driven\"\nrun = \"60m\"\n{SHIPPING_DOWN}"),
        &[
            "ledger.orders_rejected == 0 and ledger.orders_lost == 0 and ledger.orders_cancelled == 0",
            "ledger.orders_in_progress@20m > 1000",
            "ledger.orders_completed == ledger.orders_offered",
            "ledger.duplicate_charges == 0 and workflows.fulfilment.retries > 1000",
        ],
    );
}

// S3.1, S11.6: should an order fail when e-mail fails, or when analytics does?
#[test]
fn what_an_order_does_not_need_does_not_hold_it_up() {
    for part in ["services.email", "services.analytics"] {
        let fault = format!(
            "faults = [{{ at = \"5m\", kind = \"outage\", part = \"{part}\", for = \"10m\" }}]"
        );
        prove(
            &format!("{}{fault}", calm("event-driven")),
            &["ledger.orders_completed == ledger.orders_offered"],
        );
        prove(&format!("{}{fault}", calm("synchronous-chain")), &["ledger.orders_rejected > 500"]);
    }
}

// S2.2, S3.2: a slow dependency, a client that tries again, a second charge.
#[test]
fn a_slow_dependency_fails_checkouts_and_a_retry_charges_again() {
    let slow = "faults = [{ at = \"5m\", kind = \"slow\", part = \"services.shipping\", for = \"5m\", factor = 60 }]";
    prove(
        &format!("{}{slow}", calm("synchronous-chain")),
        &["ledger.duplicate_charges > 100", "ledger.charges > ledger.orders_offered"],
    );
    prove(
        &format!(
            "{}{slow}\n[changes]\n\"intakes.order-api.idempotency_keys\" = true",
            calm("synchronous-chain")
        ),
        &["ledger.duplicate_charges == 0"],
    );
}

// S2.3, S11.2: everything in one queue.
#[test]
fn consumers_of_one_queue_steal_from_each_other() {
    prove(
        &calm("one-shared-queue"),
        &[
            "ledger.orders_completed == 0",
            "ledger.orders_lost == ledger.orders_accepted",
            // A fifth of the messages each, instead of all.
            "functions.payment-handler.invocations < 400 and functions.payment-handler.invocations > 200",
            "ledger.charges < 400 and ledger.emails < 400",
            "queues.orders.deleted == queues.orders.sent",
        ],
    );
}

// S4.1, S7.1: the order is stored first.
#[test]
fn an_outbox_closes_the_gap_between_store_and_bus() {
    let crash =
        "faults = [{ at = \"5m\", kind = \"crash\", part = \"intakes.order-api\", for = \"1m\" }]";
    let dual = "[changes]\n\"stores.orders.outbox\" = false";
    prove(
        &format!("{}{crash}\n{dual}", calm("event-driven")),
        &["ledger.orders_lost > 50 and ledger.orders_rejected == 0"],
    );
    prove(
        &format!("{}{crash}", calm("event-driven")),
        &["ledger.orders_lost == 0 and ledger.orders_completed == ledger.orders_offered"],
    );
    let bus =
        "faults = [{ at = \"5m\", kind = \"outage\", part = \"buses.orders\", for = \"2m\" }]";
    prove(&format!("{}{bus}\n{dual}", calm("event-driven")), &["ledger.orders_lost > 100"]);
    prove(
        &format!("{}{bus}", calm("event-driven")),
        &[
            "ledger.orders_lost == 0",
            "stores.orders.outbox.max > 100 and stores.orders.outbox == 0",
        ],
    );
}

/// The inventory handler charges, and nobody else does: the smallest place for the traps of section 7.
fn charging(head: &str, changes: &str) -> String {
    format!(
        "design = \"event-driven\"\n{head}\n[changes]\n\
         \"functions.inventory-handler.calls\" = \"payment\"\n\
         \"functions.inventory-handler.idempotency_record\" = false\n\
         \"queues.inventory.max_receive_count\" = 100\n\
         \"workflows.fulfilment.calls\" = {{ reserve-inventory = \"warehouse\", authorise-payment = \
         \"analytics\", request-shipping = \"shipping\", release-inventory = \"warehouse\" }}\n{changes}"
    )
}

// S7.2, S7.3: the visibility timeout must outlive the work.
#[test]
fn a_visibility_timeout_shorter_than_the_work_charges_twice() {
    let alone = |more: &str| {
        charging(
            "run = \"20m\"\nload = { orders = 300 }",
            &format!(
                "\"functions.inventory-handler.timeout\" = \"6s\"\n\
                 \"functions.inventory-handler.batch_size\" = 10\n\
                 \"queues.inventory.visibility_timeout\" = \"6s\"\n\
                 \"services.payment.latency\" = \"5s\"\n{more}"
            ),
        )
    };
    prove(
        &alone(""),
        &["ledger.duplicate_charges > 50", "queues.inventory.received > queues.inventory.sent"],
    );
    prove(
        &alone("\"functions.inventory-handler.idempotency_keys\" = true"),
        &["ledger.duplicate_charges == 0 and ledger.charges == ledger.orders_accepted"],
    );
}

// S7.2: a record alone does not close the window between the effect and the record.
#[test]
fn a_record_alone_may_charge_twice_and_a_key_never_does() {
    let only = |keeps: &str| {
        charging(
            "run = \"40m\"\nload = { orders = 600 }\nfaults = [{ at = \"5m\", kind = \"crash\", part = \
             \"functions.inventory-handler\", for = \"2m\" }]",
            "",
        )
        .replace("\"functions.inventory-handler.idempotency_record\" = false", keeps)
    };
    prove(
        &only("\"functions.inventory-handler.idempotency_record\" = true"),
        &["ledger.duplicate_charges > 10"],
    );
    prove(
        &only("\"functions.inventory-handler.idempotency_keys\" = true"),
        &["ledger.duplicate_charges == 0 and ledger.orders_completed == ledger.orders_offered"],
    );
}

#[test]
fn a_record_that_has_expired_protects_nobody() {
    // Every message comes twice, at once, and a copy that waits for its turn comes after the record.
    let with_expiry = |expiry: &str| {
        charging(
            "run = \"60m\"\nload = { orders = 300 }\nfaults = [{ at = \"0s\", kind = \"duplicate\", part = \
             \"queues.inventory\", for = \"60m\" }]",
            &format!(
                "\"functions.inventory-handler.maximum_concurrency\" = 2\n\
                 \"functions.inventory-handler.batch_size\" = 1\n\
                 \"functions.inventory-handler.idempotency_expiry\" = \"{expiry}\"\n"
            ),
        )
        .replace("idempotency_record\" = false", "idempotency_record\" = true")
    };
    prove(&with_expiry("1s"), &["ledger.duplicate_charges > 100"]);
    prove(&with_expiry("1d"), &["ledger.duplicate_charges == 0"]);
}

// S7.5: one bad record, and its batch.
#[test]
fn one_bad_record_drags_its_batch_to_the_dlq_unless_failures_are_reported() {
    let batch = |reports: bool| {
        format!(
            "design = \"event-driven\"\nrun = \"20m\"\nfaults = [{{ at = \"5m\", kind = \"poison\", part = \
             \"functions.inventory-handler\", orders = 1 }}]\n[load]\nrate = 2.0\n[changes]\n\
             \"functions.inventory-handler.batch_size\" = 10\n\
             \"functions.inventory-handler.maximum_batching_window\" = \"5s\"\n\
             \"functions.inventory-handler.idempotency_record\" = false\n\
             \"functions.inventory-handler.report_batch_item_failures\" = {reports}\n"
        )
    };
    prove(&batch(false), &["queues.inventory-dlq.visible > 1", "ledger.orders_dead_lettered > 1"]);
    prove(
        &batch(true),
        &["queues.inventory-dlq.visible == 1 and ledger.orders_dead_lettered == 1"],
    );
}

// S5.4, S10.6, S11.5: what keeps failing is set apart, and somebody is told.
#[test]
fn a_poison_order_is_dead_lettered_after_three_receives_and_an_alarm_goes_off() {
    let poison =
        "faults = [{ at = \"5m\", kind = \"poison\", part = \"functions.inventory-handler\" }]";
    prove(
        &format!("{}{poison}", calm("event-driven")),
        &[
            "queues.inventory-dlq.visible == 1 and queues.inventory-dlq.sent == 0",
            "queues.inventory.moved_out == 1 and queues.inventory.received > queues.inventory.sent",
            "alarms.inventory-dlq.on == 1 and alarms.inventory-dlq.times_on == 1",
            "ledger.orders_dead_lettered == 1 and ledger.orders_lost == 0",
        ],
    );
    let (mut run, _) = run_of(&format!("{}{poison}", calm("event-driven")));
    run.advance_to(at(900));
    let dlq = run.topology().find("queues.inventory-dlq").unwrap();
    assert_eq!(run.redrive(dlq, Some(1)), Some(1));
    run.advance_to(at(901));
    assert_eq!(run.value("ledger.orders_dead_lettered"), Some(0.0), "it gets another try");
    run.advance_to(at(1_200));
    assert_eq!(run.value("ledger.orders_dead_lettered"), Some(1.0), "and it is poison still");
}

#[test]
fn without_a_dlq_a_poison_order_comes_round_for_ever_and_the_age_does_not_show_it() {
    prove(
        "design = \"event-driven\"\nrun = \"60m\"\n\
         faults = [{ at = \"5m\", kind = \"poison\", part = \"functions.inventory-handler\" }]\n\
         [changes]\n\"queues.inventory.dlq\" = \"none\"\n\"queues.inventory.max_receive_count\" = \"none\"\n",
        &[
            "ledger.orders_in_progress == 1 and queues.inventory-dlq.moved_in == 0",
            // A hundred receives in nearly an hour, and each of them billed.
            "functions.inventory-handler.invocations > queues.inventory.sent",
            // SQS-82: what was received three times is left out of the age.
            "queues.inventory.age_of_oldest == 0 and alarms.inventory-age.times_on == 0",
        ],
    );
}

// S7.4, S5.5: retried, and where that does not help, compensated.
#[test]
fn a_payment_outage_is_retried_and_then_compensated() {
    let outage = |minutes: u32| {
        format!(
            "design = \"event-driven\"\nrun = \"60m\"\nfaults = [{{ at = \"5m\", kind = \"outage\", part = \
             \"services.payment\", for = \"{minutes}m\" }}]"
        )
    };
    prove(
        &outage(1),
        &["ledger.orders_cancelled == 0 and ledger.orders_completed == ledger.orders_offered"],
    );
    prove(
        &outage(10),
        &[
            "ledger.orders_cancelled > 100 and ledger.orders_lost == 0",
            "workflows.fulfilment.caught == ledger.orders_cancelled",
            "ledger.orders_completed == ledger.orders_offered",
        ],
    );
}

// S7.6: depth and age are watched.
#[test]
fn a_stopped_consumer_shows_in_the_age_and_nothing_is_lost() {
    prove(
        "design = \"event-driven\"\nrun = \"60m\"\n\
         faults = [{ at = \"5m\", kind = \"stop\", part = \"functions.inventory-handler\", for = \"10m\" }]",
        &[
            "queues.inventory.visible.max > 800 and queues.inventory.age_of_oldest.max > 9m",
            "alarms.inventory-age.times_on == 1 and alarms.inventory-age.on == 0",
            "ledger.orders_completed == ledger.orders_offered",
        ],
    );
}

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
    let none = "[changes]\n\"queues.inventory.policy\" = '{\"Statement\": []}'\n";
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
        &keyed("alias/aws/sqs"),
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
                   { at = \"9m\", kind = \"deny\", part = \"workflows.fulfilment\", for = \"1m\" }]",
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
         \"rules.to-inventory.maximum_retry_attempts\" = 2\n",
        &["rules.to-inventory.dropped > 50 and ledger.orders_lost > 50"],
    );
}

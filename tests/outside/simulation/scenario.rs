//! The scenario's own claims, each a run of a shipped design and what it shows.

mod decisions;

use std::path::{Path, PathBuf};

use redrive::sim::design::{Design, Experiment};
use redrive::sim::run::Run;

use super::{Documents, at, calm, experiment, hold, run_in};

fn course() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("content/event-driven-order-processing")
}

/// A shipped design, and the workflows that the course has.
pub fn shipped(id: &str) -> (Design, Documents) {
    super::of_course(&course(), id, "fulfilment.asl.json")
}

/// A run of an experiment with a shipped design.
pub fn run_of(text: &str) -> (Run, Experiment) {
    run_in(experiment(text), text, shipped)
}

/// Holds an experiment with a shipped design to its claims.
#[track_caller]
fn prove(text: &str, claims: &[&str]) {
    let (run, experiment) = run_of(text);
    hold(text, run, &experiment, claims);
}

const SHIPPING_DOWN: &str =
    "faults = [{ at = \"5m\", kind = \"outage\", part = \"services.shipping\", for = \"20m\" }]";

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
         \"functions.inventory-handler.idempotency_keys\" = false\n\
         \"queues.inventory.max_receive_count\" = 100\n\
         \"workflows.fulfilment.calls\" = {{ reserve-inventory = \"warehouse\", authorise-payment = \
         \"analytics\", request-shipping = \"shipping\", cancel-shipment = \"recalls\", refund-payment = \"refunds\", release-inventory = \"releases\" }}\n{changes}"
    )
}

// S7.2, S7.3: the visibility timeout must outlive the work. Every second charge is one of a container
// whose message was lent to another meanwhile, and nothing else is wrong.
#[test]
fn a_visibility_timeout_shorter_than_the_work_charges_twice() {
    let alone = |more: &str| {
        format!(
            "design = \"workers-on-containers\"\nrun = \"30m\"\nload = {{ orders = 600 }}\n[changes]\n\
             \"queues.payments.visibility_timeout\" = \"30s\"\n{more}"
        )
    };
    let nothing_fails = "workers.payment-worker.failed == 0 and services.payment.failures == 0 and \
                         queues.payments-dlq.moved_in == 0 and ledger.orders_completed == 600";
    prove(
        &alone(""),
        &[
            "ledger.duplicate_charges > 50",
            "ledger.duplicate_charges == workers.payment-worker.late_deletes",
            nothing_fails,
        ],
    );
    // The cures: a longer timeout, a heartbeat, and, of the second charge alone, a key.
    for cure in [
        "\"workers.payment-worker.heartbeat\" = \"10s\"",
        "\"workers.payment-worker.work\" = \"8s\"",
    ] {
        let once = "queues.payments.received == 600 and ledger.charges == 600";
        prove(&alone(cure), &[once, "workers.payment-worker.late_deletes == 0", nothing_fails]);
    }
    let once = "queues.payments.received == 600 and ledger.duplicate_charges == 0";
    prove(&alone("").replace("\"30s\"", "\"2m\""), &[once, nothing_fails]);
    prove(
        &alone("\"workers.payment-worker.idempotency_keys\" = true"),
        &["ledger.duplicate_charges == 0", "queues.payments.received > 650", nothing_fails],
    );
}

// S7.2: a record alone does not close the window between the effect and the record.
#[test]
fn a_record_alone_may_charge_twice_and_a_key_never_does() {
    let only = |keeps: &str| {
        let (kept, left) = (format!("{keeps}\" = true"), format!("{keeps}\" = false"));
        charging(
            "run = \"40m\"\nload = { orders = 600 }\nfaults = [{ at = \"5m\", kind = \"crash\", part = \
             \"functions.inventory-handler\", for = \"2m\" }]",
            "",
        )
        .replace(&left, &kept)
    };
    prove(&only("idempotency_record"), &["ledger.duplicate_charges > 10"]);
    prove(
        &only("idempotency_keys"),
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
fn a_poison_order_is_dead_lettered_after_five_receives_and_an_alarm_goes_off() {
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

// S4.4: whatever step fails for good, what was done before it is undone. Nobody pays for an order
// that does not come, and a reservation given back is not held.
#[test]
fn whichever_step_fails_for_good_nobody_pays_for_what_does_not_come() {
    for service in ["warehouse", "payment", "shipping"] {
        let (mut run, _) = run_of(&format!(
            "design = \"event-driven\"\nrun = \"6h\"\nload = {{ orders = 100 }}\n\
             faults = [{{ at = \"20s\", kind = \"errors\", part = \"services.{service}\", for = \"3h\", rate = 1.0 }}]"
        ));
        run.advance_to(at(6 * 3600));
        let ledger = run.snapshot().ledger;
        let count = |name: &str| run.value(&format!("ledger.{name}")).unwrap() as u64;
        assert_eq!(count("net_charges"), count("shipments"), "{service}: {ledger:?}");
        assert!(ledger.cancelled > 10, "{service}: {ledger:?}");
        assert_eq!(count("refunds") > 0, service == "shipping", "{service}: {ledger:?}");
    }
}

// A refund that cannot be made is not lost in silence: the execution fails, and an alarm says so.
#[test]
fn a_refund_that_fails_for_good_fails_the_execution_and_rings() {
    prove(
        "design = \"event-driven\"\nrun = \"6h\"\nload = { orders = 100 }\n\
         faults = [{ at = \"20s\", kind = \"errors\", part = \"services.shipping\", for = \"6h\", rate = 1.0 },\n\
                   { at = \"20s\", kind = \"errors\", part = \"services.refunds\", for = \"6h\", rate = 1.0 }]",
        &[
            "workflows.fulfilment.failed > 10",
            "ledger.orders_cancelled == 0",
            "alarms.fulfilment-failed.times_on > 0",
        ],
    );
}

//! Rules of the services, each in a design that has little else: deliveries that fail, dead letters, filters, retries, tokens,
//! deduplication, alarms.

use redrive::sim::snapshot::PartView;

use super::{at, calm, prove, prove_of, run_of};

#[test]
fn a_target_that_is_down_is_retried_for_a_day() {
    prove(
        "design = \"all-branches\"\nrun = \"40m\"\n[load]\norders = 400\n[[faults]]\nat = \"5m\"\n\
         kind = \"outage\"\npart = \"queues.shelf\"\nfor = \"10m\"\n",
        &[
            "rules.to-shelf.retried > 100 and rules.to-shelf.failed_invocations == 0",
            "ledger.orders_completed == ledger.orders_offered",
        ],
    );
    prove(
        "design = \"all-branches\"\nrun = \"40m\"\n[load]\norders = 400\n[[faults]]\nat = \"5m\"\n\
         kind = \"throttle\"\npart = \"queues.shelf\"\nfor = \"10m\"\n[changes]\n\
         \"rules.to-shelf.maximum_retry_attempts\" = 2\n\"rules.to-shelf.dlq\" = \"none\"\n",
        &["rules.to-shelf.dropped > 50 and ledger.orders_lost > 50"],
    );
}

// EB-43: what stands on a message that a rule gave up.
#[test]
fn a_dead_letter_of_a_rule_says_why() {
    let (mut run, _) = run_of(&format!(
        "{}faults = [{{ at = \"5m\", kind = \"deny\", part = \"queues.shelf\", for = \"1m\" }}]\n[changes]\n\
         \"rules.to-shelf.dlq\" = \"count-dlq\"\n",
        calm("all-branches")
    ));
    run.advance_to(at(600));
    let part = run.topology().find("queues.count-dlq").unwrap();
    let snapshot = run.snapshot();
    let PartView::Queue(view) = snapshot.part(part) else { panic!() };
    let letter = view.failure_attributes.first().unwrap();
    assert_eq!(letter.rule_arn, "arn:aws:events:eu-west-1:111122223333:rule/bell/to-shelf");
    assert_eq!(letter.target_arn, "arn:aws:sqs:eu-west-1:111122223333:shelf");
    assert_eq!((letter.error_code, letter.retry_attempts), ("NO_PERMISSIONS", 0));
    assert_eq!(letter.exhausted_retry_condition, "", "nothing was retried");
}

// LAM-21, LAM-22, LAM-25: reporting failures is more than a setting.
#[test]
fn a_handler_that_reports_nothing_loses_what_failed() {
    let answers = |reports: bool, response: &str| {
        format!(
            "design = \"all-branches\"\nrun = \"30m\"\nfaults = [{{ at = \"5m\", kind = \"poison\", part = \
             \"functions.shelf-keeper\", for = \"1m\", orders = 20 }}]\n[changes]\n\
             \"functions.shelf-keeper.batch_size\" = 10\n\
             \"functions.shelf-keeper.report_batch_item_failures\" = {reports}\n\
             \"functions.shelf-keeper.maximum_batching_window\" = \"3s\"\n\
             \"functions.shelf-keeper.batch_response\" = \"{response}\"\n\
             \"queues.shelf.max_receive_count\" = 1\n"
        )
    };
    for reports in [true, false] {
        prove(
            &answers(reports, "nothing"),
            &[
                "ledger.orders_lost == 20 and ledger.orders_dead_lettered == 0",
                "queues.shelf-dlq.moved_in == 0 and functions.shelf-keeper.errors == 0",
            ],
        );
    }
    prove(&answers(true, "malformed"), &["queues.shelf-dlq.moved_in > 20"]);
    prove(&answers(true, "failures"), &["queues.shelf-dlq.moved_in == 20"]);
}

// SNS-07, SNS-12 to SNS-16: filters, retries and dead letters of subscriptions.
#[test]
fn a_filter_on_attributes_takes_nothing_that_comes_from_a_rule() {
    let filtered = |scope: &str| {
        format!(
            "{}[changes]\n\"subscriptions.phones.filter_policy\" = '{{\"detail-type\": [\"BookLate\"]}}'\n\
             \"subscriptions.phones.filter_policy_scope\" = \"{scope}\"\n",
            calm("all-branches")
        )
    };
    prove(
        &filtered("MessageAttributes"),
        &[
            "subscriptions.phones.delivered == 0 and subscriptions.phones.filtered_out == topics.notices.published",
        ],
    );
    prove(
        &filtered("MessageBody"),
        &["subscriptions.phones.delivered == topics.notices.published"],
    );
}

#[test]
fn an_https_endpoint_is_tried_four_times_and_then_the_dlq_of_its_subscription_has_it() {
    let outage =
        "faults = [{ at = \"5m\", kind = \"outage\", part = \"services.runner\", for = \"5m\" }]\n";
    prove(
        &format!(
            "{}{outage}[changes]\n\"subscriptions.branch.dlq\" = \"none\"\n",
            calm("all-branches")
        ),
        &[
            "subscriptions.branch.dropped > 300 and subscriptions.branch.sent_to_dlq == 0",
            // Six hours are enough for the others.
            "subscriptions.readers.dropped == 0 and ledger.orders_completed == ledger.orders_offered",
        ],
    );
    prove(
        &format!(
            "{}{outage}[changes]\n\"subscriptions.branch.dlq\" = \"count-dlq\"\n",
            calm("all-branches")
        ),
        &[
            "subscriptions.branch.dropped == 0 and queues.count-dlq.visible == subscriptions.branch.sent_to_dlq",
        ],
    );
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
            "design = \"all-branches\"\nrun = \"30m\"\nfaults = [{{ at = \"5m\", kind = \"outage\", part = \
             \"services.ladder\", for = \"{minutes}m\" }}]\n[changes]\n\
             \"functions.shelf-keeper.report_batch_item_failures\" = false\n\
             \"alarms.shelf-age.part\" = \"functions.shelf-keeper\"\n\
             \"alarms.shelf-age.metric\" = \"Errors\"\n\"alarms.shelf-age.threshold\" = 1\n\
             \"alarms.shelf-age.evaluation_periods\" = 3\n\
             \"alarms.shelf-age.datapoints_to_alarm\" = {datapoints}\n\
             \"alarms.shelf-age.treat_missing_data\" = \"notBreaching\"\n"
        )
    };
    prove(
        &alarm(3, 5),
        &[
            "alarms.shelf-age.times_on == 1 and alarms.shelf-age.on == 0",
            "alarms.shelf-age.on@7m == 0 and alarms.shelf-age.on@9m == 1",
        ],
    );
    prove(&alarm(1, 5), &["alarms.shelf-age.on@7m == 1"]);
}

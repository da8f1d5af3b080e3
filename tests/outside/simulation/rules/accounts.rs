//! Who may do what across accounts: which side's policy lets whom in, and who belongs to the organization.

use redrive::sim::design::Design;
use redrive::sim::snapshot::PartView;
use redrive::sim::world::FailureAttributes;
use serde_json::{Value, json};

use super::{Played, RULE, one_order, play};

const OTHER: &str = "444455556666";
const OWN: &str = "111122223333";

/// A policy of one statement; `rest` is more of it.
fn policy(field: &str, rest: &str) -> String {
    format!("{field} = '{{\"Statement\": [{{\"Effect\": \"Allow\", {rest}}}]}}'\n")
}

fn by(principal: &str, action: &str) -> String {
    policy("policy", &format!(r#""Principal": {principal}, "Action": "{action}", "Resource": "*""#))
}

fn by_if(principal: &str, action: &str, condition: &str) -> String {
    let rest = format!(
        r#""Principal": {principal}, "Action": "{action}", "Resource": "*", "Condition": {{{condition}}}"#
    );
    policy("policy", &rest)
}

fn role(action: &str) -> String {
    policy("role_policy", &format!(r#""Action": "{action}", "Resource": "*""#))
}

const NONE: &str = "policy = \"none\"\n";
const NO_ROLE: &str = "role_policy = \"none\"\n";
const REST: &str = "[queues.q]\nrequired = true\n[queues.e]\n";

/// One order goes on from the bus `b` by its rule; `far` is what the rule sends to.
fn sent(organization: &str, rule: &str, target: &str, far: &str) -> Played {
    let parts = format!("{RULE}targets = [\"{target}\"]\ndlq = \"e\"\n{rule}\n{far}{REST}");
    let parts = if organization.is_empty() {
        parts
    } else {
        // Of the root of the design, before its first table.
        return played_in(organization, &parts);
    };
    play(&parts, &one_order("3m", ""))
}

fn played_in(organization: &str, parts: &str) -> Played {
    let text = format!(
        "organization = [{organization}]\n[load]\nrate = 1.0\n\
         orders = [{{ weight = 1, detail = '{{\"letter\": \"{{order}}\"}}' }}]\n{parts}"
    );
    let design: Design = toml::from_str(&text).unwrap();
    let experiment = toml::from_str(&one_order("3m", "")).unwrap();
    let mut run = redrive::sim::run::Run::experiment(&experiment, &design, &[]).unwrap();
    run.advance_to(redrive::sim::kernel::time::Time::ZERO + experiment.run.0);
    Played { run, log: Vec::new() }
}

fn letter(played: &Played) -> FailureAttributes {
    let part = played.run.topology().find("queues.e").unwrap();
    let snapshot = played.run.snapshot();
    let PartView::Queue(view) = snapshot.part(part) else { panic!() };
    view.failure_attributes.first().unwrap().clone()
}

/// What a case comes to: the side that refuses, in AWS's words; empty if the event arrives.
fn outcome(played: &Played, measure: &str) -> &'static str {
    if played.value(measure) == 1 {
        assert!(played.run.denials().is_empty(), "{:?}", played.run.denials());
        return "";
    }
    let letter = letter(played);
    assert_eq!(letter.error_code, "NO_PERMISSIONS", "{letter:?}");
    let sentence = &letter.error_message;
    assert!(played.run.denials().iter().any(|denial| denial.sentence == **sentence));
    let sides =
        ["no identity-based", "no resource-based", "deny in an identity", "deny in a resource"];
    sides.into_iter().find(|side| sentence.contains(side)).unwrap_or_else(|| panic!("{sentence}"))
}

/// EB-55, SEC-01, SEC-05: a rule, and a bus of another account: the policy of the bus, the role of the rule,
/// and what refuses. The same within one account.
#[test]
fn a_bus_of_another_account_takes_what_both_sides_allow() {
    const PUT: &str = "events:PutEvents";
    let account = |number: &str| by(&format!("{{\"AWS\": \"{number}\"}}"), PUT);
    let organization = by_if("\"*\"", PUT, r#""StringEquals": {"aws:PrincipalOrgID": "o-shop"}"#);
    let caller = |number: &str| {
        by_if("\"*\"", PUT, &format!(r#""StringEquals": {{"aws:PrincipalAccount": "{number}"}}"#))
    };
    let source = |rule: &str| {
        let arn = format!("arn:aws:events:eu-west-1:{OWN}:rule/b/{rule}");
        by_if(
            &format!("{{\"AWS\": \"{OWN}\"}}"),
            PUT,
            &format!(r#""ArnEquals": {{"aws:SourceArn": "{arn}"}}"#),
        )
    };
    let denies = account(OWN).replace("Allow", "Deny");
    let fitting = "";
    let other_role = role("sqs:SendMessage");
    let outside = format!("\"{OTHER}\"");
    let (resource, identity) = ("no resource-based", "no identity-based");
    // Who is in the organization, the rule's role, the policy of the bus; across accounts, and within one.
    let table: &[(&str, &str, &str, &str, &str)] = &[
        // SEC-01: the console lets the bus's own account in, and no other.
        ("", fitting, "", resource, ""),
        ("", fitting, NONE, resource, ""),
        ("", fitting, &account(OWN), "", ""),
        ("", fitting, &account("999988887777"), resource, ""),
        ("", &other_role, &account(OWN), identity, identity),
        ("", fitting, &denies, "deny in a resource", "deny in a resource"),
        // EB-55: an organization lets in a role of its accounts.
        ("", fitting, &organization, "", ""),
        (&outside, fitting, &organization, resource, ""),
        ("", &other_role, &organization, identity, ""),
        ("", fitting, &caller(OWN), "", ""),
        ("", fitting, &caller(OTHER), resource, ""),
        // EB-55: without a role the account acts, and an organization does not know it.
        ("", NO_ROLE, &account(OWN), "", ""),
        ("", NO_ROLE, &organization, resource, resource),
        ("", NO_ROLE, "", resource, ""),
        ("", NO_ROLE, NONE, resource, resource),
        ("", NO_ROLE, &source("r"), "", ""),
        ("", NO_ROLE, &source("other"), resource, resource),
    ];
    for (organization, rule, bus, across, within) in table {
        for (account, expected) in [(OTHER, across), (OWN, within)] {
            let far = format!("[buses.far]\naccount = \"{account}\"\n{bus}");
            let played = sent(organization, rule, "buses.far", &far);
            let found = outcome(&played, "buses.far.published");
            assert_eq!(found, *expected, "{account}: {organization} {rule} {bus}");
        }
    }
}

/// EB-56, SEC-01: queues and topics of another account take the role of a rule, and let it in themselves.
#[test]
fn a_queue_or_topic_of_another_account_takes_a_role_and_its_own_policy() {
    let parts = [
        ("queues.far", "[queues.far]\n", "sqs:SendMessage", "queues.far.sent"),
        ("topics.far", "[topics.far]\n", "sns:Publish", "topics.far.published"),
    ];
    for (target, table, action, measure) in parts {
        let far = |account: &str, policy: &str| format!("{table}account = \"{account}\"\n{policy}");
        let told = |rule: &str, account: &str, policy: &str| {
            outcome(&sent("", rule, target, &far(account, policy)), measure)
        };
        let lets_in = by(&format!("{{\"AWS\": \"{OWN}\"}}"), action);
        let service = by("{\"Service\": \"events.amazonaws.com\"}", action);
        assert_eq!(told("", OTHER, &lets_in), "", "{target}");
        assert_eq!(told("", OTHER, ""), "no resource-based", "{target}: the console's");
        // The role acts, and the service is not asked.
        assert_eq!(told("", OTHER, &service), "no resource-based", "{target}");
        assert_eq!(
            told(&role("events:PutEvents"), OTHER, &lets_in),
            "no identity-based",
            "{target}"
        );
        // Within the account the service delivers, or the role alone suffices.
        assert_eq!(told("", OWN, &service), "", "{target}");
        assert_eq!(told(&role(action), OWN, NONE), "", "{target}");
    }
}

/// SNS-18: a topic delivers as the service, whatever accounts it and the queue are in; `aws:SourceAccount`
/// is the topic's.
#[test]
fn a_topic_delivers_to_a_queue_of_another_account_that_lets_the_service_in() {
    const SNS: &str = "{\"Service\": \"sns.amazonaws.com\"}";
    let delivered = |queue: &str| {
        let far = format!(
            "[topics.t]\n[subscriptions.s]\ntopic = \"t\"\nprotocol = \"sqs\"\nqueue = \"far\"\n\
             [queues.far]\naccount = \"{OTHER}\"\n{queue}"
        );
        sent("", "", "topics.t", &far).value("queues.far.sent")
    };
    let source = |account: &str| {
        let condition = format!(r#""StringEquals": {{"aws:SourceAccount": "{account}"}}"#);
        by_if(SNS, "sqs:SendMessage", &condition)
    };
    assert_eq!(delivered(""), 0, "the console of the other account knows nothing of the topic");
    assert_eq!(delivered(&by(SNS, "sqs:SendMessage")), 1);
    assert_eq!(delivered(&source(OWN)), 1);
    assert_eq!(delivered(&source(OTHER)), 0);
}

/// SEC-01, SEC-10: a consumer of another account needs the policies of the queue and of its key; the key
/// that AWS manages lets no other account in.
#[test]
fn a_consumer_of_another_account_needs_the_queues_policy_and_its_keys() {
    let received = |queue: &str, keys: &str| {
        let far = format!(
            "[queues.far]\n{queue}[services.press]\nlatency = \"10ms\"\n[functions.f]\nqueue = \"far\"\n\
             account = \"{OTHER}\"\ncalls = \"press\"\n{keys}"
        );
        let played = sent("", "", "queues.far", &far);
        assert_eq!(played.value("queues.far.sent"), 1, "{queue}");
        played.value("queues.far.received")
    };
    let principals = format!("{{\"AWS\": \"{OTHER}\", \"Service\": \"events.amazonaws.com\"}}");
    let open = by(&principals, "sqs:*");
    assert_eq!(received("", ""), 0);
    assert_eq!(received(&open, ""), 1);
    let key = |who: &str| {
        let who = by(who, "kms:*");
        format!("[keys.k]\n{who}")
    };
    let locked = format!("{open}kms_master_key_id = \"keys.k\"\n");
    assert_eq!(received(&locked, &key(&principals)), 1);
    assert_eq!(received(&locked, &key("{\"Service\": \"events.amazonaws.com\"}")), 0);
}

/// EB-55, EB-43: what came from another account goes to no third one, and is not tried again.
#[test]
fn an_event_does_not_hop_to_a_third_account() {
    let open = by("\"*\"", "events:PutEvents");
    let went = |third: &str| {
        let far = format!(
            "[buses.far]\naccount = \"{OTHER}\"\n{open}[rules.on]\nbus = \"far\"\n\
             event_pattern = '{{\"source\": [\"desk\"]}}'\ntargets = [\"buses.third\"]\ndlq = \"e\"\n\
             [buses.third]\naccount = \"{third}\"\n{open}"
        );
        // A DLQ of another account lets the service in by itself (EB-42).
        let service = by("{\"Service\": \"events.amazonaws.com\"}", "sqs:SendMessage");
        let parts = format!(
            "{RULE}targets = [\"buses.far\"]\n{far}[queues.q]\nrequired = true\n[queues.e]\n{service}"
        );
        play(&parts, &one_order("3m", ""))
    };
    let played = went("777788889999");
    assert_eq!(played.value("buses.third.published"), 0);
    assert_eq!(letter(&played).error_code, "THIRD_ACCOUNT_HOP_DETECTED");
    assert_eq!(letter(&played).retry_attempts, 0);
    let played = went(OTHER);
    assert_eq!(played.value("buses.third.published"), 1, "another bus of the same account");
    // Each bus is charged for what is put on it, and the sender pays (EB-55).
    assert_eq!(played.value("bill.eventbridge_events"), 3);
}

/// A task that calls a function, and one that sends to a queue.
const FLOW: &str = r#"{"StartAt": "A", "States": {
    "A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
          "Parameters": {"FunctionName": "print", "Payload.$": "$"}, "Next": "B"},
    "B": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
          "Parameters": {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/e", "MessageBody.$": "$"}, "End": true}}}"#;

/// SEC-03: what is stored, published and called takes the roles of those who do it.
#[test]
fn stores_intakes_and_workflows_act_with_their_roles() {
    let store = |setting: &str| {
        let parts = RULE.replace("detail_type", &format!("{setting}detail_type"))
            + "targets = [\"queues.q\"]\n"
            + REST;
        play(&parts, &one_order("3m", ""))
    };
    assert_eq!(store("").value("buses.b.published"), 1);
    assert_eq!(store(&role("events:PutEvents")).value("buses.b.published"), 1);
    // The bus names its account, which leaves it to the account's roles.
    for (setting, reason) in [
        (NO_ROLE.to_owned(), "because no identity-based policy allows the events:PutEvents action"),
        (role("sqs:SendMessage"), "no identity-based policy allows the events:PutEvents action"),
        (role("events:*").replace("Allow", "Deny"), "explicit deny in an identity-based policy"),
    ] {
        let played = store(&setting);
        assert_eq!(played.value("buses.b.published"), 0, "{setting}");
        let sentence = &played.run.denials()[0].sentence;
        let who = "User: arn:aws:iam::111122223333:role/book is not authorized to perform: \
                   events:PutEvents on resource: arn:aws:events:eu-west-1:111122223333:event-bus/b";
        assert!(sentence.starts_with(who) && sentence.ends_with(reason), "{sentence}");
    }

    let intake = |setting: &str| {
        let parts = RULE.replace("store = \"book\"\n", &format!("store = \"book\"\n{setting}"))
            + "targets = [\"queues.q\"]\n"
            + REST;
        play(&parts, &one_order("3m", "")).value("ledger.orders_rejected")
    };
    assert_eq!(intake(""), 0);
    assert_eq!(intake(&role("dynamodb:*")), 0);
    assert_eq!(intake(NO_ROLE), 1);
    assert_eq!(intake(&role("dynamodb:GetItem")), 1);

    let flow = |setting: &str| {
        let parts = format!(
            "{RULE}targets = [\"workflows.w\"]\n[services.press]\nlatency = \"10ms\"\n[queues.e]\n\
             [workflows.w]\nrequired = true\ndefinition = \"flow.asl.json\"\ncalls = {{ print = \"press\" }}\n{setting}"
        );
        let played = super::play_flow(&parts, FLOW, &one_order("3m", ""));
        (played.value("services.press.calls"), played.value("queues.e.sent"))
    };
    assert_eq!(flow(""), (1, 1));
    assert_eq!(flow(NO_ROLE), (0, 0));
    assert_eq!(flow(&role("lambda:InvokeFunction")), (1, 0));
}

/// What AWS refuses when a design is made: a DLQ elsewhere (SNS-14), a target without a role (EB-56), events
/// that go round.
#[test]
fn what_cannot_be_across_accounts_is_refused() {
    let told = |more: &str, word: &str| {
        let text = format!(
            "[load]\norders = [{{ weight = 1, detail = '{{}}' }}]\n{RULE}targets = [\"queues.q\"]\n{REST}{more}"
        );
        let design: Design = toml::from_str(&text).unwrap();
        let mistakes = design.mistakes(&[]);
        assert!(mistakes.iter().any(|m| m.sentence.contains(word)), "{more}: {mistakes:#?}");
    };
    let far = format!("[queues.far]\naccount = \"{OTHER}\"\n");
    let pattern = "event_pattern = '{\"source\": [\"desk\"]}'\n";
    told(&format!("{far}dlq = \"e\"\nmax_receive_count = 2\n"), "same as the source");
    told(
        &format!(
            "{far}[topics.t]\n[subscriptions.s]\ntopic = \"t\"\nprotocol = \"sqs\"\nqueue = \"q\"\ndlq = \"far\"\n"
        ),
        "SNS-14",
    );
    told(
        &format!("{far}[rules.x]\nbus = \"b\"\n{pattern}targets = [\"queues.far\"]\n{NO_ROLE}"),
        "RoleArn is required",
    );
    told(
        &format!(
            "[buses.c]\n[rules.x]\nbus = \"b\"\n{pattern}targets = [\"buses.c\"]\ninput = '1'\n"
        ),
        "as it is",
    );
    told(
        &format!(
            "[buses.c]\n[rules.x]\nbus = \"b\"\n{pattern}targets = [\"buses.c\"]\n\
             [rules.y]\nbus = \"c\"\n{pattern}targets = [\"buses.b\"]\n"
        ),
        "go round",
    );
    told("[buses.c]\naccount = \"4444\"\n", "12 digits");
}

/// EB-55: AWS's answers name the account of each part, and the policy of a bus is text in them.
#[test]
fn the_configuration_of_a_part_names_its_account() {
    let text = format!(
        "[intakes.d]\nstore = \"s\"\n[stores.s]\npublishes_to = \"buses.b\"\n[buses.b]\n\
         [rules.r]\nbus = \"b\"\ntargets = [\"buses.far\"]\n[buses.far]\naccount = \"{OTHER}\"\n\
         [rules.on]\nbus = \"far\"\ntargets = [\"queues.q\"]\n[queues.q]\naccount = \"{OTHER}\"\n"
    );
    let design: Design = toml::from_str(&text).unwrap();
    let shown = |path: &str, command: &str| {
        let all = design.configuration(path, &[]).into_iter();
        all.filter(|c| c.command == command).map(|c| c.answer).collect::<Vec<Value>>()
    };
    let bus = &shown("buses.far", "aws events describe-event-bus")[0];
    let arn = format!("arn:aws:events:eu-west-1:{OTHER}:event-bus/far");
    assert_eq!((&bus["Name"], &bus["Arn"]), (&json!("far"), &json!(arn)));
    let policy: Value = serde_json::from_str(bus["Policy"].as_str().unwrap()).unwrap();
    assert_eq!(policy["Statement"][0]["Sid"], "allow_account_to_put_events");
    assert_eq!(policy["Statement"][0]["Principal"]["AWS"], format!("arn:aws:iam::{OTHER}:root"));
    let role = &shown("buses.b", "the policy of its role")[0];
    assert_eq!(role["Statement"][0]["Action"], "events:PutEvents");
    assert_eq!(role["Statement"][0]["Resource"], arn);
    let targets = &shown("buses.far", "aws events list-targets-by-rule")[0]["Targets"][0];
    assert_eq!(targets["Arn"], format!("arn:aws:sqs:eu-west-1:{OTHER}:q"));
    let none = design.with("buses.far.policy", &json!("none")).unwrap();
    let all = none.configuration("buses.far", &[]);
    assert_eq!(all[0].answer.get("Policy"), None);
    let console = design.console_policy("buses.far.policy").unwrap();
    assert_eq!(none.with("buses.far.policy", &json!(console)).unwrap(), design);
}

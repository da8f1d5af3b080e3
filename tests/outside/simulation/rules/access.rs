//! Who may do what: policies and keys of both sides, and what the console writes where a design says
//! nothing.

use redrive::sim::design::Design;
use serde_json::{Value, json};

use super::{Played, QUEUE_FIRST, RULE, one_order, play};

const ROOT: &str = r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}"#;
const EVENTS_KEY: &str = r#"{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": ["kms:GenerateDataKey*", "kms:Decrypt"], "Resource": "*"}"#;

/// A queue, its key and its consumer, each with more settings.
fn rest(queue: &str, function: &str) -> String {
    format!(
        "[queues.q]\nrequired = true\n{queue}\n[services.press]\nlatency = \"10ms\"\n\
         [functions.f]\nqueue = \"q\"\ncalls = \"press\"\n{function}\n"
    )
}

fn key(statements: &[&str]) -> String {
    format!("[keys.k]\npolicy = '{{\"Statement\": [{}]}}'\n", statements.join(", "))
}

fn may(actions: &str, resource: &str) -> String {
    format!(
        r#"role_policy = '{{"Statement": [{{"Effect": "Allow", "Action": [{actions}], "Resource": "{resource}"}}]}}'"#
    )
}

fn policy(effect: &str, principal: &str, action: &str) -> String {
    format!(
        r#"policy = '{{"Statement": [{{"Effect": "{effect}", "Principal": {principal}, "Action": "{action}", "Resource": "*"}}]}}'"#
    )
}

fn quiet(parts: &str) -> Played {
    play(parts, &one_order("3m", ""))
}

/// SEC-01: a key's policy must permit its use even within one account. Whoever it names may, whoever it
/// leaves to the account may as far as the role's policy says so, and nobody else.
#[test]
fn a_consumer_needs_the_keys_policy_and_its_own() {
    const DECRYPT: &str = r#""sqs:*", "kms:Decrypt""#;
    let named = |effect: &str| {
        format!(
            r#"{{"Effect": "{effect}", "Principal": {{"AWS": "arn:aws:iam::111122223333:role/f"}}, "Action": "kms:Decrypt", "Resource": "*"}}"#
        )
    };
    let (allow, deny) = (named("Allow"), named("Deny"));
    let received = |statements: &[&str], actions: &str| {
        let parts = format!(
            "{RULE}targets = [\"queues.q\"]\n{}{}",
            rest("kms_master_key_id = \"keys.k\"", &may(actions, "*")),
            key(statements)
        );
        let played = quiet(&parts);
        assert_eq!(played.value("queues.q.sent"), 1);
        played.value("queues.q.received")
    };
    assert_eq!(received(&[EVENTS_KEY, ROOT], DECRYPT), 1);
    assert_eq!(received(&[EVENTS_KEY, ROOT], r#""sqs:*""#), 0);
    assert_eq!(received(&[EVENTS_KEY], DECRYPT), 0, "the key knows EventBridge alone");
    assert_eq!(received(&[EVENTS_KEY, &allow], r#""sqs:*""#), 1, "it names the role");
    assert_eq!(received(&[EVENTS_KEY, ROOT, &deny], DECRYPT), 0);
}

/// SEC-11: whoever sends to an encrypted queue from within the account needs the key's policy as well.
#[test]
fn a_producer_needs_the_keys_policy() {
    let sent = |queue: &str, keys: &str| {
        quiet(&format!("{QUEUE_FIRST}{}{keys}", rest(queue, ""))).value("queues.q.sent")
    };
    let encrypted = "kms_master_key_id = \"keys.k\"";
    assert_eq!(sent("", ""), 1);
    assert_eq!(sent(encrypted, "[keys.k]\n"), 1, "the default leaves it to the account's roles");
    assert_eq!(sent(encrypted, &key(&[ROOT])), 1);
    assert_eq!(sent(encrypted, &key(&[EVENTS_KEY])), 0);
    // SEC-09: the account's own roles may use the key that AWS manages.
    assert_eq!(sent("kms_master_key_id = \"alias/aws/sqs\"", ""), 1);
    // A deny of everybody holds for the producer too.
    assert_eq!(sent(&policy("Deny", "\"*\"", "sqs:SendMessage"), ""), 0);
}

/// EB-50: a role that is given decides: the queue's policy speaks of the service, which no longer acts.
#[test]
fn a_rule_with_a_role_acts_as_the_role() {
    let sent = |rule: &str, queue: &str, keys: &str| {
        let parts = format!("{RULE}targets = [\"queues.q\"]\n{rule}\n{}{keys}", rest(queue, ""));
        quiet(&parts).value("queues.q.sent")
    };
    let own = "arn:aws:sqs:eu-west-1:111122223333:q";
    let giving = |resource: &str| may("\"sqs:SendMessage\"", resource);
    let open = policy("Allow", "{\"Service\": \"events.amazonaws.com\"}", "sqs:SendMessage");
    assert_eq!(sent("", &open, ""), 1);
    assert_eq!(sent(&giving(own), &open, ""), 1);
    assert_eq!(sent(&giving(&own.replace(":q", ":other")), &open, ""), 0, "it is silent");
    assert_eq!(sent(&giving(own), "policy = \"none\"", ""), 1, "the role suffices");
    assert_eq!(sent(&giving(own), &policy("Deny", "\"*\"", "sqs:SendMessage"), ""), 0);
    let denies = giving(own).replace("Allow", "Deny");
    assert_eq!(sent(&denies, &open, ""), 0);
    // SEC-01: or the queue's policy names the role itself.
    let names =
        policy("Allow", "{\"AWS\": \"arn:aws:iam::111122223333:role/r\"}", "sqs:SendMessage");
    assert_eq!(sent(&may("\"sqs:GetQueueUrl\"", "*"), &names, ""), 1);
    assert_eq!(sent("role_policy = \"none\"", &open, ""), 1, "no role: the service acts");
    // With a key, the role uses it as a role does.
    let locked = "kms_master_key_id = \"keys.k\"";
    assert_eq!(sent(&giving(own), locked, &key(&[ROOT])), 0);
    let both = may(r#""sqs:SendMessage", "kms:GenerateDataKey", "kms:Decrypt""#, "*");
    assert_eq!(sent(&both, locked, &key(&[ROOT])), 1);
    assert_eq!(sent(&both, locked, &key(&[EVENTS_KEY])), 0);
}

/// SEC-14: only a role starts a workflow.
#[test]
fn a_workflow_is_started_by_a_role_alone() {
    const FLOW: &str = r#"{"StartAt": "W", "States": {"W": {"Type": "Pass", "End": true}}}"#;
    let started = |rule: &str| {
        let parts = format!(
            "{RULE}targets = [\"workflows.w\"]\n{rule}\n[workflows.w]\nrequired = true\n\
             definition = \"flow.asl.json\"\n"
        );
        super::play_flow(&parts, FLOW, &one_order("1m", "")).value("workflows.w.started")
    };
    assert_eq!(started(""), 1);
    assert_eq!(started("role_policy = \"none\""), 0);
    assert_eq!(started(&may("\"states:StartExecution\"", "*")), 1);
    assert_eq!(started(&may("\"states:DescribeExecution\"", "*")), 0);
}

/// EB-51, SNS-18, LAM-15: nobody delivers to a queue, a topic or a function without its policy.
#[test]
fn none_is_no_policy() {
    let counted = |target: &str, more: &str, path: &str| {
        let parts = format!("{RULE}targets = [\"{target}\"]\n{more}");
        let played = quiet(&parts);
        (played.value(path), played.value("rules.r.failed_invocations"))
    };
    let queue = |setting: &str| counted("queues.q", &rest(setting, ""), "queues.q.sent");
    assert_eq!(queue(""), (1, 0));
    assert_eq!(queue("policy = \"none\""), (0, 1));
    let topic = |setting: &str| {
        let more = format!(
            "[topics.t]\n{setting}\n{}[subscriptions.s]\ntopic = \"t\"\nprotocol = \"sqs\"\nqueue = \"q\"\n",
            rest("", "")
        );
        counted("topics.t", &more, "topics.t.published")
    };
    assert_eq!(topic(""), (1, 0));
    assert_eq!(topic("policy = \"none\""), (0, 1));
    // AWS's default policy of a topic speaks of the account's roles, not of EventBridge.
    let default = r#"policy = '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "SNS:Publish", "Resource": "*", "Condition": {"StringEquals": {"AWS:SourceOwner": "111122223333"}}}]}'"#;
    assert_eq!(topic(default), (0, 1));
    let function = |setting: &str| {
        let more = format!(
            "[services.press]\nlatency = \"10ms\"\n[functions.f]\nrequired = true\ncalls = \"press\"\n{setting}\n"
        );
        counted("functions.f", &more, "functions.f.invocations")
    };
    assert_eq!(function(""), (1, 0));
    assert_eq!(function("policy = \"none\""), (0, 1));
    let other = policy("Allow", "{\"Service\": \"sns.amazonaws.com\"}", "lambda:InvokeFunction");
    assert_eq!(function(&other), (0, 1));
    // A consumer whose role may nothing receives nothing.
    let parts = format!("{QUEUE_FIRST}{}", rest("", "role_policy = \"none\""));
    assert_eq!(quiet(&parts).value("queues.q.received"), 0);
}

/// SNS-18, SNS-19, SNS-14: a topic delivers to queues, to their keys, to functions and to its DLQ as
/// `sns.amazonaws.com`, on behalf of itself.
#[test]
fn a_topic_needs_the_policies_of_what_it_delivers_to() {
    const SNS: &str = "{\"Service\": \"sns.amazonaws.com\"}";
    let outcome = |queue: &str, dlq: &str, keys: &str| {
        let parts = format!(
            "{}[topics.t]\n{}[queues.e]\n{dlq}\n[subscriptions.s]\ntopic = \"t\"\nprotocol = \"sqs\"\n\
             queue = \"q\"\ndlq = \"e\"\n{keys}",
            QUEUE_FIRST.replace("queues.q", "topics.t"),
            rest(queue, "")
        );
        let played = quiet(&parts);
        ["queues.q.sent", "queues.e.sent", "topics.t.dropped"].map(|path| played.value(path))
    };
    assert_eq!(outcome("", "", ""), [1, 0, 0]);
    assert_eq!(outcome("policy = \"none\"", "", ""), [0, 1, 0]);
    assert_eq!(outcome("policy = \"none\"", "policy = \"none\"", ""), [0, 0, 1]);
    assert_eq!(outcome(&policy("Allow", SNS, "sqs:SendMessage"), "", ""), [1, 0, 0]);
    let source = |topic: &str| {
        policy("Allow", SNS, "sqs:SendMessage").replace(
            "\"Resource\": \"*\"",
            &format!(
                r#""Resource": "*", "Condition": {{"ArnEquals": {{"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:{topic}"}}}}"#
            ),
        )
    };
    assert_eq!(outcome(&source("t"), "", ""), [1, 0, 0]);
    assert_eq!(outcome(&source("other"), "", ""), [0, 1, 0]);
    let locked = "kms_master_key_id = \"keys.k\"";
    assert_eq!(outcome(locked, "", &key(&[EVENTS_KEY, ROOT])), [0, 1, 0]);
    assert_eq!(outcome(locked, "", &key(&[&EVENTS_KEY.replace("events", "sns"), ROOT])), [1, 0, 0]);
    assert_eq!(outcome("kms_master_key_id = \"alias/aws/sqs\"", locked, &key(&[ROOT])), [0, 0, 1]);

    let invoked = |function: &str| {
        let parts = format!(
            "{}[topics.t]\n[services.press]\nlatency = \"10ms\"\n[functions.f]\nrequired = true\n\
             calls = \"press\"\n{function}\n[subscriptions.s]\ntopic = \"t\"\nprotocol = \"lambda\"\nfunction = \"f\"\n",
            QUEUE_FIRST.replace("queues.q", "topics.t")
        );
        quiet(&parts).value("functions.f.invocations")
    };
    assert_eq!(invoked(""), 1);
    assert_eq!(invoked("policy = \"none\""), 0);
}

/// LAM-34: what a function gives up is sent with its own role.
#[test]
fn a_destination_needs_the_functions_role() {
    let kept = |function: &str, queue: &str| {
        let parts = format!(
            "{RULE}targets = [\"functions.f\"]\n[services.press]\nlatency = \"10ms\"\n[functions.f]\n\
             required = true\ncalls = \"press\"\nmaximum_retry_attempts = 0\non_failure = \"e\"\n{function}\n\
             [queues.e]\n{queue}\n"
        );
        let broken = super::fault("outage", "services.press", "3m");
        let played = play(&parts, &one_order("3m", &broken));
        (played.value("queues.e.sent"), played.value("functions.f.events_dropped"))
    };
    assert_eq!(kept("", ""), (1, 0));
    assert_eq!(kept("role_policy = \"none\"", ""), (0, 1));
    assert_eq!(kept(&may("\"sqs:SendMessage\"", "*"), ""), (1, 0));
    assert_eq!(kept("", &policy("Deny", "\"*\"", "sqs:*")), (0, 1));
}

/// LAM-34: each kind of destination asks the role for an action of its own.
#[test]
fn a_role_needs_the_action_of_each_destination() {
    let sent = |to: &str, role: &str| {
        let parts = format!(
            "{RULE}targets = [\"functions.f\"]\n[services.press]\nlatency = \"10ms\"\n[functions.f]\n\
             required = true\ncalls = \"press\"\non_success = \"{to}\"\n{role}\n[queues.e]\n[topics.e]\npolicy = \"none\"\n\
             [buses.e]\n[functions.e]\ncalls = \"press\"\n[rules.e]\nbus = \"e\"\n\
             event_pattern = '{{\"source\": [\"lambda\"]}}'\ntargets = [\"functions.e\"]\n"
        );
        let played = quiet(&parts);
        let of = |name: &str| played.value(&format!("functions.f.{name}"));
        (of("successes_sent"), of("destination_delivery_failures"))
    };
    for (to, action) in [
        ("queues.e", "sqs:SendMessage"),
        ("topics.e", "sns:Publish"),
        ("functions.e", "lambda:InvokeFunction"),
        ("buses.e", "events:PutEvents"),
    ] {
        assert_eq!(sent(to, ""), (1, 0), "{to}: the console's role fits");
        assert_eq!(sent(to, &may(&format!("\"{action}\""), "*")), (1, 0), "{to}");
        assert_eq!(sent(to, &may("\"s3:PutObject\"", "*")), (0, 1), "{to}");
    }
}

const WIRED: &str = r#"
    [intakes.desk]
    store = "book"
    [stores.book]
    publishes_to = "buses.b"
    [buses.b]
    [rules.r]
    bus = "b"
    event_pattern = '{"source": ["desk"]}'
    targets = ["queues.q", "topics.t", "functions.g"]
    dlq = "e"
    [rules.start]
    bus = "b"
    event_pattern = '{"source": ["desk"]}'
    targets = ["workflows.w"]
    [workflows.w]
    [topics.t]
    [subscriptions.s]
    topic = "t"
    protocol = "sqs"
    queue = "q"
    [queues.q]
    kms_master_key_id = "keys.k"
    [queues.e]
    [keys.k]
    [services.press]
    [functions.f]
    queue = "q"
    calls = "press"
    [functions.g]
    calls = "press"
    on_failure = "e"
"#;

fn statements(policy: Option<&String>) -> Vec<Value> {
    let policy: Value = serde_json::from_str(policy.unwrap()).unwrap();
    assert_eq!(policy["Version"], "2012-10-17");
    policy["Statement"].as_array().unwrap().clone()
}

/// EB-42, EB-51: what the console writes names what the design wires, and nothing else.
#[test]
fn what_a_design_leaves_out_is_written_as_the_console_writes_it() {
    let design: Design = toml::from_str(WIRED).unwrap();
    let written = design.written_out();
    let queue = statements(written.queues["q"].policy.as_ref());
    assert_eq!(queue[0]["Principal"]["AWS"], "arn:aws:iam::111122223333:root");
    let source = "arn:aws:events:eu-west-1:111122223333:rule/b/r";
    assert_eq!(
        queue[1],
        json!({ "Effect": "Allow", "Principal": { "Service": "events.amazonaws.com" },
                "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:111122223333:q",
                "Condition": { "ArnEquals": { "aws:SourceArn": source } } })
    );
    assert_eq!(queue[2]["Principal"]["Service"], "sns.amazonaws.com");
    assert_eq!(queue.len(), 3);
    let dlq = statements(written.queues["e"].policy.as_ref());
    assert_eq!(dlq[1]["Condition"]["ArnEquals"]["aws:SourceArn"], source);
    let topic = statements(written.topics["t"].policy.as_ref());
    assert_eq!(topic[0]["Condition"]["StringEquals"]["AWS:SourceOwner"], "111122223333");
    assert_eq!(topic[1]["Action"], "sns:Publish");
    let invoked = statements(written.functions["g"].policy.as_ref());
    assert_eq!(invoked[0]["Action"], "lambda:InvokeFunction");
    assert_eq!(written.functions["f"].policy, None, "Lambda polls: nobody invokes it (LAM-15)");
    let role = statements(written.functions["f"].role_policy.as_ref());
    assert_eq!(role[1]["Action"], json!(["kms:Decrypt"]));
    let starts = statements(written.rules["start"].role_policy.as_ref());
    assert_eq!(starts[0]["Action"], "states:StartExecution");
    assert_eq!(written.rules["r"].role_policy, None);
    let key = statements(written.keys["k"].policy.as_ref());
    assert_eq!(key[0]["Principal"]["AWS"], "arn:aws:iam::111122223333:root");
    assert_eq!(key.len(), 1, "SEC-09: no service");
    // Nothing that was written is written again, and a policy of one's own stays.
    assert_eq!(written.written_out(), written);
    let own = design.with("queues.q.policy", &json!("{\"Statement\": []}")).unwrap();
    assert_eq!(own.written_out().queues["q"].policy.as_deref(), Some("{\"Statement\": []}"));
}

#[test]
fn a_policy_set_to_none_is_none_and_set_back_to_the_consoles_is_left_out() {
    let design: Design = toml::from_str(WIRED).unwrap();
    let paths = ["queues.q.policy", "topics.t.policy", "functions.g.policy"];
    for path in paths.into_iter().chain(["functions.f.role_policy", "rules.start.role_policy"]) {
        let console = design.console_policy(path).unwrap();
        let none = design.with(path, &json!("none")).unwrap();
        assert_ne!(none, design, "{path}");
        assert_eq!(none.written_out(), none.written_out().written_out());
        assert_eq!(none.with(path, &json!(console)).unwrap(), design, "{path}");
    }
    // Where the console writes nothing, none is what there is.
    assert_eq!(design.with("rules.r.role_policy", &json!("none")).unwrap(), design);
    // A key is never without a policy.
    let key = design.with("keys.k.policy", &json!("none")).unwrap();
    let mistakes = key.mistakes(&[]);
    assert!(mistakes.iter().any(|m| m.path == "keys.k.policy"), "{mistakes:?}");
}

#[test]
fn a_part_shows_its_policies_in_its_configuration() {
    let design: Design = toml::from_str(WIRED).unwrap();
    let shown = |path: &str, command: &str| {
        let all = design.configuration(path, &[]);
        all.into_iter().find(|c| c.command == command).map(|c| c.answer)
    };
    let access = "its access policy";
    let queue = shown("queues.q", access).unwrap();
    assert_eq!(queue["Statement"][1]["Action"], "sqs:SendMessage");
    assert!(shown("queues.q", "aws kms get-key-policy").is_some());
    assert!(shown("topics.t", access).is_some());
    assert!(shown("functions.g", "aws lambda get-policy").is_some());
    assert!(shown("functions.f", "the policy of its execution role").is_some());
    assert!(shown("buses.b", "the policy of its role").is_some());
    let none = design.with("queues.q.policy", &json!("none")).unwrap();
    let all = none.configuration("queues.q", &[]);
    assert_eq!(all.iter().find(|c| c.command == access).unwrap().answer, "none");
}

/// SEC-05, SEC-06: a policy that names a service without a source, or everybody, lets other accounts in.
#[test]
fn a_policy_without_a_source_lets_other_accounts_in() {
    let admits = |policy: &str| {
        let parts = format!("{RULE}targets = [\"queues.q\"]\n{}", rest(policy, ""));
        quiet(&parts).value("queues.q.admits_strangers")
    };
    let open = policy("Allow", "{\"Service\": \"events.amazonaws.com\"}", "sqs:SendMessage");
    let only = |condition: &str| {
        open.replace("\"Resource\"", &format!("\"Condition\": {{{condition}}}, \"Resource\""))
    };
    assert_eq!(admits(""), 0, "as the console writes it");
    assert_eq!(admits("policy = \"none\""), 0);
    assert_eq!(admits(&open), 1);
    assert_eq!(admits(&policy("Allow", "\"*\"", "sqs:*")), 1);
    assert_eq!(admits(&policy("Allow", "{\"AWS\": \"999988887777\"}", "sqs:*")), 0);
    assert_eq!(admits(&only(r#""StringEquals": {"aws:SourceAccount": "111122223333"}"#)), 0);
    assert_eq!(admits(&only(r#""StringEquals": {"aws:SourceOrgID": "o-shop"}"#)), 0);
    // Whoever has an account has a rule of that name in it.
    assert_eq!(admits(&only(r#""ArnLike": {"aws:SourceArn": "arn:aws:events:*:*:rule/b/*"}"#)), 1);
    let ours = r#""ArnLike": {"aws:SourceArn": "arn:aws:events:*:111122223333:rule/b/*"}"#;
    assert_eq!(admits(&only(ours)), 0);
    assert_eq!(admits(&only(r#""ArnLike": {"aws:SourceArn": "arn:aws:events:*:*:rule/*"}"#)), 1);
}

/// SEC-03: a role that may do anything but send to the one queue may do too much.
#[test]
fn a_role_that_reaches_beyond_its_rules_targets_is_measured() {
    let exceeds = |role: &str| {
        let parts = format!("{RULE}targets = [\"queues.q\"]\n{role}\n{}", rest("", ""));
        quiet(&parts).value("rules.r.role_exceeds_targets")
    };
    let queue = "arn:aws:sqs:eu-west-1:111122223333:q";
    assert_eq!(exceeds(""), 0, "the service delivers, and has no role");
    assert_eq!(exceeds(&may("\"sqs:SendMessage\"", queue)), 0);
    assert_eq!(exceeds(&may("\"sqs:SendMessage\"", "*")), 1);
    assert_eq!(exceeds(&may("\"sqs:*\"", queue)), 1);
    assert_eq!(exceeds(&may("\"*\"", "*")), 1);
    assert_eq!(exceeds(&may("\"sqs:SendMessage\", \"sqs:ReceiveMessage\"", queue)), 1);
    let two = format!("{queue}\", \"{queue}-dlq");
    let two = may("\"sqs:SendMessage\"", &two).replace("\"Resource\": \"", "\"Resource\": [\"");
    let two = two.replace("-dlq\"", "-dlq\"]");
    let parts = format!("[queues.q-dlq]\n{RULE}targets = [\"queues.q\"]\n{two}\n{}", rest("", ""));
    assert_eq!(
        quiet(&parts).value("rules.r.role_exceeds_targets"),
        1,
        "another queue of the design"
    );
}

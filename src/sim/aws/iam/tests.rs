//! Policies evaluated for requests by services and roles.

use super::*;

const QUEUE: &str = "arn:aws:sqs:eu-west-1:111122223333:inventory";
const RULE: &str = "arn:aws:events:eu-west-1:111122223333:rule/orders/to-inventory";

fn asked() -> Request<'static> {
    Request {
        principal: "events.amazonaws.com",
        action: "sqs:SendMessage",
        resource: QUEUE,
        source_arn: RULE,
        account: "111122223333",
        organization: "o-shop",
        via: "",
    }
}

fn decide(statements: &str) -> Decision {
    Policy::parse(&format!(r#"{{"Statement": [{statements}]}}"#)).unwrap().decide(&asked())
}

fn allow(rest: &str) -> String {
    format!(
        r#"{{"Effect": "Allow", "Principal": {{"Service": "events.amazonaws.com"}},
            "Action": "sqs:SendMessage", "Resource": "{QUEUE}" {rest}}}"#
    )
}

#[test]
fn a_rule_needs_a_statement_that_speaks_of_it() {
    assert_eq!(decide(&allow("")), Decision::Allow);
    assert_eq!(decide(""), Decision::Silent);
    let topic = allow("").replace("events.", "sns.");
    assert_eq!(decide(&topic), Decision::Silent, "another service");
    assert_eq!(decide(&allow("").replace("SendMessage", "*")), Decision::Allow);
    assert_eq!(decide(&allow("").replace("inventory", "inv?ntory")), Decision::Allow);
    assert_eq!(decide(&allow("").replace("inventory", "other")), Decision::Silent);
}

#[test]
fn a_condition_keeps_other_rules_out() {
    let source = |arn: &str| {
        allow(&format!(r#", "Condition": {{"ArnEquals": {{"aws:SourceArn": "{arn}"}}}}"#))
    };
    assert_eq!(decide(&source(RULE)), Decision::Allow);
    assert_eq!(decide(&source("arn:aws:events:*:111122223333:rule/orders/*")), Decision::Allow);
    assert_eq!(decide(&source("arn:aws:events:*:999:rule/*")), Decision::Silent);
    let account = r#", "Condition": {"StringEquals": {"aws:SourceAccount": "999"}}"#;
    assert_eq!(decide(&allow(account)), Decision::Silent);
    let account = account.replace("999", "111122223333");
    assert_eq!(decide(&allow(&account)), Decision::Allow);
}

#[test]
fn a_service_principal_is_in_no_organization_and_its_source_is() {
    let on = |operator: &str, key: &str| {
        let condition = format!(r#"{{"{operator}": {{"{key}": "o-shop"}}}}"#);
        decide(&allow(&format!(r#", "Condition": {condition}"#)))
    };
    // SEC-05: the organization of a service's call is aws:SourceOrgID.
    assert_eq!(on("StringEquals", "aws:SourceOrgID"), Decision::Allow);
    assert_eq!(on("StringEquals", "aws:PrincipalOrgID"), Decision::Silent);
    assert_eq!(on("StringLike", "aws:PrincipalOrgID"), Decision::Silent);
    assert_eq!(on("StringNotEquals", "aws:PrincipalOrgID"), Decision::Allow, "it is absent");
}

fn role() -> Request<'static> {
    let principal = "arn:aws:iam::111122223333:role/packer";
    let via = "sqs.eu-west-1.amazonaws.com";
    Request { principal, source_arn: "", via, ..asked() }
}

fn of_role(rest: &str) -> Decision {
    let text =
        format!(r#"{{"Statement": {{"Action": "sqs:SendMessage", "Resource": "*", {rest}}}}}"#);
    Policy::parse(&text).unwrap().decide(&role())
}

#[test]
fn a_role_is_named_or_its_account_leaves_it_to_the_roles_own_policy() {
    let named = |effect: &str, principal: &str| {
        of_role(&format!(r#""Effect": "{effect}", "Principal": {{"AWS": "{principal}"}}"#))
    };
    assert_eq!(named("Allow", "arn:aws:iam::111122223333:role/packer"), Decision::Allow);
    assert_eq!(named("Allow", "*"), Decision::Allow);
    assert_eq!(named("Allow", "arn:aws:iam::111122223333:role/other"), Decision::Silent);
    for account in ["111122223333", "arn:aws:iam::111122223333:root"] {
        assert_eq!(named("Allow", account), Decision::Delegate);
        // A deny of the account denies all its roles.
        assert_eq!(named("Deny", account), Decision::Deny);
    }
    assert_eq!(named("Allow", "999988887777"), Decision::Silent);
    let root = r#"{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "*"}"#;
    assert_eq!(decide(root), Decision::Silent, "a service is in no account");
}

#[test]
fn a_key_is_used_as_its_policy_says_and_by_the_role_where_it_leaves_it_to_that() {
    use Decision::{Allow, Delegate, Deny, Silent};
    // SEC-01: an identity policy alone suffices for everything but a key.
    assert!(is_allowed(&[Silent, Allow]) && !may_use_key(Silent, Allow));
    assert!(may_use_key(Delegate, Allow) && !may_use_key(Delegate, Silent));
    assert!(may_use_key(Allow, Silent));
    assert!(!may_use_key(Allow, Deny) && !may_use_key(Deny, Allow));
}

#[test]
fn condition_keys_are_there_for_services_or_for_roles() {
    let both = |operator: &str, key: &str, value: &str| {
        let condition = format!(r#""Condition": {{"{operator}": {{"{key}": "{value}"}}}}"#);
        let role = of_role(&format!(r#""Effect": "Allow", "Principal": "*", {condition}"#));
        (decide(&allow(&format!(", {condition}"))) == Decision::Allow, role == Decision::Allow)
    };
    let account = "111122223333";
    // A topic's default policy covers the account's own roles, not EventBridge (EB-51).
    assert_eq!(both("StringEquals", "AWS:SourceOwner", account), (false, true));
    assert_eq!(both("StringEquals", "aws:sourceaccount", account), (true, false));
    assert_eq!(both("ArnLike", "aws:SourceArn", "*"), (true, false));
    assert_eq!(both("ArnLikeIfExists", "aws:SourceArn", "*"), (true, true));
    assert_eq!(both("Null", "aws:SourceArn", "true"), (false, true));
    assert_eq!(both("Null", "aws:SourceArn", "false"), (true, false));
    assert_eq!(both("StringEquals", "aws:PrincipalAccount", account), (false, true));
    assert_eq!(both("StringLike", "aws:PrincipalArn", "*:role/pack*"), (false, true));
    assert_eq!(both("Bool", "aws:PrincipalIsAWSService", "True"), (true, false));
    let service = "events.amazonaws.com";
    assert_eq!(both("StringEquals", "aws:PrincipalServiceName", service), (true, false));
    // SEC-09: the policy of an AWS managed key.
    assert_eq!(both("StringEquals", "kms:CallerAccount", account), (false, true));
    let via = "sqs.eu-west-1.amazonaws.com";
    assert_eq!(both("StringEquals", "kms:ViaService", via), (false, true));
    assert_eq!(both("StringEquals", "kms:ViaService", "sns.*"), (false, false));
}

#[test]
fn an_explicit_deny_wins() {
    let deny = r#"{"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}"#;
    assert_eq!(decide(&format!("{}, {deny}", allow(""))), Decision::Deny);
    assert!(!is_allowed(&[Decision::Allow, Decision::Deny]));
    assert!(is_allowed(&[Decision::Silent, Decision::Allow]), "one side suffices");
    assert!(!is_allowed(&[Decision::Silent, Decision::Silent]));
}

#[test]
fn what_is_not_modelled_is_refused() {
    for (text, word) in [
        (r#"{"Statement": [{"Effect": "Maybe", "Action": "x"}]}"#, "Allow or Deny"),
        (r#"{"Statement": [{"Effect": "Deny", "NotAction": "x"}]}"#, "NotAction"),
        (
            r#"{"Statement": {"Effect": "Deny", "Action": "x",
            "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}}"#,
            "IpAddress",
        ),
        ("{}", "Statement"),
        ("nonsense", "not JSON"),
    ] {
        assert!(Policy::parse(text).unwrap_err().contains(word), "{text}");
    }
}

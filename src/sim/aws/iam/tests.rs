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
    assert_eq!(judge(Silent, Some(Allow), false), Verdict::Allowed);
    let used = |key, role| judge_key(key, Some(role), false);
    assert_eq!(used(Silent, Allow), Verdict::NotAllowed(Side::Resource));
    assert_eq!(used(Delegate, Allow), Verdict::Allowed);
    assert_eq!(used(Delegate, Silent), Verdict::NotAllowed(Side::Identity));
    assert_eq!(used(Allow, Silent), Verdict::Allowed);
    assert_eq!(used(Allow, Deny), Verdict::Denied(Side::Identity));
    assert_eq!(used(Deny, Allow), Verdict::Denied(Side::Resource));
    // Of another account, the role's policy is needed as well.
    assert_eq!(judge_key(Allow, Some(Silent), true), Verdict::NotAllowed(Side::Identity));
    assert_eq!(judge_key(Delegate, Some(Allow), true), Verdict::Allowed);
    assert_eq!(judge_key(Silent, None, false), Verdict::NotAllowed(Side::Resource), "a service");
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
}

/// SEC-01: what the resource's policy and the role's say, within one account and between two.
#[test]
fn one_side_suffices_within_an_account_and_both_must_allow_between_two() {
    use Decision::{Allow, Delegate, Deny, Silent};
    use Side::{Identity, Resource};
    use Verdict::{Allowed, Denied, NotAllowed};
    let table = [
        (Allow, Allow, Allowed, Allowed),
        (Allow, Silent, Allowed, NotAllowed(Identity)),
        (Silent, Allow, Allowed, NotAllowed(Resource)),
        (Silent, Silent, NotAllowed(Identity), NotAllowed(Identity)),
        (Delegate, Allow, Allowed, Allowed),
        (Delegate, Silent, NotAllowed(Identity), NotAllowed(Identity)),
        (Deny, Allow, Denied(Resource), Denied(Resource)),
        (Allow, Deny, Denied(Identity), Denied(Identity)),
    ];
    for (resource, role, within, between) in table {
        let judged = [false, true].map(|crosses| judge(resource, Some(role), crosses));
        assert_eq!(judged, [within, between], "{resource:?}, {role:?}");
    }
    assert_eq!(judge(Allow, None, false), Allowed, "a service has no identity policy");
    assert_eq!(judge(Silent, None, false), NotAllowed(Resource));
}

#[test]
fn a_refusal_names_the_side_in_the_words_of_aws() {
    let words = |verdict: Verdict| verdict.reason("events:PutEvents").unwrap_or_default();
    assert_eq!(words(Verdict::Allowed), "");
    assert_eq!(
        words(Verdict::NotAllowed(Side::Resource)),
        "because no resource-based policy allows the events:PutEvents action"
    );
    assert_eq!(
        words(Verdict::Denied(Side::Identity)),
        "with an explicit deny in an identity-based policy"
    );
}

/// EB-55: an account that acts without a role is named by its number, and an organization is not asked.
#[test]
fn an_account_itself_is_let_in_by_its_number_alone() {
    let by_account = |rest: &str| {
        let root = "arn:aws:iam::111122223333:root";
        let request = Request { principal: root, organization: "", ..asked() };
        let text = format!(
            r#"{{"Statement": {{"Effect": "Allow", "Action": "*", "Resource": "*", {rest}}}}}"#
        );
        Policy::parse(&text).unwrap().decide(&request)
    };
    assert_eq!(by_account(r#""Principal": {"AWS": "111122223333"}"#), Decision::Allow);
    assert_eq!(by_account(r#""Principal": {"AWS": "999988887777"}"#), Decision::Silent);
    let condition = r#""Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-shop"}}"#;
    assert_eq!(by_account(&format!(r#""Principal": "*", {condition}"#)), Decision::Silent);
    let source = format!(r#""Condition": {{"ArnEquals": {{"aws:SourceArn": "{RULE}"}}}}"#);
    assert_eq!(by_account(&format!(r#""Principal": "*", {source}"#)), Decision::Allow);
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

//! Enough of IAM for the traps of the security section: policies in JSON, who may do what to which
//! resource, an explicit deny above all (SEC-01 to SEC-06).
//!
//! Conditions on `aws:SourceArn`, `aws:SourceAccount`, `aws:SourceOrgID`, `aws:PrincipalOrgID`,
//! `aws:SecureTransport` and the `AWS:SourceOwner` of a topic's default policy are known; others are
//! refused when a policy is read, so that none is silently passed over.

use serde_json::{Map, Value};

/// Who asks to do what, and on whose behalf.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request<'a> {
    /// A service (`events.amazonaws.com`) or a role's ARN.
    pub principal: &'a str,
    /// `sqs:SendMessage`.
    pub action: &'a str,
    /// The ARN it is done to.
    pub resource: &'a str,
    /// What the service acts for, such as the rule's ARN.
    pub source_arn: &'a str,
    pub account: &'a str,
    pub organization: &'a str,
}

impl Request<'_> {
    fn is_by_service(&self) -> bool {
        self.principal.ends_with(".amazonaws.com")
    }
}

/// What one policy says of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Wins over everything.
    Deny,
    Allow,
    /// Nothing in it speaks of the request: that is a no, unless another policy allows.
    Silent,
}

/// A policy document that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    statements: Vec<Statement>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Statement {
    allows: bool,
    /// `None` in an identity policy, which has no principals (SEC-02).
    principals: Option<Vec<String>>,
    actions: Vec<String>,
    resources: Vec<String>,
    conditions: Vec<Condition>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Condition {
    key: Key,
    negated: bool,
    wildcards: bool,
    values: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    SourceArn,
    SourceAccount,
    PrincipalOrgId,
    SourceOrgId,
    SecureTransport,
}

impl Policy {
    /// Reads a policy; a sentence says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text)
            .map_err(|cause| format!("The policy is not JSON: {cause}."))?;
        let statements = match value.get("Statement") {
            Some(Value::Array(list)) => list.iter().collect(),
            Some(one @ Value::Object(_)) => vec![one],
            _ => return Err("A policy has a Statement: an object, or a list of them.".to_owned()),
        };
        let statements = statements.into_iter().map(statement).collect::<Result<_, _>>()?;
        Ok(Self { statements })
    }

    /// What the policy says of a request. A resource that is left out is the one the policy belongs to.
    #[must_use]
    pub fn decide(&self, request: &Request<'_>) -> Decision {
        let mut decision = Decision::Silent;
        for statement in self.statements.iter().filter(|statement| statement.covers(request)) {
            if !statement.allows {
                return Decision::Deny;
            }
            decision = Decision::Allow;
        }
        decision
    }

    /// Whether the policy has principals, as those on resources do.
    #[must_use]
    pub fn names_principals(&self) -> bool {
        self.statements.iter().all(|statement| statement.principals.is_some())
    }
}

/// Within one account either side's policy suffices, and no deny is overruled (SEC-01).
#[must_use]
pub fn is_allowed(decisions: &[Decision]) -> bool {
    !decisions.contains(&Decision::Deny) && decisions.contains(&Decision::Allow)
}

impl Statement {
    fn covers(&self, request: &Request<'_>) -> bool {
        let is = |pattern: &String, value: &str| like(pattern, value);
        let principal = self
            .principals
            .as_ref()
            .is_none_or(|list| list.iter().any(|p| p == "*" || p == request.principal));
        let action = self
            .actions
            .iter()
            .any(|action| like(&action.to_ascii_lowercase(), &request.action.to_ascii_lowercase()));
        let resource =
            self.resources.is_empty() || self.resources.iter().any(|r| is(r, request.resource));
        principal && action && resource && self.conditions.iter().all(|c| c.holds(request))
    }
}

impl Condition {
    fn holds(&self, request: &Request<'_>) -> bool {
        let value = match self.key {
            Key::SourceArn => Some(request.source_arn),
            Key::SourceAccount => Some(request.account),
            // A service is in no organization: what it acts for is (SEC-05).
            Key::PrincipalOrgId => (!request.is_by_service()).then_some(request.organization),
            Key::SourceOrgId => Some(request.organization),
            Key::SecureTransport => Some("true"),
        };
        // A key that is absent fits no value; a negated condition on it holds.
        let fits = |wanted: &String, value| {
            if self.wildcards { like(wanted, value) } else { wanted == value }
        };
        let found = value.is_some_and(|value| self.values.iter().any(|w| fits(w, value)));
        found != self.negated
    }
}

fn statement(value: &Value) -> Result<Statement, String> {
    let Value::Object(fields) = value else {
        return Err("A statement of a policy is an object.".to_owned());
    };
    let known = ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"];
    if let Some(other) = fields.keys().find(|field| !known.contains(&field.as_str())) {
        return Err(format!("{other} in a statement is not modelled: {}.", known.join(", ")));
    }
    let allows = match fields.get("Effect").and_then(Value::as_str) {
        Some("Allow") => true,
        Some("Deny") => false,
        _ => return Err("The Effect of a statement is Allow or Deny.".to_owned()),
    };
    let principals = fields.get("Principal").map(principals).transpose()?;
    let actions = texts(fields, "Action");
    if actions.is_empty() {
        return Err("A statement has an Action.".to_owned());
    }
    let mut conditions = Vec::new();
    for (operator, keys) in fields.get("Condition").and_then(Value::as_object).into_iter().flatten()
    {
        let (negated, wildcards) = match operator.as_str() {
            "StringEquals" | "Bool" => (false, false),
            "StringNotEquals" => (true, false),
            "ArnEquals" | "ArnLike" | "StringLike" => (false, true),
            "ArnNotEquals" | "ArnNotLike" | "StringNotLike" => (true, true),
            other => return Err(format!("The condition operator {other} is not modelled.")),
        };
        let Value::Object(keys) = keys else {
            return Err(format!("The condition {operator} is an object of keys."));
        };
        for name in keys.keys() {
            let key = match name.to_ascii_lowercase().as_str() {
                "aws:sourcearn" => Key::SourceArn,
                "aws:sourceaccount" | "aws:sourceowner" => Key::SourceAccount,
                "aws:principalorgid" => Key::PrincipalOrgId,
                "aws:sourceorgid" => Key::SourceOrgId,
                "aws:securetransport" => Key::SecureTransport,
                _ => return Err(format!("The condition key {name} is not modelled.")),
            };
            conditions.push(Condition { key, negated, wildcards, values: texts(keys, name) });
        }
    }
    let resources = texts(fields, "Resource");
    Ok(Statement { allows, principals, actions, resources, conditions })
}

fn principals(value: &Value) -> Result<Vec<String>, String> {
    match value {
        Value::String(all) if all == "*" => Ok(vec![all.clone()]),
        Value::Object(kinds) => Ok(kinds.keys().flat_map(|kind| texts(kinds, kind)).collect()),
        _ => Err("A Principal is \"*\", or an object such as {\"Service\": …}.".to_owned()),
    }
}

/// A text, or a list of them; booleans as texts.
fn texts(fields: &Map<String, Value>, field: &str) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    };
    match fields.get(field) {
        Some(Value::Array(list)) => list.iter().filter_map(text).collect(),
        Some(value) => text(value).into_iter().collect(),
        None => Vec::new(),
    }
}

/// Whether a text fits a pattern with `*` (anything) and `?` (one character).
fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(sign) if *sign == '?' || text.get(t) == Some(sign) => {
                p += 1;
                t += 1;
            }
            _ => match &mut star {
                Some((place, taken)) => {
                    *taken += 1;
                    (p, t) = (*place + 1, *taken);
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|sign| *sign == '*')
}

#[cfg(test)]
mod tests {
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
        let owner = r#", "Condition": {"StringEquals": {"AWS:SourceOwner": "111122223333"}}"#;
        assert_eq!(decide(&allow(owner)), Decision::Allow, "as in a topic's default policy");
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
}

//! Enough of IAM for policies on queues, topics, functions and keys: JSON policies, principals,
//! actions, resources, conditions, and explicit denies (SEC-01 to SEC-06).
//!
//! Only the condition keys in `Key` are modelled. Parsing rejects all others, so that no condition
//! is silently ignored.

use serde_json::{Map, Value};

/// A request to authorize: its principal, action and resource, and on whose behalf it is made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request<'a> {
    /// A service (`events.amazonaws.com`), a role's ARN, or that of an account's root: the account itself.
    pub principal: &'a str,
    /// `sqs:SendMessage`.
    pub action: &'a str,
    /// The ARN of the resource acted on.
    pub resource: &'a str,
    /// What a service or an account acts for, such as the rule's ARN; empty for a role, which acts for itself.
    pub source_arn: &'a str,
    pub account: &'a str,
    /// Empty if the account is in none, or acts without a role.
    pub organization: &'a str,
    /// The service through which a key is used; empty otherwise.
    pub via: &'a str,
}

impl Request<'_> {
    fn is_by_service(&self) -> bool {
        self.principal.ends_with(".amazonaws.com")
    }

    /// Whether the principal is the root of this account.
    fn is_by(&self, account: &str) -> bool {
        let number = self.principal.strip_prefix("arn:aws:iam::");
        number.and_then(|rest| rest.strip_suffix(":root")) == Some(account)
    }
}

/// Result of evaluating one policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// An explicit deny: it overrules everything else.
    Deny,
    Allow,
    /// A resource policy that allows the account, which leaves the decision to the role's own
    /// policy.
    Delegate,
    /// No statement applies: an implicit deny, unless another policy allows.
    Silent,
}

/// A parsed policy document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    statements: Vec<Statement>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Statement {
    allows: bool,
    /// `None` in an identity policy, which has no principals (SEC-02).
    principals: Option<Vec<Principal>>,
    actions: Vec<String>,
    resources: Vec<String>,
    conditions: Vec<Condition>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Principal {
    Everybody,
    /// A whole account, by its number.
    Account(String),
    /// A role by its ARN, or a service by its name.
    One(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Condition {
    key: Key,
    compares: Compares,
    negated: bool,
    /// `…IfExists`: an absent key fulfils the condition.
    if_exists: bool,
    values: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compares {
    Exactly,
    WithoutCase,
    WithWildcards,
    /// `Null`: whether the key is absent.
    Absence,
}

/// Supported condition keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    SourceArn,
    SourceAccount,
    /// Used by a topic's default policy: the account of the calling role. EventBridge sends none,
    /// which is why that policy alone does not let it publish (EB-51).
    SourceOwner,
    SourceOrgId,
    PrincipalArn,
    PrincipalAccount,
    PrincipalOrgId,
    PrincipalIsService,
    PrincipalServiceName,
    SecureTransport,
    /// Used by the policies of AWS managed keys: the account of the calling role, and the service
    /// through which it uses the key (SEC-09).
    CallerAccount,
    ViaService,
}

impl Key {
    const ALL: [(&'static str, Self); 12] = [
        ("aws:SourceArn", Self::SourceArn),
        ("aws:SourceAccount", Self::SourceAccount),
        ("aws:SourceOwner", Self::SourceOwner),
        ("aws:SourceOrgID", Self::SourceOrgId),
        ("aws:PrincipalArn", Self::PrincipalArn),
        ("aws:PrincipalAccount", Self::PrincipalAccount),
        ("aws:PrincipalOrgID", Self::PrincipalOrgId),
        ("aws:PrincipalIsAWSService", Self::PrincipalIsService),
        ("aws:PrincipalServiceName", Self::PrincipalServiceName),
        ("aws:SecureTransport", Self::SecureTransport),
        ("kms:CallerAccount", Self::CallerAccount),
        ("kms:ViaService", Self::ViaService),
    ];

    /// Parses a key; names of keys are case-insensitive.
    fn from_name(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, key)| *key)
    }

    /// Value of the key in a request; `None` where it is absent. Keys about the source apply to
    /// services only, and keys about the principal to roles only: a service belongs to no account
    /// and no organization (SEC-05).
    fn of<'a>(self, request: &Request<'a>) -> Option<&'a str> {
        let by_service = request.is_by_service();
        let said = |value: &'a str| Some(value).filter(|value| !value.is_empty());
        let of_service = |value| by_service.then_some(value).and_then(said);
        let of_role = |value| (!by_service).then_some(value).and_then(said);
        match self {
            Self::SourceArn => said(request.source_arn),
            Self::SourceAccount => of_service(request.account),
            Self::SourceOrgId => of_service(request.organization),
            Self::PrincipalServiceName => of_service(request.principal),
            Self::PrincipalIsService => Some(if by_service { "true" } else { "false" }),
            Self::PrincipalArn => of_role(request.principal),
            Self::PrincipalOrgId => of_role(request.organization),
            Self::SourceOwner | Self::PrincipalAccount | Self::CallerAccount => {
                of_role(request.account)
            }
            Self::ViaService => of_role(request.via),
            Self::SecureTransport => Some("true"),
        }
    }
}

impl Policy {
    /// Parses a policy; the error is a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text)
            .map_err(|cause| format!("The policy is not JSON: {cause}."))?;
        let statements = match value.get("Statement") {
            Some(Value::Array(list)) => list.iter().collect(),
            Some(one @ Value::Object(_)) => vec![one],
            _ => {
                return Err(
                    "A policy needs a Statement: an object or a list of objects.".to_owned()
                );
            }
        };
        let statements = statements.into_iter().map(statement).collect::<Result<_, _>>()?;
        Ok(Self { statements })
    }

    /// Evaluates the policy for a request. A statement without a resource refers to the resource
    /// the policy belongs to.
    #[must_use]
    pub fn decide(&self, request: &Request<'_>) -> Decision {
        let mut decision = Decision::Silent;
        for statement in self.statements.iter().filter(|statement| statement.covers(request)) {
            let Some(directly) = statement.admits(request) else { continue };
            if !statement.allows {
                return Decision::Deny;
            }
            if directly {
                decision = Decision::Allow;
            } else if decision == Decision::Silent {
                decision = Decision::Delegate;
            }
        }
        decision
    }

    /// Whether every statement has principals, as in a resource policy.
    #[must_use]
    pub fn names_principals(&self) -> bool {
        self.statements.iter().all(|statement| statement.principals.is_some())
    }

    /// Whether no statement has principals, as in an identity policy.
    #[must_use]
    pub fn names_nobody(&self) -> bool {
        self.statements.iter().all(|statement| statement.principals.is_none())
    }
}

/// Which policy a refusal is due to (SEC-02).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The policy of the role that asks.
    Identity,
    /// The policy of what is asked for.
    Resource,
}

/// What both sides' policies come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Allowed,
    /// That side denies it, whatever the other says.
    Denied(Side),
    /// That side's policy would have to allow it, and does not.
    NotAllowed(Side),
}

impl Verdict {
    /// How AWS ends the sentence about a refusal; `None` if it is none.
    #[must_use]
    pub fn reason(self, action: &str) -> Option<String> {
        let (side, denies) = match self {
            Self::Allowed => return None,
            Self::Denied(side) => (side, true),
            Self::NotAllowed(side) => (side, false),
        };
        let (article, side) = match side {
            Side::Identity => ("an", "identity-based"),
            Side::Resource => ("a", "resource-based"),
        };
        Some(if denies {
            format!("with an explicit deny in {article} {side} policy")
        } else {
            format!("because no {side} policy allows the {action} action")
        })
    }
}

/// Within one account either side's policy suffices; between accounts both must allow, and the resource's
/// does so by naming the account alone. No deny is overruled (SEC-01). A caller without an identity
/// policy, a service or an account itself, has only the resource's.
#[must_use]
pub fn judge(resource: Decision, identity: Option<Decision>, crosses: bool) -> Verdict {
    use Decision::{Allow, Delegate, Deny, Silent};
    match (resource, identity) {
        (_, Some(Deny)) => Verdict::Denied(Side::Identity),
        (Deny, _) => Verdict::Denied(Side::Resource),
        (_, Some(Delegate | Silent)) if crosses => Verdict::NotAllowed(Side::Identity),
        (Silent, Some(_)) if crosses => Verdict::NotAllowed(Side::Resource),
        (Allow, _) | (_, Some(Allow)) => Verdict::Allowed,
        (Delegate | Silent, None) => Verdict::NotAllowed(Side::Resource),
        (Delegate | Silent, Some(Delegate | Silent)) => Verdict::NotAllowed(Side::Identity),
    }
}

/// Whether a key may be used: its own policy must allow it, either directly or by delegating to the
/// account's roles, and no policy may deny it (SEC-01).
#[must_use]
pub fn judge_key(key: Decision, identity: Option<Decision>, crosses: bool) -> Verdict {
    match (key, identity) {
        (Decision::Silent, Some(Decision::Deny)) => Verdict::Denied(Side::Identity),
        (Decision::Silent, _) => Verdict::NotAllowed(Side::Resource),
        _ => judge(key, identity, crosses),
    }
}

impl Statement {
    /// Whether it covers the action, the resource and the conditions, whoever the principal is.
    fn covers(&self, request: &Request<'_>) -> bool {
        let action = self
            .actions
            .iter()
            .any(|action| like(&action.to_ascii_lowercase(), &request.action.to_ascii_lowercase()));
        let resource = self.resources.is_empty()
            || self.resources.iter().any(|pattern| like(pattern, request.resource));
        action && resource && self.conditions.iter().all(|c| c.holds(request))
    }

    /// Whether it covers the principal: `Some(true)` by name, `Some(false)` through its account
    /// only.
    fn admits(&self, request: &Request<'_>) -> Option<bool> {
        let Some(principals) = &self.principals else { return Some(true) };
        let is_in = |account: &String| !request.is_by_service() && account == request.account;
        let named = principals.iter().any(|principal| match principal {
            Principal::Everybody => true,
            Principal::One(name) => name == request.principal,
            Principal::Account(account) => request.is_by(account),
        });
        let in_account = principals
            .iter()
            .any(|principal| matches!(principal, Principal::Account(account) if is_in(account)));
        (named || in_account).then_some(named)
    }
}

impl Condition {
    fn holds(&self, request: &Request<'_>) -> bool {
        let value = self.key.of(request);
        if self.compares == Compares::Absence {
            return self.values.iter().any(|wanted| (wanted == "true") == value.is_none());
        }
        // An absent key matches no value; a negated condition on it holds.
        let Some(value) = value else { return self.negated || self.if_exists };
        let fits = |wanted: &String| match self.compares {
            Compares::Exactly | Compares::Absence => wanted == value,
            Compares::WithoutCase => wanted.eq_ignore_ascii_case(value),
            Compares::WithWildcards => like(wanted, value),
        };
        self.values.iter().any(fits) != self.negated
    }
}

fn statement(value: &Value) -> Result<Statement, String> {
    let Value::Object(fields) = value else {
        return Err("A statement must be an object.".to_owned());
    };
    let known = ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"];
    if let Some(other) = fields.keys().find(|field| !known.contains(&field.as_str())) {
        return Err(format!(
            "{other} is not modelled in a statement; these are: {}.",
            known.join(", ")
        ));
    }
    let allows = match fields.get("Effect").and_then(Value::as_str) {
        Some("Allow") => true,
        Some("Deny") => false,
        _ => return Err("The Effect of a statement must be Allow or Deny.".to_owned()),
    };
    let principals = fields.get("Principal").map(principals).transpose()?;
    let actions = texts(fields, "Action");
    if actions.is_empty() {
        return Err("A statement needs an Action.".to_owned());
    }
    let mut conditions = Vec::new();
    for (operator, keys) in fields.get("Condition").and_then(Value::as_object).into_iter().flatten()
    {
        let (bare, if_exists) =
            operator.strip_suffix("IfExists").map_or((operator.as_str(), false), |o| (o, true));
        let (negated, compares) = match bare {
            "StringEquals" => (false, Compares::Exactly),
            "StringNotEquals" => (true, Compares::Exactly),
            "StringEqualsIgnoreCase" | "Bool" => (false, Compares::WithoutCase),
            "StringNotEqualsIgnoreCase" => (true, Compares::WithoutCase),
            "ArnEquals" | "ArnLike" | "StringLike" => (false, Compares::WithWildcards),
            "ArnNotEquals" | "ArnNotLike" | "StringNotLike" => (true, Compares::WithWildcards),
            "Null" if !if_exists => (false, Compares::Absence),
            _ => return Err(format!("The condition operator {operator} is not modelled.")),
        };
        let Value::Object(keys) = keys else {
            return Err(format!("The condition {operator} must be an object of keys."));
        };
        for name in keys.keys() {
            let key = Key::from_name(name)
                .ok_or_else(|| format!("The condition key {name} is not modelled."))?;
            let values = texts(keys, name);
            conditions.push(Condition { key, compares, negated, if_exists, values });
        }
    }
    let resources = texts(fields, "Resource");
    Ok(Statement { allows, principals, actions, resources, conditions })
}

fn principals(value: &Value) -> Result<Vec<Principal>, String> {
    let of_account = |text: &str| {
        let number = text.strip_prefix("arn:aws:iam::").and_then(|rest| rest.strip_suffix(":root"));
        let number = number.unwrap_or(text);
        let is_number = number.len() == 12 && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| Principal::Account(number.to_owned()))
    };
    let read = |kind: &str, text: String| match kind {
        "AWS" if text == "*" => Principal::Everybody,
        "AWS" => of_account(&text).unwrap_or(Principal::One(text)),
        _ => Principal::One(text),
    };
    match value {
        Value::String(all) if all == "*" => Ok(vec![Principal::Everybody]),
        Value::Object(kinds) => {
            let of_kind = |kind: &String| {
                texts(kinds, kind).into_iter().map(|text| read(kind, text)).collect()
            };
            Ok(kinds.keys().flat_map(|kind| -> Vec<Principal> { of_kind(kind) }).collect())
        }
        _ => Err("A Principal must be \"*\" or an object such as {\"Service\": …}.".to_owned()),
    }
}

/// A text or a list of them; booleans become texts.
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

/// Whether a text matches a pattern with `*` (any run of characters) and `?` (one character).
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
mod tests;

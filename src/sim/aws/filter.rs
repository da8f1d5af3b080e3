//! Filter policies of subscriptions (SNS-07 to SNS-09): they select the messages a subscriber
//! receives.
//!
//! They are event patterns on a message's attributes or body, with tighter limits.

use serde_json::{Map, Value};

use super::pattern::{Pattern, choices};

/// Maximum number of keys in a policy (SNS-08).
const KEYS_MAX: usize = 5;
/// Maximum number of combinations of values, each multiplied by the depth of its key (SNS-08).
const COMBINATIONS_MAX: usize = 150;

/// What a policy is matched against (`FilterPolicyScope`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FilterPolicyScope {
    #[default]
    MessageAttributes,
    MessageBody,
}

/// A parsed filter policy.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterPolicy {
    scope: FilterPolicyScope,
    pattern: Option<Pattern>,
}

/// An attribute of a message: its data type and its value as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute<'a> {
    pub name: &'a str,
    pub data_type: &'a str,
    pub value: &'a str,
}

impl FilterPolicy {
    /// Parses a policy; the error is a sentence about what AWS would reject.
    pub fn from_json(policy: &Value, scope: FilterPolicyScope) -> Result<Self, String> {
        let Value::Object(object) = policy else {
            return Err("A filter policy must be a JSON object.".to_owned());
        };
        let nested = |value: &Value| value.is_object();
        if scope == FilterPolicyScope::MessageAttributes && object.values().any(nested) {
            return Err(
                "A filter policy on message attributes cannot be nested: attributes are flat."
                    .to_owned(),
            );
        }
        let (keys, combinations) = extent(object, 1);
        if keys > KEYS_MAX {
            return Err(format!("A filter policy may have at most {KEYS_MAX} keys, not {keys}."));
        }
        if combinations > COMBINATIONS_MAX {
            return Err(format!(
                "The filter policy is too complex: {combinations} combinations of values, and \
                 {COMBINATIONS_MAX} are the most."
            ));
        }
        if object.values().any(negates_suffix) {
            return Err(
                "A filter policy cannot negate a suffix: SNS supports anything-but with prefix only."
                    .to_owned(),
            );
        }
        // A policy without keys is the only one that is not a pattern: it accepts everything.
        let pattern = if object.is_empty() { None } else { Some(Pattern::from_json(policy)?) };
        Ok(Self { scope, pattern })
    }

    /// Whether a message passes. A body that is no JSON object passes no policy on bodies; binary
    /// attributes are ignored.
    #[must_use]
    pub fn accepts(&self, body: &str, attributes: &[Attribute<'_>]) -> bool {
        let Some(pattern) = &self.pattern else { return true };
        let event = match self.scope {
            FilterPolicyScope::MessageBody => match serde_json::from_str(body) {
                Ok(event @ Value::Object(_)) => event,
                _ => return false,
            },
            FilterPolicyScope::MessageAttributes => attributes
                .iter()
                .filter_map(|attribute| {
                    let value = match attribute.data_type {
                        "String.Array" => serde_json::from_str(attribute.value).ok()?,
                        kind if kind.starts_with("Number") => {
                            serde_json::from_str(attribute.value).ok()?
                        }
                        kind if kind.starts_with("String") => Value::from(attribute.value),
                        _ => return None,
                    };
                    Some((attribute.name.to_owned(), value))
                })
                .collect(),
        };
        pattern.matches(&event)
    }
}

/// Whether `[{"anything-but": {"suffix": …}}]` occurs anywhere: EventBridge accepts it, SNS rejects
/// it.
fn negates_suffix(value: &Value) -> bool {
    match value {
        Value::Object(object) => object.values().any(negates_suffix),
        Value::Array(list) => list.iter().any(|test| {
            test.get("anything-but").and_then(|inner| inner.get("suffix")).is_some()
                || negates_suffix(test)
        }),
        _ => false,
    }
}

/// Counts leaf keys and combinations of values: keys side by side multiply, alternatives of a `$or`
/// add.
fn extent(object: &Map<String, Value>, depth: usize) -> (usize, usize) {
    let mut keys = 0;
    let mut combinations: usize = 1;
    for (name, value) in object {
        let (more, factor) = match (choices(name, value), value) {
            (Some(choices), _) => {
                let parts = choices.into_iter().map(|choice| extent(choice, depth));
                parts.fold((0, 0), |sum: (usize, usize), part| {
                    (sum.0 + part.0, sum.1.saturating_add(part.1))
                })
            }
            (None, Value::Object(inner)) => extent(inner, depth + 1),
            (None, Value::Array(values)) => (1, values.len() * depth),
            (None, _) => (1, 1),
        };
        keys += more;
        combinations = combinations.saturating_mul(factor);
    }
    (keys, combinations)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn policy(policy: &Value, scope: FilterPolicyScope) -> Result<FilterPolicy, String> {
        FilterPolicy::from_json(policy, scope)
    }

    #[test]
    fn attributes_have_types() {
        let cheap =
            policy(&json!({"price": [{"numeric": ["<", 50]}]}), FilterPolicyScope::default());
        let cheap = cheap.unwrap();
        for (data_type, value, expected) in
            [("Number", "49.5", true), ("String", "49.5", false), ("Binary", "NDk=", false)]
        {
            let attributes = [Attribute { name: "price", data_type, value }];
            assert_eq!(cheap.accepts("", &attributes), expected, "{data_type}");
        }
        let any = policy(&json!({"tags": ["gift"]}), FilterPolicyScope::default()).unwrap();
        let value = r#"["express", "gift"]"#;
        assert!(any.accepts("", &[Attribute { name: "tags", data_type: "String.Array", value }]));
    }

    #[test]
    fn a_policy_on_bodies_wants_json() {
        let gift = json!({"order": {"gift": [true]}});
        let gift = policy(&gift, FilterPolicyScope::MessageBody).unwrap();
        assert!(gift.accepts(r#"{"order": {"gift": true, "total": 3}}"#, &[]));
        assert!(!gift.accepts("gift", &[]));
    }

    #[test]
    fn anything_but_a_suffix_is_eventbridges_alone() {
        let negated = json!({"a": [{"anything-but": {"suffix": ".tmp"}}]});
        for scope in [FilterPolicyScope::MessageAttributes, FilterPolicyScope::MessageBody] {
            assert!(policy(&negated, scope).unwrap_err().contains("suffix"));
        }
        let within =
            json!({"$or": [{"a": {"b": [{"anything-but": {"suffix": ["x"]}}]}}, {"c": [1]}]});
        assert!(policy(&within, FilterPolicyScope::MessageBody).is_err());
        for good in ["prefix", "wildcard"] {
            let negated = json!({"a": [{"anything-but": {good: "a*"}}, {"suffix": "b"}]});
            assert!(policy(&negated, FilterPolicyScope::default()).is_ok(), "{good}");
        }
        assert!(Pattern::from_json(&negated).is_ok(), "EventBridge takes it");
    }

    #[test]
    fn limits_are_those_of_aws() {
        let body = FilterPolicyScope::MessageBody;
        let six = json!({"a": [1], "b": [1], "c": [1], "d": [1], "e": [1], "f": [1]});
        assert!(policy(&six, body).unwrap_err().contains("5 keys"));
        let values: Vec<u32> = (0..38).collect();
        let wide = json!({"a": {"b": {"c": values}}, "d": [1, 2]});
        assert!(policy(&wide, body).unwrap_err().contains("228 combinations"));
        let nested = json!({"a": {"b": [1]}});
        assert!(policy(&nested, body).is_ok());
        assert!(policy(&nested, FilterPolicyScope::MessageAttributes).is_err());
    }
}

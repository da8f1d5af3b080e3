//! Event patterns and filter policies.

use redrive::sim::aws::filter::{Attribute, FilterPolicy, FilterPolicyScope};
use redrive::sim::aws::pattern::Pattern;
use serde_json::Value;

use super::{Verdict, compare, text};

pub fn event_pattern(row: &Value) -> Verdict {
    let pattern = match row["pattern_text"].as_str() {
        Some(text) => Pattern::parse(text),
        None => Pattern::from_json(&row["pattern"]),
    };
    let found = match pattern {
        Ok(pattern) => pattern.matches(&row["event"]).to_string(),
        Err(_) => "invalid".to_owned(),
    };
    compare(&found, row)
}

pub fn filter_policy(row: &Value) -> Verdict {
    let scope = match row["scope"].as_str() {
        Some("MessageBody") => FilterPolicyScope::MessageBody,
        _ => FilterPolicyScope::MessageAttributes,
    };
    let found = match FilterPolicy::from_json(&row["policy"], scope) {
        Err(_) => "invalid".to_owned(),
        Ok(_) if row["expected"] == "valid" => "valid".to_owned(),
        Ok(policy) => {
            let body = text(&row["message"]);
            let none = serde_json::Map::new();
            let attributes = row["attributes"].as_object().unwrap_or(&none);
            // Some rows write a number as a number; the API knows text only.
            let values: Vec<String> =
                attributes.values().map(|attribute| text(&attribute["StringValue"])).collect();
            let attributes: Vec<_> = attributes
                .iter()
                .zip(&values)
                .map(|((name, attribute), value)| Attribute {
                    name,
                    data_type: attribute["DataType"].as_str().unwrap_or_default(),
                    value,
                })
                .collect();
            policy.accepts(&body, &attributes).to_string()
        }
    };
    compare(&found, row)
}

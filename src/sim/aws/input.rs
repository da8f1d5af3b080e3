//! The input a rule's target receives instead of the whole event (EB-34).

use std::collections::BTreeMap;

use serde_json::Value;

use super::workflow;

/// How the input is built.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    Whole,
    Constant(Value),
    /// A part of the event.
    Path(String),
    /// A template whose `<name>` placeholders are filled from paths.
    Transformer {
        paths: BTreeMap<String, String>,
        template: String,
    },
}

impl Input {
    /// The input for an event. A path that finds nothing yields an empty value, as in AWS.
    #[must_use]
    pub fn of(&self, event: &Value) -> Value {
        match self {
            Self::Whole => event.clone(),
            Self::Constant(value) => value.clone(),
            Self::Path(path) => workflow::find(path, event).unwrap_or(Value::Null),
            Self::Transformer { paths, template } => {
                let found: BTreeMap<&str, Value> = paths
                    .iter()
                    .map(|(name, path)| {
                        let value = workflow::find(path, event).unwrap_or(Value::from(""));
                        (name.as_str(), value)
                    })
                    .collect();
                let filled = fill(template, &found, false);
                let as_json = fill(template, &found, true);
                serde_json::from_str(&as_json).unwrap_or(Value::String(filled))
            }
        }
    }
}

/// Fills a template's placeholders: without quotes inside quotation marks, and as JSON elsewhere if
/// the whole template is JSON.
fn fill(template: &str, found: &BTreeMap<&str, Value>, as_json: bool) -> String {
    let mut filled = String::new();
    let mut rest = template;
    let mut quoted = false;
    while let Some(sign) = rest.chars().next() {
        let named = found.iter().find(|(name, _)| {
            rest.starts_with('<')
                && rest.get(1..).is_some_and(|r| r.starts_with(&format!("{name}>")))
        });
        if let Some((name, value)) = named {
            let json = value.to_string();
            let bare = value.as_str().map_or_else(|| json.clone(), str::to_owned);
            if !as_json {
                filled.push_str(&bare);
            } else if quoted {
                let escaped = Value::from(bare).to_string();
                filled.push_str(
                    escaped.trim_start_matches('"').strip_suffix('"').unwrap_or_default(),
                );
            } else {
                filled.push_str(&json);
            }
            rest = rest.get(name.len() + 2..).unwrap_or_default();
            continue;
        }
        quoted ^= sign == '"' && !filled.ends_with('\\');
        filled.push(sign);
        rest = rest.get(sign.len_utf8()..).unwrap_or_default();
    }
    filled
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn transformed(template: &str) -> Value {
        let event = json!({ "detail": { "id": "o-1", "total": 42, "lines": ["a"] } });
        let paths = [
            ("id", "$.detail.id"),
            ("total", "$.detail.total"),
            ("lines", "$.detail.lines"),
            ("none", "$.detail.none"),
        ];
        let paths = paths.iter().map(|(n, p)| ((*n).to_owned(), (*p).to_owned())).collect();
        Input::Transformer { paths, template: template.to_owned() }.of(&event)
    }

    #[test]
    fn a_template_takes_texts_numbers_and_lists() {
        let filled =
            transformed(r#"{"order": <id>, "text": "<id>", "sum": <total>, "all": <lines>}"#);
        assert_eq!(filled, json!({ "order": "o-1", "text": "o-1", "sum": 42, "all": ["a"] }));
        assert_eq!(
            transformed(r#"{"say": "order <id>, <total> in all"}"#),
            json!({ "say": "order o-1, 42 in all" })
        );
        assert_eq!(transformed("Order <id> costs <total>"), json!("Order o-1 costs 42"));
        assert_eq!(transformed(r#"{"none": <none>}"#), json!({ "none": "" }));
    }

    #[test]
    fn a_path_takes_a_part() {
        let event = json!({ "detail": { "id": 1 } });
        assert_eq!(Input::Path("$.detail".to_owned()).of(&event), json!({ "id": 1 }));
        assert_eq!(Input::Constant(json!("x")).of(&event), json!("x"));
    }
}

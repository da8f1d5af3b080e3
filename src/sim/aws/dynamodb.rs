//! What DynamoDB does with a single item: conditions on a write, and updates of it (IDM-01). Of the expressions
//! those forms are modelled that a workflow needs to start once; all others are rejected in a sentence.

use serde_json::{Map, Value, json};

/// The answer to a write whose condition does not hold.
pub const CONDITION_FAILED: &str = "ConditionalCheckFailedException";

/// A condition on the item that a write would create, replace, change or delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// `attribute_exists(name)`
    Exists(String),
    /// `attribute_not_exists(name)`: of an attribute that every item has, there is no item (IDM-01).
    NotExists(String),
}

impl Condition {
    /// Parses a `ConditionExpression`; `names` are the `ExpressionAttributeNames`.
    pub fn parse(text: &str, names: Option<&Value>) -> Result<Self, String> {
        let wrong = || {
            format!(
                "the condition {text:?} is not modelled: write attribute_not_exists(name) or \
                 attribute_exists(name)"
            )
        };
        let (function, rest) = text.trim().split_once('(').ok_or_else(wrong)?;
        let path = rest.strip_suffix(')').ok_or_else(wrong)?;
        let name = attribute(path, names).ok_or_else(wrong)?;
        match function.trim() {
            "attribute_exists" => Ok(Self::Exists(name)),
            "attribute_not_exists" => Ok(Self::NotExists(name)),
            _ => Err(wrong()),
        }
    }

    /// Whether it holds for an item; `None` if there is no item.
    #[must_use]
    pub fn holds(&self, item: Option<&Value>) -> bool {
        let has = |name: &String| item.is_some_and(|item| item.get(name).is_some());
        match self {
            Self::Exists(name) => has(name),
            Self::NotExists(name) => !has(name),
        }
    }
}

/// One assignment of an `UpdateExpression`: an attribute, and the name of its value such as `:done`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    attribute: String,
    value: String,
}

impl Assignment {
    /// Parses an `UpdateExpression` of the form `SET a = :a, b = :b`.
    pub fn parse_all(text: &str, names: Option<&Value>) -> Result<Vec<Self>, String> {
        let wrong = || format!("the update {text:?} is not modelled: write SET name = :value");
        let rest = text.trim().strip_prefix("SET ").ok_or_else(wrong)?;
        let assignment = |part: &str| {
            let (path, value) = part.split_once('=')?;
            let value = value.trim();
            let is_value = value.strip_prefix(':').is_some_and(is_word);
            let attribute = attribute(path, names).filter(|_| is_value)?;
            Some(Self { attribute, value: value.to_owned() })
        };
        rest.split(',').map(|part| assignment(part).ok_or_else(wrong)).collect()
    }
}

/// The item after an update: what was there, or the key alone, with what the update assigns. `values` are the
/// `ExpressionAttributeValues`.
#[must_use]
pub fn updated(
    item: Option<&Value>,
    key: &Value,
    assignments: &[Assignment],
    values: &Value,
) -> Value {
    let mut attributes: Map<String, Value> =
        item.unwrap_or(key).as_object().cloned().unwrap_or_default();
    for Assignment { attribute, value } in assignments {
        if let Some(value) = values.get(value) {
            attributes.insert(attribute.clone(), value.clone());
        }
    }
    Value::Object(attributes)
}

/// JSON as DynamoDB writes it: each value in an object that says its type.
#[must_use]
pub fn attribute_values(body: &Value) -> Value {
    let typed = |value: &Value| match value {
        Value::Null => json!({ "NULL": true }),
        Value::Bool(value) => json!({ "BOOL": value }),
        Value::Number(number) => json!({ "N": number.to_string() }),
        Value::String(text) => json!({ "S": text }),
        Value::Array(values) => {
            let values =
                values.iter().map(|value| match attribute_values(&json!({ "v": value })) {
                    Value::Object(mut fields) => fields.remove("v").unwrap_or_default(),
                    other => other,
                });
            json!({ "L": values.collect::<Vec<_>>() })
        }
        Value::Object(_) => json!({ "M": attribute_values(value) }),
    };
    let fields = body.as_object().into_iter().flatten();
    fields.map(|(name, value)| (name.clone(), typed(value))).collect::<Map<_, _>>().into()
}

/// The attribute that a path of one step names, by itself or as a placeholder such as `#status`.
fn attribute(path: &str, names: Option<&Value>) -> Option<String> {
    let path = path.trim();
    if path.starts_with('#') {
        return names?.get(path)?.as_str().map(str::to_owned);
    }
    is_word(path).then(|| path.to_owned())
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// IDM-01: whoever comes first writes.
    #[test]
    fn a_condition_is_about_one_attribute_of_the_item() {
        let item = json!({ "id": { "S": "7" } });
        for (text, with, without) in [
            ("attribute_not_exists(id)", false, true),
            ("attribute_exists( id )", true, false),
            ("attribute_not_exists(done)", true, true),
            ("attribute_exists(#k)", true, false),
        ] {
            let condition = Condition::parse(text, Some(&json!({ "#k": "id" }))).unwrap();
            assert_eq!([condition.holds(Some(&item)), condition.holds(None)], [with, without]);
        }
        for text in ["", "id = :id", "attribute_exists(id", "attribute_exists(a.b)", "size(id)"] {
            let told = Condition::parse(text, None).unwrap_err();
            assert!(told.contains("is not modelled"), "{told}");
        }
        assert!(Condition::parse("attribute_exists(#k)", None).is_err(), "a name of nothing");
    }

    #[test]
    fn an_update_keeps_what_it_does_not_assign_and_creates_what_is_not_there() {
        let key = json!({ "id": { "S": "7" } });
        let item = json!({ "id": { "S": "7" }, "by": { "S": "1" } });
        let names = json!({ "#s": "status" });
        let set = Assignment::parse_all("SET #s = :s, n = :n", Some(&names)).unwrap();
        let values = json!({ ":s": { "S": "done" }, ":n": { "N": "1" } });
        let wanted = |by: bool| {
            let mut all =
                json!({ "id": { "S": "7" }, "status": { "S": "done" }, "n": { "N": "1" } });
            if by {
                all["by"] = json!({ "S": "1" });
            }
            all
        };
        assert_eq!(updated(Some(&item), &key, &set, &values), wanted(true));
        assert_eq!(updated(None, &key, &set, &values), wanted(false));
        for text in ["REMOVE n", "SET n = n + :n", "SET n", "ADD n :n"] {
            assert!(Assignment::parse_all(text, None).is_err(), "{text}");
        }
    }

    #[test]
    fn a_table_writes_the_type_of_each_value() {
        let typed =
            attribute_values(&json!({ "id": "7", "n": 2, "none": null, "in": { "a": [1] } }));
        let wanted = json!({
            "id": { "S": "7" }, "n": { "N": "2" }, "none": { "NULL": true },
            "in": { "M": { "a": { "L": [{ "N": "1" }] } } },
        });
        assert_eq!(typed, wanted);
    }
}

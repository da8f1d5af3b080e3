//! Rules of a Choice state (SFN-40).

use std::cmp::Ordering;

use chrono::{DateTime, FixedOffset};
use serde_json::Value;

/// Evaluates a path; an error if it finds nothing.
pub type Resolve<'a> = dyn Fn(&str) -> Result<Value, String> + 'a;

/// Whether a rule holds. An error means a missing variable, or a comparison that AWS does not have.
pub fn holds(rule: &Value, resolve: &Resolve<'_>) -> Result<bool, String> {
    let list = |name: &str| rule.get(name).and_then(Value::as_array);
    if let Some(rules) = list("And") {
        return all(rules, resolve, true);
    }
    if let Some(rules) = list("Or") {
        return all(rules, resolve, false).map(|none| !none);
    }
    if let Some(inner) = rule.get("Not") {
        return holds(inner, resolve).map(|holds| !holds);
    }
    let path = rule.get("Variable").and_then(Value::as_str).unwrap_or_default();
    let fields = rule.as_object().into_iter().flatten();
    let known = |name: &str| !["Variable", "Next", "Comment", "Assign"].contains(&name);
    let (name, operand) = fields
        .filter(|(name, _)| known(name))
        .map(|(name, operand)| (name.as_str(), operand))
        .next()
        .ok_or("A rule of a Choice needs a comparison.")?;
    let value = resolve(path);
    if name == "IsPresent" {
        return Ok(Some(value.is_ok()) == operand.as_bool());
    }
    let value = value.map_err(|_| {
        format!(
            "Invalid path '{path}': The choice state's condition path references an invalid value."
        )
    })?;
    if let Some(kind) = name.strip_prefix("Is") {
        let is = match kind {
            "Null" => value.is_null(),
            "String" => value.is_string(),
            "Numeric" => value.is_number(),
            "Boolean" => value.is_boolean(),
            "Timestamp" => time(&value).is_some(),
            _ => return Err(format!("There is no comparison {name}.")),
        };
        return Ok(Some(is) == operand.as_bool());
    }
    match name.strip_suffix("Path") {
        Some(name) => {
            let path = operand.as_str().unwrap_or_default();
            let operand = resolve(path).map_err(|_| {
                format!(
                    "Invalid path '{path}': The choice state's condition path references an \
                     invalid value."
                )
            })?;
            compare(name, &value, &operand)
        }
        None => compare(name, &value, operand),
    }
}

/// Whether all rules hold (`wanted` is true), or none of them (`wanted` is false).
fn all(rules: &[Value], resolve: &Resolve<'_>, wanted: bool) -> Result<bool, String> {
    for rule in rules {
        if holds(rule, resolve)? != wanted {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Compares two values. Values of different types are unordered, so the comparison does not hold.
fn compare(name: &str, value: &Value, operand: &Value) -> Result<bool, String> {
    if name == "StringMatches" {
        let (Some(value), Some(pattern)) = (value.as_str(), operand.as_str()) else {
            return Ok(false);
        };
        return Ok(matches(pattern, value));
    }
    let (kind, relation) = ["String", "Numeric", "Boolean", "Timestamp"]
        .iter()
        .find_map(|kind| Some((*kind, name.strip_prefix(kind)?)))
        .ok_or_else(|| format!("There is no comparison {name}."))?;
    let order = match kind {
        "String" => value.as_str().zip(operand.as_str()).map(|(one, two)| utf16(one, two)),
        "Numeric" => match (value, operand) {
            (Value::Number(one), Value::Number(two)) => {
                one.as_f64().zip(two.as_f64()).and_then(|(one, two)| one.partial_cmp(&two))
            }
            _ => None,
        },
        "Boolean" => value.as_bool().zip(operand.as_bool()).map(|(one, two)| one.cmp(&two)),
        _ => time(value).zip(time(operand)).map(|(one, two)| one.cmp(&two)),
    };
    let holds: fn(Ordering) -> bool = match relation {
        "Equals" => Ordering::is_eq,
        "LessThan" => Ordering::is_lt,
        "LessThanEquals" => Ordering::is_le,
        "GreaterThan" => Ordering::is_gt,
        "GreaterThanEquals" => Ordering::is_ge,
        _ => return Err(format!("There is no comparison {name}.")),
    };
    Ok(order.is_some_and(holds))
}

/// Orders strings as Java does.
fn utf16(one: &str, two: &str) -> Ordering {
    one.encode_utf16().cmp(two.encode_utf16())
}

/// Parses RFC 3339 with `T` and an offset or `Z`.
pub fn time(value: &Value) -> Option<DateTime<FixedOffset>> {
    let text = value.as_str()?;
    let shape =
        text.contains('T') && (text.ends_with('Z') || text.rfind(['+', '-']) > text.find('T'));
    shape.then(|| DateTime::parse_from_rfc3339(text).ok()).flatten()
}

/// Whether a string matches a pattern: `*` is any run of characters, `\*` and `\\` are literal.
fn matches(pattern: &str, text: &str) -> bool {
    let mut pieces = vec![String::new()];
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        let literal = match character {
            '*' => {
                pieces.push(String::new());
                continue;
            }
            '\\' => characters.next().unwrap_or('\\'),
            other => other,
        };
        pieces.iter_mut().last().into_iter().for_each(|piece| piece.push(literal));
    }
    super::super::pattern::wild(&pieces, text)
}

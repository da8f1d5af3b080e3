//! Event patterns (EB-20 to EB-32): does an event match?
//!
//! Modelled: exact values, `prefix`, `suffix`, `equals-ignore-case`, `wildcard`, `anything-but`,
//! `numeric`, `exists` and `$or`. `cidr` is refused by name. Of arrays, any element may satisfy a
//! field (EB-21); that two fields must agree on one element (EB-22) is not modelled yet.

use serde_json::{Map, Value};
use std::cmp::Ordering;

/// A pattern that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    fields: Vec<Field>,
    /// Each `$or`: one of its patterns must match.
    or: Vec<Vec<Pattern>>,
}

#[derive(Debug, Clone, PartialEq)]
struct Field {
    name: String,
    needs: Need,
}

#[derive(Debug, Clone, PartialEq)]
enum Need {
    Object(Pattern),
    AnyOf(Vec<Test>),
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    Equals(Value),
    Prefix(String),
    Suffix(String),
    IgnoreCase(String),
    Wildcard(String),
    NoneOf(Vec<Value>),
    Not(Box<Test>),
    Numeric(Vec<(Compare, f64)>),
    Exists(bool),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compare {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Pattern {
    /// Reads a pattern; a sentence says what AWS would refuse or what is not modelled.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text)
            .map_err(|cause| format!("The pattern is not JSON: {cause}."))?;
        match value {
            Value::Object(object) if !object.is_empty() => Self::object(&object),
            _ => Err("A pattern is a JSON object with at least one field.".to_owned()),
        }
    }

    fn object(object: &Map<String, Value>) -> Result<Self, String> {
        let mut pattern = Self { fields: Vec::new(), or: Vec::new() };
        for (name, value) in object {
            match value {
                Value::Array(choices)
                    if name == "$or"
                        && choices.len() > 1
                        && choices.iter().all(Value::is_object) =>
                {
                    let choices = choices.iter().filter_map(Value::as_object).map(Self::object);
                    pattern.or.push(choices.collect::<Result<_, _>>()?);
                }
                Value::Object(inner) if !inner.is_empty() => {
                    let needs = Need::Object(Self::object(inner)?);
                    pattern.fields.push(Field { name: name.clone(), needs });
                }
                Value::Array(tests) if !tests.is_empty() => {
                    let tests = tests.iter().map(test).collect::<Result<_, _>>()?;
                    pattern.fields.push(Field { name: name.clone(), needs: Need::AnyOf(tests) });
                }
                _ => {
                    return Err(format!(
                        "The field {name} must be an object or an array with at least one value."
                    ));
                }
            }
        }
        Ok(pattern)
    }

    /// Whether the event matches.
    #[must_use]
    pub fn matches(&self, event: &Value) -> bool {
        self.fields.iter().all(|field| field.matches(event.get(&field.name)))
            && self.or.iter().all(|choices| choices.iter().any(|choice| choice.matches(event)))
    }
}

impl Field {
    fn matches(&self, value: Option<&Value>) -> bool {
        match (&self.needs, value) {
            (Need::Object(pattern), Some(Value::Array(elements))) => {
                elements.iter().any(|element| pattern.matches(element))
            }
            (Need::Object(pattern), value) => pattern.matches(value.unwrap_or(&Value::Null)),
            (Need::AnyOf(tests), value) => tests.iter().any(|test| test.holds(value)),
        }
    }
}

impl Test {
    fn holds(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::Exists(wanted), value) => {
                let leaf = match value {
                    None | Some(Value::Object(_)) => false,
                    Some(Value::Array(elements)) => !elements.is_empty(),
                    Some(_) => true,
                };
                leaf == *wanted
            }
            (_, None | Some(Value::Object(_))) => false,
            (_, Some(Value::Array(elements))) => {
                elements.iter().any(|element| self.holds(Some(element)))
            }
            (_, Some(value)) => self.holds_for(value),
        }
    }

    fn holds_for(&self, value: &Value) -> bool {
        let text = value.as_str();
        match self {
            Self::Equals(wanted) => same(wanted, value),
            Self::Prefix(prefix) => text.is_some_and(|text| text.starts_with(prefix.as_str())),
            Self::Suffix(suffix) => text.is_some_and(|it| it.ends_with(suffix.as_str())),
            Self::IgnoreCase(wanted) => {
                text.is_some_and(|text| text.to_lowercase() == wanted.to_lowercase())
            }
            Self::Wildcard(parts) => text.is_some_and(|text| wild(parts, text)),
            Self::NoneOf(values) => !values.iter().any(|wanted| same(wanted, value)),
            Self::Not(inner) => !inner.holds_for(value),
            Self::Numeric(ranges) => value
                .as_f64()
                .is_some_and(|number| ranges.iter().all(|(op, x)| op.holds(number, *x))),
            Self::Exists(wanted) => *wanted,
        }
    }
}

impl Compare {
    fn holds(self, number: f64, than: f64) -> bool {
        let Some(order) = number.partial_cmp(&than) else { return false };
        match self {
            Self::Equal => order.is_eq(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// Numbers by value (EB-24), everything else to the letter.
fn same(one: &Value, two: &Value) -> bool {
    match (one.as_f64(), two.as_f64()) {
        (Some(one), Some(two)) => one.partial_cmp(&two).is_some_and(Ordering::is_eq),
        (None, None) => one == two,
        _ => false,
    }
}

fn test(value: &Value) -> Result<Test, String> {
    match value {
        Value::Object(object) => {
            let mut entries = object.iter();
            match (entries.next(), entries.next()) {
                (Some((name, argument)), None) => operator(name, argument),
                _ => Err("An operator is an object with exactly one name.".to_owned()),
            }
        }
        Value::Array(_) => Err("An array cannot stand in an array of values.".to_owned()),
        value => Ok(Test::Equals(value.clone())),
    }
}

fn operator(name: &str, argument: &Value) -> Result<Test, String> {
    let wrong = || format!("The operator {name} cannot take {argument}.");
    let text = || argument.as_str().map(str::to_owned).ok_or_else(wrong);
    match name {
        "prefix" => Ok(Test::Prefix(text()?)),
        "suffix" => Ok(Test::Suffix(text()?)),
        "equals-ignore-case" => Ok(Test::IgnoreCase(text()?)),
        "wildcard" => {
            let wildcard = text()?;
            if wildcard.contains("**") {
                return Err("A wildcard has no two * in a row.".to_owned());
            }
            Ok(Test::Wildcard(wildcard))
        }
        "exists" => Ok(Test::Exists(argument.as_bool().ok_or_else(wrong)?)),
        "numeric" => numeric(argument).ok_or_else(wrong),
        "anything-but" => anything_but(argument).ok_or_else(wrong),
        "cidr" => Err("The operator cidr is not modelled yet.".to_owned()),
        _ => Err(format!("There is no operator {name}.")),
    }
}

fn anything_but(argument: &Value) -> Option<Test> {
    match argument {
        Value::String(_) | Value::Number(_) => Some(Test::NoneOf(vec![argument.clone()])),
        Value::Array(values) => {
            let alike = values.iter().all(Value::is_string) || values.iter().all(Value::is_number);
            (alike && !values.is_empty()).then(|| Test::NoneOf(values.clone()))
        }
        Value::Object(object) if object.len() == 1 => {
            let (name, argument) = object.iter().next()?;
            let allowed = ["prefix", "suffix", "equals-ignore-case", "wildcard"];
            let test = operator(name, argument).ok()?;
            allowed.contains(&name.as_str()).then(|| Test::Not(Box::new(test)))
        }
        _ => None,
    }
}

/// `["=", 5]`, `[">", 0, "<=", 5]`: the lower bound first (RUL-08).
fn numeric(argument: &Value) -> Option<Test> {
    let parts = argument.as_array()?;
    let mut ranges = Vec::new();
    for pair in parts.chunks(2) {
        let [operator, number] = pair else { return None };
        let compare = match operator.as_str()? {
            "=" => Compare::Equal,
            "<" => Compare::Less,
            "<=" => Compare::LessOrEqual,
            ">" => Compare::Greater,
            ">=" => Compare::GreaterOrEqual,
            _ => return None,
        };
        ranges.push((compare, number.as_f64()?));
    }
    let lower = |compare| matches!(compare, Compare::Greater | Compare::GreaterOrEqual);
    let upper = |compare| matches!(compare, Compare::Less | Compare::LessOrEqual);
    let good = match ranges.as_slice() {
        [_] => true,
        [(one, low), (two, high)] => lower(*one) && upper(*two) && low < high,
        _ => false,
    };
    good.then_some(Test::Numeric(ranges))
}

/// `*` stands for any run of characters; `\*` and `\\` for themselves.
fn wild(wildcard: &str, text: &str) -> bool {
    let mut pieces: Vec<String> = vec![String::new()];
    let mut characters = wildcard.chars();
    while let Some(character) = characters.next() {
        match character {
            '*' => pieces.push(String::new()),
            '\\' => {
                let escaped = characters.next().unwrap_or('\\');
                pieces.iter_mut().last().into_iter().for_each(|piece| piece.push(escaped));
            }
            other => pieces.iter_mut().last().into_iter().for_each(|piece| piece.push(other)),
        }
    }
    let [first, middle @ .., last] = pieces.as_slice() else {
        return pieces.first().is_some_and(|only| only == text);
    };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
    for piece in middle {
        match rest.find(piece.as_str()) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, event: &str, expected: bool) {
        let pattern = Pattern::parse(pattern).unwrap();
        let event: Value = serde_json::from_str(event).unwrap();
        assert_eq!(pattern.matches(&event), expected, "{pattern:?} on {event}");
    }

    #[test]
    fn fields_are_and_values_are_or() {
        let pattern = r#"{"kind":["a","b"],"detail":{"n":[{"numeric":[">",0,"<=",5]}]}}"#;
        check(pattern, r#"{"kind":"b","detail":{"n":5},"more":1}"#, true);
        check(pattern, r#"{"kind":"b","detail":{"n":6}}"#, false);
        check(pattern, r#"{"kind":"c","detail":{"n":5}}"#, false);
        check(pattern, r#"{"kind":"b"}"#, false);
        check(pattern, r#"{"kind":["x","a"],"detail":{"n":[9,1]}}"#, true);
    }

    #[test]
    fn missing_null_and_empty_are_three_things() {
        check(r#"{"s":[{"exists":false}]}"#, r"{}", true);
        check(r#"{"s":[{"exists":false}]}"#, r#"{"s":null}"#, false);
        check(r#"{"s":[null]}"#, r#"{"s":null}"#, true);
        check(r#"{"s":[null]}"#, r#"{"s":""}"#, false);
        check(r#"{"s":[{"anything-but":"x"}]}"#, r"{}", false);
        check(r#"{"s":[{"anything-but":"x"}]}"#, r#"{"s":5}"#, true);
        check(r#"{"s":[{"anything-but":{"prefix":"in"}}]}"#, r#"{"s":"inside"}"#, false);
    }

    #[test]
    fn numbers_are_compared_by_value_and_never_with_text() {
        check(r#"{"n":[300]}"#, r#"{"n":3.0e2}"#, true);
        check(r#"{"n":[300]}"#, r#"{"n":"300"}"#, false);
        check(r#"{"n":[{"numeric":[">",100]}]}"#, r#"{"n":"150"}"#, false);
    }

    #[test]
    fn wildcards_and_or_match_as_documented() {
        for (wildcard, text, expected) in [
            ("a*b", "ab", true),
            ("a*b", "axxb", true),
            ("*", "", true),
            ("a*b*c", "abbc", true),
            ("ab", "abc", false),
            ("a\\\\*", "a*", true),
            ("aa*aa", "aaa", false),
        ] {
            check(
                &format!(r#"{{"s":[{{"wildcard":"{wildcard}"}}]}}"#),
                &format!(r#"{{"s":"{text}"}}"#),
                expected,
            );
        }
        let either = r#"{"c":[3],"$or":[{"a":[1]},{"b":[2]}]}"#;
        check(either, r#"{"c":3,"b":2}"#, true);
        check(either, r#"{"b":2}"#, false);
    }

    #[test]
    fn what_aws_refuses_is_refused() {
        for wrong in [
            "[]",
            "{}",
            r#"{"s":"a"}"#,
            r#"{"s":[]}"#,
            r#"{"s":{}}"#,
            r#"{"s":[["a"]]}"#,
            r#"{"s":[{"prefix":"a","suffix":"b"}]}"#,
            r#"{"s":[{"nearly":"a"}]}"#,
            r#"{"n":[{"numeric":["<=",5,">",0]}]}"#,
            r#"{"n":[{"numeric":[">",5,"<",3]}]}"#,
            r#"{"s":[{"anything-but":["a",1]}]}"#,
            r#"{"s":[{"wildcard":"a**b"}]}"#,
            r#"{"s":[{"cidr":"10.0.0.0/8"}]}"#,
        ] {
            assert!(Pattern::parse(wrong).is_err(), "{wrong}");
        }
    }
}

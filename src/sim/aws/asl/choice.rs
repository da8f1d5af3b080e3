//! Choice states over the execution's input: the comparisons of strings, numbers and booleans,
//! presence, and their combinations.

use serde_json::Value;
use std::cmp::Ordering;

/// The rules of a Choice state in order, and where to go if none holds.
#[derive(Debug, Clone)]
pub struct Choice {
    rules: Vec<(Rule, usize)>,
    default: Option<usize>,
}

#[derive(Debug, Clone)]
enum Rule {
    And(Vec<Rule>),
    Or(Vec<Rule>),
    Not(Box<Rule>),
    Compare { path: Vec<String>, test: Test },
}

#[derive(Debug, Clone)]
enum Test {
    StringEquals(String),
    Numeric(fn(f64, f64) -> bool, f64),
    BooleanEquals(bool),
    IsPresent(bool),
}

impl Choice {
    /// Reads a Choice state; `position` finds a state's number.
    pub fn parse(state: &Value, position: &dyn Fn(&str) -> Option<usize>) -> Result<Self, String> {
        let next = |name: &str| {
            position(name).ok_or_else(|| format!("names the state {name:?}, which does not exist."))
        };
        let choices =
            state.get("Choices").and_then(Value::as_array).filter(|list| !list.is_empty());
        let choices = choices.ok_or("a Choice has at least one of Choices.")?;
        let rules = choices.iter().map(|choice| {
            let name = choice.get("Next").and_then(Value::as_str).unwrap_or_default();
            Ok((rule(choice)?, next(name)?))
        });
        let rules = rules.collect::<Result<Vec<_>, String>>()?;
        let default = state.get("Default").and_then(Value::as_str).map(next).transpose()?;
        Ok(Self { rules, default })
    }

    /// Every state it can lead to, the default first.
    pub fn leads_to(&self) -> impl Iterator<Item = usize> + '_ {
        self.default.into_iter().chain(self.rules.iter().rev().map(|(_, next)| *next))
    }

    /// The state that comes next; `None` is `States.NoChoiceMatched` (SFN-40).
    #[must_use]
    pub fn next(&self, input: &Value) -> Option<usize> {
        let found = self.rules.iter().find(|(rule, _)| rule.holds(input));
        found.map(|(_, next)| *next).or(self.default)
    }
}

fn rule(value: &Value) -> Result<Rule, String> {
    let all = |list: &Value| -> Result<Vec<Rule>, String> {
        list.as_array().into_iter().flatten().map(rule).collect()
    };
    if let Some(list) = value.get("And") {
        return Ok(Rule::And(all(list)?));
    }
    if let Some(list) = value.get("Or") {
        return Ok(Rule::Or(all(list)?));
    }
    if let Some(inner) = value.get("Not") {
        return Ok(Rule::Not(Box::new(rule(inner)?)));
    }
    let variable = value.get("Variable").and_then(Value::as_str).unwrap_or_default();
    let path = variable.strip_prefix("$.").filter(|path| !path.contains(['[', '*', '@']));
    let path =
        path.ok_or(format!("the Variable {variable:?} is no simple path such as $.detail.total."))?;
    let comparison = value
        .as_object()
        .into_iter()
        .flatten()
        .find(|(name, _)| !["Variable", "Next", "Comment"].contains(&name.as_str()));
    let (name, operand) = comparison.ok_or("a rule compares something.")?;
    let test = test(name, operand)
        .ok_or(format!("the comparison {name} with {operand} is not modelled yet."))?;
    Ok(Rule::Compare { path: path.split('.').map(str::to_owned).collect(), test })
}

fn test(name: &str, operand: &Value) -> Option<Test> {
    let numeric = |compare: fn(f64, f64) -> bool| Some(Test::Numeric(compare, operand.as_f64()?));
    match name {
        "StringEquals" => Some(Test::StringEquals(operand.as_str()?.to_owned())),
        "BooleanEquals" => Some(Test::BooleanEquals(operand.as_bool()?)),
        "IsPresent" => Some(Test::IsPresent(operand.as_bool()?)),
        "NumericGreaterThan" => numeric(|a, b| a > b),
        "NumericGreaterThanEquals" => numeric(|a, b| a >= b),
        "NumericLessThan" => numeric(|a, b| a < b),
        "NumericLessThanEquals" => numeric(|a, b| a <= b),
        "NumericEquals" => numeric(|a, b| a.partial_cmp(&b).is_some_and(Ordering::is_eq)),
        _ => None,
    }
}

impl Rule {
    fn holds(&self, input: &Value) -> bool {
        match self {
            Self::And(rules) => rules.iter().all(|rule| rule.holds(input)),
            Self::Or(rules) => rules.iter().any(|rule| rule.holds(input)),
            Self::Not(rule) => !rule.holds(input),
            Self::Compare { path, test } => {
                let value = path.iter().try_fold(input, |value, name| value.get(name));
                match (test, value) {
                    (Test::IsPresent(wanted), value) => value.is_some() == *wanted,
                    (_, None) => false,
                    (Test::StringEquals(text), Some(value)) => value.as_str() == Some(text),
                    (Test::BooleanEquals(wanted), Some(value)) => value.as_bool() == Some(*wanted),
                    (Test::Numeric(compare, than), Some(value)) => {
                        value.as_f64().is_some_and(|number| compare(number, *than))
                    }
                }
            }
        }
    }
}

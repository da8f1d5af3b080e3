//! Filters: the content of `[?( … )]`.

use serde_json::Value;

use super::{Path, Search};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Filter {
    Or(Vec<Filter>),
    And(Vec<Filter>),
    Not(Box<Filter>),
    Exists(Operand),
    Compare(Operand, Relation, Operand),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    /// `@…`: from the current element.
    Here(Path),
    /// `$…`: from the root of the document.
    Root(Path),
    Value(Value),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    NotEqual,
    /// `===` and `!==`, which compare the type too.
    Same,
    NotSame,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    Contains,
    Size,
    Empty,
    AnyOf,
    NoneOf,
    SubsetOf,
}

/// Operators as written; longer ones before their prefixes.
pub(super) const SIGNS: [(&str, Relation); 8] = [
    ("===", Relation::Same),
    ("!==", Relation::NotSame),
    ("==", Relation::Equal),
    ("!=", Relation::NotEqual),
    ("<=", Relation::LessOrEqual),
    (">=", Relation::GreaterOrEqual),
    ("<", Relation::Less),
    (">", Relation::Greater),
];

pub(super) const WORDS: [(&str, Relation); 8] = [
    ("in", Relation::In),
    ("nin", Relation::NotIn),
    ("contains", Relation::Contains),
    ("size", Relation::Size),
    ("empty", Relation::Empty),
    ("anyof", Relation::AnyOf),
    ("noneof", Relation::NoneOf),
    ("subsetof", Relation::SubsetOf),
];

impl Filter {
    pub(super) fn holds(&self, value: &Value, search: &Search<'_>) -> bool {
        match self {
            Self::Or(filters) => filters.iter().any(|filter| filter.holds(value, search)),
            Self::And(filters) => filters.iter().all(|filter| filter.holds(value, search)),
            Self::Not(filter) => !filter.holds(value, search),
            Self::Exists(operand) => operand.value(value, search).is_some(),
            Self::Compare(left, relation, right) => {
                relation.holds(left.value(value, search), right.value(value, search))
            }
        }
    }
}

impl Operand {
    fn value(&self, here: &Value, search: &Search<'_>) -> Option<Value> {
        let (path, from) = match self {
            Self::Value(value) => return Some(value.clone()),
            Self::Here(path) => (path, here),
            Self::Root(path) => (path, search.root),
        };
        let mut found = path.all(from, search).into_iter();
        found.next().map(|value| {
            search.spend(super::weight(&value));
            value.into_owned()
        })
    }
}

impl Relation {
    /// A missing value equals nothing, and so differs from everything.
    fn holds(self, left: Option<Value>, right: Option<Value>) -> bool {
        let (Some(left), Some(right)) = (left, right) else {
            return matches!(self, Self::NotEqual | Self::NotSame);
        };
        let order = match (&left, &right) {
            (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
            _ => match (left.as_f64(), right.as_f64()) {
                (Some(left), Some(right)) => left.partial_cmp(&right),
                _ => None,
            },
        };
        let same = |one: &Value, two: &Value| match (one.as_f64(), two.as_f64()) {
            (Some(one), Some(two)) => one.partial_cmp(&two).is_some_and(std::cmp::Ordering::is_eq),
            _ => one == two,
        };
        let equal = same(&left, &right);
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let within = |one: &Value, all: &[Value]| all.iter().any(|other| same(one, other));
        let length = |value: &Value| match value {
            Value::Array(list) => Some(list.len()),
            Value::String(text) => Some(text.chars().count()),
            Value::Object(object) => Some(object.len()),
            _ => None,
        };
        match self {
            Self::Equal | Self::Same => equal,
            Self::NotEqual | Self::NotSame => !equal,
            Self::Less => order.is_some_and(std::cmp::Ordering::is_lt),
            Self::LessOrEqual => order.is_some_and(std::cmp::Ordering::is_le),
            Self::Greater => order.is_some_and(std::cmp::Ordering::is_gt),
            Self::GreaterOrEqual => order.is_some_and(std::cmp::Ordering::is_ge),
            Self::In => right.is_array() && within(&left, &list(&right)),
            Self::NotIn => right.is_array() && !within(&left, &list(&right)),
            Self::Contains => match (&left, &right) {
                (Value::String(text), Value::String(part)) => text.contains(part.as_str()),
                (Value::Array(all), part) => within(part, all),
                _ => false,
            },
            Self::Size => length(&left).is_some_and(|n| right.as_u64() == Some(n as u64)),
            Self::Empty => length(&left).is_some_and(|n| right.as_bool() == Some(n == 0)),
            Self::AnyOf => list(&left).iter().any(|one| within(one, &list(&right))),
            Self::NoneOf => {
                left.is_array() && !list(&left).iter().any(|one| within(one, &list(&right)))
            }
            Self::SubsetOf => {
                left.is_array() && list(&left).iter().all(|one| within(one, &list(&right)))
            }
        }
    }
}

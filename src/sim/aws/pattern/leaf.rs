//! Tests of a single value: the operators of patterns and filter policies.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_json::Value;

use super::fold::Folded;

/// Number of `*` before the same character that makes a wildcard too complex (EB-29). AWS's own
/// limit is not documented: a *model assumption* (MA-pattern-2).
const ALIKE_MAX: usize = 5;

/// A condition on one value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Test {
    Equals(Value),
    Prefix(String),
    Suffix(String),
    IgnoreCase(Folded),
    PrefixIgnoringCase(Folded),
    SuffixIgnoringCase(Folded),
    Wildcard(Vec<String>),
    Cidr(Network),
    NoneOf(Vec<Value>),
    /// None of these holds; the value may have any type (EB-27, RUL-03).
    Not(Vec<Test>),
    Numeric(Vec<(Compare, f64)>),
    Exists(bool),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compare {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Addresses that share their leading bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Network {
    V4 { bits: u32, mask: u32 },
    V6 { bits: u128, mask: u128 },
}

/// A leaf of an event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scalar<'a> {
    Null,
    Bool(bool),
    Number(f64),
    Text(Cow<'a, str>),
}

impl Scalar<'_> {
    /// Whether it equals a value of a pattern; numbers compare by value (EB-24).
    fn is(&self, wanted: &Value) -> bool {
        match (self, wanted) {
            (Self::Text(text), Value::String(wanted)) => text == wanted,
            (Self::Number(number), Value::Number(wanted)) => wanted
                .as_f64()
                .and_then(|wanted| number.partial_cmp(&wanted))
                .is_some_and(Ordering::is_eq),
            (Self::Bool(flag), Value::Bool(wanted)) => flag == wanted,
            (Self::Null, Value::Null) => true,
            _ => false,
        }
    }
}

impl Test {
    /// Whether a leaf passes. The caller checks for absent fields.
    pub(crate) fn holds(&self, value: &Scalar<'_>) -> bool {
        let text = match value {
            Scalar::Text(text) => Some(text.as_ref()),
            _ => None,
        };
        match self {
            Self::Equals(wanted) => value.is(wanted),
            Self::Prefix(prefix) => text.is_some_and(|text| text.starts_with(prefix.as_str())),
            Self::Suffix(suffix) => text.is_some_and(|text| text.ends_with(suffix.as_str())),
            Self::IgnoreCase(wanted) => text.is_some_and(|text| wanted.is(text)),
            Self::PrefixIgnoringCase(prefix) => text.is_some_and(|text| prefix.begins(text)),
            Self::SuffixIgnoringCase(suffix) => text.is_some_and(|text| suffix.ends_it(text)),
            Self::Wildcard(pieces) => text.is_some_and(|text| wild(pieces, text)),
            // AWS's matcher compares digits, so the network of all addresses matches any number.
            Self::Cidr(Network::V4 { mask: 0, .. }) if matches!(value, Scalar::Number(_)) => true,
            Self::Cidr(network) => text.is_some_and(|text| network.holds(text)),
            Self::NoneOf(values) => !values.iter().any(|wanted| value.is(wanted)),
            Self::Not(inner) => !inner.iter().any(|test| test.holds(value)),
            Self::Numeric(ranges) => match value {
                Scalar::Number(number) => ranges.iter().all(|(op, x)| op.holds(*number, *x)),
                _ => false,
            },
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

impl Network {
    /// Parses `10.0.0.0/24`. Like AWS's matcher, rejects a missing mask and one that leaves a
    /// single address.
    fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/')?;
        let bits: u32 = bits.parse().ok()?;
        match address.parse().ok()? {
            IpAddr::V4(address) if bits < 32 => {
                let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
                Some(Self::V4 { bits: address.to_bits() & mask, mask })
            }
            IpAddr::V6(address) if bits < 128 => {
                let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
                Some(Self::V6 { bits: address.to_bits() & mask, mask })
            }
            _ => None,
        }
    }

    fn holds(self, text: &str) -> bool {
        match self {
            Self::V4 { bits, mask } => {
                text.parse::<Ipv4Addr>().is_ok_and(|address| address.to_bits() & mask == bits)
            }
            Self::V6 { bits, mask } => {
                text.parse::<Ipv6Addr>().is_ok_and(|address| address.to_bits() & mask == bits)
            }
        }
    }
}

/// Compares numbers by value (EB-24), and everything else exactly.
pub(crate) fn same(one: &Value, two: &Value) -> bool {
    match (one.as_f64(), two.as_f64()) {
        (Some(one), Some(two)) => one.partial_cmp(&two).is_some_and(Ordering::is_eq),
        (None, None) => one == two,
        _ => false,
    }
}

/// Parses one value of a field's array.
pub(crate) fn test(value: &Value) -> Result<Test, String> {
    match value {
        Value::Object(object) => {
            let mut entries = object.iter();
            match (entries.next(), entries.next()) {
                (Some((name, argument)), None) => operator(name, argument),
                _ => Err("An operator must be an object with exactly one name.".to_owned()),
            }
        }
        Value::Array(_) => Err("An array of values cannot contain an array.".to_owned()),
        value => Ok(Test::Equals(value.clone())),
    }
}

fn operator(name: &str, argument: &Value) -> Result<Test, String> {
    let wrong = || format!("The operator {name} cannot take {argument}.");
    let text = || argument.as_str().ok_or_else(wrong);
    match name {
        "prefix" | "suffix" => affix(name, argument).ok_or_else(wrong),
        "equals-ignore-case" => Ok(Test::IgnoreCase(Folded::new(text()?))),
        "wildcard" => Ok(Test::Wildcard(pieces(text()?)?)),
        "exists" => Ok(Test::Exists(argument.as_bool().ok_or_else(wrong)?)),
        "numeric" => numeric(argument).ok_or_else(wrong),
        "anything-but" => anything_but(argument),
        "cidr" => Network::parse(text()?).map(Test::Cidr).ok_or_else(wrong),
        _ => Err(format!("There is no operator {name}.")),
    }
}

/// Parses `"a"` or `{"equals-ignore-case": "a"}`.
fn affix(name: &str, argument: &Value) -> Option<Test> {
    if let Some(text) = argument.as_str() {
        let text = text.to_owned();
        return Some(if name == "prefix" { Test::Prefix(text) } else { Test::Suffix(text) });
    }
    let object = argument.as_object().filter(|object| object.len() == 1)?;
    let text = Folded::new(object.get("equals-ignore-case")?.as_str()?);
    Some(if name == "prefix" {
        Test::PrefixIgnoringCase(text)
    } else {
        Test::SuffixIgnoringCase(text)
    })
}

fn anything_but(argument: &Value) -> Result<Test, String> {
    let wrong = || format!("The operator anything-but cannot take {argument}.");
    match argument {
        Value::String(_) | Value::Number(_) => Ok(Test::NoneOf(vec![argument.clone()])),
        Value::Array(values) => {
            let alike = values.iter().all(Value::is_string) || values.iter().all(Value::is_number);
            if !alike || values.is_empty() {
                return Err(wrong());
            }
            Ok(Test::NoneOf(values.clone()))
        }
        Value::Object(object) if object.len() == 1 => {
            let Some((name, argument)) = object.iter().next() else { return Err(wrong()) };
            if !["prefix", "suffix", "equals-ignore-case", "wildcard"].contains(&name.as_str()) {
                return Err(wrong());
            }
            let arguments = match argument {
                Value::Array(arguments) if !arguments.is_empty() => arguments.as_slice(),
                Value::String(_) => std::slice::from_ref(argument),
                _ => return Err(wrong()),
            };
            let affix = name == "prefix" || name == "suffix";
            let texts = arguments.iter().map(|argument| match argument {
                Value::String(text) if affix && text.is_empty() => Err(wrong()),
                Value::String(_) => operator(name, argument),
                _ => Err(wrong()),
            });
            texts.collect::<Result<_, _>>().map(Test::Not)
        }
        _ => Err(wrong()),
    }
}

/// Parses `["=", 5]` or `[">", 0, "<=", 5]`: the lower bound comes first and is below the upper
/// (RUL-08).
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

/// Splits a wildcard at its `*`s; `\\*` and `\\\\` are literal (EB-29).
fn pieces(wildcard: &str) -> Result<Vec<String>, String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut characters = wildcard.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '*' if characters.peek() == Some(&'*') => {
                return Err("A wildcard cannot contain two * in a row.".to_owned());
            }
            '*' => pieces.push(std::mem::take(&mut piece)),
            '\\' => match characters.next() {
                Some(escaped @ ('*' | '\\')) => piece.push(escaped),
                _ => {
                    return Err("A wildcard's \\ stands before * or another \\ only.".to_owned());
                }
            },
            other => piece.push(other),
        }
    }
    pieces.push(piece);
    let alike = |piece: &String| {
        let first = piece.chars().next();
        pieces
            .iter()
            .skip(1)
            .filter(|other| first.is_some() && other.chars().next() == first)
            .count()
    };
    if pieces.iter().skip(1).map(alike).max().unwrap_or(0) >= ALIKE_MAX {
        return Err("The wildcard is too complex: too many * before the same character.".to_owned());
    }
    Ok(pieces)
}

pub(crate) fn wild(pieces: &[String], text: &str) -> bool {
    let [first, middle @ .., last] = pieces else {
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

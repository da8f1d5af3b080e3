//! The rule of a composite alarm: `ALARM("a") AND NOT (OK("b") OR FALSE)` (CW-07).
//!
//! AWS documents the functions, the operators and the parentheses, and no precedence: that NOT binds closest
//! and AND closer than OR is a *model assumption* (MA-alarm-3).

use super::State;
use crate::kernel::depth::Depth;

/// Characters of a rule.
const LENGTH_MAX: usize = 10_240;
/// Alarms that a rule names.
const ALARMS_MAX: usize = 100;
/// Functions, operators and constants of a rule.
const ELEMENTS_MAX: usize = 500;

/// A rule about alarms that are named by `N`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule<N> {
    Is(State, N),
    Constant(bool),
    Not(Box<Rule<N>>),
    All(Vec<Rule<N>>),
    Any(Vec<Rule<N>>),
}

impl<N: Copy> Rule<N> {
    /// Whether the rule holds with the states that alarms are in.
    #[must_use]
    pub fn holds(&self, state: &impl Fn(N) -> State) -> bool {
        match self {
            Self::Is(expected, name) => state(*name) == *expected,
            Self::Constant(value) => *value,
            Self::Not(rule) => !rule.holds(state),
            Self::All(rules) => rules.iter().all(|rule| rule.holds(state)),
            Self::Any(rules) => rules.iter().any(|rule| rule.holds(state)),
        }
    }
}

impl<N> Rule<N> {
    /// The rule with each name replaced.
    pub fn map<M>(&self, name: &impl Fn(&N) -> M) -> Rule<M> {
        let each = |rules: &[Self]| rules.iter().map(|rule| rule.map(name)).collect();
        match self {
            Self::Is(state, old) => Rule::Is(*state, name(old)),
            Self::Constant(value) => Rule::Constant(*value),
            Self::Not(rule) => Rule::Not(Box::new(rule.map(name))),
            Self::All(rules) => Rule::All(each(rules)),
            Self::Any(rules) => Rule::Any(each(rules)),
        }
    }

    /// The alarms that it names, each once.
    pub fn names(&self) -> Vec<&N>
    where
        N: PartialEq,
    {
        let mut names = Vec::new();
        let mut rules = vec![self];
        while let Some(rule) = rules.pop() {
            match rule {
                Self::Is(_, name) if names.contains(&name) => {}
                Self::Is(_, name) => names.push(name),
                Self::Constant(_) => {}
                Self::Not(rule) => rules.push(rule),
                Self::All(more) | Self::Any(more) => rules.extend(more.iter().rev()),
            }
        }
        names
    }
}

impl Rule<String> {
    /// Parses a rule; the error is a sentence. Alarms are named as they are written, by name or ARN.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.chars().count() > LENGTH_MAX {
            return Err(format!("AlarmRule has at most {LENGTH_MAX} characters."));
        }
        let mut parser = Parser { rest: text, elements: 0, depth: Depth::default() };
        let rule = parser.any()?;
        if !parser.rest.trim_start().is_empty() {
            return Err(format!("{} Join functions with AND or OR.", parser.unexpected()));
        }
        if rule.names().len() > ALARMS_MAX {
            return Err(format!("AlarmRule names at most {ALARMS_MAX} alarms."));
        }
        Ok(rule)
    }
}

struct Parser<'a> {
    rest: &'a str,
    elements: usize,
    depth: Depth,
}

impl Parser<'_> {
    fn any(&mut self) -> Result<Rule<String>, String> {
        let mut rules = vec![self.all()?];
        while self.takes_word("OR") {
            rules.push(self.all()?);
        }
        Ok(if rules.len() == 1 { rules.remove(0) } else { Rule::Any(rules) })
    }

    fn all(&mut self) -> Result<Rule<String>, String> {
        let mut rules = vec![self.one()?];
        while self.takes_word("AND") {
            rules.push(self.one()?);
        }
        Ok(if rules.len() == 1 { rules.remove(0) } else { Rule::All(rules) })
    }

    fn one(&mut self) -> Result<Rule<String>, String> {
        self.depth.enter().map_err(|most| format!("AlarmRule is nested more than {most} deep."))?;
        let rule = self.part()?;
        self.depth.leave();
        self.elements += 1;
        if self.elements > ELEMENTS_MAX {
            return Err(format!("AlarmRule has at most {ELEMENTS_MAX} elements."));
        }
        Ok(rule)
    }

    fn part(&mut self) -> Result<Rule<String>, String> {
        if self.takes_word("NOT") {
            return Ok(Rule::Not(Box::new(self.one()?)));
        }
        for (word, value) in [("TRUE", true), ("FALSE", false)] {
            if self.takes_word(word) {
                return Ok(Rule::Constant(value));
            }
        }
        for state in State::ALL {
            if self.takes_word(state.word()) {
                return Ok(Rule::Is(state, self.name()?));
            }
        }
        self.takes("(")?;
        let rule = self.any()?;
        self.takes(")")?;
        Ok(rule)
    }

    /// An alarm's name in parentheses, with or without quotes.
    fn name(&mut self) -> Result<String, String> {
        self.takes("(")?;
        self.rest = self.rest.trim_start();
        let (inner, end) = match self.rest.strip_prefix('"') {
            Some(inner) => (inner, '"'),
            None => (self.rest, ')'),
        };
        let Some((name, rest)) = inner.split_once(end) else {
            return Err(format!("{} The name of an alarm has no end.", self.unexpected()));
        };
        let name = name.trim();
        if name.is_empty() {
            return Err("AlarmRule has a function that names no alarm.".to_owned());
        }
        if end == '"' {
            self.rest = rest;
            self.takes(")")?;
        } else {
            self.rest = rest;
        }
        Ok(name.to_owned())
    }

    /// Whether the text goes on with a word, which is then read.
    fn takes_word(&mut self, word: &str) -> bool {
        let rest = self.rest.trim_start();
        let Some(after) = rest.strip_prefix(word) else { return false };
        if after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
            return false;
        }
        self.rest = after;
        true
    }

    fn takes(&mut self, sign: &str) -> Result<(), String> {
        let rest = self.rest.trim_start();
        let after = rest.strip_prefix(sign);
        self.rest = after.ok_or_else(|| format!("{} It expects {sign}.", self.unexpected()))?;
        Ok(())
    }

    fn unexpected(&self) -> String {
        let found: String = self.rest.trim_start().chars().take(20).collect();
        if found.is_empty() {
            "AlarmRule ends too early.".to_owned()
        } else {
            format!("AlarmRule goes on with {found:?}.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Rule<String> {
        Rule::parse(text).unwrap_or_else(|sentence| panic!("{text}: {sentence}"))
    }

    /// Whether a rule holds while the alarms of some letters are in ALARM, `?` stands for one without data,
    /// and all others are OK.
    fn holds(text: &str, on: &str) -> bool {
        let rule = parse(text).map(&|name| name.chars().next().unwrap());
        rule.holds(&|name| match name {
            '?' => State::InsufficientData,
            name if on.contains(name) => State::Alarm,
            _ => State::Ok,
        })
    }

    #[test]
    fn a_rule_is_read_as_it_is_written() {
        let a = || Rule::Is(State::Alarm, "a".to_owned());
        for text in ["ALARM(a)", "ALARM(\"a\")", " ( ALARM ( a ) ) ", "\nALARM( \"a\" )\n"] {
            assert_eq!(parse(text), a(), "{text}");
        }
        assert_eq!(parse("OK(\"b (c)\")"), Rule::Is(State::Ok, "b (c)".to_owned()));
        assert_eq!(
            parse("ALARM(a) AND NOT ALARM(a)"),
            Rule::All(vec![a(), Rule::Not(Box::new(a()))])
        );
        assert_eq!(parse("ALARM(a) OR OK(b) OR ALARM(c)").names(), ["a", "b", "c"]);
    }

    #[test]
    fn not_binds_closest_and_and_closer_than_or() {
        for (text, on, expected) in [
            ("ALARM(a) AND ALARM(b)", "a", false),
            ("ALARM(a) AND ALARM(b)", "ab", true),
            ("ALARM(a) OR ALARM(b) AND ALARM(c)", "a", true),
            ("(ALARM(a) OR ALARM(b)) AND ALARM(c)", "a", false),
            ("NOT ALARM(a) OR ALARM(b)", "ab", true),
            ("NOT (ALARM(a) OR ALARM(b))", "b", false),
            ("ALARM(a) AND NOT ALARM(b)", "a", true),
            ("ALARM(a) AND NOT ALARM(b)", "ab", false),
            ("INSUFFICIENT_DATA(?) AND OK(a)", "", true),
            ("TRUE AND NOT FALSE", "", true),
        ] {
            assert_eq!(holds(text, on), expected, "{text} with {on}");
        }
    }

    #[test]
    fn what_is_no_rule_is_a_sentence() {
        for (text, sentence) in [
            ("", "ends too early"),
            ("ALARM", "It expects ("),
            ("ALARM()", "names no alarm"),
            ("ALARM(a", "has no end"),
            ("ALARM(\"a)", "has no end"),
            ("alarm(a)", "goes on with \"alarm(a)\""),
            ("ALARM(a) ALARM(b)", "Join functions"),
            ("ALARM(a) AND", "ends too early"),
            ("(ALARM(a)", "It expects )"),
            ("ANDALARM(a)", "goes on with"),
        ] {
            let told = Rule::parse(text).unwrap_err();
            assert!(told.contains(sentence), "{text}: {told}");
        }
    }

    #[test]
    fn a_rule_has_limits_and_no_nesting_exhausts_the_stack() {
        let nested = |depth: usize| format!("{}TRUE{}", "(".repeat(depth), ")".repeat(depth));
        assert!(Rule::parse(&nested(100)).is_ok());
        assert!(Rule::parse(&nested(5_000)).unwrap_err().contains("nested"));
        assert!(Rule::parse(&"NOT ".repeat(2_000)).unwrap_err().contains("nested"));
        let many = |count: usize, of: fn(usize) -> String| {
            Rule::parse(&(0..count).map(of).collect::<Vec<_>>().join(" OR "))
        };
        assert!(many(100, |n| format!("OK(a{n})")).is_ok());
        assert!(many(101, |n| format!("OK(a{n})")).unwrap_err().contains("at most 100 alarms"));
        assert!(many(501, |_| "TRUE".to_owned()).unwrap_err().contains("at most 500 elements"));
        assert!(many(2_000, |_| "FALSE".to_owned()).unwrap_err().contains("characters"));
    }
}

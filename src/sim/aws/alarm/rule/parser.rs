//! The parser of a composite alarm's rule.
//!
//! AWS documents the functions, the operators and the parentheses, and no precedence: that NOT binds closest
//! and AND closer than OR is a *model assumption* (MA-alarm-3).

use super::{Rule, State};
use crate::kernel::depth::Depth;

/// Characters of a rule.
const LENGTH_MAX: usize = 10_240;
/// Alarms that a rule names.
const ALARMS_MAX: usize = 100;
/// Functions, operators and constants of a rule.
const ELEMENTS_MAX: usize = 500;

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

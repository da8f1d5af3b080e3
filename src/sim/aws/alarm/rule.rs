//! The rule of a composite alarm: `ALARM("a") AND NOT (OK("b") OR FALSE)` (CW-07).

mod parser;

use super::State;

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
}

//! The parser of claims.

use std::ops::Range;

use super::{Claim, ClaimError, Node, Operand, Operator, seconds};
use crate::design::Duration;
use crate::kernel::depth::Depth;
use crate::kernel::time::Time;
use crate::world::Gauge;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    And,
    Or,
    Not,
    Open,
    Close,
    Operator(Operator),
    /// A path or a number, as written.
    Word(String),
}

struct Parser<'a> {
    text: &'a str,
    gauges: &'a [Gauge],
    tokens: Vec<(Token, Range<usize>)>,
    next: usize,
    operands: Vec<Operand>,
    depth: Depth,
}

/// Parses a claim against the measures a run has. The error names the words that are wrong.
pub fn claim(text: &str, gauges: &[Gauge]) -> Result<Claim, ClaimError> {
    let tokens = tokens(text)?;
    let mut parser =
        Parser { text, gauges, tokens, next: 0, operands: Vec::new(), depth: Depth::default() };
    let root = parser.either()?;
    if let Some((_, at)) = parser.tokens.get(parser.next) {
        return Err(parser.wrong(
            at.clone(),
            "This does not continue the claim: join comparisons with and or or.",
        ));
    }
    Ok(Claim { root, operands: parser.operands })
}

pub(super) fn tokens(text: &str) -> Result<Vec<(Token, Range<usize>)>, ClaimError> {
    const OPERATORS: [(&str, Operator); 6] = [
        ("==", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
    ];
    let is_word = |c: char| c.is_ascii_alphanumeric() || "._-@".contains(c);
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(sign) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        if sign.is_whitespace() {
            at += sign.len_utf8();
            continue;
        }
        let operator = OPERATORS.iter().find(|(word, _)| rest.starts_with(word));
        let (token, length) = if let Some((word, operator)) = operator {
            (Token::Operator(*operator), word.len())
        } else if sign == '(' {
            (Token::Open, 1)
        } else if sign == ')' {
            (Token::Close, 1)
        } else if is_word(sign) {
            let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let word = rest.get(..length).unwrap_or_default();
            let token = match word {
                "and" => Token::And,
                "or" => Token::Or,
                "not" => Token::Not,
                word => Token::Word(word.to_owned()),
            };
            (token, length)
        } else {
            let sentence = match sign {
                '=' => "Write == for a comparison.".to_owned(),
                sign => format!("{sign:?} does not belong in a claim."),
            };
            let range = at..at + sign.len_utf8();
            return Err(ClaimError { text: text.to_owned(), at: range, sentence });
        };
        tokens.push((token, at..at + length));
        at += length;
    }
    Ok(tokens)
}

impl Parser<'_> {
    fn wrong(&self, at: Range<usize>, sentence: impl Into<String>) -> ClaimError {
        ClaimError { text: self.text.to_owned(), at, sentence: sentence.into() }
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(token, _)| token)
    }

    fn take(&mut self) -> Result<(Token, Range<usize>), ClaimError> {
        let end = self.text.len();
        let token = self.tokens.get(self.next).cloned();
        self.next += 1;
        token.ok_or_else(|| {
            self.wrong(end..end, "Something is missing here: a claim is PATH OP VALUE, such as ledger.orders_lost == 0.")
        })
    }

    fn either(&mut self) -> Result<Node, ClaimError> {
        let first = self.both()?;
        let mut parts = vec![first];
        while self.peek() == Some(&Token::Or) {
            self.next += 1;
            parts.push(self.both()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Node::Or(parts) })
    }

    fn both(&mut self) -> Result<Node, ClaimError> {
        let first = self.one()?;
        let mut parts = vec![first];
        while self.peek() == Some(&Token::And) {
            self.next += 1;
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Node::And(parts) })
    }

    fn one(&mut self) -> Result<Node, ClaimError> {
        if !matches!(self.peek(), Some(Token::Not | Token::Open)) {
            return self.comparison();
        }
        let (token, at) = self.take()?;
        self.depth.enter().map_err(|most| {
            self.wrong(at, format!("A claim may nest ( and not at most {most} levels deep."))
        })?;
        let node = if token == Token::Not {
            Node::Not(Box::new(self.one()?))
        } else {
            let inner = self.either()?;
            let (token, at) = self.take()?;
            if token != Token::Close {
                return Err(self.wrong(at, "A ) is missing before this."));
            }
            inner
        };
        self.depth.leave();
        Ok(node)
    }

    fn comparison(&mut self) -> Result<Node, ClaimError> {
        let left = self.operand(false)?;
        let (token, at) = self.take()?;
        let Token::Operator(operator) = token else {
            return Err(self.wrong(at, "Expected one of == != < <= > >= here."));
        };
        let right = self.operand(true)?;
        Ok(Node::Compare(left, operator, right))
    }

    fn operand(&mut self, may_be_value: bool) -> Result<usize, ClaimError> {
        let (token, at) = self.take()?;
        let Token::Word(word) = token else {
            return Err(
                self.wrong(at, "Expected the path of a measure here, such as ledger.orders_lost.")
            );
        };
        let operand = if word.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.') {
            if !may_be_value {
                return Err(self.wrong(at, "The left side of a comparison must be a path."));
            }
            let number = word.parse().ok().filter(|number: &f64| number.is_finite());
            let value =
                number.or_else(|| Duration::parse(&word).map(|duration| seconds(duration.0)));
            let value = value.ok_or_else(|| {
                self.wrong(at, format!("{word} is neither a number nor a duration such as 20m."))
            })?;
            Operand::Value(value)
        } else {
            self.measure(&word, at)?
        };
        self.operands.push(operand);
        Ok(self.operands.len() - 1)
    }

    fn measure(&self, word: &str, at: Range<usize>) -> Result<Operand, ClaimError> {
        let (path, instant) = match word.split_once('@') {
            Some((path, instant)) => (path, Some(instant)),
            None => (word, None),
        };
        let find = |path: &str| self.gauges.iter().find(|gauge| gauge.path == path).cloned();
        if let Some(instant) = instant {
            let time = Duration::parse(instant).ok_or_else(|| {
                let from = at.start + path.len() + 1;
                self.wrong(from..at.end, "Expected an instant after @, such as 12m.")
            })?;
            let gauge = find(path).ok_or_else(|| self.unknown(path, at))?;
            return Ok(Operand::At(gauge, Time::ZERO + time.0, None));
        }
        if let Some(gauge) = find(path) {
            return Ok(Operand::End(gauge));
        }
        if let Some(gauge) = path.strip_suffix(".max").and_then(find) {
            return Ok(Operand::Max(gauge, None));
        }
        if let Some(gauge) = path.strip_suffix(".min").and_then(find) {
            return Ok(Operand::Min(gauge, None));
        }
        Err(self.unknown(path, at))
    }

    /// Names the first step of the path that matches no measure, and the steps that would.
    fn unknown(&self, path: &str, at: Range<usize>) -> ClaimError {
        let steps: Vec<&str> = path.split('.').collect();
        let known = |count: usize| {
            let prefix = steps.get(..count).unwrap_or_default().join(".") + ".";
            let fits = |gauge: &&Gauge| count == 0 || gauge.path.starts_with(&prefix);
            let mut names: Vec<&str> = self
                .gauges
                .iter()
                .filter(fits)
                .filter_map(|gauge| gauge.path.split('.').nth(count))
                .collect();
            names.sort_unstable();
            names.dedup();
            names
        };
        // No measure has a longer path, so the first unknown step is within this length.
        let longest = self.gauges.iter().map(|gauge| gauge.path.split('.').count()).max();
        let depth = (0..steps.len().min(longest.unwrap_or(0)))
            .rev()
            .find(|count| !known(*count).is_empty())
            .unwrap_or(0);
        let from = at.start + steps.iter().take(depth).map(|step| step.len() + 1).sum::<usize>();
        let place = if depth == 0 {
            "a run".to_owned()
        } else {
            steps.get(..depth).unwrap_or_default().join(".")
        };
        let missing = steps.get(depth).copied().unwrap_or_default();
        let end = (from + missing.len()).min(at.end);
        self.wrong(
            from.min(end)..end,
            format!("{place} has no measure {missing:?}; it has {}.", known(depth).join(", ")),
        )
    }
}

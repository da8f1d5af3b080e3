//! The parser of paths.

use serde_json::Value;

use super::filter::{Filter, Operand, Relation, SIGNS, WORDS};
use super::{Path, Step};
use crate::kernel::depth::Depth;

pub(super) struct PathParser<'a> {
    source: &'a str,
    at: usize,
    depth: Depth,
}

/// Parses the part after the root.
pub(super) fn path(text: &str) -> Result<Path, String> {
    // White space after a path is ignored.
    let source = text.trim_end();
    let mut reader = PathParser { source, at: 0, depth: Depth::default() };
    let steps = reader.steps()?;
    if reader.at < source.len() {
        return Err(format!("the path cannot go on with {:?}.", reader.rest()));
    }
    Ok(Path { steps })
}

impl<'a> PathParser<'a> {
    fn rest(&self) -> &'a str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.source.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, word: &str) -> bool {
        let there = self.rest().starts_with(word);
        self.at += if there { word.len() } else { 0 };
        there
    }

    fn spaces(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn enter(&mut self) -> Result<(), String> {
        self.depth.enter().map_err(|most| format!("the path nests more than {most} levels deep."))
    }

    fn steps(&mut self) -> Result<Vec<Step>, String> {
        let mut steps = Vec::new();
        loop {
            if self.take("..") {
                steps.push(Step::Descend);
                if self.peek() != Some(b'[') {
                    steps.push(self.name()?);
                }
            } else if self.take(".") {
                // AWS's guide also writes $.store.['a book'].
                if self.peek() != Some(b'[') {
                    steps.push(self.name()?);
                }
            } else if self.take("[") {
                steps.push(self.bracket()?);
            } else {
                return Ok(steps);
            }
        }
    }

    /// Parses a name without quotes, a function, or `*`.
    fn name(&mut self) -> Result<Step, String> {
        if self.take("*") {
            return Ok(Step::Every);
        }
        let start = self.at;
        let signs = b".[]()<>=!&|, '\"?@";
        let ends = |byte: u8| byte.is_ascii_whitespace() || signs.contains(&byte);
        while self.peek().is_some_and(|byte| !ends(byte)) {
            self.at += 1;
        }
        let name = self.source.get(start..self.at).unwrap_or_default();
        if name.is_empty() {
            return Err("a name is missing in the path.".to_owned());
        }
        if self.peek() == Some(b'(') {
            self.arguments()?;
            return Ok(Step::Function);
        }
        Ok(Step::Name(name.to_owned()))
    }

    /// Skips a function's arguments: AWS accepts any when the machine is created, and finds nothing
    /// at run time.
    fn arguments(&mut self) -> Result<(), String> {
        let mut open = 0_usize;
        let mut quote = None;
        for (offset, character) in self.rest().char_indices() {
            match (quote, character) {
                (Some(mark), _) if mark == character => quote = None,
                (None, '\'' | '"') => quote = Some(character),
                (None, '(') => open += 1,
                (None, ')') => {
                    open -= 1;
                    if open == 0 {
                        self.at += offset + 1;
                        return Ok(());
                    }
                }
                _ => {}
            }
        }
        Err("a ( in the path is not closed.".to_owned())
    }

    /// Parses the content of `[ ]`.
    fn bracket(&mut self) -> Result<Step, String> {
        self.spaces();
        if self.take("?") {
            return self.filter();
        }
        if self.take("*") {
            return self.close(Step::Every);
        }
        if self.take("(@.length") {
            self.spaces();
            let back = self.number().filter(|number| *number < 0);
            self.spaces();
            return match back.filter(|_| self.take(")")) {
                Some(back) => self.close(Step::Index(back)),
                None => Err("write [(@.length-1)] for a list's last element.".to_owned()),
            };
        }
        let mut names = Vec::new();
        let mut indices = Vec::new();
        loop {
            self.spaces();
            if let Some(quote @ (b'\'' | b'"')) = self.peek() {
                names.push(self.quoted(quote)?);
            } else {
                let from = self.number();
                if names.is_empty() && indices.is_empty() && self.take(":") {
                    let to = self.number();
                    return self.close(Step::Slice(from, to));
                }
                indices.push(from.ok_or("a name or a number is missing in the path.")?);
            }
            self.spaces();
            if !self.take(",") {
                break;
            }
        }
        let step = match (names.len(), indices.len()) {
            (1, 0) => Step::Name(names.remove(0)),
            (0, 1) => Step::Index(indices.remove(0)),
            (_, 0) => Step::Names(names),
            (0, _) => Step::Indices(indices),
            _ => return Err("one [ ] of a path cannot mix names and numbers.".to_owned()),
        };
        self.close(step)
    }

    fn filter(&mut self) -> Result<Step, String> {
        self.spaces();
        if !self.take("(") {
            return Err("a filter needs parentheses: [?( … )].".to_owned());
        }
        self.enter()?;
        let filter = self.or()?;
        self.depth.leave();
        self.spaces();
        let closed = self.take(")");
        self.spaces();
        if closed && self.take("]") {
            Ok(Step::Filter(filter))
        } else {
            Err("a filter in the path is not closed.".to_owned())
        }
    }

    fn close(&mut self, step: Step) -> Result<Step, String> {
        self.spaces();
        if self.take("]") { Ok(step) } else { Err("a [ in the path is not closed.".to_owned()) }
    }

    fn number(&mut self) -> Option<i64> {
        let start = self.at;
        let _ = self.take("-");
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.source.get(start..self.at)?.parse().ok()
    }

    fn quoted(&mut self, quote: u8) -> Result<String, String> {
        self.at += 1;
        let mut text = String::new();
        let mut characters = self.rest().char_indices();
        while let Some((offset, character)) = characters.next() {
            if character == char::from(quote) {
                self.at += offset + 1;
                return Ok(text);
            }
            match character {
                '\\' => match characters.next() {
                    Some((_, escaped)) if escaped == char::from(quote) || escaped == '\\' => {
                        text.push(escaped);
                    }
                    Some((_, other)) => text.extend(['\\', other]),
                    None => {}
                },
                other => text.push(other),
            }
        }
        Err("a quotation mark in the path is not closed.".to_owned())
    }

    fn or(&mut self) -> Result<Filter, String> {
        let first = self.and()?;
        let mut filters = vec![first];
        while self.operator("||") {
            filters.push(self.and()?);
        }
        Ok(if filters.len() == 1 { filters.remove(0) } else { Filter::Or(filters) })
    }

    fn and(&mut self) -> Result<Filter, String> {
        let first = self.single()?;
        let mut filters = vec![first];
        while self.operator("&&") {
            filters.push(self.single()?);
        }
        Ok(if filters.len() == 1 { filters.remove(0) } else { Filter::And(filters) })
    }

    fn operator(&mut self, word: &str) -> bool {
        self.spaces();
        self.take(word)
    }

    fn single(&mut self) -> Result<Filter, String> {
        self.spaces();
        if self.take("(") {
            self.enter()?;
            let inner = self.or()?;
            self.depth.leave();
            return if self.operator(")") {
                Ok(inner)
            } else {
                Err("a ( in the path's filter is not closed.".to_owned())
            };
        }
        if self.take("!") {
            self.enter()?;
            let inner = self.single()?;
            self.depth.leave();
            return Ok(Filter::Not(Box::new(inner)));
        }
        let left = self.operand()?;
        if let Some(relation) = self.relation() {
            self.spaces();
            return Ok(Filter::Compare(left, relation, self.operand()?));
        }
        match left {
            Operand::Here(_) | Operand::Root(_) => Ok(Filter::Exists(left)),
            Operand::Value(_) => Err("a filter in the path compares nothing.".to_owned()),
        }
    }

    fn relation(&mut self) -> Option<Relation> {
        self.spaces();
        for (sign, relation) in SIGNS {
            if self.take(sign) {
                return Some(relation);
            }
        }
        let rest = self.rest();
        let length = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default().to_ascii_lowercase();
        let (_, relation) = WORDS.iter().find(|(known, _)| *known == word)?;
        self.at += length;
        Some(*relation)
    }

    fn operand(&mut self) -> Result<Operand, String> {
        if self.take("@") {
            return Ok(Operand::Here(Path { steps: self.steps()? }));
        }
        if self.take("$") {
            return Ok(Operand::Root(Path { steps: self.steps()? }));
        }
        if let Some(quote @ (b'\'' | b'"')) = self.peek() {
            return Ok(Operand::Value(Value::from(self.quoted(quote)?)));
        }
        if self.take("[") {
            return self.list();
        }
        self.word()
    }

    /// Parses `['a', 2]`, the operand of membership tests.
    fn list(&mut self) -> Result<Operand, String> {
        let mut values = Vec::new();
        self.spaces();
        while !self.take("]") {
            let value = match self.peek() {
                Some(quote @ (b'\'' | b'"')) => Operand::Value(Value::from(self.quoted(quote)?)),
                _ => self.word()?,
            };
            if let Operand::Value(value) = value {
                values.push(value);
            }
            self.spaces();
            if self.take(",") {
                self.spaces();
            } else if self.peek() != Some(b']') {
                return Err("a list in the path's filter is not closed.".to_owned());
            }
        }
        Ok(Operand::Value(Value::Array(values)))
    }

    /// Parses a number, true, false or null; any other unquoted word is a string.
    fn word(&mut self) -> Result<Operand, String> {
        let start = self.at;
        let ends = |byte: u8| byte.is_ascii_whitespace() || b"()[]<>=!&|,'\"@$?".contains(&byte);
        while self.peek().is_some_and(|byte| !ends(byte)) {
            self.at += 1;
        }
        let word = self.source.get(start..self.at).unwrap_or_default();
        if word.is_empty() {
            return Err("a filter in the path compares with @…, $…, a number or a text.".to_owned());
        }
        let plain = |value: &Value| !value.is_array() && !value.is_object();
        let value = serde_json::from_str(word).ok().filter(plain);
        Ok(Operand::Value(value.unwrap_or_else(|| Value::from(word))))
    }
}

//! JSONPath as Amazon States Language uses it: `$.a.b`, `$['a'][0]`, `$..a`, `$.a[*]`,
//! `$.a[?(@.b > 1)]`. A path that can name one place only answers with what is there, any other
//! with the list of what it finds.

use std::fmt::Write;

use serde_json::Value;

/// A path after its root.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq)]
enum Step {
    Name(String),
    Index(i64),
    /// Any of these names or indices.
    Several(Vec<Step>),
    Slice(Option<i64>, Option<i64>),
    Every,
    /// Here and everywhere below.
    Descend,
    Filter(Filter),
}

#[derive(Debug, Clone, PartialEq)]
enum Filter {
    Or(Vec<Filter>),
    And(Vec<Filter>),
    Not(Box<Filter>),
    Exists(Path),
    Compare(Operand, String, Operand),
}

#[derive(Debug, Clone, PartialEq)]
enum Operand {
    Path(Path),
    Value(Value),
}

impl Path {
    /// Reads what follows the root: `.a[0]`, or nothing.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { text: text.as_bytes(), source: text, at: 0 };
        let steps = reader.steps()?;
        if reader.at < reader.text.len() {
            return Err(format!("the path cannot go on with {:?}.", &text[reader.at..]));
        }
        Ok(Self { steps })
    }

    /// Whether it can name one place only.
    #[must_use]
    pub fn is_definite(&self) -> bool {
        self.steps.iter().all(|step| matches!(step, Step::Name(_) | Step::Index(_)))
    }

    /// What stands there; where nothing does, the words in which AWS says so.
    pub fn find(&self, root: &Value) -> Result<Value, String> {
        if !self.is_definite() {
            return Ok(Value::Array(self.all(root).into_iter().cloned().collect()));
        }
        let mut here = root;
        let mut walked = String::from("$");
        for (index, step) in self.steps.iter().enumerate() {
            let next = one(here, step);
            match step {
                Step::Name(name) => {
                    let before = walked.clone();
                    let _ = write!(walked, "['{name}']");
                    if next.is_none() && index + 1 < self.steps.len() {
                        return Err(if here.is_object() {
                            format!("Missing property in path {walked}")
                        } else {
                            format!(
                                "Expected to find an object with property ['{name}'] in path \
                                 {before} but found '{}'. This is not a json object according to \
                                 the JsonProvider: 'com.jayway.jsonpath.spi.json.\
                                 JacksonJsonProvider'.",
                                java_class(here)
                            )
                        });
                    }
                }
                Step::Index(number) => {
                    let _ = write!(walked, "[{number}]");
                }
                _ => {}
            }
            here = next.ok_or_else(|| format!("No results for path: {walked}"))?;
        }
        Ok(here.clone())
    }

    /// Everything it names, in order.
    fn all<'a>(&self, root: &'a Value) -> Vec<&'a Value> {
        let mut here = vec![root];
        for step in &self.steps {
            let mut next = Vec::new();
            for value in here {
                step.walk(value, &mut next);
            }
            here = next;
        }
        here
    }

    /// Puts a value there, making objects on the way; `None` where something else is in the way.
    #[must_use]
    pub fn put(&self, root: &Value, value: Value) -> Option<Value> {
        let mut whole = root.clone();
        let mut here = &mut whole;
        for step in &self.steps {
            here = match step {
                Step::Name(name) => {
                    if here.is_null() {
                        *here = Value::Object(serde_json::Map::new());
                    }
                    here.as_object_mut()?.entry(name.clone()).or_insert(Value::Null)
                }
                Step::Index(index) => {
                    here.as_array_mut()?.get_mut(usize::try_from(*index).ok()?)?
                }
                _ => return None,
            };
        }
        *here = value;
        Some(whole)
    }
}

fn java_class(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "java.lang.String",
        Value::Bool(_) => "java.lang.Boolean",
        Value::Number(number) if number.is_f64() => "java.lang.Double",
        Value::Number(_) => "java.lang.Integer",
        Value::Array(_) => "java.util.ArrayList",
        Value::Null | Value::Object(_) => "null",
    }
}

fn one<'a>(value: &'a Value, step: &Step) -> Option<&'a Value> {
    match step {
        Step::Name(name) => value.get(name.as_str()),
        Step::Index(index) => {
            let list = value.as_array()?;
            let index = if *index < 0 { list.len() as i64 + index } else { *index };
            list.get(usize::try_from(index).ok()?)
        }
        _ => None,
    }
}

impl Step {
    fn walk<'a>(&self, value: &'a Value, found: &mut Vec<&'a Value>) {
        match self {
            Self::Name(_) | Self::Index(_) => found.extend(one(value, self)),
            Self::Several(steps) => steps.iter().for_each(|step| step.walk(value, found)),
            Self::Every => match value {
                Value::Array(list) => found.extend(list),
                Value::Object(object) => found.extend(object.values()),
                _ => {}
            },
            Self::Slice(from, to) => {
                if let Some(list) = value.as_array() {
                    let length = list.len() as i64;
                    let bound = |bound: i64| {
                        (if bound < 0 { length + bound } else { bound }).clamp(0, length) as usize
                    };
                    let (from, to) = (bound(from.unwrap_or(0)), bound(to.unwrap_or(length)));
                    found.extend(list.get(from..to.max(from)).unwrap_or_default());
                }
            }
            Self::Descend => {
                found.push(value);
                let below: Vec<&Value> = match value {
                    Value::Array(list) => list.iter().collect(),
                    Value::Object(object) => object.values().collect(),
                    _ => Vec::new(),
                };
                for value in below {
                    self.walk(value, found);
                }
            }
            Self::Filter(filter) => match value {
                Value::Array(list) => {
                    found.extend(list.iter().filter(|value| filter.holds(value)));
                }
                Value::Object(_) if filter.holds(value) => found.push(value),
                _ => {}
            },
        }
    }
}

impl Filter {
    fn holds(&self, value: &Value) -> bool {
        match self {
            Self::Or(filters) => filters.iter().any(|filter| filter.holds(value)),
            Self::And(filters) => filters.iter().all(|filter| filter.holds(value)),
            Self::Not(filter) => !filter.holds(value),
            Self::Exists(path) => !path.all(value).is_empty(),
            Self::Compare(left, operator, right) => {
                let (Some(left), Some(right)) = (left.value(value), right.value(value)) else {
                    return false;
                };
                compares(&left, operator, &right)
            }
        }
    }
}

fn compares(left: &Value, operator: &str, right: &Value) -> bool {
    let order = match (left, right) {
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => match (left.as_f64(), right.as_f64()) {
            (Some(left), Some(right)) => left.partial_cmp(&right),
            _ => None,
        },
    };
    let same = order.map_or(left == right, std::cmp::Ordering::is_eq);
    match operator {
        "==" => same,
        "!=" => !same,
        "<" => order.is_some_and(std::cmp::Ordering::is_lt),
        "<=" => order.is_some_and(std::cmp::Ordering::is_le),
        ">" => order.is_some_and(std::cmp::Ordering::is_gt),
        _ => order.is_some_and(std::cmp::Ordering::is_ge),
    }
}

impl Operand {
    fn value(&self, here: &Value) -> Option<Value> {
        match self {
            Self::Value(value) => Some(value.clone()),
            Self::Path(path) => path.all(here).first().map(|value| (*value).clone()),
        }
    }
}

struct Reader<'a> {
    text: &'a [u8],
    source: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn take(&mut self, word: &str) -> bool {
        let there = self.source[self.at..].starts_with(word);
        self.at += if there { word.len() } else { 0 };
        there
    }

    fn spaces(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
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
                steps.push(self.name()?);
            } else if self.take("[") {
                steps.push(self.bracket()?);
            } else {
                return Ok(steps);
            }
        }
    }

    /// A name without quotes, or `*`.
    fn name(&mut self) -> Result<Step, String> {
        if self.take("*") {
            return Ok(Step::Every);
        }
        let start = self.at;
        let ends = |byte: u8| b".[]()<>=!&|, '\"?@".contains(&byte);
        while self.peek().is_some_and(|byte| !ends(byte)) {
            self.at += 1;
        }
        if start == self.at {
            return Err("a name is missing in the path.".to_owned());
        }
        Ok(Step::Name(self.source[start..self.at].to_owned()))
    }

    /// What stands between `[` and `]`.
    fn bracket(&mut self) -> Result<Step, String> {
        self.spaces();
        if self.take("?") {
            self.spaces();
            if !self.take("(") {
                return Err("a filter stands in parentheses: [?( … )].".to_owned());
            }
            let filter = self.or()?;
            self.spaces();
            let closed = self.take(")");
            self.spaces();
            return if closed && self.take("]") {
                Ok(Step::Filter(filter))
            } else {
                Err("a filter in the path is not closed.".to_owned())
            };
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
                None => Err("a list's end is named as [(@.length-1)].".to_owned()),
            };
        }
        let mut several = Vec::new();
        loop {
            self.spaces();
            let step = if let Some(quote @ (b'\'' | b'"')) = self.peek() {
                Step::Name(self.quoted(quote)?)
            } else {
                let from = self.number();
                if self.take(":") {
                    let to = self.number();
                    return self.close(Step::Slice(from, to));
                }
                Step::Index(from.ok_or("a name or a number is missing in the path.")?)
            };
            several.push(step);
            self.spaces();
            if !self.take(",") {
                break;
            }
        }
        let step = if several.len() == 1 { several.remove(0) } else { Step::Several(several) };
        self.close(step)
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
        self.source[start..self.at].parse().ok()
    }

    fn quoted(&mut self, quote: u8) -> Result<String, String> {
        self.at += 1;
        let mut text = String::new();
        let mut characters = self.source[self.at..].char_indices();
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
        let mut filters = vec![self.and()?];
        while self.operator("||") {
            filters.push(self.and()?);
        }
        Ok(if filters.len() == 1 { filters.remove(0) } else { Filter::Or(filters) })
    }

    fn and(&mut self) -> Result<Filter, String> {
        let mut filters = vec![self.single()?];
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
            let inner = self.or()?;
            return if self.operator(")") {
                Ok(inner)
            } else {
                Err("a ( in the path's filter is not closed.".to_owned())
            };
        }
        if self.source[self.at..].starts_with('!') && !self.source[self.at..].starts_with("!=") {
            self.at += 1;
            return Ok(Filter::Not(Box::new(self.single()?)));
        }
        let left = self.operand()?;
        self.spaces();
        for operator in ["==", "!=", "<=", ">=", "<", ">"] {
            if self.take(operator) {
                self.spaces();
                return Ok(Filter::Compare(left, operator.to_owned(), self.operand()?));
            }
        }
        match left {
            Operand::Path(path) => Ok(Filter::Exists(path)),
            Operand::Value(_) => Err("a filter in the path compares nothing.".to_owned()),
        }
    }

    fn operand(&mut self) -> Result<Operand, String> {
        if self.take("@") {
            return Ok(Operand::Path(Path { steps: self.steps()? }));
        }
        if let Some(quote @ (b'\'' | b'"')) = self.peek() {
            return Ok(Operand::Value(Value::from(self.quoted(quote)?)));
        }
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        {
            self.at += 1;
        }
        // A word without quotation marks is a text, too.
        let word = &self.source[start..self.at];
        let value = serde_json::from_str(word).unwrap_or_else(|_| Value::from(word));
        if word.is_empty() {
            return Err("a filter in the path compares with @…, a number or a text.".to_owned());
        }
        Ok(Operand::Value(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(path: &str, expected: &Value) {
        let shelf = json!({
            "books": [
                {"title": "Tides", "price": 8, "out": false},
                {"title": "Moors", "price": 12.5, "out": true, "lent": {"days": 3}},
            ],
            "a.b": 1,
        });
        let found = Path::parse(path).unwrap().find(&shelf);
        assert_eq!(found.unwrap_or_else(Value::from), *expected, "{path}");
    }

    #[test]
    fn a_definite_path_names_one_place() {
        check(".books[1].title", &json!("Moors"));
        check("['a.b']", &json!(1));
        check(".books[-1].lent['days']", &json!(3));
        check(".shelf", &json!("No results for path: $['shelf']"));
        check(".shelf.board", &json!("Missing property in path $['shelf']"));
    }

    #[test]
    fn any_other_path_finds_a_list() {
        check(".books[*].price", &json!([8, 12.5]));
        check("..days", &json!([3]));
        check(".books[0:1].title", &json!(["Tides"]));
        check(".books[?(@.price > 10 && @.out == true)].title", &json!(["Moors"]));
        check(".books[?(@.lent)].title", &json!(["Moors"]));
        check(".books[?(!@.lent)].title", &json!(["Tides"]));
        check(".books[(@.length-1)].title", &json!("Moors"));
        check(".books[0]['title','price']", &json!(["Tides", 8]));
    }

    #[test]
    fn a_value_is_put_where_nothing_was() {
        let put = |path: &str| Path::parse(path).unwrap().put(&json!({"a": 1}), json!(2));
        assert_eq!(put(".b.c"), Some(json!({"a": 1, "b": {"c": 2}})));
        assert_eq!(put(""), Some(json!(2)));
        assert_eq!(put(".a.b"), None);
    }

    #[test]
    fn what_is_no_path_says_why() {
        for wrong in [".", "[", "['a", "[?(@.a ==)]", ".a]", "[?(1)]", "[(@.length+1)]"] {
            assert!(Path::parse(wrong).is_err(), "{wrong}");
        }
    }
}

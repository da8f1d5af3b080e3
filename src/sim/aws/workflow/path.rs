//! JSONPath as Amazon States Language uses it: `$.a.b`, `$['a'][0]`, `$..a`, `$.a[*]`, `$.a[?(@.b >
//! 1)]`. A path that can match only one place returns the value there; any other path returns the
//! list of its matches.

mod filter;
mod read;

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt::Write;

use serde_json::{Map, Value};

use self::filter::Filter;
use crate::kernel::depth::DEPTH_MAX;

/// Maximum bytes that a path may visit and return: many times the limit of a state's input or
/// output (SFN-09). It stops paths that multiply, such as `$..*..*..*`. A *model assumption*
/// (MA-workflow-11).
const FOUND_MAX: usize = 8 * 1_048_576;

/// A path without its root.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq)]
enum Step {
    Name(String),
    Index(i64),
    /// `['a','b']`: an object with these fields; before further steps, each of their values.
    Names(Vec<String>),
    Indices(Vec<i64>),
    Slice(Option<i64>, Option<i64>),
    Every,
    /// The value itself and everything below it.
    Descend,
    Filter(Filter),
    /// `length()`, `sum()`: AWS accepts them when the machine is created, and finds nothing at run
    /// time.
    Function,
}

/// One evaluation of a path on a document.
struct Search<'a> {
    root: &'a Value,
    left: Cell<usize>,
}

impl Search<'_> {
    fn spend(&self, amount: usize) {
        self.left.set(self.left.get().saturating_sub(amount));
    }

    fn is_over(&self) -> bool {
        self.left.get() == 0
    }
}

/// Approximate size of a value as JSON in bytes, without serializing it.
pub fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        Value::Array(list) => 2 + list.iter().map(|value| weight(value) + 1).sum::<usize>(),
        Value::Object(object) => {
            2 + object.iter().map(|(name, value)| name.len() + 4 + weight(value)).sum::<usize>()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => 5,
    }
}

impl Path {
    /// Parses the part after the root, such as `.a[0]`; it may be empty.
    pub fn parse(text: &str) -> Result<Self, String> {
        read::path(text)
    }

    /// Whether it can match only one place.
    #[must_use]
    pub fn is_definite(&self) -> bool {
        self.steps.iter().enumerate().all(|(place, step)| match step {
            Step::Name(_) | Step::Index(_) | Step::Function => true,
            // Several fields of one object form one object.
            Step::Names(_) => place + 1 == self.steps.len(),
            Step::Indices(_) | Step::Slice(..) | Step::Every | Step::Descend | Step::Filter(_) => {
                false
            }
        })
    }

    /// Whether it is a reference path, to which a value can be assigned.
    #[must_use]
    pub fn is_reference(&self) -> bool {
        self.steps.len() <= DEPTH_MAX
            && self.steps.iter().all(|step| matches!(step, Step::Name(_) | Step::Index(_)))
    }

    /// The first step, if that is a field name.
    pub fn first(&self) -> Option<&str> {
        match self.steps.first() {
            Some(Step::Name(name)) => Some(name),
            _ => None,
        }
    }

    /// Evaluates the path on the fields of an object.
    pub fn find_in(&self, root: &Map<String, Value>) -> Result<Value, String> {
        let field = self.first().and_then(|name| Some((name.to_owned(), root.get(name)?.clone())));
        self.find(&Value::Object(field.into_iter().collect()))
    }

    /// Evaluates the path; an error uses AWS's words.
    pub fn find(&self, root: &Value) -> Result<Value, String> {
        if self.steps.contains(&Step::Function) {
            return Err("Functions are not found in a path.".to_owned());
        }
        if !self.is_definite() {
            return self.find_all(root);
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
                            no_object(here, &format!("property ['{name}']"), &before)
                        });
                    }
                }
                Step::Index(number) => {
                    let _ = write!(walked, "[{number}]");
                }
                Step::Names(names) => {
                    return some(here, names).map(Value::Object).ok_or_else(|| {
                        let list = names.iter().map(|name| format!("'{name}'"));
                        let list = list.collect::<Vec<_>>().join(", ");
                        no_object(here, &format!("properties [{list}]"), &walked)
                    });
                }
                _ => {}
            }
            here = next.ok_or_else(|| format!("No results for path: {walked}"))?;
        }
        Ok(here.clone())
    }

    fn find_all(&self, root: &Value) -> Result<Value, String> {
        let search = Search { root, left: Cell::new(FOUND_MAX) };
        let mut list = Vec::new();
        for value in self.all(root, &search) {
            search.spend(weight(&value));
            if search.is_over() {
                break;
            }
            list.push(value.into_owned());
        }
        if search.is_over() {
            return Err("The path finds more than a state can hold.".to_owned());
        }
        Ok(Value::Array(list))
    }

    /// All matches, in order.
    fn all<'a>(&self, from: &'a Value, search: &Search<'_>) -> Vec<Cow<'a, Value>> {
        let mut here = vec![from];
        for (place, step) in self.steps.iter().enumerate() {
            if let Step::Names(names) = step
                && place + 1 == self.steps.len()
            {
                let objects = here.into_iter().filter_map(|value| some(value, names));
                return objects.map(|object| Cow::Owned(Value::Object(object))).collect();
            }
            let mut next = Vec::new();
            for value in here {
                step.walk(value, search, &mut next);
            }
            here = next;
        }
        here.into_iter().map(Cow::Borrowed).collect()
    }

    /// Assigns a value and creates objects on the way; `None` if another value is in the way.
    #[must_use]
    pub fn put(&self, root: &Value, value: Value) -> Option<Value> {
        let mut whole = root.clone();
        let mut here = &mut whole;
        for step in &self.steps {
            here = match step {
                Step::Name(name) => {
                    if here.is_null() {
                        *here = Value::Object(Map::new());
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

/// The named fields of an object; `None` if the value is no object.
fn some(value: &Value, names: &[String]) -> Option<Map<String, Value>> {
    let object = value.as_object()?;
    let field = |name: &String| Some((name.clone(), object.get(name)?.clone()));
    Some(names.iter().filter_map(field).collect())
}

fn no_object(here: &Value, wanted: &str, walked: &str) -> String {
    format!(
        "Expected to find an object with {wanted} in path {walked} but found '{}'. This is not a \
         json object according to the JsonProvider: 'com.jayway.jsonpath.spi.json.\
         JacksonJsonProvider'.",
        java_class(here)
    )
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
        Step::Index(index) => at(value, *index),
        _ => None,
    }
}

/// An element of a list; a negative index counts from the end.
fn at(value: &Value, index: i64) -> Option<&Value> {
    let list = value.as_array()?;
    let index = if index < 0 { list.len() as i64 + index } else { index };
    list.get(usize::try_from(index).ok()?)
}

impl Step {
    fn walk<'a>(&self, value: &'a Value, search: &Search<'_>, found: &mut Vec<&'a Value>) {
        let before = found.len();
        search.spend(1);
        if search.is_over() {
            return;
        }
        match self {
            Self::Name(_) | Self::Index(_) => found.extend(one(value, self)),
            Self::Names(names) => found.extend(names.iter().filter_map(|name| value.get(name))),
            Self::Indices(indices) => {
                found.extend(indices.iter().filter_map(|index| at(value, *index)));
            }
            Self::Every => match value {
                Value::Array(list) => found.extend(list),
                Value::Object(object) => found.extend(object.values()),
                _ => {}
            },
            Self::Slice(from, to) => {
                if let Some(list) = value.as_array() {
                    let length = list.len() as i64;
                    let bound = |bound: i64| {
                        let bound = if bound < 0 { length.saturating_add(bound) } else { bound };
                        bound.clamp(0, length) as usize
                    };
                    let (from, to) = (bound(from.unwrap_or(0)), bound(to.unwrap_or(length)));
                    found.extend(list.get(from..to.max(from)).unwrap_or_default());
                }
            }
            Self::Descend => {
                found.push(value);
                match value {
                    Value::Array(list) => {
                        for value in list {
                            self.walk(value, search, found);
                        }
                    }
                    Value::Object(object) => {
                        for value in object.values() {
                            self.walk(value, search, found);
                        }
                    }
                    _ => {}
                }
                return;
            }
            Self::Filter(filter) => match value {
                Value::Array(list) => {
                    found.extend(list.iter().filter(|value| filter.holds(value, search)));
                }
                Value::Object(_) if filter.holds(value, search) => found.push(value),
                _ => {}
            },
            Self::Function => {}
        }
        search.spend(found.len() - before);
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
        check(
            ".books[*]['title','price']",
            &json!([
            {"title": "Tides", "price": 8}, {"title": "Moors", "price": 12.5}]),
        );
        check(".books[*]['lent','out'].days", &json!([3]));
        check(".books[0,0].price", &json!([8, 8]));
    }

    #[test]
    fn some_fields_of_an_object_are_an_object() {
        check(".books[0]['title','price']", &json!({"title": "Tides", "price": 8}));
        check(".books[0]['title','shelf']", &json!({"title": "Tides"}));
        let found = Path::parse(".books['a','b']").unwrap().find(&json!({"books": []}));
        assert!(found.unwrap_err().contains("properties ['a', 'b'] in path $['books']"));
        assert!(!Path::parse("['a','b']").unwrap().is_reference());
    }

    #[test]
    fn paths_are_read_as_aws_reads_them() {
        check(".books.[1].['title']", &json!("Moors"));
        check("..[0].title", &json!(["Tides"]));
        check(".books[1].title  \n", &json!("Moors"));
        for function in [".books.length()", ".books[*].price.sum()", ".a.concat('x)', $.b).c"] {
            check(function, &json!("Functions are not found in a path."));
        }
        assert!(Path::parse(".a.length(").is_err());
        assert!(Path::parse(" .a").is_err());
    }

    #[test]
    fn a_filter_compares_with_paths_words_and_lists() {
        let stock = json!({
            "wanted": {"kind": "A_B", "kinds": ["C-D", "A_B"]},
            "items": [{"n": 1, "kind": "A_B", "tags": ["x"]}, {"n": 2, "kind": "C-D"}, {"n": 3, "tags": []}],
        });
        for (filter, expected) in [
            ("@.kind == $.wanted.kind", json!([1])),
            ("$.wanted.kind == @.kind", json!([1])),
            ("@.kind == A_B", json!([1])),
            ("@.kind == C-D", json!([2])),
            ("@.kind in $.wanted.kinds", json!([1, 2])),
            ("@.kind in ['C-D', A_B]", json!([1, 2])),
            ("@.kind nin ['C-D']", json!([1])),
            ("@.tags contains 'x'", json!([1])),
            ("@.tags empty true", json!([3])),
            ("@.tags size 1", json!([1])),
            ("@.kind != 'A_B'", json!([2, 3])), // a missing value differs, too
            ("$.wanted", json!([1, 2, 3])),
            ("@.kind === 'C-D' || @.n>=3", json!([2, 3])),
        ] {
            let path = Path::parse(&format!(".items[?({filter})].n")).unwrap();
            assert_eq!(path.find(&stock), Ok(expected), "{filter}");
        }
    }

    #[test]
    fn a_path_nests_so_deep_and_no_deeper() {
        for (open, close) in [("(", ")"), ("!", "")] {
            let nested = |n: usize| format!("[?({}@.a{})]", open.repeat(n), close.repeat(n));
            assert!(Path::parse(&nested(127)).is_ok());
            assert!(Path::parse(&nested(128)).unwrap_err().contains("128 levels"), "{open}");
            assert!(Path::parse(&format!("[?({}", open.repeat(100_000))).is_err());
        }
        let filters = format!("[{}", "?(@.a[".repeat(2_508));
        assert!(Path::parse(&filters).unwrap_err().contains("128 levels"));
        let long = Path::parse(&".a".repeat(100_000)).unwrap();
        assert!(!long.is_reference(), "nothing so deep is made");
        assert!(long.find(&json!({})).is_err());
    }

    #[test]
    fn a_path_that_multiplies_ends() {
        let mut value = json!([1]);
        for _ in 0..100 {
            value = json!([value, [2, 3]]);
        }
        for path in ["..*".repeat(12), "[0,0]".repeat(64), format!("[{}0]", "0,".repeat(100_000))] {
            let found = Path::parse(&path).unwrap().find(&value);
            assert!(found.unwrap_err().contains("more than a state can hold"));
        }
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

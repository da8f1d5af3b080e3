//! Event patterns (EB-20 to EB-32, RUL-01 to RUL-14): does an event match?
//!
//! A pattern is expanded once into alternatives, one for each way through its `$or`s; an alternative
//! is a list of paths with the tests one of which a value there must pass. An event is flattened to
//! its leaves. Two leaves may stand for two fields only if they do not come from different elements
//! of one array (EB-22).

mod leaf;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use leaf::{Test, test};
pub(super) use leaf::{same, wild};

/// More ways through the `$or`s of one pattern are refused (EB-31).
const ALTERNATIVES_MAX: usize = 1_000;

/// A `$or` whose objects have such a name for a field is a field called `$or`.
const RESERVED: [&str; 9] = [
    "exactly",
    "prefix",
    "suffix",
    "equals-ignore-case",
    "wildcard",
    "numeric",
    "cidr",
    "exists",
    "anything-but",
];

/// A pattern that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    alternatives: Vec<Vec<Field>>,
}

/// A path, its names joined with dots (EB-32), and the tests one of which a value there must pass.
type Field = (String, Vec<Test>);

impl Pattern {
    /// Reads a pattern; a sentence says what AWS would refuse.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text)
            .map_err(|cause| format!("The pattern is not JSON: {cause}."))?;
        Self::from_json(&value)
    }

    /// The same of JSON that was parsed.
    pub fn from_json(value: &Value) -> Result<Self, String> {
        let Value::Object(object) = value else {
            return Err("A pattern is a JSON object with at least one field.".to_owned());
        };
        let mut alternatives = vec![BTreeMap::new()];
        read(object, "", &mut alternatives)?;
        let alternatives = alternatives.into_iter().map(|fields| fields.into_iter().collect());
        Ok(Self { alternatives: alternatives.collect() })
    }

    /// Whether the event matches.
    #[must_use]
    pub fn matches(&self, event: &Value) -> bool {
        self.matches_event(&Event::new(event))
    }

    /// The same of an event that several patterns look at.
    #[must_use]
    pub fn matches_event(&self, event: &Event<'_>) -> bool {
        self.alternatives.iter().any(|fields| event.satisfies(fields, &mut Vec::new()))
    }
}

/// Adds an object of a pattern to every alternative so far.
fn read(
    object: &Map<String, Value>,
    path: &str,
    alternatives: &mut Vec<BTreeMap<String, Vec<Test>>>,
) -> Result<(), String> {
    if object.is_empty() {
        return Err("An object in a pattern has at least one field.".to_owned());
    }
    for (name, value) in object {
        if let Some(choices) = choices(name, value) {
            let before = std::mem::take(alternatives);
            for choice in choices {
                let mut with = before.clone();
                read(choice, path, &mut with)?;
                alternatives.append(&mut with);
                if alternatives.len() > ALTERNATIVES_MAX {
                    return Err(format!(
                        "The $or fields of a pattern have at most {ALTERNATIVES_MAX} combinations."
                    ));
                }
            }
            continue;
        }
        let path = joined(path, name);
        match value {
            Value::Object(inner) => read(inner, &path, alternatives)?,
            Value::Array(values) if !values.is_empty() => {
                let tests: Vec<Test> = values.iter().map(test).collect::<Result<_, _>>()?;
                for alternative in alternatives.iter_mut() {
                    alternative.insert(path.clone(), tests.clone());
                }
            }
            _ => {
                return Err(format!(
                    "The field {path} must be an object or an array with at least one value."
                ));
            }
        }
    }
    Ok(())
}

/// The objects of a `$or`; `None` where it is a field of that name (RUL-13).
pub(super) fn choices<'a>(name: &str, value: &'a Value) -> Option<Vec<&'a Map<String, Value>>> {
    let values = value.as_array().filter(|values| name == "$or" && values.len() > 1)?;
    let objects: Vec<_> = values.iter().map(Value::as_object).collect::<Option<_>>()?;
    let is_field = |object: &&Map<String, Value>| {
        object.is_empty() || object.keys().any(|name| RESERVED.contains(&name.as_str()))
    };
    (!objects.iter().any(is_field)).then_some(objects)
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Which element of which array a leaf comes from, for each array around it.
type Elements = Vec<(u32, u32)>;

/// An event as what it comes down to: its leaves, in the order of their paths.
#[derive(Debug, Clone, Default)]
pub struct Event<'a> {
    leaves: Vec<Leaf<'a>>,
    arrays: u32,
}

#[derive(Debug, Clone)]
struct Leaf<'a> {
    path: String,
    value: &'a Value,
    elements: Elements,
}

impl<'a> Event<'a> {
    /// Flattens an event; what is no object has no leaves.
    #[must_use]
    pub fn new(event: &'a Value) -> Self {
        let mut flat = Self::default();
        if let Value::Object(object) = event {
            flat.flatten(object, "", &[]);
        }
        // Leaves of one path stay in the order of the event.
        flat.leaves.sort_by(|one, two| one.path.cmp(&two.path));
        flat
    }

    fn flatten(&mut self, object: &'a Map<String, Value>, path: &str, elements: &[(u32, u32)]) {
        for (name, value) in object {
            self.add(value, joined(path, name), elements);
        }
    }

    fn add(&mut self, value: &'a Value, path: String, elements: &[(u32, u32)]) {
        match value {
            Value::Object(object) => self.flatten(object, &path, elements),
            Value::Array(values) => {
                let array = self.arrays;
                self.arrays += 1;
                for (index, value) in (0..).zip(values) {
                    let mut inside = elements.to_vec();
                    if value.is_object() || value.is_array() {
                        inside.push((array, index));
                    }
                    self.add(value, path.clone(), &inside);
                }
            }
            value => self.leaves.push(Leaf { path, value, elements: elements.to_vec() }),
        }
    }

    fn at(&self, path: &str) -> &[Leaf<'a>] {
        let from = self.leaves.partition_point(|leaf| leaf.path.as_str() < path);
        let here = self.leaves.get(from..).unwrap_or_default();
        let count = here.iter().take_while(|leaf| leaf.path == path).count();
        here.get(..count).unwrap_or_default()
    }

    /// Whether a leaf can be found for every field, consistent with the elements chosen so far.
    fn satisfies(&self, fields: &[Field], chosen: &mut Elements) -> bool {
        let Some(((path, tests), rest)) = fields.split_first() else { return true };
        let mut reachable = false;
        for leaf in self.at(path) {
            let apart = |(array, index): &(u32, u32)| {
                chosen.iter().any(|(other, place)| other == array && place != index)
            };
            if leaf.elements.iter().any(apart) {
                continue;
            }
            reachable = true;
            if !tests.iter().any(|test| test.holds(leaf.value)) {
                continue;
            }
            let before = chosen.len();
            chosen.extend(&leaf.elements);
            if self.satisfies(rest, chosen) {
                return true;
            }
            chosen.truncate(before);
        }
        // A field that is an object or an empty array has no leaf: it does not exist (EB-26). In
        // an array it is looked for in the elements chosen so far, in the order of the paths.
        !reachable && tests.contains(&Test::Exists(false)) && self.satisfies(rest, chosen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, event: &str, expected: bool) {
        let pattern = Pattern::parse(pattern).unwrap();
        let event: Value = serde_json::from_str(event).unwrap();
        assert_eq!(pattern.matches(&event), expected, "{pattern:?} on {event}");
    }

    #[test]
    fn fields_are_and_values_are_or() {
        let pattern = r#"{"kind":["a","b"],"detail":{"n":[{"numeric":[">",0,"<=",5]}]}}"#;
        check(pattern, r#"{"kind":"b","detail":{"n":5},"more":1}"#, true);
        check(pattern, r#"{"kind":"b","detail":{"n":6}}"#, false);
        check(pattern, r#"{"kind":"c","detail":{"n":5}}"#, false);
        check(pattern, r#"{"kind":"b"}"#, false);
        check(pattern, r#"{"kind":["x","a"],"detail":{"n":[9,1]}}"#, true);
    }

    #[test]
    fn missing_null_and_empty_are_three_things() {
        check(r#"{"s":[{"exists":false}]}"#, r"{}", true);
        check(r#"{"s":[{"exists":false}]}"#, r#"{"s":null}"#, false);
        check(r#"{"s":[null]}"#, r#"{"s":null}"#, true);
        check(r#"{"s":[null]}"#, r#"{"s":""}"#, false);
        check(r#"{"s":[{"anything-but":"x"}]}"#, r"{}", false);
        check(r#"{"s":[{"anything-but":"x"}]}"#, r#"{"s":5}"#, true);
        check(r#"{"s":[{"anything-but":{"prefix":"in"}}]}"#, r#"{"s":"inside"}"#, false);
    }

    #[test]
    fn numbers_are_compared_by_value_and_never_with_text() {
        check(r#"{"n":[300]}"#, r#"{"n":3.0e2}"#, true);
        check(r#"{"n":[300]}"#, r#"{"n":"300"}"#, false);
        check(r#"{"n":[{"numeric":[">",100]}]}"#, r#"{"n":"150"}"#, false);
    }

    #[test]
    fn wildcards_and_or_match_as_documented() {
        for (wildcard, text, expected) in [
            ("a*b", "ab", true),
            ("a*b", "axxb", true),
            ("*", "", true),
            ("a*b*c", "abbc", true),
            ("ab", "abc", false),
            ("a\\\\*", "a*", true),
            ("aa*aa", "aaa", false),
        ] {
            check(
                &format!(r#"{{"s":[{{"wildcard":"{wildcard}"}}]}}"#),
                &format!(r#"{{"s":"{text}"}}"#),
                expected,
            );
        }
        let either = r#"{"c":[3],"$or":[{"a":[1]},{"b":[2]}]}"#;
        check(either, r#"{"c":3,"b":2}"#, true);
        check(either, r#"{"b":2}"#, false);
    }

    #[test]
    fn fields_of_different_elements_do_not_add_up() {
        let pattern = r#"{"lines":{"cup":["blue"],"count":[2]}}"#;
        check(pattern, r#"{"lines":[{"cup":"blue","count":1},{"cup":"red","count":2}]}"#, false);
        check(pattern, r#"{"lines":[{"cup":"blue","count":1},{"cup":"blue","count":2}]}"#, true);
        check(pattern, r#"{"lines":[{"cup":"blue","count":[1,2]}]}"#, true);
        let apart = r#"{"lines":{"cup":["blue"]},"boxes":{"count":[2]}}"#;
        check(apart, r#"{"lines":[{},{"cup":"blue"}],"boxes":[{"count":2}]}"#, true);
    }

    #[test]
    fn addresses_match_by_their_network() {
        let pattern = r#"{"ip":[{"cidr":"192.168.8.0/22"}]}"#;
        for (address, expected) in
            [("192.168.11.255", true), ("192.168.12.0", false), ("fd00::1", false), ("no", false)]
        {
            check(pattern, &format!(r#"{{"ip":"{address}"}}"#), expected);
        }
        check(r#"{"ip":[{"cidr":"fd00::/8"}]}"#, r#"{"ip":"fdff::9"}"#, true);
    }

    #[test]
    fn what_aws_refuses_is_refused() {
        for wrong in [
            "[]",
            "{}",
            r#"{"s":"a"}"#,
            r#"{"s":[]}"#,
            r#"{"s":{}}"#,
            r#"{"s":[["a"]]}"#,
            r#"{"s":[{"prefix":"a","suffix":"b"}]}"#,
            r#"{"s":[{"nearly":"a"}]}"#,
            r#"{"n":[{"numeric":["<=",5,">",0]}]}"#,
            r#"{"n":[{"numeric":[">",5,"<",3]}]}"#,
            r#"{"s":[{"anything-but":["a",1]}]}"#,
            r#"{"s":[{"wildcard":"a**b"}]}"#,
            r#"{"s":[{"cidr":"10.0.0.0"}]}"#,
            r#"{"s":[{"wildcard":"a\\d"}]}"#,
            r#"{"$or":[{"s":["a"]}]}"#,
        ] {
            assert!(Pattern::parse(wrong).is_err(), "{wrong}");
        }
    }
}

//! Event patterns (EB-20 to EB-32, RUL-01 to RUL-14): does an event match?
//!
//! Parsing expands a pattern into alternatives, one for each way through its `$or`s. An alternative
//! is a list of paths, each with tests; a value at the path must pass one of them. Only leaves of
//! the event that some pattern names are examined. Two leaves can satisfy two fields only if they
//! do not come from different elements of one array (EB-22).

mod fold;
mod leaf;
mod paths;
mod rules;
mod scan;
mod search;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use leaf::{Test, test};
pub(super) use leaf::{same, wild};
pub use rules::{Rules, Scratch};

/// Maximum number of combinations of one pattern's `$or`s (EB-31).
const ALTERNATIVES_MAX: usize = 1_000;

/// Maximum length of a pattern in characters for `PutRule`, `TestEventPattern` and Lambda's
/// filters.
const TEXT_MAX: usize = 4_096;

/// Reserved names: a `$or` whose objects use one of them as a field is a field called `$or`.
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

/// A parsed pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    alternatives: Vec<Vec<Field>>,
    rules: Rules,
}

/// A path, its names joined with dots (EB-32), and its tests; a value there must pass one of them.
type Field = (String, Vec<Test>);

impl Pattern {
    /// Parses a pattern; the error is a sentence about what AWS would reject.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.chars().count() > TEXT_MAX {
            return Err(format!("A pattern may have at most {TEXT_MAX} characters."));
        }
        let value: Value = serde_json::from_str(text)
            .map_err(|cause| format!("The pattern is not JSON: {cause}."))?;
        Self::from_json(&value)
    }

    /// The same for parsed JSON.
    pub fn from_json(value: &Value) -> Result<Self, String> {
        let Value::Object(object) = value else {
            return Err("A pattern must be a JSON object with at least one field.".to_owned());
        };
        let mut alternatives = vec![BTreeMap::new()];
        read(object, None, &mut alternatives)?;
        let alternatives = alternatives.into_iter().map(|fields| fields.into_iter().collect());
        let alternatives: Vec<Vec<Field>> = alternatives.collect();
        let rules = Rules::of([alternatives.as_slice()]);
        Ok(Self { alternatives, rules })
    }

    /// Whether the event matches.
    #[must_use]
    pub fn matches(&self, event: &Value) -> bool {
        let mut scratch = Scratch::default();
        self.rules.matches(event, &mut scratch).first().copied().unwrap_or(false)
    }

    /// The same for an event's text, without building a tree; the error says that it is not JSON.
    pub fn matches_text(&self, event: &str, scratch: &mut Scratch) -> Result<bool, String> {
        let matched = self.rules.matches_text(event, scratch)?;
        Ok(matched.first().copied().unwrap_or(false))
    }
}

/// Adds the fields of an object to every alternative so far.
fn read(
    object: &Map<String, Value>,
    path: Option<&str>,
    alternatives: &mut Vec<BTreeMap<String, Vec<Test>>>,
) -> Result<(), String> {
    if object.is_empty() {
        return Err("An object in a pattern needs at least one field.".to_owned());
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
                        "The $or fields of a pattern may have at most {ALTERNATIVES_MAX} combinations."
                    ));
                }
            }
            continue;
        }
        let path = joined(path, name);
        match value {
            Value::Object(inner) => read(inner, Some(&path), alternatives)?,
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

/// The objects of a `$or`; `None` if it is a field of that name (RUL-13).
pub(super) fn choices<'a>(name: &str, value: &'a Value) -> Option<Vec<&'a Map<String, Value>>> {
    let values = value.as_array().filter(|values| name == "$or" && values.len() > 1)?;
    let objects: Vec<_> = values.iter().map(Value::as_object).collect::<Option<_>>()?;
    let is_field = |object: &&Map<String, Value>| {
        object.is_empty() || object.keys().any(|name| RESERVED.contains(&name.as_str()))
    };
    (!objects.iter().any(is_field)).then_some(objects)
}

fn joined(path: Option<&str>, name: &str) -> String {
    path.map_or_else(|| name.to_owned(), |path| format!("{path}.{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, event: &str, expected: bool) {
        let read = Pattern::parse(pattern).unwrap();
        let from_text = read.matches_text(event, &mut Scratch::default()).unwrap();
        let value: Value = serde_json::from_str(event).unwrap();
        let from_tree = read.matches(&value);
        assert_eq!((from_tree, from_text), (expected, expected), "{pattern} on {event}");
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

    /// Leaves examined for a number of arrays with three elements each, every array with two fields
    /// of its own that no element has both of.
    fn looked_at(arrays: usize, around: (&str, &str)) -> u64 {
        let list =
            |field: &dyn Fn(usize) -> String| (0..arrays).map(field).collect::<Vec<_>>().join(",");
        let pattern = list(&|n| format!(r#""f{n:02}":{{"a":[1],"b":[1]}}"#));
        let pattern =
            format!("{{{}{pattern}{}}}", around.0.replace('[', ""), around.1.replace(']', ""));
        let event = list(&|n| {
            let is_end = n + 1 == arrays;
            let pair = if is_end { r#"{"a":1},{"b":1}"# } else { r#"{"a":1,"b":1},{"a":1,"b":1}"# };
            format!(r#""f{n:02}":[{pair},{{"a":1,"b":1,"c":{}}}]"#, u8::from(is_end))
                .replace(if is_end { r#"{"a":1,"b":1,"c":1}"# } else { "\0" }, r#"{"a":1,"b":0}"#)
        });
        let event = format!("{{{}{event}{}}}", around.0, around.1);
        let mut scratch = Scratch::default();
        let pattern = Pattern::parse(&pattern).unwrap();
        assert!(!pattern.matches_text(&event, &mut scratch).unwrap(), "{event}");
        scratch.looked_at
    }

    #[test]
    fn arrays_do_not_multiply() {
        for around in [("", ""), (r#""o":[{"#, "}]"), (r#""o":[{"p":[{"#, "}]}]")] {
            let (few, many) = (looked_at(16, around), looked_at(32, around));
            assert!(few < 1_000 && many <= few * 2 + 16, "{few} and {many} within {around:?}");
        }
    }

    #[test]
    fn a_long_array_is_not_gone_through_for_each_of_its_elements() {
        let looked_at = |elements: usize| {
            let event = vec![r#"{"a":1,"b":0}"#; elements].join(",");
            let mut scratch = Scratch::default();
            let pattern = Pattern::parse(r#"{"x":{"a":[1],"b":[1]}}"#).unwrap();
            assert!(!pattern.matches_text(&format!(r#"{{"x":[{event}]}}"#), &mut scratch).unwrap());
            scratch.looked_at
        };
        let (few, many) = (looked_at(500), looked_at(1_000));
        assert!(many <= few * 2 + 16, "{few} and {many}");
    }

    #[test]
    fn one_path_in_a_thousand_spellings_ends_too() {
        // Each way to place the dots yields an array of its own, and each array a choice of three.
        let names: Vec<String> = (0..7).map(|n| format!("n{n}")).collect();
        let fields: Vec<String> = (0..12).map(|n| format!(r#""f{n}":[1]"#)).collect();
        let pattern =
            names.iter().rev().fold(format!("{{{}}}", fields.join(",")), |inner, name| {
                format!(r#"{{"{name}":{inner}}}"#)
            });
        let mut event = serde_json::Map::new();
        for spelling in 0..64_usize {
            let mut steps = vec![names[0].clone()];
            for (bit, name) in names.iter().skip(1).enumerate() {
                match steps.last_mut() {
                    Some(step) if spelling >> bit & 1 == 1 => *step = format!("{step}.{name}"),
                    _ => steps.push(name.clone()),
                }
            }
            let elements: Vec<Value> = (0..3)
                .map(|element| {
                    let has =
                        |n: &usize| (spelling * 7 + element * 5 + n * 11) % 12 < 3 && *n != 11;
                    (0..12).filter(has).map(|n| (format!("f{n}"), Value::from(1))).collect()
                })
                .collect();
            let mut here = &mut event;
            let last = steps.pop().unwrap();
            for step in steps {
                let next =
                    here.entry(step).or_insert_with(|| Value::Object(serde_json::Map::new()));
                here = next.as_object_mut().unwrap();
            }
            here.insert(last, Value::Array(elements));
        }
        let pattern = Pattern::parse(&pattern).unwrap();
        assert!(!pattern.matches(&Value::Object(event)), "no element has the last field");
    }

    #[test]
    fn dots_join_names_and_the_last_of_two_like_fields_counts() {
        check(r#"{"a":{"b":[1]}}"#, r#"{"a.b":1}"#, true);
        check(r#"{"a.b":[1]}"#, r#"{"a":{"b":1}}"#, true);
        check(r#"{"a.b":{"c":[1]}}"#, r#"{"a":{"b.c":[0,1]}}"#, true);
        check(r#"{"a":[1]}"#, r#"{"a":1,"b":0,"a":2}"#, false);
        check(r#"{"a":[2]}"#, r#"{"a":1,"b":0,"a":2}"#, true);
        check(r#"{"a":{"b":[1]},"c":[3]}"#, r#"{"a":{"b":1,"b":[]},"c":3}"#, false);
        check(r#"{"a":["\u00e9"]}"#, r#"{"a":"\u00E9","\u0061b":1}"#, true);
        check(r#"{"":{"x":[1]}}"#, r#"{"":{"x":1}}"#, true);
        check(r#"{"x":[1]}"#, r#"[{"x":1}]"#, false);
    }

    #[test]
    fn several_patterns_look_at_an_event_together() {
        let texts =
            [r#"{"a":[1],"b":["x"]}"#, r#"{"a":[2]}"#, r#"{"b":["x"],"c":[{"exists":false}]}"#];
        let patterns: Vec<Pattern> =
            texts.iter().map(|text| Pattern::parse(text).unwrap()).collect();
        let rules = Rules::new(&patterns);
        let mut scratch = Scratch::default();
        for (event, expected) in [
            (r#"{"a":1,"b":"x"}"#, [true, false, true]),
            (r#"{"a":[1,2],"b":"x","c":0}"#, [true, true, false]),
            (r"{}", [false, false, false]),
        ] {
            assert_eq!(rules.matches_text(event, &mut scratch).unwrap(), expected, "{event}");
        }
        assert!(rules.matches_text("{", &mut scratch).is_err());
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
        let long = |length: usize| format!(r#"{{"s":["{}"]}}"#, "x".repeat(length - 10));
        assert!(Pattern::parse(&long(4_096)).is_ok());
        assert!(Pattern::parse(&long(4_097)).unwrap_err().contains("4096"));
    }
}

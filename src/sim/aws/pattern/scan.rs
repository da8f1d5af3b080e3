//! Extracts the leaves that patterns examine, from a tree or directly from text.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::leaf::Scalar;
use super::paths::{EVENT, Paths};

/// For each array around a leaf, the element it comes from.
pub(super) type Elements = Vec<(u32, u32)>;

/// A leaf that some pattern examines.
#[derive(Debug, Clone)]
pub(super) struct Leaf<'e> {
    pub node: u32,
    pub value: Scalar<'e>,
    pub elements: Elements,
}

struct Scan<'r, 'e> {
    paths: &'r Paths,
    leaves: Vec<Leaf<'e>>,
    /// Number of arrays so far, from which each gets its own.
    arrays: u32,
    /// The array elements around the current position.
    elements: Vec<(u32, u32)>,
    /// Fields followed in all surrounding objects, with the range of leaves each produced.
    followed: Vec<(Cow<'e, str>, usize, usize)>,
}

impl<'r, 'e> Scan<'r, 'e> {
    fn new(paths: &'r Paths) -> Self {
        Self { paths, leaves: Vec::new(), arrays: 0, elements: Vec::new(), followed: Vec::new() }
    }

    fn leaf(&mut self, node: u32, value: Scalar<'e>) {
        if self.paths.is_path(node) {
            let elements = self.elements.clone();
            self.leaves.push(Leaf { node, value, elements });
        }
    }

    fn array(&mut self) -> u32 {
        self.arrays += 1;
        self.arrays
    }

    /// Of two fields with the same name, the last one counts, as in a tree.
    fn forget_earlier(&mut self, name: &str, since: usize) {
        let earlier = self.followed.iter().skip(since).position(|(known, ..)| known == name);
        let Some(place) = earlier.map(|place| place + since) else { return };
        let (_, from, to) = self.followed.remove(place);
        self.leaves.drain(from..to);
        for (_, start, end) in self.followed.iter_mut().skip(place) {
            *start -= to - from;
            *end -= to - from;
        }
    }
}

/// The leaves of a tree; a value that is no object has none.
pub(super) fn tree<'e>(paths: &Paths, event: &'e Value) -> Vec<Leaf<'e>> {
    let mut scan = Scan::new(paths);
    if event.is_object() {
        walk(&mut scan, EVENT, event);
    }
    scan.leaves
}

fn walk<'e>(scan: &mut Scan<'_, 'e>, node: u32, value: &'e Value) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                if let Some(child) = scan.paths.descend(node, name) {
                    walk(scan, child, value);
                }
            }
        }
        Value::Array(values) => {
            let array = scan.array();
            for (index, value) in (0..).zip(values) {
                let is_nested = value.is_object() || value.is_array();
                if is_nested {
                    scan.elements.push((array, index));
                }
                walk(scan, node, value);
                if is_nested {
                    scan.elements.pop();
                }
            }
        }
        Value::Null => scan.leaf(node, Scalar::Null),
        Value::Bool(flag) => scan.leaf(node, Scalar::Bool(*flag)),
        Value::Number(number) => {
            scan.leaf(node, Scalar::Number(number.as_f64().unwrap_or(f64::NAN)));
        }
        Value::String(text) => scan.leaf(node, Scalar::Text(Cow::Borrowed(text))),
    }
}

/// The leaves of a text.
pub(super) fn text<'e>(paths: &Paths, event: &'e str) -> Result<Vec<Leaf<'e>>, serde_json::Error> {
    let mut scan = Scan::new(paths);
    let mut deserializer = serde_json::Deserializer::from_str(event);
    At { scan: &mut scan, node: EVENT, element: None }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(scan.leaves)
}

/// A value about to be read, at a node.
struct At<'s, 'r, 'e> {
    scan: &'s mut Scan<'r, 'e>,
    node: u32,
    /// The array and the index in it, if the value is an element.
    element: Option<(u32, u32)>,
}

impl<'e> DeserializeSeed<'e> for At<'_, '_, 'e> {
    type Value = ();

    fn deserialize<D: Deserializer<'e>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'e> Visitor<'e> for At<'_, '_, 'e> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'e>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { scan, node, element } = self;
        scan.elements.extend(element);
        let since = scan.followed.len();
        while let Some(name) = map.next_key_seed(Name)? {
            let Some(child) = scan.paths.descend(node, &name) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            scan.forget_earlier(&name, since);
            let from = scan.leaves.len();
            map.next_value_seed(At { scan: &mut *scan, node: child, element: None })?;
            let to = scan.leaves.len();
            scan.followed.push((name, from, to));
        }
        scan.followed.truncate(since);
        if element.is_some() {
            scan.elements.pop();
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'e>>(self, mut sequence: A) -> Result<(), A::Error> {
        let Self { scan, node, element } = self;
        if node == EVENT {
            // An event is an object; a list yields no leaves.
            while sequence.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        scan.elements.extend(element);
        let array = scan.array();
        let mut index = 0;
        while sequence
            .next_element_seed(At { scan: &mut *scan, node, element: Some((array, index)) })?
            .is_some()
        {
            index += 1;
        }
        if element.is_some() {
            scan.elements.pop();
        }
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.scan.leaf(self.node, Scalar::Null);
        Ok(())
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<(), E> {
        self.scan.leaf(self.node, Scalar::Bool(flag));
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.visit_f64(number as f64)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.visit_f64(number as f64)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.scan.leaf(self.node, Scalar::Number(number));
        Ok(())
    }

    fn visit_borrowed_str<E: Error>(self, text: &'e str) -> Result<(), E> {
        self.scan.leaf(self.node, Scalar::Text(Cow::Borrowed(text)));
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.scan.leaf(self.node, Scalar::Text(Cow::Owned(text.to_owned())));
        Ok(())
    }
}

/// A field's name, borrowed unless it contains escapes.
struct Name;

impl<'e> DeserializeSeed<'e> for Name {
    type Value = Cow<'e, str>;

    fn deserialize<D: Deserializer<'e>>(self, deserializer: D) -> Result<Cow<'e, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'e> Visitor<'e> for Name {
    type Value = Cow<'e, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a field")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'e str) -> Result<Cow<'e, str>, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Cow<'e, str>, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

//! Intrinsic functions, such as `States.Format('Order {}', $.id)`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use serde_json::{Map, Number, Value};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::path::Path;
use crate::aws::hex;
use crate::aws::pattern::same;
use crate::kernel::depth::Depth;
use crate::kernel::random::{Chance, Purpose};

/// Maximum number of elements for `States.ArrayRange`, and maximum number of characters for
/// `States.Hash` and the Base64 functions.
const RANGE_MAX: i64 = 1_000;
const TEXT_MAX: usize = 10_000;

/// Maximum nesting of functions in one field.
const NESTED_MAX: usize = 10;

/// Evaluates a call. `resolve` evaluates paths, `charge` rejects values that have grown too large,
/// and `chance` and `call` determine UUIDs and random numbers.
pub fn evaluate(
    text: &str,
    resolve: &dyn Fn(&str) -> Result<Value, String>,
    charge: &dyn Fn(Value) -> Result<Value, String>,
    chance: Chance,
    call: u32,
) -> Result<Value, String> {
    let apply =
        |name: &str, arguments: &[Value], call: u32| charge(apply(name, arguments, chance, call)?);
    IntrinsicParser { text, at: 0, resolve, apply: &apply, call, depth: NESTED }.whole()
}

/// Checks the syntax of a call, the names of its functions and the number of their arguments. The
/// arguments themselves are evaluated at run time only.
pub fn check(text: &str) -> Result<(), String> {
    let resolve = |path: &str| -> Result<Value, String> {
        let root = path.trim_start_matches('$');
        let rest = root.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
        Path::parse(rest).map(|_| Value::Null)
    };
    let apply = |name: &str, arguments: &[Value], _: u32| {
        let (_, least, most) = KNOWN
            .iter()
            .find(|(known, ..)| *known == name)
            .ok_or_else(|| format!("There is no function {name}."))?;
        let text = |value: &Value| value.is_string();
        if !(*least..=*most).contains(&arguments.len())
            || (name.starts_with("States.Math") && arguments.iter().any(text))
        {
            return Err(format!("The function {name} cannot take these arguments."));
        }
        Ok(Value::Null)
    };
    IntrinsicParser { text, at: 0, resolve: &resolve, apply: &apply, call: 0, depth: NESTED }
        .whole()
        .map(|_| ())
}

/// Functions with the minimum and maximum number of their arguments.
const KNOWN: [(&str, usize, usize); 18] = [
    ("States.Format", 1, usize::MAX),
    ("States.StringToJson", 1, 1),
    ("States.JsonToString", 1, 1),
    ("States.JsonMerge", 3, 3),
    ("States.Array", 0, usize::MAX),
    ("States.ArrayPartition", 2, 2),
    ("States.ArrayContains", 2, 2),
    ("States.ArrayRange", 3, 3),
    ("States.ArrayGetItem", 2, 2),
    ("States.ArrayLength", 1, 1),
    ("States.ArrayUnique", 1, 1),
    ("States.Base64Encode", 1, 1),
    ("States.Base64Decode", 1, 1),
    ("States.Hash", 2, 2),
    ("States.MathRandom", 2, 3),
    ("States.MathAdd", 2, 2),
    ("States.StringSplit", 2, 2),
    ("States.UUID", 0, 0),
];

type Apply<'a> = dyn Fn(&str, &[Value], u32) -> Result<Value, String> + 'a;

struct IntrinsicParser<'a> {
    text: &'a str,
    at: usize,
    resolve: &'a dyn Fn(&str) -> Result<Value, String>,
    apply: &'a Apply<'a>,
    call: u32,
    depth: Depth,
}

const NESTED: Depth = Depth::up_to(NESTED_MAX);

impl IntrinsicParser<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn spaces(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn take(&mut self, word: char) -> bool {
        self.spaces();
        let there = self.rest().starts_with(word);
        self.at += if there { word.len_utf8() } else { 0 };
        there
    }

    fn whole(mut self) -> Result<Value, String> {
        let value = self.call()?;
        self.spaces();
        if self.at < self.text.len() {
            return Err(format!("The function {} does not end where it should.", self.text));
        }
        Ok(value)
    }

    fn call(&mut self) -> Result<Value, String> {
        self.spaces();
        let open =
            self.rest().find('(').ok_or("An intrinsic function needs its arguments in ( ).")?;
        let name = self.rest()[..open].trim().to_owned();
        self.at += open + 1;
        self.depth
            .enter()
            .map_err(|most| format!("Intrinsic functions may nest at most {most} levels deep."))?;
        let mut arguments = Vec::new();
        if !self.take(')') {
            loop {
                arguments.push(self.argument()?);
                if self.take(')') {
                    break;
                }
                if !self.take(',') {
                    return Err(format!("The arguments of {name} are separated by commas."));
                }
            }
        }
        self.depth.leave();
        let value = (self.apply)(&name, &arguments, self.call);
        self.call += 1;
        value
    }

    fn argument(&mut self) -> Result<Value, String> {
        self.spaces();
        if self.rest().starts_with("States.") {
            return self.call();
        }
        if self.rest().starts_with('\'') {
            return self.quoted().map(Value::from);
        }
        // A path may contain commas and parentheses, but only inside brackets.
        let mut depth = 0;
        let mut quote = None;
        let end = self.rest().char_indices().find_map(|(at, character)| {
            match (quote, character) {
                (Some(open), _) if character == open => quote = None,
                (None, '\'' | '"') => quote = Some(character),
                (None, '[') => depth += 1,
                (None, ']') => depth -= 1,
                (None, ',' | ')') if depth == 0 => return Some(at),
                _ => {}
            }
            None
        });
        let end = end.ok_or("An intrinsic function is not closed.")?;
        let text = self.rest()[..end].trim().to_owned();
        self.at += end;
        if text.starts_with('$') {
            return (self.resolve)(&text);
        }
        serde_json::from_str(&text).map_err(|_| {
            format!(
                "{text} is not an argument: write a path, a number, true, false, null or a 'text'."
            )
        })
    }

    fn quoted(&mut self) -> Result<String, String> {
        let mut text = String::new();
        let mut characters = self.text[self.at + 1..].char_indices();
        while let Some((offset, character)) = characters.next() {
            match character {
                '\'' => {
                    self.at += 1 + offset + 1;
                    return Ok(text);
                }
                '\\' => match characters.next() {
                    // Kept for States.Format: these braces are text.
                    Some((_, brace @ ('{' | '}'))) => text.extend(['\\', brace]),
                    Some((_, other @ ('\'' | '\\'))) => text.push(other),
                    Some((_, other)) => {
                        return Err(format!(
                            "In a text of an intrinsic function \\ stands before ', {{, }} or \\, not \
                             before {other:?}."
                        ));
                    }
                    None => {}
                },
                other => text.push(other),
            }
        }
        Err("A ' in an intrinsic function is not closed.".to_owned())
    }
}

fn apply(name: &str, arguments: &[Value], chance: Chance, call: u32) -> Result<Value, String> {
    let wrong = || {
        let list: Vec<String> = arguments.iter().map(Value::to_string).collect();
        format!("The function {name} cannot take the arguments ({}).", list.join(", "))
    };
    let found = match (name, arguments) {
        ("States.Array", _) => Some(Value::from(arguments)),
        ("States.Format", [Value::String(template), rest @ ..]) => format(template, rest),
        ("States.StringToJson", [Value::String(text)]) => {
            if text.trim().is_empty() {
                Some(Value::Null)
            } else {
                serde_json::from_str(text).ok()
            }
        }
        ("States.JsonToString", [value]) => Some(Value::from(value.to_string())),
        ("States.JsonMerge", [Value::Object(one), Value::Object(two), Value::Bool(false)]) => {
            let both = one.iter().chain(two).map(|(name, value)| (name.clone(), value.clone()));
            Some(Value::Object(both.collect::<Map<_, _>>()))
        }
        ("States.StringSplit", [Value::String(text), Value::String(delimiters)]) => {
            let parts = text.split(|character| delimiters.contains(character));
            Some(parts.filter(|part| !part.is_empty()).map(Value::from).collect())
        }
        ("States.UUID", []) => Some(Value::from(uuid(chance, call))),
        ("States.MathAdd", [one, two]) => {
            whole(one).zip(whole(two)).and_then(|(one, two)| one.checked_add(two)).map(Value::from)
        }
        ("States.MathRandom", [from, to, seed @ ..]) if seed.len() < 2 => {
            random(from, to, seed.first(), chance, call)
        }
        _ if name.starts_with("States.Array") => array(name, arguments),
        _ => text(name, arguments),
    };
    found.ok_or_else(wrong)
}

/// Functions on arrays.
fn array(name: &str, arguments: &[Value]) -> Option<Value> {
    match (name, arguments) {
        ("States.ArrayPartition", [Value::Array(list), size]) => {
            let size = usize::try_from(whole(size)?).ok().filter(|size| *size > 0)?;
            Some(list.chunks(size).map(Value::from).collect())
        }
        ("States.ArrayContains", [Value::Array(list), wanted]) => {
            Some(Value::from(list.iter().any(|value| same(value, wanted))))
        }
        ("States.ArrayRange", [from, to, step]) => {
            let (from, to, step) = (whole(from)?, whole(to)?, whole(step)?);
            let steps = to.checked_sub(from)?.checked_div(step)?;
            if steps >= RANGE_MAX {
                return None;
            }
            let mut list = Vec::new();
            let mut value = from;
            while if step > 0 { value <= to } else { value >= to } {
                list.push(Value::from(value));
                value = value.checked_add(step)?;
            }
            Some(Value::Array(list))
        }
        ("States.ArrayGetItem", [Value::Array(list), index]) => {
            list.get(usize::try_from(whole(index)?).ok()?).cloned()
        }
        ("States.ArrayLength", [Value::Array(list)]) => Some(Value::from(list.len())),
        ("States.ArrayUnique", [Value::Array(list)]) => {
            let mut unique: Vec<Value> = Vec::new();
            for value in list {
                if !unique.iter().any(|known| same(known, value)) {
                    unique.push(value.clone());
                }
            }
            Some(Value::Array(unique))
        }
        _ => None,
    }
}

/// Functions on strings.
fn text(name: &str, arguments: &[Value]) -> Option<Value> {
    match (name, arguments) {
        ("States.Base64Encode", [Value::String(text)]) if text.len() <= TEXT_MAX => {
            Some(Value::from(STANDARD.encode(text)))
        }
        ("States.Base64Decode", [Value::String(text)]) if text.len() <= TEXT_MAX => {
            let bytes = STANDARD.decode(text).ok()?;
            Some(Value::from(String::from_utf8_lossy(&bytes)))
        }
        ("States.Hash", [data, Value::String(algorithm)]) => {
            let data = data.as_str().map_or_else(|| data.to_string(), str::to_owned);
            if data.len() > TEXT_MAX {
                return None;
            }
            let hash = match algorithm.as_str() {
                "MD5" => hex(&Md5::digest(&data)),
                "SHA-1" => hex(&Sha1::digest(&data)),
                "SHA-256" => hex(&Sha256::digest(&data)),
                "SHA-384" => hex(&Sha384::digest(&data)),
                "SHA-512" => hex(&Sha512::digest(&data)),
                _ => return None,
            };
            Some(Value::from(hash))
        }
        _ => None,
    }
}

/// `{}` takes the next argument; `\{`, `\}` and `\\` are literal.
fn format(template: &str, arguments: &[Value]) -> Option<Value> {
    let mut text = String::new();
    let mut arguments = arguments.iter();
    let mut characters = template.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('\\', Some(escaped @ ('{' | '}' | '\\'))) => {
                text.push(*escaped);
                characters.next();
            }
            ('{', Some('}')) => {
                characters.next();
                let value = arguments.next()?;
                match value {
                    Value::String(word) => text.push_str(word),
                    other => text.push_str(&java(other)),
                }
            }
            (other, _) => text.push(other),
        }
    }
    arguments.next().is_none().then(|| Value::from(text))
}

/// Formats lists and objects as Java prints them, because AWS does.
fn java(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            format!("[{}]", list.iter().map(java).collect::<Vec<_>>().join(", "))
        }
        Value::Object(object) => {
            let pairs = object.iter().map(|(name, value)| format!("{name}={}", java(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// A whole number; a fraction is rounded half up.
fn whole(value: &Value) -> Option<i64> {
    let number: &Number = value.as_number()?;
    number.as_i64().or_else(|| {
        let rounded = (number.as_f64()? + 0.5).floor();
        (rounded.abs() < 9.0e15).then_some(rounded as i64)
    })
}

/// A random number from the first argument up to, but not including, the second.
fn random(
    from: &Value,
    to: &Value,
    seed: Option<&Value>,
    chance: Chance,
    call: u32,
) -> Option<Value> {
    let (from, to) = (whole(from)?, whole(to)?);
    let range = u64::try_from(to.checked_sub(from)?).ok().filter(|range| *range > 0)?;
    let seeded = match seed {
        Some(seed) => Chance::new(whole(seed)? as u64),
        None => chance,
    };
    let number = seeded.below(range, (0, call, 0), Purpose::Intrinsic);
    Some(Value::from(from + number as i64))
}

/// A version 4 UUID determined by the seed.
fn uuid(chance: Chance, call: u32) -> String {
    let bits = |part| chance.value(part, call, 1, Purpose::Intrinsic);
    let (high, low) = (bits(1), bits(2));
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        (low >> 48) & 0x3fff | 0x8000,
        low & 0xffff_ffff_ffff
    )
}

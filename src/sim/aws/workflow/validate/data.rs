//! Data flow of a state: paths, templates, JSONata's delimiters.

use serde_json::{Map, Value};

use super::{Check, Language};
use crate::aws::workflow::intrinsic;
use crate::aws::workflow::path::Path;

/// Roots that a path may start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// `$`, `$$` or `$name`.
    Any,
    /// `$` only, and a path that matches one place.
    Reference,
}

/// Whether a text is a path with such a root.
pub fn is_path(text: &str, root: Root) -> bool {
    let Some(rest) = text.strip_prefix('$') else { return false };
    let rest = match root {
        Root::Reference => rest,
        Root::Any => {
            let rest = rest.strip_prefix('$').unwrap_or(rest);
            rest.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_')
        }
    };
    Path::parse(rest).is_ok_and(|path| root == Root::Any || path.is_reference())
}

impl Check {
    /// Checks a field that holds a path or `null`.
    pub fn path(&mut self, state: &Map<String, Value>, place: &str, field: &str, root: Root) {
        let or_null = ["InputPath", "OutputPath", "ResultPath"].contains(&field);
        match state.get(field) {
            None => {}
            Some(Value::Null) if or_null => {}
            Some(Value::String(text)) if is_path(text, root) => {}
            Some(other) => {
                self.wrong(
                    place,
                    format!("{field} must be a JSONPath such as $.order, not {other}."),
                );
            }
        }
    }

    /// Checks a field that holds a path or an intrinsic function.
    pub fn path_or_function(&mut self, state: &Map<String, Value>, place: &str, field: &str) {
        if let Some(value) = state.get(field) {
            let is_good = value.as_str().is_some_and(is_dynamic);
            if !is_good {
                self.wrong(
                    place,
                    format!("{field} must be a JSONPath or an intrinsic function, not {value}."),
                );
            }
        }
    }

    /// Checks a payload template.
    pub fn template(&mut self, template: &Value, place: &str, language: Language) {
        match template {
            Value::Object(object) => {
                for (name, value) in object {
                    let place = format!("{place}/{name}");
                    if let (Language::JsonPath, Some(bare)) = (language, name.strip_suffix(".$")) {
                        if object.contains_key(bare) {
                            self.wrong(&place, format!("{bare} and {name} are the same field."));
                        }
                        if !value.as_str().is_some_and(is_dynamic) {
                            self.wrong(
                                &place,
                                format!(
                                    "{name} must be a JSONPath or an intrinsic function, not {value}."
                                ),
                            );
                        }
                    } else {
                        self.template(value, &place, language);
                    }
                }
            }
            Value::Array(list) => {
                for (index, value) in list.iter().enumerate() {
                    self.template(value, &format!("{place}/{index}"), language);
                }
            }
            Value::String(text) if language == Language::Jsonata => self.jsonata(text, place),
            _ => {}
        }
    }

    /// Checks that `{% … %}` encloses the whole text, or is absent.
    pub fn jsonata(&mut self, text: &str, place: &str) {
        let (opened, closed) = (text.starts_with("{%"), text.ends_with("%}"));
        if opened != closed {
            self.wrong(place, "A JSONata expression must stand between {% and %}.");
            return;
        }
        let Some(inside) = text.strip_prefix("{%").and_then(|text| text.strip_suffix("%}")) else {
            return;
        };
        if !is_jsonata(inside) {
            self.wrong(place, format!("The JSONata expression {text} cannot be read."));
        }
    }
}

/// Whether a text may stand in a field whose name ends in `.$`.
fn is_dynamic(text: &str) -> bool {
    is_path(text, Root::Any) || (text.starts_with("States.") && intrinsic::check(text).is_ok())
}

/// Whether the next character makes a point part of a number or of a range.
fn goes_on(next: Option<&char>) -> bool {
    next.is_some_and(|next| next.is_ascii_digit() || *next == '.')
}

/// Whether brackets match, no number ends in a point and no JSONPath filter occurs. Line breaks are
/// allowed, except right after a leading blank: an independent validator rejects that, and no other
/// verdict is known.
fn is_jsonata(text: &str) -> bool {
    if text.trim().is_empty() || text.starts_with(" \n") || text.contains("[?(") {
        return false;
    }
    let mut open = Vec::new();
    let mut quote = None;
    let (mut before, mut solid) = (' ', ' ');
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(_), '\\') => {
                characters.next();
            }
            (Some(mark), _) if mark == character => quote = None,
            (None, '"' | '\'' | '`') => quote = Some(character),
            // Where a value is expected, a slash starts a regular expression.
            (None, '/') if "(,=[{:~ ".contains(before) && solid != ')' => quote = Some('/'),
            (None, '(') => open.push(')'),
            (None, '[') => open.push(']'),
            (None, '{') => open.push('}'),
            (None, ')' | ']' | '}') if open.pop() != Some(character) => return false,
            (None, '.') if before.is_ascii_digit() && !goes_on(characters.peek()) => return false,
            _ => {}
        }
        before = character;
        solid = if character == ' ' { solid } else { character };
    }
    open.is_empty() && quote.is_none()
}

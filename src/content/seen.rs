//! The rule that every character of a course is visible: none that a terminal would obey, and none
//! that readers would miss.
//!
//! It applies to the characters of a file, and again to those decoded from TOML or JSON escapes or
//! Markdown entities.

use super::loader::{Loader, SourceSpan};
use crate::visible;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Maximum number of reports per file; a file with more is not a text.
const TOLD_MAX: usize = 20;

/// Checks all files and their names.
pub fn files(loader: &mut Loader<'_>) {
    for (file, source) in loader.folder.sources.iter().enumerate() {
        if let Some((_, c)) = visible::hidden(&source.path).next() {
            tell(SourceSpan::top(file), "the file's name", c, loader);
        }
        let mut begins = 0;
        let found = source.text.split_inclusive('\n').filter_map(|line| {
            let first = visible::hidden(line).next().map(|(at, c)| (begins + at, c));
            begins += line.len();
            first
        });
        for (at, c) in found.take(TOLD_MAX) {
            tell(SourceSpan::new(file, at..at + c.len_utf8()), "this text", c, loader);
        }
    }
    let folder = loader.folder;
    if let Some((_, c)) = visible::hidden(&folder.id).next() {
        let message = sentence("the folder's name", c);
        loader.missing("scenario.toml").message = message;
    }
}

/// Checks text decoded from an escape or an entity, at a place where the file itself does not
/// contain it.
pub fn decoded(text: &str, written: &str, place: SourceSpan, loader: &mut Loader<'_>) {
    if let Some((_, c)) = visible::hidden(text).find(|(_, c)| !written.contains(*c)) {
        tell(place, "this text", c, loader);
    }
}

/// Checks all keys and texts of a document that starts at byte `base` of a file.
pub fn toml(table: &DeTable<'_>, text: &str, place: SourceSpan, loader: &mut Loader<'_>) {
    let mut found: Vec<(char, Range<usize>)> = Vec::new();
    walk_table(table, &mut found);
    for (c, span) in found {
        let written = text.get(span.clone()).unwrap_or_default();
        let at = SourceSpan::new(place.file, place.start + span.start..place.start + span.end);
        decoded(c.encode_utf8(&mut [0; 4]), written, at, loader);
    }
}

fn walk_table(table: &DeTable<'_>, found: &mut Vec<(char, Range<usize>)>) {
    for (key, value) in table {
        keep(key.get_ref(), key.span(), found);
        walk(value, found);
    }
}

fn walk(value: &Spanned<DeValue<'_>>, found: &mut Vec<(char, Range<usize>)>) {
    match value.get_ref() {
        DeValue::String(text) => keep(text, value.span(), found),
        DeValue::Array(values) => values.iter().for_each(|value| walk(value, found)),
        DeValue::Table(table) => walk_table(table, found),
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {}
    }
}

/// Records the hidden characters of a text, or of its escapes if the text itself is JSON.
fn keep(text: &str, span: Range<usize>, found: &mut Vec<(char, Range<usize>)>) {
    let inner = || escapes(text).find(|_| text.trim_start().starts_with(['{', '[']));
    let hidden = visible::hidden(text).next().map(|(_, c)| c);
    if let Some(c) = hidden.or_else(|| inner().map(|(c, _)| c)) {
        found.push((c, span));
    }
}

/// Checks the escapes of a valid JSON document.
pub fn json(file: usize, text: &str, loader: &mut Loader<'_>) {
    for (c, span) in escapes(text).take(TOLD_MAX) {
        tell(SourceSpan::new(file, span), "this text", c, loader);
    }
}

/// Finds the JSON escapes that stand for hidden characters.
fn escapes(text: &str) -> impl Iterator<Item = (char, Range<usize>)> {
    let mut at = 0;
    let all = std::iter::from_fn(move || {
        let rest = text.as_bytes().get(at..)?;
        let start = at + rest.iter().position(|b| *b == b'\\')?;
        let (escaped, length) = escape(text, start);
        at = start + length;
        Some((escaped, start..at))
    });
    let is_hidden = |c: &char| visible::hidden(c.encode_utf8(&mut [0; 4])).next().is_some();
    all.filter_map(move |(c, span)| Some((c.filter(is_hidden)?, span)))
}

/// Decodes an escape and returns its length in bytes.
fn escape(text: &str, at: usize) -> (Option<char>, usize) {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    match text.as_bytes().get(at + 1) {
        Some(b'u') => {
            let units: Vec<u16> = [unit(at), unit(at + 6)].into_iter().map_while(|u| u).collect();
            let first = char::decode_utf16(units).next().and_then(Result::ok);
            (first, first.map_or(6, |c| 6 * c.len_utf16()))
        }
        Some(b'b') => (Some('\u{8}'), 2),
        Some(b'f') => (Some('\u{c}'), 2),
        Some(b'r') => (Some('\r'), 2),
        _ => (None, 2),
    }
}

fn tell(place: SourceSpan, what: &str, c: char, loader: &mut Loader<'_>) {
    loader.error(place, sentence(what, c)).help(
        "take it out; where the course speaks of it, say it in words, such as U+001B or escape",
    );
}

fn sentence(what: &str, c: char) -> String {
    let c = visible::name(c);
    format!("{what} holds `{c}`, which no reader sees and a terminal may obey")
}

#[cfg(test)]
mod tests {
    use crate::sample;

    const SAID: &str = "which no reader sees and a terminal may obey";

    /// Where the sample with one change is rejected for a hidden character.
    fn refused(path: &str, from: &str, to: &str) -> Vec<String> {
        let told = sample::told(&sample::folder(&[(path, from, to)]));
        told.into_iter().filter(|told| told.contains(SAID)).collect()
    }

    #[test]
    fn a_character_that_stands_in_a_file_is_refused_at_its_line() {
        for c in ['\u{1b}', '\u{9b}', '\u{202e}', '\0', '\r', '\u{7f}', '\u{200b}', '\u{feff}'] {
            let told = refused("lessons/01-tray.md", "\n\n", &format!("\n\na{c}b\n\n"));
            assert_eq!(told.len(), 1, "{c:?}");
            assert!(told[0].contains(&crate::visible::name(c)), "{told:?}");
        }
    }

    #[test]
    fn an_escape_of_toml_is_refused_at_its_line_in_values_and_in_keys() {
        let told = refused("glossary.toml", "meaning = \"", "meaning = \"\\u001b]0;x");
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("error glossary.toml:"), "{told:?}");
        let told = refused("designs/tray.toml", "title =", "\"\\u202e\" = 1\ntitle =");
        assert_eq!(told.len(), 1, "{told:?}");
    }

    #[test]
    fn an_entity_of_markdown_is_refused_wherever_it_stands() {
        for text in [
            "a &#27;[2J b",
            "`a`&#x9b;",
            "- one\n- &#x202e;two",
            "> &#x7f;",
            "| a |\n|---|\n| &#27; |",
            "[a](https://a.example/&#27;x)",
            "[a](https://a.example \"&#27;\")",
            "```sh&#27;\ntext\n```",
        ] {
            let told = refused("lessons/01-tray.md", "\n\n", &format!("\n\n{text}\n\n"));
            assert_eq!(told.len(), 1, "{text}: {told:?}");
        }
        let told = refused("glossary.toml", "meaning = \"", "meaning = \"&#27;");
        assert_eq!(told.len(), 1, "{told:?}");
    }

    #[test]
    fn an_escape_of_json_is_refused_at_its_line() {
        for escape in ["\\u001b", "\\b", "\\f", "\\r", "\\u202E", "\\udb40\\udc41"] {
            let comment = format!("{{\n  \"Comment\": \"a\\\\u001b{escape}\",");
            let told = refused("workflows/letter.asl.json", "{", &comment);
            assert_eq!(told.len(), 1, "{escape}: {told:?}");
            assert!(told[0].starts_with("error workflows/letter.asl.json:2"), "{told:?}");
        }
        let fine = "{\n  \"Comment\": \"a\\n\\t\\u00e9\\ud83d\\ude9a\\\\r\",";
        assert_eq!(refused("workflows/letter.asl.json", "{", fine), [""; 0]);
    }

    #[test]
    fn a_files_name_is_read_too() {
        let told = sample::told(&sample::with_file("labs/a\u{1b}b.toml", ""));
        assert!(told.iter().any(|told| told.contains("the file's name holds `\\u{1b}`")));
    }
}

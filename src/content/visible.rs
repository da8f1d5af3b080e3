//! Characters that a terminal obeys or that nobody sees: control characters, direction marks,
//! letters without a glyph. This module lists them and escapes them.
//!
//! Three places use it: `content`, which rejects them in a course; `cli::print`, through which all
//! output goes; and the drawing of a frame. A title, a path, an argument or an error's excerpt can
//! therefore say anything without controlling the terminal.

use std::borrow::Cow;
use std::fmt::Write;

/// Whether a character acts on the terminal or takes no space on it. That includes line ends and
/// tabs, which output keeps.
#[must_use]
pub const fn is_hidden(c: char) -> bool {
    match c as u32 {
        // C0, DEL and C1.
        0..=0x1f | 0x7f..=0x9f
        // A hyphen, a joiner and fillers, all invisible.
        | 0xad | 0x34f | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x3164 | 0xffa0
        // Direction marks and direction brackets.
        | 0x61c | 0x200e | 0x200f | 0x202a..=0x202e | 0x2066..=0x2069
        // Line and paragraph separators, which some terminals obey.
        | 0x2028 | 0x2029
        // Zero-width spaces, joiners, invisible operators, the byte order mark.
        | 0x200b..=0x200d | 0x2060..=0x2065 | 0x206a..=0x206f | 0xfeff
        // Variation selectors, annotations, shorthand, musical beams, tags.
        | 0x180b..=0x180f | 0xfe00..=0xfe0f | 0xfff0..=0xfffb
        | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff => true,
        0x20..=0x7e | 0xa0.. => false,
    }
}

/// Whether a character is layout that text may contain: line ends and tabs.
const fn is_layout(c: char) -> bool {
    matches!(c, '\n' | '\t')
}

/// Finds every invisible character of a text and its position, except line ends and tabs.
pub fn hidden(text: &str) -> impl Iterator<Item = (usize, char)> {
    text.char_indices().filter(|(_, c)| is_hidden(*c) && !is_layout(*c))
}

/// Writes a hidden character as an escape: `\u{1b}`.
#[must_use]
pub fn name(c: char) -> String {
    format!("\\u{{{:x}}}", c as u32)
}

/// Escapes hidden characters; line ends and tabs stay.
#[must_use]
pub fn shown(text: &str) -> Cow<'_, str> {
    replaced(text, |shown, c| {
        let _ = write!(shown, "\\u{{{:x}}}", c as u32);
    })
}

/// Escapes hidden characters in JSON without changing its meaning: valid JSON has them only inside
/// strings, where it also has an escape for them.
#[must_use]
pub fn json(text: &str) -> Cow<'_, str> {
    replaced(text, |shown, c| {
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(shown, "\\u{unit:04x}");
        }
    })
}

/// Escapes hidden characters for one line of a frame: also line ends; a tab becomes a space.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let shown = shown(text);
    if shown.contains(is_layout) { shown.replace(is_layout, " ").into() } else { shown }
}

fn replaced(text: &str, write: impl Fn(&mut String, char)) -> Cow<'_, str> {
    let mut found = hidden(text).peekable();
    if found.peek().is_none() {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut done = 0;
    for (at, c) in found {
        shown.push_str(&text[done..at]);
        write(&mut shown, c);
        done = at + c.len_utf8();
    }
    shown.push_str(&text[done..]);
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_written_as_what_it_is() {
        assert_eq!(shown("a\x1b]0;x\x07b\u{9b}2J"), "a\\u{1b}]0;x\\u{7}b\\u{9b}2J");
        assert_eq!(shown("\0\r\u{7f}\u{202e}\u{feff}"), "\\u{0}\\u{d}\\u{7f}\\u{202e}\\u{feff}");
        assert_eq!(shown("one\n\ttwo"), "one\n\ttwo");
        assert_eq!(line("one\n\ttwo\x08"), "one  two\\u{8}");
    }

    #[test]
    fn what_is_seen_is_left_alone() {
        for text in ["", "plain", "naïve · 東京 ─▸ ▤ ✗ …", "e\u{301}", "λ ≥ 3 × “quoted”\n"]
        {
            assert!(matches!(shown(text), Cow::Borrowed(same) if same == text));
            assert!(matches!(json(text), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn json_means_the_same_afterwards() {
        let all: String = (0..=0x000e_0fff).filter_map(char::from_u32).collect();
        let text = serde_json::to_string(&all).unwrap();
        let shown = json(&text);
        assert_eq!(hidden(&shown).next(), None);
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), all);
    }

    #[test]
    fn nothing_hidden_is_left_and_seeing_twice_is_seeing_once() {
        let all: String = (0..=0x000e_0fff).filter_map(char::from_u32).collect();
        let once = shown(&all);
        assert_eq!(hidden(&once).next(), None);
        assert_eq!(shown(&once), once);
        assert!(!line(&all).chars().any(is_hidden));
    }
}

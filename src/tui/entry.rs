//! A line of typed or pasted text, for searches and filters.

use unicode_segmentation::UnicodeSegmentation;

/// Maximum length: a paste may be anything.
const LENGTH_MAX: usize = 100;

/// The text typed so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextEntry {
    text: String,
}

impl TextEntry {
    /// Appends a character; a combining accent joins the letter before it.
    pub fn push(&mut self, character: char) {
        if !character.is_control() && self.text.chars().count() < LENGTH_MAX {
            self.text.push(character);
        }
    }

    /// Deletes the last character with its accents.
    pub fn erase(&mut self) {
        let last = self.text.grapheme_indices(true).next_back();
        self.text.truncate(last.map_or(0, |(at, _)| at));
    }

    /// The text as typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text with single spaces between words and none around them.
    #[must_use]
    pub fn words(&self) -> String {
        self.text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The text as the footer shows it.
    #[must_use]
    pub fn prompt(&self) -> String {
        format!("/{}▏   enter finds, esc leaves", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accent_is_taken_back_with_its_letter_and_nothing_is_too_long() {
        let mut entry = TextEntry::default();
        for character in "e\u{302}tre\u{301}\u{7}\n".chars() {
            entry.push(character);
        }
        assert_eq!(entry.text(), "e\u{302}tre\u{301}");
        entry.erase();
        assert_eq!(entry.text(), "e\u{302}tr");
        for _ in 0..5 {
            entry.erase();
        }
        assert_eq!(entry.text(), "");
        for _ in 0..1_000 {
            entry.push('x');
        }
        assert_eq!(entry.text().len(), LENGTH_MAX);
    }
}

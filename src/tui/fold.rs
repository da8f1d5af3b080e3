//! Text folded for search: neither case nor the encoding of accents matters. Unicode has two forms of é, and
//! a terminal may send either.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// Decomposes accents and folds case through the upper-case letter, so that ς equals σ and ß equals ss.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfd().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfd().collect()
}

/// Position of the first occurrence of `wanted` as whole words, plural included. Both texts are folded.
#[must_use]
pub fn word(text: &str, wanted: &str) -> Option<usize> {
    let is_letter = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
    text.match_indices(wanted).map(|(at, _)| at).find(|at| {
        let before = text.get(..*at).and_then(|text| text.chars().next_back());
        let after = text.get(at + wanted.len()..).unwrap_or_default();
        let after = after.strip_prefix('s').unwrap_or(after);
        !is_letter(before) && !is_letter(after.chars().next())
    })
}

/// A folded text with the source position of each character.
pub struct Folded {
    text: String,
    /// Start of each grapheme in the folded text and in the source; the ends of both come last.
    edges: Vec<(usize, usize)>,
}

impl Folded {
    /// Folds a text.
    #[must_use]
    pub fn new(source: &str) -> Self {
        // CR LF is one line end.
        if source.is_ascii() && !source.contains('\r') {
            let edges = (0..=source.len()).map(|at| (at, at)).collect();
            return Self { text: fold(source), edges };
        }
        let (mut text, mut edges) = (String::new(), Vec::new());
        for (at, grapheme) in source.grapheme_indices(true) {
            edges.push((text.len(), at));
            text.push_str(&fold(grapheme));
        }
        edges.push((text.len(), source.len()));
        Self { text, edges }
    }

    /// Ranges of the folded `wanted` in the source: whole characters, without overlaps.
    #[must_use]
    pub fn find(&self, wanted: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(at) = self.text.get(from..).and_then(|rest| rest.find(wanted)) {
            let (start, end) = (from + at, from + at + wanted.len());
            match (self.edge(start), self.edge(end)) {
                // An e is not found in an é.
                (Some(begin), Some(done)) if begin < done => {
                    found.push(begin..done);
                    from = end;
                }
                _ => from = start + self.text[start..].chars().next().map_or(1, char::len_utf8),
            }
        }
        found
    }

    fn edge(&self, folded: usize) -> Option<usize> {
        let place = self.edges.binary_search_by_key(&folded, |(at, _)| *at).ok()?;
        self.edges.get(place).map(|(_, source)| *source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_folded_as_if_it_were_not_known_to_be_plain() {
        let plain: String = (0..128_u8).filter(|byte| *byte != b'\r').map(char::from).collect();
        let folded = Folded::new(&plain);
        let slowly = Folded::new(&format!("{plain}é"));
        assert!(slowly.text.starts_with(&folded.text), "{:?}", folded.text);
        assert_eq!(slowly.edges[..plain.len()], folded.edges[..plain.len()]);
    }

    fn found<'a>(text: &'a str, wanted: &str) -> Vec<&'a str> {
        let ranges = Folded::new(text).find(&fold(wanted));
        ranges.into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn both_forms_of_an_accent_are_one() {
        let (composed, apart) = ("caf\u{e9}", "cafe\u{301}");
        for (text, wanted) in [(composed, apart), (apart, composed), (composed, composed)] {
            assert_eq!(found(&format!("a {text} b"), wanted), [text]);
            assert_eq!(found(&format!("a {text} b").to_uppercase(), wanted).len(), 1);
        }
        assert_eq!(found("e\u{302}tre", "\u{ea}"), ["e\u{302}"]);
        assert_eq!(found(composed, "cafe"), Vec::<&str>::new(), "an e is not an é");
        assert_eq!(found(apart, "cafe"), Vec::<&str>::new());
        // Marks in another order are the same character.
        assert_eq!(found("a\u{323}\u{302}", "a\u{302}\u{323}"), ["a\u{323}\u{302}"]);
    }

    #[test]
    fn case_is_folded_where_it_changes_the_length_too() {
        assert_eq!(found("Die STRASSE und die Straße", "straße"), ["STRASSE", "Straße"]);
        assert_eq!(found("ΟΔΟΣ οδός", "οδος"), ["ΟΔΟΣ"]);
        assert_eq!(found("İstanbul", "STANBUL"), ["stanbul"]);
        assert_eq!(found("queue, Queue", "QUEUE"), ["queue", "Queue"]);
    }

    #[test]
    fn what_overlaps_is_found_once_and_nothing_is_found_by_nothing() {
        assert_eq!(found("aaa", "aa"), ["aa"]);
        assert_eq!(found("abc", ""), Vec::<&str>::new());
        assert_eq!(found("", "a"), Vec::<&str>::new());
    }

    #[test]
    fn a_word_stands_alone_or_in_the_plural() {
        let stands = |text: &str| word(&fold(text), "rule");
        assert_eq!(stands("overruled by a Rule"), Some(15));
        assert_eq!(stands("Rules, after all"), Some(0));
        assert_eq!((stands("ruled, unruly, overrule"), stands("")), (None, None));
    }
}

//! Wraps styled text word by word, and counts the words so that a reading position survives.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::piece::Piece;
use super::theme::Meaning;
use crate::visible;

/// A line of styled text, and the number of source words that begin before it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wrapped {
    pub pieces: Vec<Piece>,
    pub word: usize,
}

/// Wraps `pieces` into lines of at most `width` columns. Any white space separates words; a word wider than a
/// line breaks between graphemes.
#[must_use]
pub fn wrap(pieces: &[Piece], width: usize) -> Vec<Wrapped> {
    let width = width.max(1);
    let mut lines = vec![Wrapped::default()];
    let mut used = 0;
    let words = split(pieces);
    let count = words.len();
    for (index, word) in words.into_iter().enumerate() {
        let wide: usize = word.iter().map(Piece::columns).sum();
        let gap = usize::from(used > 0);
        if used > 0 && used + gap + wide > width {
            // No word begins on this line: it holds the end of a broken one.
            if let Some(last) = lines.last_mut().filter(|last| last.word == index) {
                last.word = index.saturating_sub(1);
            }
            lines.push(Wrapped { pieces: Vec::new(), word: index });
            used = 0;
        } else if gap == 1 {
            let meaning = gap_meaning(&lines, &word);
            push(&mut lines, " ", meaning);
            used += 1;
        }
        // The common case: the word fits whole.
        if used + wide <= width {
            for Piece { text, meaning, .. } in &word {
                push(&mut lines, text, *meaning);
            }
            used += wide;
            continue;
        }
        let started = lines.len();
        for Piece { text, meaning, .. } in word {
            for grapheme in text.graphemes(true) {
                let columns = grapheme.width();
                if used + columns > width && used > 0 {
                    lines.push(Wrapped { pieces: Vec::new(), word: index });
                    used = 0;
                }
                push(&mut lines, grapheme, meaning);
                used += columns;
            }
        }
        // The line that ends a broken word counts from the next word.
        if lines.len() > started
            && let Some(last) = lines.last_mut()
        {
            last.word = index + 1;
        }
    }
    // No word begins after the last one.
    if let Some(last) = lines.last_mut().filter(|last| last.word >= count) {
        last.word = count.saturating_sub(1);
    }
    lines
}

/// The meaning of the space between two words: theirs if they share one, otherwise plain.
fn gap_meaning(lines: &[Wrapped], word: &[Piece]) -> Meaning {
    let before = lines.last().and_then(|line| line.pieces.last()).map(|piece| piece.meaning);
    match (before, word.first()) {
        (Some(before), Some(after)) if before == after.meaning => before,
        _ => Meaning::Text,
    }
}

fn push(lines: &mut [Wrapped], text: &str, meaning: Meaning) {
    let Some(line) = lines.last_mut() else { return };
    match line.pieces.last_mut() {
        Some(last) if last.meaning == meaning => last.text.to_mut().push_str(text),
        _ => line.pieces.push(Piece::new(text.to_owned(), meaning)),
    }
}

/// Number of words in the pieces.
#[must_use]
pub fn words(pieces: &[Piece]) -> usize {
    split(pieces).len()
}

/// Splits pieces into words. A word may have several meanings: `code`, then a full stop.
fn split(pieces: &[Piece]) -> Vec<Vec<Piece>> {
    let mut words: Vec<Vec<Piece>> = Vec::new();
    let mut open = false;
    for Piece { text, meaning, .. } in pieces {
        let text = visible::shown(text);
        let mut parts = text.split(char::is_whitespace).peekable();
        while let Some(part) = parts.next() {
            if !part.is_empty() {
                let piece = Piece::new(part.to_owned(), *meaning);
                match words.last_mut() {
                    Some(word) if open => word.push(piece),
                    _ => words.push(vec![piece]),
                }
                open = true;
            }
            if parts.peek().is_some() {
                open = false;
            }
        }
    }
    words
}

/// Width of the pieces in columns.
#[must_use]
pub fn columns(pieces: &[Piece]) -> usize {
    pieces.iter().map(|piece| visible::line(&piece.text).width()).sum()
}

/// Cuts text to `width` columns, with an ellipsis where something was cut.
#[must_use]
pub fn cut(text: &str, width: usize) -> String {
    let text = &*visible::line(text);
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let columns = grapheme.width();
        if used + columns + 1 > width {
            break;
        }
        kept.push_str(grapheme);
        used += columns;
    }
    if width > 0 {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Vec<Piece> {
        vec![Piece::text(text.to_owned())]
    }

    fn lines(wrapped: &[Wrapped]) -> Vec<String> {
        let join = |line: &Wrapped| line.pieces.iter().map(|piece| &*piece.text).collect();
        wrapped.iter().map(join).collect()
    }

    #[test]
    fn words_are_kept_whole_and_counted() {
        let wrapped = wrap(&text("one two  three\nfour"), 9);
        assert_eq!(lines(&wrapped), ["one two", "three", "four"]);
        assert_eq!(wrapped.iter().map(|line| line.word).collect::<Vec<_>>(), [0, 2, 3]);
    }

    #[test]
    fn a_word_wider_than_the_line_is_broken_and_counted_once() {
        let wrapped = wrap(&text("a abcdefgh b"), 4);
        assert_eq!(lines(&wrapped), ["a", "abcd", "efgh", "b"]);
        assert_eq!(wrapped.iter().map(|line| line.word).collect::<Vec<_>>(), [0, 1, 1, 2]);
        let wrapped = wrap(&text("a abcdefgh"), 4);
        assert_eq!(wrapped.iter().map(|line| line.word).collect::<Vec<_>>(), [0, 1, 1]);
    }

    #[test]
    fn meanings_meet_inside_a_word_without_a_gap() {
        let pieces = vec![Piece::text("call "), Piece::code("PutEvents"), Piece::text(". Then")];
        let wrapped = wrap(&pieces, 40);
        assert_eq!(lines(&wrapped), ["call PutEvents. Then"]);
        assert_eq!(wrapped[0].pieces[1], Piece::code("PutEvents"));
    }

    #[test]
    fn no_line_is_wider_than_asked_whatever_the_text() {
        for width in 1..30 {
            for line in wrap(&text("naïve 東京タワー e\u{301}galité supercalifragilistic x"), width)
            {
                // A character two columns wide cannot be broken.
                assert!(columns(&line.pieces) <= width.max(2), "{width}: {line:?}");
            }
        }
    }

    #[test]
    fn cutting_says_that_something_was_cut() {
        assert_eq!(
            (cut("abcdef", 4), cut("abcd", 4), cut("東京", 3)),
            ("abc…".into(), "abcd".into(), "東…".into())
        );
    }
}

//! Breaks styled text into lines of a width, word by word, and counts the words so that a reading
//! place survives.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::piece::Piece;
use super::theme::Meaning;
use crate::visible;

/// A line of styled text and how many words of the source begin before it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wrapped {
    pub pieces: Vec<Piece>,
    pub word: usize,
}

/// Breaks `pieces` into lines of at most `width` columns. White space of any kind separates words;
/// a word wider than a line is broken between graphemes.
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
            // No word begins on the line after all: it holds the end of a broken one.
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
        // Nearly every word: it need not be taken apart.
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
        // The first word to begin on the line that ends a broken word is the next one.
        if lines.len() > started
            && let Some(last) = lines.last_mut()
        {
            last.word = index + 1;
        }
    }
    // After the last word none begins.
    if let Some(last) = lines.last_mut().filter(|last| last.word >= count) {
        last.word = count.saturating_sub(1);
    }
    lines
}

/// The space between two words of one meaning has that meaning; between two meanings it has none.
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

/// How many words pieces have.
#[must_use]
pub fn words(pieces: &[Piece]) -> usize {
    split(pieces).len()
}

/// The words, each possibly of several meanings: `code`, then a full stop.
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

/// The columns that pieces take.
#[must_use]
pub fn columns(pieces: &[Piece]) -> usize {
    pieces.iter().map(|piece| visible::line(&piece.text).width()).sum()
}

/// Text cut to `width` columns, with an ellipsis where something was cut.
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

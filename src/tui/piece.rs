//! A run of text with one meaning: all that is drawn consists of such pieces.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

use super::theme::Meaning;

/// A run of text with one meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub text: Cow<'static, str>,
    pub meaning: Meaning,
    /// What is read aloud in place of the text: a sign has words of its own, a bar has none.
    pub said: Option<&'static str>,
}

/// Constructors named by meaning.
macro_rules! meanings {
    ($($name:ident: $meaning:ident),* $(,)?) => {
        impl Piece {
            $(
                #[doc = concat!("A piece that means `", stringify!($meaning), "`.")]
                #[must_use]
                pub fn $name(text: impl Into<Cow<'static, str>>) -> Self {
                    Self::new(text, Meaning::$meaning)
                }
            )*
        }
    };
}

meanings! {
    text: Text,
    faint: Faint,
    strong: Strong,
    light: Light,
    accent: Accent,
    key: Key,
    code: Code,
    link: Link,
    selected: Selected,
    hit: Hit,
    right: Right,
    wrong: Wrong,
    prediction: Prediction,
    urgent: Urgent,
    travelling: Travelling,
    retrying: Retrying,
    in_flight: InFlight,
    delayed: Delayed,
    dead: Dead,
    alarm: Alarm,
    healthy: Healthy,
}

impl Piece {
    /// A piece of a meaning that is known only when it is drawn.
    #[must_use]
    pub fn new(text: impl Into<Cow<'static, str>>, meaning: Meaning) -> Self {
        Self { text: text.into(), meaning, said: None }
    }

    /// So many columns of nothing.
    #[must_use]
    pub fn space(columns: usize) -> Self {
        // Most gaps are short, and need no memory of their own.
        const SPACES: &str = "                                                                ";
        match SPACES.get(..columns) {
            Some(spaces) => Self::text(spaces),
            None => Self::text(" ".repeat(columns)),
        }
    }

    /// The same text with another meaning.
    #[must_use]
    pub fn with(self, meaning: Meaning) -> Self {
        Self { meaning, ..self }
    }

    /// The same text with other words for reading aloud.
    #[must_use]
    pub fn said(self, words: &'static str) -> Self {
        Self { said: Some(words), ..self }
    }

    /// Columns that the text takes.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.text.width()
    }
}

/// The text of a line of pieces.
#[must_use]
pub fn text(pieces: &[Piece]) -> String {
    pieces.iter().map(|piece| &*piece.text).collect()
}

/// A line of pieces as it is read aloud.
#[must_use]
pub fn spoken(pieces: &[Piece]) -> String {
    let words: String = pieces.iter().map(|piece| piece.said.unwrap_or(&piece.text)).collect();
    words.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_is_seen_and_its_words_are_heard() {
        let line = [Piece::right("✓ ").said("read, "), Piece::text("The first lesson ")];
        assert_eq!(text(&line), "✓ The first lesson ");
        assert_eq!(spoken(&line), "read, The first lesson");
    }

    #[test]
    fn a_gap_is_as_wide_as_asked_for_however_wide_that_is() {
        for columns in [0, 1, 64, 65, 200] {
            assert_eq!(Piece::space(columns).columns(), columns);
        }
        let borrowed = |piece: Piece| matches!(piece.text, Cow::Borrowed(_));
        assert!(borrowed(Piece::space(64)) && borrowed(Piece::faint("words")));
    }
}

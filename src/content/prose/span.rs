//! Inline spans: runs of text in one style, assembled as they are read.

use super::REFERENCE_MARK;
use crate::course::{Emphasis, Span};
use unicode_segmentation::UnicodeSegmentation;

/// The styles open around the current text.
#[derive(Debug, Default)]
pub struct Style {
    strong: usize,
    light: usize,
    pub link: Option<String>,
}

impl Style {
    /// Opens an emphasis: **strong** or *gentle*. They may nest.
    pub fn open(&mut self, strong: bool) {
        *self.level(strong) += 1;
    }

    /// Closes the innermost emphasis of that strength.
    pub fn close(&mut self, strong: bool) {
        let level = self.level(strong);
        *level = level.saturating_sub(1);
    }

    fn level(&mut self, strong: bool) -> &mut usize {
        if strong { &mut self.strong } else { &mut self.light }
    }

    /// Style of the current text; strong wins where both are open.
    pub fn emphasis(&self) -> Emphasis {
        match (self.strong, self.light) {
            (0, 0) => Emphasis::Plain,
            (0, _) => Emphasis::Light,
            _ => Emphasis::Strong,
        }
    }
}

/// Appends text, merges it with a span of the same style, and never separates a letter from its
/// accents.
pub fn push(spans: &mut Vec<Span>, text: &str, style: Emphasis, link: Option<&str>) {
    let mut rest = text;
    if let Some(last) = spans.last_mut() {
        let carried = continuation(&last.text, rest);
        last.text.push_str(&rest[..carried]);
        rest = &rest[carried..];
        if last.style == style && last.link.as_deref() == link {
            last.text.push_str(rest);
            return;
        }
    }
    if !rest.is_empty() {
        spans.push(Span { text: rest.to_owned(), style, link: link.map(str::to_owned) });
    }
}

/// Number of bytes of `next` that belong to the last letter of `before`.
fn continuation(before: &str, next: &str) -> usize {
    let Some(last) = before.graphemes(true).next_back() else {
        return 0;
    };
    let joined = format!("{last}{next}");
    let first = joined.graphemes(true).next().map_or(0, str::len);
    first.saturating_sub(last.len())
}

/// Appends the small mark of a reference directly after the preceding word.
pub fn push_reference(spans: &mut Vec<Span>, address: String) {
    trim_end(spans);
    spans.push(Span {
        text: REFERENCE_MARK.to_owned(),
        style: Emphasis::Plain,
        link: Some(address),
    });
}

/// Removes white space, and spans left empty, from the end.
pub fn trim_end(spans: &mut Vec<Span>) {
    if let Some(last) = spans.last_mut() {
        last.text.truncate(last.text.trim_end().len());
    }
    spans.retain(|span| !span.text.is_empty());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alike_runs_are_one_and_others_are_not() {
        let mut spans = Vec::new();
        push(&mut spans, "a", Emphasis::Plain, None);
        push(&mut spans, "b", Emphasis::Plain, None);
        push(&mut spans, "c", Emphasis::Code, None);
        push(&mut spans, "d", Emphasis::Code, Some("l"));
        let texts: Vec<_> = spans.iter().map(|span| span.text.as_str()).collect();
        assert_eq!(texts, ["ab", "c", "d"]);
    }

    #[test]
    fn an_accent_stays_with_its_letter() {
        let mut spans = Vec::new();
        push(&mut spans, "cafe", Emphasis::Plain, None);
        push(&mut spans, "\u{301} noir", Emphasis::Strong, None);
        assert_eq!(spans[0].text, "cafe\u{301}");
        assert_eq!(spans[1].text, " noir");
    }
}

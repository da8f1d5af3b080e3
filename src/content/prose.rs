//! Markdown into blocks: what the course allows of it, and every other thing refused at its place.
//!
//! Only text is read here; lessons, questions and lists decide which passages they have. Nothing is
//! wrapped or drawn: that depends on a window.

mod block;
mod figure;
mod inline;
mod parser;
mod span;

use super::course::{BlockKind, Span};
use super::loader::{Loader, Located, SourceSpan};
pub use figure::prediction;
use parser::ProseParser;
use std::ops::Range;

/// What a reference becomes in the text.
pub const REFERENCE_MARK: &str = "↗";

/// A piece of Markdown and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Passage<'t> {
    pub text: &'t str,
    /// The whole of it, also for mistakes whose place inside is unknown.
    pub place: SourceSpan,
    /// Where the text begins in the file, when it stands there letter by letter.
    base: Option<usize>,
    /// The lesson it belongs to, for links such as `#anchor`.
    pub lesson: Option<&'t str>,
}

impl<'t> Passage<'t> {
    /// The body of a file from byte `base` on.
    #[must_use]
    pub fn body(text: &'t str, file: usize, base: usize, lesson: Option<&'t str>) -> Self {
        Self {
            text,
            place: SourceSpan::new(file, base..base + text.len()),
            base: Some(base),
            lesson,
        }
    }

    /// A TOML string.
    #[must_use]
    pub fn of(text: &'t Located<String>, lesson: Option<&'t str>, loader: &Loader<'_>) -> Self {
        let place = text.place;
        let written = loader.text(place.file).get(place.start..place.end).unwrap_or_default();
        let base = written.find(&text.value).map(|at| place.start + at);
        Self { text: &text.value, place, base, lesson }
    }

    fn place(&self, span: Range<usize>) -> SourceSpan {
        self.base.map_or(self.place, |base| {
            SourceSpan::new(self.place.file, base + span.start..base + span.end)
        })
    }
}

/// A block with its place, and its anchor if it is a heading that has one.
#[derive(Debug, Clone)]
pub struct Draft {
    pub kind: BlockKind,
    pub place: SourceSpan,
    pub anchor: Option<Located<String>>,
    /// Of a prediction, for the search for doubles.
    pub id: Option<Located<String>>,
}

/// All blocks of a text.
pub fn blocks(passage: Passage<'_>, loader: &mut Loader<'_>) -> Vec<Draft> {
    ProseParser::new(passage, loader).blocks()
}

/// A text that consists of paragraphs.
pub fn paragraphs(
    text: &Located<String>,
    lesson: Option<&str>,
    loader: &mut Loader<'_>,
) -> Vec<Vec<Span>> {
    let mut found = Vec::new();
    for draft in blocks(Passage::of(text, lesson, loader), loader) {
        match draft.kind {
            BlockKind::Paragraph(spans) => found.push(spans),
            _ => {
                loader.error(draft.place, "only plain paragraphs can stand here")
                    .help("a line that begins with #, -, > or a number and a point is no paragraph: reword it");
            }
        }
    }
    found
}

/// A text that is one line or one paragraph.
pub fn line(text: &Located<String>, lesson: Option<&str>, loader: &mut Loader<'_>) -> Vec<Span> {
    let mut found = paragraphs(text, lesson, loader);
    if found.len() > 1 {
        loader.error(text.place, "this must be one paragraph").help("take the empty line out");
    }
    if found.is_empty() { Vec::new() } else { found.swap_remove(0) }
}

/// The words of a block, run by run: what its hash is made of.
pub fn runs(kind: &BlockKind, each: &mut dyn FnMut(&str)) {
    match kind {
        BlockKind::Heading { text, .. } | BlockKind::Paragraph(text) => each(&plain(text)),
        BlockKind::List(items) => items.iter().for_each(|item| each(&plain(&item.text))),
        BlockKind::Quote(paragraphs) => paragraphs.iter().for_each(|spans| each(&plain(spans))),
        BlockKind::Code { lines, .. } => lines.iter().for_each(|line| each(line)),
        BlockKind::Table { header, rows, .. } => {
            for cell in header.iter().chain(rows.iter().flatten()) {
                each(&plain(cell));
            }
        }
        BlockKind::Diagram(diagram) => {
            each(&diagram.caption);
            each(&diagram.alt);
            diagram.art.iter().for_each(|line| each(line));
        }
        BlockKind::Predict(predict) => {
            each(&plain(&predict.ask));
            predict.options.iter().for_each(|option| each(&plain(option)));
            each(&plain(&predict.reveal));
        }
        BlockKind::Contrast(contrast) => {
            contrast.between.iter().for_each(|service| each(service));
            each(&plain(&contrast.decides));
            contrast.when.iter().for_each(|(phrase, _)| each(&plain(phrase)));
        }
        BlockKind::Rule => {}
    }
}

/// Spans after others, joined where they look alike.
pub fn append(spans: &mut Vec<Span>, more: &[Span]) {
    for one in more {
        span::push(spans, &one.text, one.style, one.link.as_deref());
    }
}

/// The text of spans, without the marks of references.
#[must_use]
pub fn plain(spans: &[Span]) -> String {
    let read = spans.iter().filter(|span| span.text != REFERENCE_MARK);
    read.map(|span| span.text.as_str()).collect()
}

#[cfg(test)]
mod tests;

//! Parses Markdown into blocks: accepts what the course allows and rejects everything else at its
//! place.
//!
//! This module only parses text; lessons, questions and lists decide which passages they have. It
//! neither wraps nor draws, because that depends on the window.

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

/// Replacement for a reference in the text.
pub const REFERENCE_MARK: &str = "↗";

/// A piece of Markdown with its place.
#[derive(Debug, Clone, Copy)]
pub struct Passage<'t> {
    pub text: &'t str,
    /// The whole passage, also for mistakes whose exact place is unknown.
    pub place: SourceSpan,
    /// Start of the text in the file, if it appears there unescaped.
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

/// A block with its place, and its anchor if it is a heading with one.
#[derive(Debug, Clone)]
pub struct Draft {
    pub kind: BlockKind,
    pub place: SourceSpan,
    pub anchor: Option<Located<String>>,
    /// Id of a prediction, for finding duplicates.
    pub id: Option<Located<String>>,
}

/// Parses all blocks of a text.
pub fn blocks(passage: Passage<'_>, loader: &mut Loader<'_>) -> Vec<Draft> {
    ProseParser::new(passage, loader).blocks()
}

/// Parses a text that consists of paragraphs only.
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

/// Parses a text of one line or one paragraph.
pub fn line(text: &Located<String>, lesson: Option<&str>, loader: &mut Loader<'_>) -> Vec<Span> {
    let mut found = paragraphs(text, lesson, loader);
    if found.len() > 1 {
        loader.error(text.place, "this must be one paragraph").help("take the empty line out");
    }
    if found.is_empty() { Vec::new() } else { found.swap_remove(0) }
}

/// Visits the words of a block, run by run, as its hash needs them.
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
            predict.options.iter().for_each(|option| each(&plain(&option.text)));
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

/// Appends spans and merges adjacent ones of the same style.
pub fn append(spans: &mut Vec<Span>, more: &[Span]) {
    for one in more {
        span::push(spans, &one.text, one.style, one.link.as_deref());
    }
}

/// Joins the text of spans, without reference marks.
#[must_use]
pub fn plain(spans: &[Span]) -> String {
    let read = spans.iter().filter(|span| span.text != REFERENCE_MARK);
    read.map(|span| span.text.as_str()).collect()
}

#[cfg(test)]
mod tests;

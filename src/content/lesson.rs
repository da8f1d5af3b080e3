//! A lesson: its front matter, then its text as blocks under headings.
//!
//! Whether the things it names exist is not known here; `rules` sees the whole course.

use super::course::Emphasis;
use super::course::{Block, BlockKind, HeadingEntry, Lesson, Span};
use super::form::Document;
use super::hash::Hash;
use super::loader::{Loader, Located, SourceSpan};
use super::prose::{self, Draft, Passage};

/// The line around a front matter.
const FENCE: &str = "+++";

/// A parsed lesson, with the places that rules need.
#[derive(Debug, Clone, Default)]
pub struct LessonDraft {
    pub lesson: Lesson,
    pub place: SourceSpan,
    pub id: Located<String>,
    pub minutes: SourceSpan,
    pub concepts: Vec<Located<String>>,
    pub teaches: Vec<Located<String>>,
    pub references: Vec<Located<String>>,
    pub anchors: Vec<Located<String>>,
    pub predictions: Vec<Located<String>>,
    /// Number of words a reader reads, without code and drawings.
    pub words: usize,
    /// Whether the front matter could not be read, so that it is unknown what the lesson teaches.
    pub torn: bool,
}

/// Reads `lessons/NN-id.md`.
pub fn read(file: usize, loader: &mut Loader<'_>) -> LessonDraft {
    let text = loader.text(file);
    let stem = loader.folder.sources.get(file).map_or("", |source| source.stem(".md"));
    let (number, id) = name_of(stem);
    let mut draft =
        LessonDraft { place: SourceSpan::top(file), torn: true, ..LessonDraft::default() };
    draft.lesson.number = number.unwrap_or_default();
    id.clone_into(&mut draft.lesson.id);
    if number.is_none() {
        loader
            .error(SourceSpan::top(file), "a lesson's file is named with its number and its id")
            .help("for example lessons/07-resilience.md");
    }
    let Some((front, body)) = split(text) else {
        loader.error(SourceSpan::new(file, 0..3), "this lesson does not begin with a front matter")
            .help("begin with a line +++, then id, title, minutes, concepts, teaches, references, then a line +++");
        return draft;
    };
    let base = FENCE.len() + 1;
    if let Some(document) = Document::parse(front, file, base, loader) {
        read_front(&document, &mut draft, loader);
    }
    if draft.id.value != id && !draft.torn && number.is_some() {
        loader
            .error(
                draft.id.place,
                format!("this lesson is called `{}`, and its file `{id}`", draft.id.value),
            )
            .help("the file's name is its number, a hyphen and its id");
    }
    let passage = Passage::body(body, file, text.len() - body.len(), Some(id));
    let drafts = prose::blocks(passage, loader);
    let title = title_block(&draft.lesson.title, id, draft.id.place);
    arrange(&mut draft, std::iter::once(title).chain(drafts), loader);
    draft
}

/// Splits `07-resilience` into 7 and `resilience`.
fn name_of(stem: &str) -> (Option<u8>, &str) {
    match stem.split_once('-') {
        Some((digits, id)) if digits.len() == 2 && !id.is_empty() => (digits.parse().ok(), id),
        _ => (None, stem),
    }
}

/// Splits the front matter from the text after it.
fn split(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix(FENCE)?;
    let inside = inside.strip_prefix('\n')?;
    let mut at = 0;
    for line in inside.split_inclusive('\n') {
        if line.trim_end() == FENCE {
            return Some((&inside[..at], &inside[at + line.len()..]));
        }
        at += line.len();
    }
    None
}

fn read_front(document: &Document<'_>, draft: &mut LessonDraft, loader: &mut Loader<'_>) {
    let mut form = document.form("lesson");
    draft.torn = false;
    draft.place = form.place;
    draft.id = form.text("id", loader);
    let title = form.text("title", loader);
    let minutes = form.number("minutes", 1..=60, loader);
    draft.minutes = minutes.place;
    draft.concepts = form.texts("concepts", loader);
    draft.teaches = form.texts("teaches", loader);
    draft.references = form.texts("references", loader);
    form.end(loader);
    draft.lesson.title = title.value;
    draft.lesson.minutes = minutes.value;
    draft.lesson.concepts = values(&draft.concepts);
    draft.lesson.teaches = values(&draft.teaches);
    draft.lesson.references = values(&draft.references);
}

/// Drops the places and keeps the values.
#[must_use]
pub fn values(located: &[Located<String>]) -> Vec<String> {
    located.iter().map(|one| one.value.clone()).collect()
}

/// Creates a span of plain text.
#[must_use]
pub fn plain_span(text: &str) -> Span {
    Span { text: text.to_owned(), style: Emphasis::Plain, link: None }
}

/// Creates a heading as the prose parser would.
#[must_use]
pub fn heading_draft(level: u8, title: &str, anchor: &str, place: SourceSpan) -> Draft {
    Draft {
        kind: BlockKind::Heading { level, text: vec![plain_span(title)] },
        place,
        anchor: Some(Located { value: anchor.to_owned(), place }),
        id: None,
    }
}

/// Creates block 0 of a lesson: the title, with the lesson's id as its anchor.
#[must_use]
pub fn title_block(title: &str, id: &str, place: SourceSpan) -> Draft {
    heading_draft(1, title, id, place)
}

/// Puts blocks under their headings, counts words, and hashes every block.
pub fn arrange(
    draft: &mut LessonDraft,
    blocks: impl Iterator<Item = Draft>,
    loader: &mut Loader<'_>,
) {
    let lesson = &mut draft.lesson;
    let mut ordinal = 0;
    for block in blocks {
        if let BlockKind::Heading { level, text } = &block.kind {
            let anchor = block.anchor.unwrap_or_default();
            lesson.headings.push(HeadingEntry {
                id: anchor.value.clone(),
                level: *level,
                title: prose::plain(text),
                block: lesson.blocks.len() as u32,
            });
            draft.anchors.push(anchor);
            ordinal = 0;
        }
        if let Some(id) = block.id {
            if ordinal != 1 {
                loader
                    .error(block.place, "a prediction stands directly under its heading")
                    .help("move it up to the heading whose section answers it");
            }
            draft.predictions.push(id);
        }
        if !matches!(block.kind, BlockKind::Code { .. } | BlockKind::Diagram(_)) {
            prose::runs(&block.kind, &mut |run| {
                draft.words += run.split_whitespace().count();
            });
        }
        lesson.blocks.push(Block {
            heading: (lesson.headings.len() - 1) as u16,
            ordinal,
            hash: hash_of(&block.kind),
            kind: block.kind,
        });
        ordinal = ordinal.saturating_add(1);
    }
}

/// Hashes a block's words only.
#[must_use]
pub fn hash_of(kind: &BlockKind) -> u64 {
    let mut hash = Hash::default();
    prose::runs(kind, &mut |run| hash.words(run));
    hash.value()
}

#[cfg(test)]
mod tests;

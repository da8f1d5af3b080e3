//! A lesson: front matter between `+++` lines, then Markdown.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::markdown::{self, FoundKind};
use super::toml::Body;
use super::{Reader, fence};
use crate::content::course::{
    Block, BlockKind, Emphasis, Extent, HeadingEntry, Lesson, LessonEntry, Span,
};
use crate::content::hash;
use crate::content::scenario::{Located, MentionKind, Origin};
use crate::content::source::Source;

/// A finished lesson's words.
const WORDS: std::ops::RangeInclusive<usize> = 500..=1_100;
/// How many are read in a minute.
const WORDS_PER_MINUTE: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Front {
    id: Spanned<String>,
    title: String,
    minutes: Spanned<u8>,
    concepts: Vec<Spanned<String>>,
    teaches: Vec<Spanned<String>>,
    references: Vec<Spanned<String>>,
}

/// Reads `lessons/NN-id.md`.
pub fn read(reader: &mut Reader, name: &str, source: &Source) {
    let at = |span: Range<usize>| Origin { file: source.path.clone(), span };
    let Some((front, body)) = split(&source.text) else {
        let help = "A lesson begins with its front matter between two lines of +++.";
        reader.error(&at(0..0), source, "This lesson has no front matter.".to_owned(), help);
        return;
    };
    let Some(front) = reader.keep::<Front>(Body::part(source, front).read()) else { return };
    let number = name.split('-').next().and_then(|digits| digits.parse::<u8>().ok());
    let expected = number.map(|number| format!("{number:02}-{}.md", front.id.get_ref()));
    let id_at = at(span_in(source, &front.id));
    if expected.as_deref() != Some(name) {
        let message = format!("The file is called {name}, the lesson {}.", front.id.get_ref());
        reader.error(&id_at, source, message, "A lesson's file is called NN-id.md.");
    }
    for (names, kind) in [
        (&front.concepts, MentionKind::Concept),
        (&front.teaches, MentionKind::Fact),
        (&front.references, MentionKind::Reference),
    ] {
        for name in names {
            reader.mention(kind, name.get_ref(), at(span_in(source, name)));
        }
    }
    let names = |list: Vec<Spanned<String>>| list.into_iter().map(Spanned::into_inner).collect();
    let minutes_at = at(span_in(source, &front.minutes));
    let mut lesson = Lesson {
        id: front.id.into_inner(),
        number: number.unwrap_or(0),
        title: front.title,
        minutes: front.minutes.into_inner(),
        concepts: names(front.concepts),
        teaches: names(front.teaches),
        references: names(front.references),
        headings: Vec::new(),
        blocks: Vec::new(),
    };
    let prose = fill(reader, &mut lesson, source, body);
    check_length(reader, source, &lesson, prose, &minutes_at);
    reader.draft.lessons.push(Located { value: lesson, origin: id_at });
}

/// A value's span in the file: front matter begins after the first `+++` line.
fn span_in<T>(source: &Source, value: &Spanned<T>) -> Range<usize> {
    let offset = source.text.find('\n').map_or(0, |newline| newline + 1);
    value.span().start + offset..value.span().end + offset
}

/// The spans of front matter and body.
fn split(text: &str) -> Option<(Range<usize>, Range<usize>)> {
    let first = text.find('\n')?;
    if text[..first].trim_end() != "+++" {
        return None;
    }
    let start = first + 1;
    let end = start + text[start..].find("\n+++")? + 1;
    let body = text[end..].find('\n').map_or(text.len(), |newline| end + newline + 1);
    Some((start..end, body..text.len()))
}

/// Reads the Markdown at `span` into the lesson's blocks, below its title; returns its words.
pub fn fill(reader: &mut Reader, lesson: &mut Lesson, source: &Source, span: Range<usize>) -> usize {
    if lesson.blocks.is_empty() {
        let id = lesson.id.clone();
        let text = vec![Span { text: lesson.title.clone(), style: Emphasis::Plain, link: None }];
        push_heading(lesson, 1, text, id);
    }
    let at = |inner: Range<usize>| Origin {
        file: source.path.clone(),
        span: inner.start + span.start..inner.end + span.start,
    };
    let (found, refused) = markdown::blocks(&source.text[span.clone()]);
    for refused in refused {
        let message = format!("This is {}, which a terminal cannot show.", refused.what);
        reader.error(&at(refused.span), source, message, "Say it in text, or draw it as a diagram.");
    }
    let mut words = 0;
    for found in found {
        let place = at(found.span);
        match found.kind {
            FoundKind::Heading { level, text, id } => {
                heading(reader, lesson, source, level, text, id, &place);
            }
            FoundKind::Block(kind) => {
                let kind = resolve(reader, source, kind, &place);
                let is_prose = !matches!(kind, BlockKind::Code { .. } | BlockKind::Rule);
                let count = push(lesson, kind);
                words += if is_prose { count } else { 0 };
            }
            FoundKind::Fence { word, body } => {
                let body = body.start + span.start..body.end + span.start;
                if let Some(kind) = fence::read(reader, source, &word, body) {
                    push(lesson, kind);
                }
            }
        }
    }
    words
}

fn heading(
    reader: &mut Reader,
    lesson: &mut Lesson,
    source: &Source,
    level: u8,
    text: Vec<Span>,
    id: Option<String>,
    place: &Origin,
) {
    if level == 1 {
        let help = "The title is in the front matter; sections begin with ##.";
        reader.error(place, source, "A lesson has one title.".to_owned(), help);
        return;
    }
    let Some(id) = id else {
        let help = "Write ## Heading {#anchor}: positions and questions point at it.";
        reader.error(place, source, "This heading has no anchor.".to_owned(), help);
        return;
    };
    if lesson.headings.iter().any(|heading| heading.id == id) {
        let message = format!("The anchor {id} stands twice in this lesson.");
        reader.error(place, source, message, "Give one of them another name.");
        return;
    }
    push_heading(lesson, level, text, id);
}

fn push_heading(lesson: &mut Lesson, level: u8, text: Vec<Span>, id: String) {
    let title = text.iter().map(|span| span.text.as_str()).collect();
    let block = lesson.blocks.len() as u32;
    lesson.headings.push(HeadingEntry { id, level, title, block });
    push(lesson, BlockKind::Heading { level, text });
}

/// Appends a block under the latest heading and returns its words.
pub fn push(lesson: &mut Lesson, kind: BlockKind) -> usize {
    let heading = lesson.headings.len().saturating_sub(1) as u16;
    let ordinal = lesson.blocks.iter().filter(|block| block.heading == heading).count() as u16;
    let texts = texts(&kind);
    let words = texts.iter().map(|text| text.split_whitespace().count()).sum();
    lesson.blocks.push(Block { heading, ordinal, hash: hash::of_words(&texts), kind });
    words
}

/// The words of a block, for its hash and its length.
fn texts(kind: &BlockKind) -> Vec<String> {
    let plain = |spans: &[Span]| spans.iter().map(|span| span.text.as_str()).collect::<String>();
    match kind {
        BlockKind::Heading { text, .. } | BlockKind::Paragraph(text) => vec![plain(text)],
        BlockKind::List(items) => items.iter().map(|item| plain(&item.text)).collect(),
        BlockKind::Quote(paragraphs) => paragraphs.iter().map(|text| plain(text)).collect(),
        BlockKind::Code { lines, .. } => lines.clone(),
        BlockKind::Table { header, rows, .. } => {
            header.iter().chain(rows.iter().flatten()).map(|cell| plain(cell)).collect()
        }
        BlockKind::Diagram(diagram) => vec![diagram.alt.clone()],
        BlockKind::Predict(prediction) => vec![prediction.id.clone()],
        BlockKind::Contrast(contrast) => vec![contrast.between.join(" or ")],
        BlockKind::Rule => vec![],
    }
}

/// Turns `[ref:ID]` marks of all texts of a block into links.
fn resolve(reader: &mut Reader, source: &Source, mut kind: BlockKind, place: &Origin) -> BlockKind {
    let mut texts: Vec<&mut Vec<Span>> = match &mut kind {
        BlockKind::Paragraph(text) => vec![text],
        BlockKind::List(items) => items.iter_mut().map(|item| &mut item.text).collect(),
        BlockKind::Quote(paragraphs) => paragraphs.iter_mut().collect(),
        BlockKind::Table { header, rows, .. } => {
            header.iter_mut().chain(rows.iter_mut().flatten()).collect()
        }
        _ => vec![],
    };
    for text in &mut texts {
        references(reader, source, text, place);
    }
    kind
}

/// Replaces each `[ref:ID]` by a mark whose link is `ref:ID`; the address is put in when all files
/// have been read.
pub fn references(reader: &mut Reader, source: &Source, text: &mut Vec<Span>, place: &Origin) {
    let mut resolved = Vec::with_capacity(text.len());
    for span in text.drain(..) {
        let mut rest = span.text.as_str();
        while let Some((before, id, after)) = reference(rest) {
            let before = before.strip_suffix(' ').unwrap_or(before);
            if !before.is_empty() {
                resolved.push(Span { text: before.to_owned(), ..span.clone() });
            }
            let link = Some(format!("ref:{id}"));
            resolved.push(Span { text: "↗".to_owned(), style: Emphasis::Plain, link });
            reader.mention(MentionKind::Reference, id, within(source, place, id));
            rest = after;
        }
        if !rest.is_empty() {
            resolved.push(Span { text: rest.to_owned(), ..span.clone() });
        }
    }
    *text = resolved;
}

fn reference(text: &str) -> Option<(&str, &str, &str)> {
    let start = text.find("[ref:")?;
    let end = start + text[start..].find(']')?;
    Some((&text[..start], text[start + 5..end].trim(), &text[end + 1..]))
}

/// Where `[ref:id]` stands inside `place`.
fn within(source: &Source, place: &Origin, id: &str) -> Origin {
    let mark = format!("[ref:{id}]");
    let text = source.text.get(place.span.clone()).unwrap_or_default();
    match text.find(&mark) {
        Some(at) => {
            let start = place.span.start + at;
            Origin { file: place.file.clone(), span: start..start + mark.len() }
        }
        None => place.clone(),
    }
}

fn check_length(
    reader: &mut Reader,
    source: &Source,
    lesson: &Lesson,
    words: usize,
    minutes_at: &Origin,
) {
    if !WORDS.contains(&words) {
        let message = format!("The lesson has {words} words.");
        let help = format!("A lesson has {} to {}.", WORDS.start(), WORDS.end());
        reader.error(minutes_at, source, message, &help);
    }
    let likely = words.div_ceil(WORDS_PER_MINUTE);
    if likely.abs_diff(usize::from(lesson.minutes)) > 2 {
        let message = format!("{} minutes for {words} words.", lesson.minutes);
        let help = format!("At {WORDS_PER_MINUTE} words a minute it is about {likely}.");
        let problem =
            crate::content::problem::Problem::at(source, minutes_at.span.clone(), message, &help);
        reader.problems.push(problem.note());
    }
}

/// What the index knows of a lesson; its extent is set when it is packed.
#[must_use]
pub fn entry(lesson: &Lesson, extent: Extent) -> LessonEntry {
    LessonEntry {
        id: lesson.id.clone(),
        number: lesson.number,
        title: lesson.title.clone(),
        minutes: lesson.minutes,
        headings: lesson.headings.clone(),
        extent,
    }
}

//! `scenario.toml`: the page around the lessons, made into a lesson numbered 0.

use serde::Deserialize;
use toml::Spanned;

use super::fence::{self, RawPrediction};
use super::markdown::{self, inline};
use super::toml::Body;
use super::{Reader, lesson};
use crate::content::course::{
    BlockKind, Concept, Emphasis, HeadingEntry, Lesson, ListItem, Marker, Span,
};
use crate::content::scenario::{Located, MentionKind, Origin};
use crate::content::source::Source;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    id: Spanned<String>,
    series: String,
    title: String,
    level: String,
    minutes: u8,
    teaches: Vec<Spanned<String>>,
    references: Vec<Spanned<String>>,
    short_answer: String,
    outcomes: Vec<String>,
    common_mistake: String,
    better_way: String,
    think: RawPrediction,
    concept: Vec<RawConcept>,
    study: Vec<RawStudy>,
    link: Vec<RawLink>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConcept {
    id: Spanned<String>,
    title: String,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStudy {
    title: String,
    text: String,
    kind: StudyKind,
    lesson: Option<Spanned<String>>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum StudyKind {
    Prerequisite,
    Section,
    System,
    Concept,
    Pattern,
}

impl StudyKind {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Prerequisite, "First, if the mechanics are new"),
        (Self::Section, "The sections, in order"),
        (Self::System, "Systems that go deeper"),
        (Self::Concept, "Concepts that go deeper"),
        (Self::Pattern, "Patterns that go deeper"),
    ];
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLink {
    title: String,
    reference: Spanned<String>,
}

/// Reads `scenario.toml`.
pub fn read(reader: &mut Reader, source: &Source) {
    let body = Body::whole(source);
    let Some(raw) = reader.keep::<Raw>(body.read()) else { return };
    let at = |span| Origin { file: source.path.clone(), span };
    if *raw.id.get_ref() != reader.draft.id {
        let message = format!("The folder is called {}.", reader.draft.id);
        reader.error(&at(raw.id.span()), source, message, "A scenario's id is its folder's name.");
    }
    for (names, kind) in
        [(&raw.teaches, MentionKind::Fact), (&raw.references, MentionKind::Reference)]
    {
        for name in names {
            reader.mention(kind, name.get_ref(), at(name.span()));
        }
    }
    for link in &raw.link {
        reader.mention(MentionKind::Reference, link.reference.get_ref(), at(link.reference.span()));
    }
    for name in raw.study.iter().filter_map(|study| study.lesson.as_ref()) {
        reader.mention(MentionKind::Lesson, name.get_ref(), at(name.span()));
    }
    reader.draft.title.clone_from(&raw.title);
    reader.draft.series.clone_from(&raw.series);
    reader.draft.level.clone_from(&raw.level);
    for concept in &raw.concept {
        let value =
            Concept { id: concept.id.get_ref().clone(), title: concept.title.clone() };
        reader.draft.concepts.push(Located { value, origin: at(concept.id.span()) });
    }
    let id_at = at(raw.id.span());
    let lesson = page(reader, body, raw);
    reader.draft.overview = Some(Located { value: lesson, origin: id_at });
}

/// Builds the page: what the scenario is about, in the order a newcomer asks.
fn page(reader: &mut Reader, body: Body<'_>, raw: Raw) -> Lesson {
    let names = |list: Vec<Spanned<String>>| list.into_iter().map(Spanned::into_inner).collect();
    let mut page = Lesson {
        id: "overview".to_owned(),
        number: 0,
        title: raw.title,
        minutes: raw.minutes,
        concepts: raw.concept.iter().map(|concept| concept.id.get_ref().clone()).collect(),
        teaches: names(raw.teaches),
        references: names(raw.references),
        headings: Vec::new(),
        blocks: Vec::new(),
    };
    let title = page.title.clone();
    heading(&mut page, 1, &title, "overview");
    heading(&mut page, 2, "The short answer", "short-answer");
    prose(reader, &mut page, body.source, &raw.short_answer);
    if let Some(think) = fence::prediction(reader, body, raw.think) {
        heading(&mut page, 2, "Think before you read", "think");
        lesson::push(&mut page, BlockKind::Predict(think));
    }
    heading(&mut page, 2, "What you will be able to do", "outcomes");
    let outcomes = raw.outcomes.iter().map(|text| item(inline(text))).collect();
    lesson::push(&mut page, BlockKind::List(outcomes));
    heading(&mut page, 2, "The common mistake", "common-mistake");
    prose(reader, &mut page, body.source, &raw.common_mistake);
    heading(&mut page, 2, "The better way", "better-way");
    prose(reader, &mut page, body.source, &raw.better_way);
    heading(&mut page, 2, "Ten concepts", "concepts");
    let concepts = raw.concept.iter().map(|concept| titled(&concept.title, &concept.text));
    lesson::push(&mut page, BlockKind::List(concepts.collect()));
    heading(&mut page, 2, "The study path", "study-path");
    for (kind, title) in StudyKind::ALL {
        let steps: Vec<ListItem> = raw
            .study
            .iter()
            .filter(|study| study.kind == kind)
            .map(|study| titled(&study.title, &study.text))
            .collect();
        if !steps.is_empty() {
            lesson::push(&mut page, BlockKind::Paragraph(vec![span(title, Emphasis::Light)]));
            lesson::push(&mut page, BlockKind::List(steps));
        }
    }
    heading(&mut page, 2, "Further links", "links");
    let links = raw.link.iter().map(|link| {
        let link_to = Some(format!("ref:{}", link.reference.get_ref()));
        item(vec![Span { text: link.title.clone(), style: Emphasis::Plain, link: link_to }])
    });
    lesson::push(&mut page, BlockKind::List(links.collect()));
    page
}

fn heading(page: &mut Lesson, level: u8, title: &str, id: &str) {
    let block = page.blocks.len() as u32;
    page.headings.push(HeadingEntry { id: id.to_owned(), level, title: title.to_owned(), block });
    lesson::push(page, BlockKind::Heading { level, text: vec![span(title, Emphasis::Plain)] });
}

fn prose(reader: &mut Reader, page: &mut Lesson, source: &Source, text: &str) {
    for found in markdown::blocks(text).0 {
        if let markdown::FoundKind::Block(mut kind) = found.kind {
            if let BlockKind::Paragraph(spans) = &mut kind {
                let place = Origin { file: source.path.clone(), span: 0..0 };
                lesson::references(reader, source, spans, &place);
            }
            lesson::push(page, kind);
        }
    }
}

fn span(text: &str, style: Emphasis) -> Span {
    Span { text: text.to_owned(), style, link: None }
}

fn item(text: Vec<Span>) -> ListItem {
    ListItem { depth: 0, marker: Marker::Bullet, text }
}

fn titled(title: &str, text: &str) -> ListItem {
    let mut spans = vec![span(title, Emphasis::Strong), span(" — ", Emphasis::Plain)];
    spans.extend(inline(text));
    item(spans)
}

/// When all files have been read: puts addresses where `ref:ID` stands.
pub fn finish(reader: &mut Reader) {
    let addresses: Vec<(String, String)> = reader
        .draft
        .references
        .iter()
        .map(|reference| (reference.value.id.clone(), reference.value.address.clone()))
        .collect();
    let lessons = reader.draft.lessons.iter_mut().chain(&mut reader.draft.overview);
    for lesson in lessons {
        for block in &mut lesson.value.blocks {
            for span in spans_of(&mut block.kind) {
                let id = span.link.as_deref().and_then(|link| link.strip_prefix("ref:"));
                if let Some(id) = id {
                    let found = addresses.iter().find(|(known, _)| known == id);
                    span.link = found.map(|(_, address)| address.clone());
                }
            }
        }
    }
}

fn spans_of(kind: &mut BlockKind) -> Vec<&mut Span> {
    match kind {
        BlockKind::Heading { text, .. } | BlockKind::Paragraph(text) => text.iter_mut().collect(),
        BlockKind::List(items) => items.iter_mut().flat_map(|item| &mut item.text).collect(),
        BlockKind::Quote(paragraphs) => paragraphs.iter_mut().flatten().collect(),
        BlockKind::Table { header, rows, .. } => {
            header.iter_mut().chain(rows.iter_mut().flatten()).flatten().collect()
        }
        _ => vec![],
    }
}

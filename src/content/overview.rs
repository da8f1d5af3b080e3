//! `scenario.toml`: the overview page, turned into a lesson numbered 0.
//!
//! Every scenario has the same headings here; everything below them is content.

use super::course::{BlockKind, Concept, Emphasis, ListItem, Marker, Prediction, Span};
use super::exam;
use super::form::{Document, Form};
use super::lesson::{LessonDraft, arrange, heading_draft, plain_span, title_block, values};
use super::loader::{Loader, Located, SourceSpan, Target, Use};
use super::prose::append;
use super::prose::{self, Draft, Passage, line, prediction as read_prediction};

/// The overview's id, which is also the anchor of its title.
pub const ID: &str = "overview";

/// What a scenario says about itself.
#[derive(Debug, Clone, Default)]
pub struct OverviewDraft {
    pub title: String,
    pub series: String,
    pub concepts: Vec<(Located<String>, Concept)>,
    /// Id of the design that opens where none is asked for; `None`: the first by id.
    pub main_design: Option<Located<String>>,
    /// The page built from everything else.
    pub page: LessonDraft,
}

/// Stages of the study path: (kind, heading above its entries, rank).
const STAGES: [(&str, &str, u8); 5] = [
    ("prerequisite", "First, the mechanics", 0),
    ("section", "Then the sections, in order", 1),
    ("system", "Systems that go deeper", 2),
    ("concept", "Concepts that go deeper", 2),
    ("pattern", "Patterns that go deeper", 2),
];

/// Reads the file; `lessons` supply numbers and minutes for the study path.
pub fn read(lessons: &[LessonDraft], loader: &mut Loader<'_>) -> OverviewDraft {
    let mut overview = OverviewDraft::default();
    overview.page.torn = true;
    let Some((file, source)) = loader.folder.find("scenario.toml") else {
        loader
            .missing("scenario.toml")
            .help("it holds the scenario's id, title, short answer, concepts and study path");
        return overview;
    };
    overview.page.place = SourceSpan::top(file);
    let Some(document) = Document::parse(&source.text, file, 0, loader) else {
        return overview;
    };
    let mut form = document.form("scenario");
    read_head(&mut form, &mut overview, loader);
    let blocks = body(&mut form, &mut overview, lessons, loader);
    form.end(loader);
    let title = title_block(&overview.title, ID, overview.page.id.place);
    arrange(&mut overview.page, std::iter::once(title).chain(blocks), loader);
    overview
}

fn read_head(form: &mut Form<'_, '_>, overview: &mut OverviewDraft, loader: &mut Loader<'_>) {
    let page = &mut overview.page;
    page.torn = false;
    let id = form.text("id", loader);
    if id.value != loader.folder.id && !id.value.is_empty() {
        let folder = &loader.folder.id;
        loader
            .error(
                id.place,
                format!("this scenario is called `{}`, and its folder `{folder}`", id.value),
            )
            .help("a scenario's id is its folder's name: it stands in every record");
    }
    overview.series = form.text("series", loader).value;
    overview.title = form.text("title", loader).value;
    exam::check_level(&form.text("level", loader), loader);
    let minutes = form.number("minutes", 1..=u8::MAX, loader);
    page.teaches = form.texts("teaches", loader);
    page.references = form.texts("references", loader);
    overview.main_design = form.text_if_any("main_design", loader);
    page.minutes = minutes.place;
    page.id = Located { value: ID.to_owned(), place: id.place };
    ID.clone_into(&mut page.lesson.id);
    page.lesson.title.clone_from(&overview.title);
    page.lesson.minutes = minutes.value;
    page.lesson.teaches = values(&page.teaches);
    page.lesson.references = values(&page.references);
}

fn body(
    form: &mut Form<'_, '_>,
    overview: &mut OverviewDraft,
    lessons: &[LessonDraft],
    loader: &mut Loader<'_>,
) -> Vec<Draft> {
    let place = form.place;
    let mut blocks = Vec::new();
    let heading = |level, title: &str, anchor: &str| heading_draft(level, title, anchor, place);

    blocks.push(heading(2, "The short answer", "short-answer"));
    blocks.extend(passage("short_answer", form, loader));
    blocks.push(heading(2, "What you will be able to do", "outcomes"));
    let outcomes = form.texts("outcomes", loader);
    let outcomes = outcomes.iter().map(|text| line(text, Some(ID), loader));
    blocks.push(list(outcomes.collect(), place));
    blocks.push(heading(2, "Think before you read", "think"));
    if let Some(think) = form.table("think", "think block", loader) {
        let at = think.place;
        let predict = read_prediction(think, Some(ID), loader);
        blocks.push(prediction(predict, at));
    }
    blocks.push(heading(3, "The common mistake", "common-mistake"));
    blocks.extend(passage("common_mistake", form, loader));
    blocks.push(heading(3, "The better way", "better-way"));
    blocks.extend(passage("better_way", form, loader));
    blocks.push(heading(2, "The concepts", "concepts"));
    blocks.push(list(concepts(form, overview, loader), place));
    blocks.push(heading(2, "The study path", "study-path"));
    blocks.extend(study_path(form, lessons, loader));
    let links = links(form, loader);
    if !links.is_empty() {
        blocks.push(heading(2, "Further links", "links"));
        blocks.push(list(links, place));
    }
    blocks
}

fn prediction(predict: Prediction, place: SourceSpan) -> Draft {
    Draft {
        id: Some(Located { value: predict.id.clone(), place }),
        kind: BlockKind::Predict(predict),
        place,
        anchor: None,
    }
}

/// Reads Markdown without headings of its own.
fn passage(key: &'static str, form: &mut Form<'_, '_>, loader: &mut Loader<'_>) -> Vec<Draft> {
    let text = form.text(key, loader);
    let passage = Passage::of(&text, Some(ID), loader);
    let mut blocks = prose::blocks(passage, loader);
    for block in &blocks {
        if matches!(block.kind, BlockKind::Heading { .. }) {
            loader.error(block.place, format!("`{key}` cannot have headings: it stands under one"));
        }
    }
    blocks.retain(|block| !matches!(block.kind, BlockKind::Heading { .. }));
    blocks
}

fn list(items: Vec<Vec<Span>>, place: SourceSpan) -> Draft {
    let items = items.into_iter().map(|text| ListItem { depth: 0, marker: Marker::Bullet, text });
    Draft { kind: BlockKind::List(items.collect()), place, anchor: None, id: None }
}

fn concepts(
    form: &mut Form<'_, '_>,
    overview: &mut OverviewDraft,
    loader: &mut Loader<'_>,
) -> Vec<Vec<Span>> {
    let mut items = Vec::new();
    for mut concept in form.tables("concept", "concept", loader) {
        let id = concept.text("id", loader);
        let title = concept.text("title", loader);
        let text = concept.text("text", loader);
        concept.end(loader);
        let mut item = vec![strong(&title.value, None)];
        append(&mut item, &[plain_span(": ")]);
        append(&mut item, &line(&text, Some(ID), loader));
        items.push(item);
        overview.page.lesson.concepts.push(id.value.clone());
        overview.page.concepts.push(id.clone());
        let entry = Concept { id: id.value.clone(), title: title.value };
        overview.concepts.push((id, entry));
    }
    if items.is_empty() {
        loader
            .error(form.place, "this scenario names no [[concept]]")
            .help("lessons and questions name concepts, and reviews are planned by them");
    }
    items
}

/// Builds the study path in file order, each stage under its heading.
fn study_path(
    form: &mut Form<'_, '_>,
    lessons: &[LessonDraft],
    loader: &mut Loader<'_>,
) -> Vec<Draft> {
    let mut blocks = Vec::new();
    let mut items: Vec<Vec<Span>> = Vec::new();
    let mut reached: Option<(&str, u8)> = None;
    let place = form.place;
    for mut entry in form.tables("study", "step of the study path", loader) {
        let kind = entry.text("kind", loader);
        let item = step(&mut entry, lessons, loader);
        entry.end(loader);
        let Some(&(name, title, order)) = STAGES.iter().find(|stage| stage.0 == kind.value) else {
            loader
                .error(kind.place, format!("the study path has no stage `{}`", kind.value))
                .help("it has prerequisite, section, system, concept and pattern");
            continue;
        };
        if reached.is_some_and(|(_, last)| order < last) {
            loader
                .error(kind.place, format!("this {name} comes too late in the study path"))
                .help("first the prerequisites, then the sections, then what goes deeper");
        }
        if reached.is_none_or(|(last, _)| last != name) {
            if !items.is_empty() {
                blocks.push(list(std::mem::take(&mut items), place));
            }
            let anchor = format!("study-{name}");
            blocks.push(heading_draft(3, title, &anchor, kind.place));
        }
        reached = Some((name, order));
        items.push(item);
    }
    blocks.push(list(items, place));
    blocks
}

/// Builds one step; a lesson shows its number and its minutes.
fn step(entry: &mut Form<'_, '_>, lessons: &[LessonDraft], loader: &mut Loader<'_>) -> Vec<Span> {
    let title = entry.text("title", loader);
    let text = entry.text("text", loader);
    let lesson = entry.text_if_any("lesson", loader);
    let mut item = vec![strong(&title.value, lesson.as_ref().map(|l| l.value.as_str()))];
    if let Some(lesson) = lesson {
        let id = lesson.value.split('#').next().unwrap_or_default();
        if let Some(found) = lessons.iter().find(|found| found.lesson.id == id) {
            let (number, minutes) = (found.lesson.number, found.lesson.minutes);
            let where_and_how_long = format!(" (section {number}, {minutes} min)");
            append(&mut item, &[plain_span(&where_and_how_long)]);
        }
        loader.uses.push(Use { target: Target::Lesson(lesson.value), place: lesson.place });
    }
    append(&mut item, &[plain_span(": ")]);
    append(&mut item, &line(&text, Some(ID), loader));
    item
}

fn links(form: &mut Form<'_, '_>, loader: &mut Loader<'_>) -> Vec<Vec<Span>> {
    let mut items = Vec::new();
    for mut link in form.tables("link", "link", loader) {
        let title = link.text("title", loader);
        let reference = link.text("reference", loader);
        link.end(loader);
        let address = loader.address(&reference.value, reference.place);
        items.push(vec![Span { link: address, ..plain_span(&title.value) }]);
    }
    items
}

fn strong(text: &str, link: Option<&str>) -> Span {
    Span { style: Emphasis::Strong, link: link.map(str::to_owned), ..plain_span(text) }
}

#[cfg(test)]
mod tests;

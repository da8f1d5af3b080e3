//! Ids: written alike everywhere, one thing each, and none that nothing bears.

use crate::desk::{Desk, Located, nearest, suggestion};
use crate::lesson::LessonDraft;
use crate::overview;
use crate::scenario::Scenario;
use std::collections::BTreeMap;

pub fn check(scenario: &Scenario, desk: &mut Desk<'_>) {
    doubles(scenario, desk);
    numbers(&scenario.lessons, desk);
    known(scenario, desk);
}

fn doubles(scenario: &Scenario, desk: &mut Desk<'_>) {
    let pages = || scenario.lessons.iter().chain([&scenario.overview.page]);
    for lesson in &scenario.lessons {
        unique("anchor", "in this lesson", lesson.anchors.iter(), desk);
    }
    let predictions = pages().flat_map(|page| &page.predictions);
    unique("prediction", "in this scenario", predictions, desk);
    let questions = scenario.questions.entries.iter().map(|entry| &entry.id);
    unique("question", "in this scenario", questions, desk);
    let labs = scenario.labs.iter().map(|draft| &draft.id);
    unique("lab", "in this scenario", labs, desk);
    let misconceptions = scenario.misconceptions.entries.iter().map(|entry| &entry.id);
    unique("misconception", "in this list", misconceptions, desk);
    let references = scenario.references.entries.iter().map(|entry| &entry.id);
    unique("reference", "in this list", references, desk);
    let concepts = scenario.overview.concepts.iter().map(|(id, _)| id);
    unique("concept", "in this scenario", concepts, desk);
    let facts = scenario.facts.entries.iter().map(|entry| &entry.id);
    once("fact", "in this list", facts, desk);
    let terms = scenario.glossary.entries.iter().map(|entry| &entry.name);
    once("term", "in this glossary", terms, desk);
}

/// Ids of our own making: small letters, one thing each.
fn unique<'a>(
    what: &str,
    within: &str,
    ids: impl Iterator<Item = &'a Located<String>> + Clone,
    desk: &mut Desk<'_>,
) {
    for id in ids.clone() {
        if !is_kebab(&id.value) && !id.value.is_empty() {
            desk.error(id.place, format!("`{}` is no good id", id.value))
                .help("an id has small letters, digits and single hyphens, like `retry-and-catch`");
        }
    }
    once(what, within, ids, desk);
}

fn once<'a>(
    what: &str,
    within: &str,
    ids: impl Iterator<Item = &'a Located<String>>,
    desk: &mut Desk<'_>,
) {
    let mut first: BTreeMap<&str, &Located<String>> = BTreeMap::new();
    for id in ids.filter(|id| !id.value.is_empty()) {
        if let Some(earlier) = first.get(id.value.as_str()) {
            let line = desk.line(earlier.place);
            desk.error(id.place, format!("the {what} `{}` stands twice {within}", id.value))
                .help(format!("the first is at {line}; give one of them another name"));
        } else {
            first.insert(&id.value, id);
        }
    }
}

fn is_kebab(id: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    id.split('-').all(part)
}

/// Lessons count from 1 without gaps.
fn numbers(lessons: &[LessonDraft], desk: &mut Desk<'_>) {
    if lessons.is_empty() {
        desk.missing("lessons/01-….md").help("a scenario has lessons, numbered from 01");
    }
    let mut expected = 1;
    for lesson in lessons.iter().filter(|lesson| lesson.lesson.number > 0) {
        let number = lesson.lesson.number;
        if number != expected {
            desk.error(
                lesson.place,
                format!("this is lesson {number}, and lesson {expected} is due here"),
            )
            .help("number the files from 01 without gaps or doubles");
        }
        expected = number.saturating_add(1);
    }
    let mut first: BTreeMap<&str, &LessonDraft> = BTreeMap::new();
    for lesson in lessons {
        if lesson.lesson.id == overview::ID {
            desk.error(lesson.place, "a lesson cannot be called `overview`")
                .help("that is the page made of scenario.toml");
        }
        if let Some(earlier) = first.insert(&lesson.lesson.id, lesson) {
            let line = desk.line(earlier.place);
            let id = &lesson.lesson.id;
            desk.error(lesson.place, format!("the lesson `{id}` stands twice"))
                .help(format!("the first is at {line}; give one of them another name"));
        }
    }
}

fn known(scenario: &Scenario, desk: &mut Desk<'_>) {
    let concepts = (!scenario.overview.page.torn).then(|| {
        let ids = scenario.overview.concepts.iter();
        ids.map(|(id, _)| id.value.as_str()).collect::<Vec<_>>()
    });
    let facts = scenario.facts.ids(|fact| &fact.id);
    let misconceptions = scenario.misconceptions.ids(|entry| &entry.id);
    for page in scenario.lessons.iter().chain([&scenario.overview.page]) {
        exist("concept", "scenario.toml", &page.concepts, concepts.as_deref(), desk);
        exist("fact", "facts.toml", &page.teaches, facts.as_deref(), desk);
        cited(&page.references, desk);
    }
    for question in &scenario.questions.entries {
        exist("concept", "scenario.toml", &question.concepts, concepts.as_deref(), desk);
        exist("fact", "facts.toml", &question.teaches, facts.as_deref(), desk);
        let traps = &question.traps;
        exist("misconception", "misconceptions.toml", traps, misconceptions.as_deref(), desk);
        cited(&question.references, desk);
    }
    for draft in &scenario.labs {
        exist("fact", "facts.toml", &draft.teaches, facts.as_deref(), desk);
    }
    for entry in &scenario.misconceptions.entries {
        exist("fact", "facts.toml", &entry.teaches, facts.as_deref(), desk);
    }
}

fn exist(
    what: &str,
    file: &str,
    named: &[Located<String>],
    known: Option<&[&str]>,
    desk: &mut Desk<'_>,
) {
    let Some(known) = known else { return };
    for id in named.iter().filter(|id| !id.value.is_empty()) {
        if !known.contains(&id.value.as_str()) {
            let guess = nearest(&id.value, known.iter().copied());
            desk.error(id.place, format!("there is no {what} `{}` in {file}", id.value))
                .help(suggestion(guess, "add it there, or correct the id"));
        }
    }
}

fn cited(named: &[Located<String>], desk: &mut Desk<'_>) {
    for id in named.iter().filter(|id| !id.value.is_empty()) {
        desk.address(&id.value, id.place);
    }
}

//! Ids: uniform spelling, no duplicates, none unused.

use crate::lesson::LessonDraft;
use crate::loader::{Loader, Located, nearest, suggestion};
use crate::overview;
use crate::scenario::Scenario;
use std::collections::BTreeMap;

/// Checks ids for duplicates, lesson numbers for gaps, and every reference by id for its target.
pub fn check(scenario: &Scenario, loader: &mut Loader<'_>) {
    doubles(scenario, loader);
    numbers(&scenario.lessons, loader);
    known(scenario, loader);
}

fn doubles(scenario: &Scenario, loader: &mut Loader<'_>) {
    let pages = || scenario.lessons.iter().chain([&scenario.overview.page]);
    for lesson in &scenario.lessons {
        unique("anchor", "in this lesson", lesson.anchors.iter(), loader);
    }
    let predictions = pages().flat_map(|page| &page.predictions);
    unique("prediction", "in this scenario", predictions, loader);
    let questions = scenario.questions.entries.iter().map(|entry| &entry.id);
    unique("question", "in this scenario", questions, loader);
    let labs = scenario.labs.iter().map(|draft| &draft.id);
    unique("lab", "in this scenario", labs, loader);
    let misconceptions = scenario.misconceptions.entries.iter().map(|entry| &entry.id);
    unique("misconception", "in this list", misconceptions, loader);
    let references = scenario.references.entries.iter().map(|entry| &entry.id);
    unique("reference", "in this list", references, loader);
    let concepts = scenario.overview.concepts.iter().map(|(id, _)| id);
    unique("concept", "in this scenario", concepts, loader);
    let facts = scenario.facts.entries.iter().map(|entry| &entry.id);
    once("fact", "in this list", facts, loader);
    let terms = scenario.glossary.entries.iter().map(|entry| &entry.name);
    once("term", "in this glossary", terms, loader);
}

/// Checks our own ids: lowercase letters, no duplicates.
fn unique<'a>(
    what: &str,
    within: &str,
    ids: impl Iterator<Item = &'a Located<String>> + Clone,
    loader: &mut Loader<'_>,
) {
    for id in ids.clone() {
        if !is_kebab(&id.value) && !id.value.is_empty() {
            loader
                .error(id.place, format!("`{}` is no good id", id.value))
                .help("an id has small letters, digits and single hyphens, like `retry-and-catch`");
        }
    }
    once(what, within, ids, loader);
}

fn once<'a>(
    what: &str,
    within: &str,
    ids: impl Iterator<Item = &'a Located<String>>,
    loader: &mut Loader<'_>,
) {
    let mut first: BTreeMap<&str, &Located<String>> = BTreeMap::new();
    for id in ids.filter(|id| !id.value.is_empty()) {
        if let Some(earlier) = first.get(id.value.as_str()) {
            let line = loader.line(earlier.place);
            loader
                .error(id.place, format!("the {what} `{}` stands twice {within}", id.value))
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

/// Checks that lessons count from 1 without gaps.
fn numbers(lessons: &[LessonDraft], loader: &mut Loader<'_>) {
    if lessons.is_empty() {
        loader.missing("lessons/01-….md").help("a scenario has lessons, numbered from 01");
    }
    let mut expected = 1;
    for lesson in lessons.iter().filter(|lesson| lesson.lesson.number > 0) {
        let number = lesson.lesson.number;
        if number != expected {
            loader
                .error(
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
            loader
                .error(lesson.place, "a lesson cannot be called `overview`")
                .help("that is the page made of scenario.toml");
        }
        if let Some(earlier) = first.insert(&lesson.lesson.id, lesson) {
            let line = loader.line(earlier.place);
            let id = &lesson.lesson.id;
            loader
                .error(lesson.place, format!("the lesson `{id}` stands twice"))
                .help(format!("the first is at {line}; give one of them another name"));
        }
    }
}

fn known(scenario: &Scenario, loader: &mut Loader<'_>) {
    let concepts = (!scenario.overview.page.torn).then(|| {
        let ids = scenario.overview.concepts.iter();
        ids.map(|(id, _)| id.value.as_str()).collect::<Vec<_>>()
    });
    let facts = scenario.facts.ids(|fact| &fact.id);
    let misconceptions = scenario.misconceptions.ids(|entry| &entry.id);
    for page in scenario.lessons.iter().chain([&scenario.overview.page]) {
        exist("concept", "scenario.toml", &page.concepts, concepts.as_deref(), loader);
        exist("fact", "facts.toml", &page.teaches, facts.as_deref(), loader);
        cited(&page.references, loader);
    }
    for question in &scenario.questions.entries {
        exist("concept", "scenario.toml", &question.concepts, concepts.as_deref(), loader);
        exist("fact", "facts.toml", &question.teaches, facts.as_deref(), loader);
        for trap in &question.traps {
            misconception(trap, misconceptions.as_deref(), loader);
        }
        cited(&question.references, loader);
    }
    for draft in &scenario.labs {
        exist("fact", "facts.toml", &draft.teaches, facts.as_deref(), loader);
    }
    for entry in &scenario.misconceptions.entries {
        exist("fact", "facts.toml", &entry.teaches, facts.as_deref(), loader);
    }
}

/// Checks that a misconception is one of the `known`; `None` if the list is incomplete.
pub fn misconception(id: &Located<String>, known: Option<&[&str]>, loader: &mut Loader<'_>) {
    exist("misconception", "misconceptions.toml", std::slice::from_ref(id), known, loader);
}

fn exist(
    what: &str,
    file: &str,
    named: &[Located<String>],
    known: Option<&[&str]>,
    loader: &mut Loader<'_>,
) {
    let Some(known) = known else { return };
    for id in named.iter().filter(|id| !id.value.is_empty()) {
        if !known.contains(&id.value.as_str()) {
            let guess = nearest(&id.value, known.iter().copied());
            loader
                .error(id.place, format!("there is no {what} `{}` in {file}", id.value))
                .help(suggestion(guess, "add it there, or correct the id"));
        }
    }
}

fn cited(named: &[Located<String>], loader: &mut Loader<'_>) {
    for id in named.iter().filter(|id| !id.value.is_empty()) {
        loader.address(&id.value, id.place);
    }
}

//! Links within the course: every lesson, anchor, design, lab and misconception they lead to exists.

use super::ids;
use crate::loader::{Loader, Located, SourceSpan, Target, nearest, suggestion};
use crate::overview;
use crate::scenario::Scenario;

/// Checks the links of questions, misconceptions and prose. Takes the uses out of the loader.
pub fn check(scenario: &Scenario, loader: &mut Loader<'_>) {
    for question in &scenario.questions.entries {
        to_heading(&question.lesson.value, question.lesson.place, scenario, loader);
    }
    for entry in &scenario.misconceptions.entries {
        to_heading(&entry.lesson.value, entry.lesson.place, scenario, loader);
    }
    let misconceptions = scenario.misconceptions.ids(|entry| &entry.id);
    for link in std::mem::take(&mut loader.uses) {
        let place = link.place;
        match link.target {
            Target::Lesson(target) => to_lesson(&target, place, scenario, loader),
            Target::Design(id) => {
                let ids = scenario.designs.iter().map(|design| design.id.value.as_str());
                to_file("design", &id, place, ids, loader);
            }
            Target::Lab(id) => {
                let ids = scenario.labs.iter().map(|draft| draft.id.value.as_str());
                to_file("lab", &id, place, ids, loader);
            }
            Target::Misconception(value) => {
                ids::misconception(&Located { value, place }, misconceptions.as_deref(), loader);
            }
        }
    }
}

/// Checks a link that must name a heading.
fn to_heading(target: &str, place: SourceSpan, scenario: &Scenario, loader: &mut Loader<'_>) {
    if target.is_empty() || target.contains('#') {
        to_lesson(target, place, scenario, loader);
    } else {
        loader
            .error(place, format!("`{target}` names no heading"))
            .help("write lesson#anchor: the heading under which it is taught");
    }
}

fn to_lesson(target: &str, place: SourceSpan, scenario: &Scenario, loader: &mut Loader<'_>) {
    if target.is_empty() {
        return;
    }
    let (id, anchor) = target.split_once('#').unwrap_or((target, ""));
    let page = &scenario.overview.page;
    let lesson = match id {
        overview::ID => Some(page),
        _ => scenario.lessons.iter().find(|lesson| lesson.lesson.id == id),
    };
    let Some(lesson) = lesson else {
        if scenario.lessons.is_empty() {
            return; // told once, as the missing lessons
        }
        let ids = scenario.lessons.iter().map(|lesson| lesson.lesson.id.as_str());
        let guess = nearest(id, ids);
        loader
            .error(place, format!("there is no lesson `{id}`"))
            .help(suggestion(guess, "a lesson is named by its id, as in its front matter"));
        return;
    };
    let unread = lesson.anchors.is_empty();
    let known = || lesson.anchors.iter().map(|anchor| anchor.value.as_str());
    if anchor.is_empty() || unread || known().any(|name| name == anchor) {
        return;
    }
    let guess = nearest(anchor, known());
    let anchors = known().skip(1).collect::<Vec<_>>().join(", ");
    loader
        .error(place, format!("the lesson `{id}` has no heading {{#{anchor}}}"))
        .help(suggestion(guess, &format!("its headings are {anchors}")));
}

/// Checks a link to a design or a lab, which is a file of its own; `known` are those that could be
/// read.
fn to_file<'a>(
    what: &str,
    id: &str,
    place: SourceSpan,
    known: impl Iterator<Item = &'a str>,
    loader: &mut Loader<'_>,
) {
    if id.is_empty() || loader.folder.find(&format!("{what}s/{id}.toml")).is_some() {
        return;
    }
    let guess = nearest(id, known);
    loader
        .error(place, format!("there is no {what} {what}s/{id}.toml"))
        .help(suggestion(guess, "add the file, or take the line out"));
}

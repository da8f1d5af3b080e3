//! Coverage and size: every fact taught, enough questions to draw from, lessons short enough for
//! one sitting.

use crate::catalogue::top_of;
use crate::lesson::LessonDraft;
use crate::loader::{Loader, Located, SourceSpan};
use crate::scenario::Scenario;
use std::ops::RangeInclusive;

const WORDS: RangeInclusive<usize> = 500..=1_100;
const WORDS_A_MINUTE: usize = 200;
const MINUTES_OFF_MAX: usize = 2;
/// With fewer, there is no sibling to ask when one was answered recently.
const QUESTIONS_MIN: usize = 3;
/// A misconception in more than one of this many questions could be spotted by habit.
const TRAP_SHARE: usize = 10;
/// The sections in which every fact is an exam decision: its variants and its traps.
const DECISIONS: [(&str, &str); 2] = [("S10.", "exam variant"), ("S11.", "trap")];

/// Checks lengths, and, if the questions were read in full, that each fact has enough of them.
pub fn check(scenario: &Scenario, loader: &mut Loader<'_>) {
    for lesson in &scenario.lessons {
        length(lesson, loader);
    }
    facts(scenario, loader);
    if scenario.questions.whole {
        questions(scenario, loader);
        misconceptions(scenario, loader);
    }
}

fn length(lesson: &LessonDraft, loader: &mut Loader<'_>) {
    let words = lesson.words;
    let (least, most) = (WORDS.start(), WORDS.end());
    if words < *least && !lesson.anchors.is_empty() {
        loader
            .error(
                lesson.place,
                format!("this lesson has {words} words, and {least} are the least"),
            )
            .help("a lesson carries one idea a section: say why it is so, with the shop's example");
    } else if words > *most {
        loader
            .error(lesson.place, format!("this lesson has {words} words, and {most} are the most"))
            .help("cut what a reader would skip, or move a section to another lesson");
    }
    let read = words.div_ceil(WORDS_A_MINUTE);
    let minutes = usize::from(lesson.lesson.minutes);
    if !lesson.torn && WORDS.contains(&words) && read.abs_diff(minutes) > MINUTES_OFF_MAX {
        loader.note(
            lesson.minutes,
            format!("{words} words take about {read} minutes to read, and this says {minutes}"),
        );
    }
}

fn names(list: &[Located<String>], id: &str) -> bool {
    list.iter().any(|one| one.value == id)
}

/// Reports facts that nothing teaches, and facts that lessons teach but no question asks about.
fn facts(scenario: &Scenario, loader: &mut Loader<'_>) {
    let overview = &scenario.overview.page;
    let pages = || scenario.lessons.iter().chain([overview]);
    let torn = pages().any(|page| page.torn);
    for fact in &scenario.facts.entries {
        let (id, place) = (fact.id.value.as_str(), fact.id.place);
        if id.is_empty() {
            continue;
        }
        let in_lesson = scenario.lessons.iter().any(|lesson| names(&lesson.teaches, id));
        if !torn && !scenario.lessons.is_empty() && !in_lesson && !names(&overview.teaches, id) {
            loader
                .error(place, format!("no lesson teaches the fact {id}"))
                .help("add the id to `teaches` of the lesson that does, or write what is missing");
        }
        let asked = asking(scenario, |question| names(&question.teaches, id));
        if !scenario.questions.whole || !in_lesson {
            continue;
        }
        let decision = DECISIONS.iter().find(|(prefix, _)| id.starts_with(prefix));
        if let Some((_, kind)) = decision {
            enough(asked, &format!("the {kind} {id}"), place, loader);
        } else if asked == 0 && !scenario.labs.iter().any(|draft| names(&draft.teaches, id)) {
            loader.note(place, format!("no question asks for the fact {id}, and no lab shows it"));
        }
    }
}

fn asking(scenario: &Scenario, about: impl Fn(&crate::question::QuestionDraft) -> bool) -> usize {
    scenario.questions.entries.iter().filter(|question| about(question)).count()
}

fn enough(count: usize, what: &str, place: SourceSpan, loader: &mut Loader<'_>) {
    if count < QUESTIONS_MIN {
        let questions = if count == 1 { "question" } else { "questions" };
        loader.note(
            place,
            format!("{what} has {count} {questions}, and {QUESTIONS_MIN} are the least"),
        );
    }
}

fn questions(scenario: &Scenario, loader: &mut Loader<'_>) {
    for (id, _) in &scenario.overview.concepts {
        let count = asking(scenario, |question| names(&question.concepts, &id.value));
        enough(count, &format!("the concept `{}`", id.value), id.place, loader);
    }
    for lesson in &scenario.lessons {
        let id = &lesson.lesson.id;
        let count = asking(scenario, |question| question.question.lesson == *id);
        enough(count, &format!("the lesson `{id}`"), lesson.place, loader);
    }
    if scenario.questions.entries.is_empty() {
        let place = top_of("scenario.toml", loader);
        loader
            .error(place, "this scenario has no questions")
            .help("write them in questions/*.toml");
    }
}

fn misconceptions(scenario: &Scenario, loader: &mut Loader<'_>) {
    let all = scenario.questions.entries.len();
    let traps = scenario.traps();
    let elsewhere = || traps.predictions.iter().chain(&traps.bets).flat_map(|item| &item.options);
    let is_whole = all_pages_and_labs_are_read(scenario, loader);
    for entry in &scenario.misconceptions.entries {
        let (id, place) = (&entry.id.value, entry.id.place);
        let used = asking(scenario, |question| names(&question.traps, id));
        if used == 0 {
            if is_whole && !elsewhere().any(|trap| trap.as_ref() == Some(id)) {
                loader.note(place, format!("no option has the trap `{id}`"));
            }
        } else if used > QUESTIONS_MIN && used * TRAP_SHARE > all {
            loader
                .note(
                    place,
                    format!(
                        "the trap `{id}` is in {used} of {all} questions, and a tenth is the most"
                    ),
                )
                .help(
                    "name what somebody who picks the option believes; often it is not yet written",
                );
        }
    }
}

/// Whether every prediction and every bet is known.
fn all_pages_and_labs_are_read(scenario: &Scenario, loader: &Loader<'_>) -> bool {
    let mut pages = scenario.lessons.iter().chain([&scenario.overview.page]);
    let labs = loader.folder.under("labs/", ".toml").count();
    !scenario.lessons.is_empty() && pages.all(|page| !page.torn) && scenario.labs.len() == labs
}

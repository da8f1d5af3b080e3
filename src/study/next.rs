//! Chooses the next thing to do, which the home screen puts on Enter.

use std::collections::BTreeMap;

use super::id::{LabId, MisconceptionId};
use super::mode::Mode;
use super::progress::Progress;
use crate::content::course::{LabEntry, LabKind, LessonEntry, Misconception, ScenarioEntry};

/// The lab in which a run refutes a misconception, by misconception.
pub type Cures = BTreeMap<MisconceptionId, LabId>;

/// The action of Enter on the home screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Resume an interrupted set, with its clock as it was.
    ResumeQuiz,
    /// Start or continue a lesson.
    Read { lesson: String },
    /// Ask two questions on a lesson that was read but never asked about.
    Check { lesson: String },
    /// Bet on a run.
    Bet { lab: String, why: Why },
    /// Everything is read and asked: ask traps from the whole course.
    Traps,
}

/// Why a bet is next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Its run refutes the misconception that is held most strongly.
    Weakest(MisconceptionId),
    /// It shows what the lesson says, which was read and asked about.
    Read(String),
}

/// Reads which lab refutes each misconception.
#[must_use]
pub fn cures(misconceptions: &[Misconception]) -> Cures {
    let cures = misconceptions.iter().filter_map(|known| {
        known.lab.as_ref().map(|lab| (known.id.as_str().into(), lab.as_str().into()))
    });
    cures.collect()
}

/// Picks, in this order: an interrupted set, the lesson being read, questions on lessons already read, a bet on what
/// was read, the next lesson, the bet against the weakest misconception, traps.
#[must_use]
pub fn next(scenario: &ScenarioEntry, progress: &Progress, cures: &Cures) -> Next {
    if progress.open.is_some() {
        return Next::ResumeQuiz;
    }
    let begun = |entry: &LessonEntry| progress.lessons.get(&entry.id);
    let is_read =
        |entry: &LessonEntry| begun(entry).is_some_and(super::progress::LessonProgress::is_read);
    let reading = progress.latest_lesson.as_ref().and_then(|id| lesson(scenario, id));
    if let Some(entry) = reading
        && begun(entry).is_some_and(|progress| !progress.is_read())
    {
        return Next::Read { lesson: entry.id.clone() };
    }
    let unasked = scenario.lessons.iter().find(|entry| {
        is_read(entry)
            && progress.questions.get(&entry.id).map_or(0, |q| q.answered)
                < Mode::Check.size() as u32
    });
    if let Some(entry) = unasked
        && scenario.question_count > 0
    {
        return Next::Check { lesson: entry.id.clone() };
    }
    let unbet = scenario.lessons.iter().filter(|entry| is_read(entry)).find_map(|entry| {
        let mut labs = labs_of(scenario, entry).peekable();
        let is_new = labs.peek().is_some() && !labs.clone().any(|lab| is_bet_on(progress, &lab.id));
        if is_new { labs.next() } else { None }.map(|lab| (entry, lab))
    });
    if let Some((entry, lab)) = unbet {
        return weakest(scenario, progress, cures).unwrap_or_else(|| Next::Bet {
            lab: lab.id.clone(),
            why: Why::Read(entry.id.clone()),
        });
    }
    if let Some(entry) = scenario.lessons.iter().find(|entry| !is_read(entry)) {
        return Next::Read { lesson: entry.id.clone() };
    }
    weakest(scenario, progress, cures).unwrap_or(Next::Traps)
}

/// The bet against the weakest misconception whose lab is still to be bet on.
fn weakest(scenario: &ScenarioEntry, progress: &Progress, cures: &Cures) -> Option<Next> {
    progress.profile.weakest().into_iter().find_map(|(id, _)| {
        let lab = cures.get(id)?;
        let entry = scenario.labs.iter().find(|entry| *lab == entry.id && entry.bets > 0)?;
        let why = Why::Weakest(id.clone());
        (!is_bet_on(progress, &entry.id)).then(|| Next::Bet { lab: entry.id.clone(), why })
    })
}

/// The labs with bets that belong to a lesson.
fn labs_of<'a>(
    scenario: &'a ScenarioEntry,
    lesson: &'a LessonEntry,
) -> impl Iterator<Item = &'a LabEntry> + Clone {
    scenario.labs.iter().filter(|lab| {
        let of = lab.lesson.split_once('#').map_or(lab.lesson.as_str(), |(lesson, _)| lesson);
        lab.kind == LabKind::Lab && lab.bets > 0 && of == lesson.id
    })
}

fn is_bet_on(progress: &Progress, lab: &str) -> bool {
    progress.bets.contains_key(&format!("{lab}#1"))
}

/// Finds a lesson, or the overview, by id.
#[must_use]
pub fn lesson<'a>(scenario: &'a ScenarioEntry, id: &str) -> Option<&'a LessonEntry> {
    std::iter::once(&scenario.overview).chain(&scenario.lessons).find(|entry| entry.id == id)
}

/// Finds a lesson, or the overview, by id or number.
#[must_use]
pub fn lesson_named<'a>(scenario: &'a ScenarioEntry, name: &str) -> Option<&'a LessonEntry> {
    let all = || std::iter::once(&scenario.overview).chain(&scenario.lessons);
    let numbered = || all().find(|entry| entry.number.to_string() == name);
    lesson(scenario, name).or_else(numbered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::course::{Exam, Extent};
    use crate::study::evidence::Outcome;
    use crate::study::id::Version;
    use crate::study::profile::Belief;
    use crate::study::progress::{LessonProgress, Predicted, QuestionProgress};
    use crate::study::reading::Anchor;

    fn scenario() -> ScenarioEntry {
        let lesson = |id: &str, number| LessonEntry {
            id: id.into(),
            number,
            title: id.into(),
            minutes: 3,
            headings: vec![],
            extent: Extent::default(),
        };
        ScenarioEntry {
            id: "made-up".into(),
            title: "Made up".into(),
            series: String::new(),
            exam: Exam::default(),
            concepts: vec![],
            overview: lesson("overview", 0),
            lessons: vec![lesson("first", 1), lesson("second", 2)],
            question_count: 8,
            questions: Extent::default(),
            misconceptions: Extent::default(),
            traps: Extent::default(),
            references: Extent::default(),
            glossary: Extent::default(),
            designs: vec![],
            labs: vec![],
        }
    }

    fn read(progress: &mut Progress, lesson: &str, reached: u16) {
        let place = Anchor::default();
        progress.lessons.insert(lesson.into(), LessonProgress { place, reached });
        progress.latest_lesson = Some(lesson.into());
    }

    #[test]
    fn a_new_learner_reads_the_first_lesson() {
        assert_eq!(
            next(&scenario(), &Progress::default(), &Cures::new()),
            Next::Read { lesson: "first".into() }
        );
    }

    #[test]
    fn a_lesson_half_read_goes_on_even_when_another_is_unread() {
        let mut progress = Progress::default();
        read(&mut progress, "second", 400);
        assert_eq!(
            next(&scenario(), &progress, &Cures::new()),
            Next::Read { lesson: "second".into() }
        );
    }

    #[test]
    fn a_lesson_that_was_read_is_asked_about_before_the_next() {
        let mut progress = Progress::default();
        read(&mut progress, "first", 1000);
        assert_eq!(
            next(&scenario(), &progress, &Cures::new()),
            Next::Check { lesson: "first".into() }
        );
        progress.questions.insert(
            "first".into(),
            QuestionProgress { answered: 2, ..QuestionProgress::default() },
        );
        assert_eq!(
            next(&scenario(), &progress, &Cures::new()),
            Next::Read { lesson: "second".into() }
        );
    }

    fn lab(id: &str, lesson: &str) -> LabEntry {
        LabEntry {
            id: id.into(),
            title: id.into(),
            kind: LabKind::Lab,
            teaches: vec![],
            lesson: format!("{lesson}#part"),
            bets: 1,
            extent: Extent::default(),
        }
    }

    /// Both lessons read and asked about, and labs on each of them.
    fn with_labs() -> (ScenarioEntry, Progress) {
        let labs = vec![lab("one", "first"), lab("two", "first"), lab("three", "second")];
        let mut progress = Progress::default();
        for lesson in ["first", "second"] {
            read(&mut progress, lesson, 1000);
            let answered = QuestionProgress { answered: 2, ..QuestionProgress::default() };
            progress.questions.insert(lesson.into(), answered);
        }
        (ScenarioEntry { labs, ..scenario() }, progress)
    }

    fn bet_on(progress: &mut Progress, lab: &str) {
        let made = Predicted { version: Version(0), choice: 0, correct: true };
        progress.bets.insert(format!("{lab}#1"), made);
    }

    fn hold(progress: &mut Progress, misconception: &str) {
        let wrong = Outcome { correct: false, certainty: None, slow: false };
        let belief = Belief::default().chosen(wrong);
        progress.profile.beliefs.insert(misconception.into(), belief);
    }

    #[test]
    fn one_bet_follows_each_lesson_that_has_a_lab() {
        let (scenario, mut progress) = with_labs();
        let why = |lesson: &str| Why::Read(lesson.into());
        let bet = |lab: &str, lesson| Next::Bet { lab: lab.into(), why: why(lesson) };
        assert_eq!(next(&scenario, &progress, &Cures::new()), bet("one", "first"));
        bet_on(&mut progress, "two");
        assert_eq!(next(&scenario, &progress, &Cures::new()), bet("three", "second"));
        bet_on(&mut progress, "three");
        assert_eq!(next(&scenario, &progress, &Cures::new()), Next::Traps);
    }

    #[test]
    fn the_bet_is_on_the_lab_of_the_weakest_misconception() {
        let (scenario, mut progress) = with_labs();
        hold(&mut progress, "weak");
        let cures = Cures::from([("weak".into(), "two".into())]);
        let bet = Next::Bet { lab: "two".into(), why: Why::Weakest("weak".into()) };
        assert_eq!(next(&scenario, &progress, &cures), bet);
        // Also when every lesson had its bet.
        for lab in ["one", "three"] {
            bet_on(&mut progress, lab);
        }
        assert_eq!(next(&scenario, &progress, &cures), bet);
        bet_on(&mut progress, "two");
        assert_eq!(next(&scenario, &progress, &cures), Next::Traps, "it was bet on");
    }

    #[test]
    fn with_everything_read_and_asked_there_are_traps() {
        let mut progress = Progress::default();
        for lesson in ["first", "second"] {
            read(&mut progress, lesson, 1000);
            progress
                .questions
                .insert(lesson.into(), QuestionProgress { answered: 2, right: 2, known: 0 });
        }
        assert_eq!(next(&scenario(), &progress, &Cures::new()), Next::Traps);
    }
}

//! Chooses the next thing to do, which the home screen puts on Enter.

use super::mode::Mode;
use super::progress::Progress;
use crate::content::course::{LessonEntry, ScenarioEntry};

/// The action of Enter on the home screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Resume an interrupted set, with its clock as it was.
    ResumeQuiz,
    /// Start or continue a lesson.
    Read { lesson: String },
    /// Ask two questions on a lesson that was read but never asked about.
    Check { lesson: String },
    /// Everything is read and asked: ask traps from the whole course.
    Traps,
}

/// Picks, in this order: an interrupted set, the lesson being read, questions on lessons already
/// read, the next lesson, traps.
#[must_use]
pub fn next(scenario: &ScenarioEntry, progress: &Progress) -> Next {
    if progress.open.is_some() {
        return Next::ResumeQuiz;
    }
    let begun = |entry: &LessonEntry| progress.lessons.get(&entry.id);
    let reading = progress.latest_lesson.as_ref().and_then(|id| lesson(scenario, id));
    if let Some(entry) = reading
        && begun(entry).is_some_and(|progress| !progress.is_read())
    {
        return Next::Read { lesson: entry.id.clone() };
    }
    let unasked = scenario.lessons.iter().find(|entry| {
        begun(entry).is_some_and(super::progress::LessonProgress::is_read)
            && progress.questions.get(&entry.id).map_or(0, |q| q.answered)
                < Mode::Check.size() as u32
    });
    if let Some(entry) = unasked
        && scenario.question_count > 0
    {
        return Next::Check { lesson: entry.id.clone() };
    }
    let unread = scenario.lessons.iter().find(|entry| begun(entry).is_none_or(|p| !p.is_read()));
    match unread {
        Some(entry) => Next::Read { lesson: entry.id.clone() },
        None => Next::Traps,
    }
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
    use crate::study::progress::{LessonProgress, QuestionProgress};
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
        assert_eq!(next(&scenario(), &Progress::default()), Next::Read { lesson: "first".into() });
    }

    #[test]
    fn a_lesson_half_read_goes_on_even_when_another_is_unread() {
        let mut progress = Progress::default();
        read(&mut progress, "second", 400);
        assert_eq!(next(&scenario(), &progress), Next::Read { lesson: "second".into() });
    }

    #[test]
    fn a_lesson_that_was_read_is_asked_about_before_the_next() {
        let mut progress = Progress::default();
        read(&mut progress, "first", 1000);
        assert_eq!(next(&scenario(), &progress), Next::Check { lesson: "first".into() });
        progress.questions.insert(
            "first".into(),
            QuestionProgress { answered: 2, ..QuestionProgress::default() },
        );
        assert_eq!(next(&scenario(), &progress), Next::Read { lesson: "second".into() });
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
        assert_eq!(next(&scenario(), &progress), Next::Traps);
    }
}

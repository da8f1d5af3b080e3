//! The kinds of sets as data: how many questions, which clock, when feedback comes, and what the
//! learner may do in between.

/// What kind of set it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// Questions that the learner picked by section, concept, task statement or misconception.
    Practice,
    /// Ten questions from the whole course, a clock for each.
    Traps,
    /// Two questions on a section just read, a clock for each.
    Check,
    /// Missed, unseen and known questions, mixed.
    Drill,
    /// Missed questions only.
    Missed,
    /// A scenario exam: one clock for all questions, and feedback at the end.
    Exam,
    /// What is due for review.
    Review,
}

/// What the clock of a mode limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Nothing, and no clock is shown.
    Untimed,
    /// Nothing: the clock shows the time spent.
    Shown,
    /// Each question, by the time that it takes to read.
    PerQuestion,
    /// The whole set, by the time that the exam gives for an item.
    PerSet,
}

/// When the learner sees whether an answer was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedbackAt {
    /// As soon as the answer is given; it can then only be taken back by an undo.
    Once,
    /// After the set was submitted; until then every answer can be changed.
    End,
}

/// How the learner moves through a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Movement {
    /// From one question to the next, each to be answered.
    OneWay,
    /// Back, forward and over unanswered questions; the learner submits the set.
    Free,
}

/// What makes one mode differ from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Name that is stored.
    pub id: &'static str,
    /// Name on the screen.
    pub title: &'static str,
    /// Questions in a set; `None` for as many as there are.
    pub questions: Option<u16>,
    pub pace: Pace,
    pub feedback: FeedbackAt,
    pub movement: Movement,
    /// Whether the clock goes on while the computer sleeps. In the other modes sleep is a pause.
    pub counts_sleep: bool,
}

/// Rules that most modes share.
const PLAIN: Rules = Rules {
    id: "",
    title: "",
    questions: None,
    pace: Pace::Untimed,
    feedback: FeedbackAt::Once,
    movement: Movement::OneWay,
    counts_sleep: false,
};

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 7] = [
        Self::Practice,
        Self::Traps,
        Self::Check,
        Self::Drill,
        Self::Missed,
        Self::Exam,
        Self::Review,
    ];

    /// The rules of the mode.
    #[must_use]
    pub const fn rules(self) -> Rules {
        let (pace, movement) = (Pace::PerQuestion, Movement::Free);
        match self {
            Self::Practice => Rules {
                id: "practice",
                title: "Practice",
                questions: Some(10),
                pace: Pace::Shown,
                movement,
                ..PLAIN
            },
            Self::Traps => {
                Rules { id: "traps", title: "Timed traps", questions: Some(10), pace, ..PLAIN }
            }
            Self::Check => {
                Rules { id: "check", title: "Section check", questions: Some(2), pace, ..PLAIN }
            }
            Self::Drill => Rules { id: "drill", title: "Drill", questions: Some(15), ..PLAIN },
            Self::Missed => Rules { id: "missed", title: "Drill of missed questions", ..PLAIN },
            Self::Exam => Rules {
                id: "exam",
                title: "Scenario exam",
                questions: Some(20),
                pace: Pace::PerSet,
                feedback: FeedbackAt::End,
                movement,
                counts_sleep: true,
            },
            Self::Review => Rules { id: "review", title: "Review", ..PLAIN },
        }
    }

    /// The name that is stored.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.rules().id
    }

    /// The mode of a stored name; `None` if a newer program wrote it.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.id() == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::mode;

    #[test]
    fn every_mode_is_found_by_its_stored_name() {
        for mode in Mode::ALL {
            assert_eq!(Mode::from_id(mode.id()), Some(mode));
            assert!(!mode.rules().title.is_empty());
        }
        assert_eq!(Mode::from_id("of-a-newer-program"), None);
    }

    #[test]
    fn the_modes_of_old_keep_their_stored_names() {
        for (new, old) in [(Mode::Traps, mode::Mode::Traps), (Mode::Check, mode::Mode::Check)] {
            assert_eq!((new.id(), new.rules().title), (old.id(), old.title()));
            assert_eq!(new.rules().questions.map(usize::from), Some(old.size()));
        }
    }

    /// Behaviour 2: what sleep means depends on the mode. Only the exam keeps its feedback back.
    #[test]
    fn only_the_exam_counts_sleep_and_keeps_feedback_back() {
        for mode in Mode::ALL {
            let (rules, is_exam) = (mode.rules(), mode == Mode::Exam);
            assert_eq!(rules.counts_sleep, is_exam);
            assert_eq!(rules.feedback == FeedbackAt::End, is_exam);
            assert_eq!(rules.pace == Pace::PerSet, is_exam);
        }
    }
}

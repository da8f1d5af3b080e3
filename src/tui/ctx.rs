//! What every screen may read while it updates or draws: the course, the time, the terminal's size.

use super::frame::{self, Areas, Width};
use super::motion::Motion;
use super::msg::{Effect, Request};
use super::theme::Theme;
use crate::clock::Now;
use crate::content::Library;
use crate::content::course::Scene;
use crate::content::course::{LessonEntry, ScenarioEntry};
use crate::study::day::{Rollover, StudyDay};
use crate::study::reading::Visit;
use crate::study::record::{Activity, Record};

/// The context of a screen.
#[derive(Clone, Copy)]
pub struct Ctx<'a> {
    pub library: &'a Library,
    pub scenario: &'a ScenarioEntry,
    pub now: Now,
    /// When the study day ends.
    pub rollover: Rollover,
    /// Columns and rows.
    pub size: (u16, u16),
    pub theme: Theme,
    pub motion: Motion,
}

impl Ctx<'_> {
    /// The areas of the page for this terminal.
    #[must_use]
    pub fn areas(&self, width: Width) -> Areas {
        frame::areas(self.size.0, self.size.1, width)
    }

    /// The study day.
    #[must_use]
    pub fn today(&self) -> StudyDay {
        StudyDay::of(self.now.wall, self.rollover)
    }

    /// An effect that records an activity with the current time.
    #[must_use]
    pub fn record(&self, activity: Activity) -> Effect {
        Effect::Append(Box::new(Record {
            scenario: self.scenario.id.as_str().into(),
            at: self.now.wall,
            day: self.today(),
            activity,
        }))
    }
}

/// The subject of the live screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The scenario's main design.
    First,
    Design(String),
    /// A lab, or an incident.
    Lab(String),
    /// The scene of a picture or a question.
    Scene(Scene),
    /// The text of an experiment from a file.
    Experiment(String),
    /// A design from a file, and the documents it names.
    Own {
        name: String,
        text: String,
        documents: Vec<(String, String)>,
    },
}

/// What is opened first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Open {
    #[default]
    Home,
    /// A lesson by its id or number; the one being read, if none is named.
    Read(Option<String>),
    Traps,
    Live(Subject),
    Labs,
}

/// What is opened first, and the courses that it may be opened in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Start {
    pub open: Open,
    /// Ids of scenarios; none of them means any.
    pub courses: Vec<String>,
}

impl From<Open> for Start {
    /// In any course.
    fn from(open: Open) -> Self {
        Self { open, courses: Vec::new() }
    }
}

/// A screen to go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Go {
    /// The screen before this one.
    Back,
    Contents,
    Lesson {
        lesson: String,
        anchor: Option<String>,
        visit: Visit,
    },
    /// The continuation after a finished lesson.
    After {
        lesson: String,
    },
    Quiz(Request),
    Labs,
    Glossary,
    Live(Subject),
    /// To the course picker.
    Courses,
    /// To a course, and to what is opened in it.
    Course {
        course: String,
        open: Open,
    },
}

impl Go {
    /// The lesson chosen from a list or turned to. The overview is looked at, not read in its turn.
    #[must_use]
    pub fn chosen(entry: &LessonEntry) -> Self {
        let visit = if entry.number == 0 { Visit::LookUp } else { Visit::Chosen };
        Self::Lesson { lesson: entry.id.clone(), anchor: None, visit }
    }
}

/// A screen's response to an intent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    pub effects: Vec<Effect>,
    pub go: Option<Go>,
    /// A sentence for the footer, until the next key.
    pub notice: Option<String>,
}

impl Outcome {
    /// An outcome that goes to another screen.
    #[must_use]
    pub fn go(go: Go) -> Self {
        Self { go: Some(go), ..Self::default() }
    }

    /// Combines this with a later outcome: effects in order, otherwise the later value.
    #[must_use]
    pub fn then(mut self, later: Self) -> Self {
        self.effects.extend(later.effects);
        Self {
            effects: self.effects,
            go: later.go.or(self.go),
            notice: later.notice.or(self.notice),
        }
    }

    /// Opens a lesson to look something up.
    #[must_use]
    pub fn look_up(lesson: String, anchor: Option<String>) -> Self {
        Self::go(Go::Lesson { lesson, anchor, visit: Visit::LookUp })
    }

    /// An outcome with a notice.
    #[must_use]
    pub fn notice(text: impl Into<String>) -> Self {
        Self { notice: Some(text.into()), ..Self::default() }
    }

    /// An outcome with an effect.
    #[must_use]
    pub fn effect(effect: Effect) -> Self {
        Self { effects: vec![effect], ..Self::default() }
    }
}

//! What every screen may look at while it updates or draws: the course, the clock, the terminal's
//! size. Nothing in it can be written.

use super::frame::{self, Areas, Width};
use super::motion::Motion;
use super::msg::{Effect, Request};
use super::theme::Theme;
use crate::clock::Now;
use crate::content::Library;
use crate::content::course::Scene;
use crate::content::course::{LessonEntry, ScenarioEntry};
use crate::study::reading::Visit;
use crate::study::record::{Activity, Record};

/// The surroundings of a screen.
#[derive(Clone, Copy)]
pub struct Ctx<'a> {
    pub library: &'a Library,
    pub scenario: &'a ScenarioEntry,
    pub now: Now,
    /// Columns and rows.
    pub size: (u16, u16),
    pub theme: Theme,
    pub motion: Motion,
}

impl Ctx<'_> {
    /// Splits the window into title, body and footer, no wider than `width` allows.
    #[must_use]
    pub fn areas(&self, width: Width) -> Areas {
        frame::areas(self.size.0, self.size.1, width)
    }

    /// A record of what was done just now.
    #[must_use]
    pub fn record(&self, activity: Activity) -> Effect {
        Effect::Append(Record {
            scenario: self.scenario.id.as_str().into(),
            at: self.now.wall,
            activity,
        })
    }
}

/// What the live screen opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The scenario's first design.
    First,
    Design(String),
    /// A lab, or an incident.
    Lab(String),
    /// What a picture in a lesson speaks of.
    Scene(Scene),
    /// An experiment that somebody wrote or saved, as its text.
    Experiment(String),
    /// A design of the learner's own, and the documents it names.
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

/// Where a screen wants to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Go {
    /// To the screen before this one.
    Back,
    Contents,
    Lesson {
        lesson: String,
        anchor: Option<String>,
        visit: Visit,
    },
    /// What comes after a lesson that was read to its end.
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
    /// To a lesson that was chosen from a list or leafed to. The overview is no lesson that is read
    /// in its turn: it is looked at.
    #[must_use]
    pub fn chosen(entry: &LessonEntry) -> Self {
        let visit = if entry.number == 0 { Visit::LookUp } else { Visit::Chosen };
        Self::Lesson { lesson: entry.id.clone(), anchor: None, visit }
    }
}

/// What a screen answers to an intent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    pub effects: Vec<Effect>,
    pub go: Option<Go>,
    /// A sentence for the footer, until the next key.
    pub notice: Option<String>,
}

impl Outcome {
    /// Leaves for another screen, with no effect and no notice.
    #[must_use]
    pub fn go(go: Go) -> Self {
        Self { go: Some(go), ..Self::default() }
    }

    /// This and what came of something done after it: effects in this order, of the others the later.
    #[must_use]
    pub fn then(mut self, later: Self) -> Self {
        self.effects.extend(later.effects);
        Self {
            effects: self.effects,
            go: later.go.or(self.go),
            notice: later.notice.or(self.notice),
        }
    }

    /// To a lesson, to look something up in it.
    #[must_use]
    pub fn look_up(lesson: String, anchor: Option<String>) -> Self {
        Self::go(Go::Lesson { lesson, anchor, visit: Visit::LookUp })
    }

    /// Stays and shows a sentence in the footer until the next key.
    #[must_use]
    pub fn notice(text: impl Into<String>) -> Self {
        Self { notice: Some(text.into()), ..Self::default() }
    }

    /// Stays and asks for one effect.
    #[must_use]
    pub fn effect(effect: Effect) -> Self {
        Self { effects: vec![effect], ..Self::default() }
    }
}

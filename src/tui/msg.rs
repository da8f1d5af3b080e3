//! Messages to the program and effects it asks for. `App::update` turns one into the other and does nothing
//! else; `effects` performs the effects.

use std::collections::BTreeMap;

use super::input::Input;
use super::prose::Predictions;
use crate::study::progress::{ItemProgress, Progress};
use crate::study::reading::{Anchor, Visit};
use crate::study::record::Record;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Msg {
    Input(Input),
    /// The deadline that a screen asked for has passed.
    Tick,
    /// A signal ends the program.
    Ended,
    /// Time is left before the next frame for work that one update could not finish.
    Work,
    Recalled(Recollection),
    /// An effect failed: a sentence for the learner.
    Failed(String),
    /// Records are not on the disk yet: which, and why. The write is retried.
    Unsaved(String),
    /// All records are on the disk again.
    AllSaved,
    /// A run was saved as an experiment, in this file of the data directory.
    Saved(String),
}

/// A request to the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    Progress,
    /// How far the learner is in each of these courses, by id.
    Courses(Vec<String>),
    /// Where to open a lesson, at an anchor if one is named.
    Lesson {
        lesson: String,
        anchor: Option<String>,
        visit: Visit,
    },
    /// What drawing a set of questions needs.
    Items {
        request: Request,
    },
}

/// A kind of set to ask. An interrupted set comes before any new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    Traps,
    /// Questions on one lesson.
    Check {
        lesson: String,
    },
}

/// An answer from the history.
#[derive(Debug, Clone, PartialEq)]
pub enum Recollection {
    Progress(Box<Progress>),
    Courses {
        progress: BTreeMap<String, Progress>,
        /// Id of the course that the latest record belongs to.
        latest: Option<String>,
    },
    Lesson {
        lesson: String,
        anchor: Option<String>,
        visit: Visit,
        place: Option<Anchor>,
        reached: u16,
        predictions: Predictions,
    },
    Items {
        request: Request,
        progress: Box<Progress>,
        items: BTreeMap<String, ItemProgress>,
    },
}

/// An action outside the program's memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Store a record; it is durable before the next frame.
    Append(Box<Record>),
    Recall(Query),
    /// Release the set: another window may resume it.
    Release,
    /// Save an experiment's text under a name in the data directory.
    Save {
        name: String,
        text: String,
    },
    /// Stop the process until the shell continues it.
    Suspend,
    Quit,
}

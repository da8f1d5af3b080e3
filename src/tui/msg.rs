//! What can happen to the program, and what it can ask for. `App::update` turns the one into the
//! other and does nothing else; `effects` performs what was asked for.

use std::collections::BTreeMap;

use super::input::Input;
use super::prose::Predictions;
use crate::study::progress::{ItemProgress, Progress};
use crate::study::reading::{Anchor, Visit};
use crate::study::record::Record;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Msg {
    Input(Input),
    /// The deadline that a screen asked for has come.
    Tick,
    /// A signal ends the program.
    Ended,
    /// There is time left before the next frame, for what one update could not do.
    Work,
    Recalled(Recollection),
    /// An effect could not be performed: a sentence for the learner.
    Failed(String),
    /// What was done is not on the disk yet: what, and why. It is tried again.
    Unsaved(String),
    /// It is now.
    AllSaved,
    /// A run was written down as an experiment, in this file of the data directory.
    Saved(String),
}

/// What the history was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    Progress,
    /// How far the learner is in each of these courses, by id.
    Courses(Vec<String>),
    /// A lesson that is about to be opened, at an anchor if it is named.
    Lesson {
        lesson: String,
        anchor: Option<String>,
        visit: Visit,
    },
    /// A set that is about to be drawn.
    Items {
        request: Request,
    },
}

/// A set of questions somebody wants. A set that was interrupted comes before any new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    Traps,
    /// On one lesson.
    Check {
        lesson: String,
    },
}

/// What the history answered.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// Something to do outside the program's memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Durable before the next frame.
    Append(Record),
    Recall(Query),
    /// The set is on the screen no longer: another window may go on with it.
    Release,
    /// An experiment's text, to be kept under a name in the data directory.
    Save {
        name: String,
        text: String,
    },
    /// Stop the process until the shell continues it.
    Suspend,
    Quit,
}

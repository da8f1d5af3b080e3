//! Records that the learner was promised and the disk has not accepted yet. They wait in memory in
//! the order in which they were made, because a later one may mean nothing without an earlier one
//! (an answer without its session). Each keeps its event id, so a retry never writes it twice.

use std::collections::VecDeque;
use std::time::Duration;

use super::form::EventId;
use super::{PATIENCE, Store, StoreError};
use crate::study::attempt::event::Event;
use crate::study::record::{Activity, Record};

/// Interval between retries of a failed write while nothing else happens.
pub const TRY_AGAIN: Duration = Duration::from_millis(250);

/// The unwritten records, oldest first.
#[derive(Debug, Default)]
pub struct Unwritten {
    records: VecDeque<(EventId, Record)>,
    /// Why the first of them could not be written.
    cause: String,
}

impl Unwritten {
    /// Whether every record has reached the disk.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The records, oldest first.
    #[must_use]
    pub fn records(&self) -> impl DoubleEndedIterator<Item = &Record> {
        self.records.iter().map(|(_, record)| record)
    }

    /// Writes a record after those already queued.
    pub fn append(&mut self, store: &mut Store, record: Record) {
        let event = store.name_event();
        // The screen waits once for another process's lock, not again for each record.
        let patience = if self.records.is_empty() { PATIENCE } else { Duration::ZERO };
        self.records.push_back((event, record));
        self.write(store, patience);
    }

    /// Retries without waiting for a lock.
    pub fn retry(&mut self, store: &mut Store) {
        self.write(store, Duration::ZERO);
    }

    fn write(&mut self, store: &mut Store, patience: Duration) {
        while let Some((event, record)) = self.records.front() {
            if let Err(cause) = store.append_as(event, record, patience) {
                self.cause = told(&cause);
                return;
            }
            self.records.pop_front();
        }
    }

    /// Says what is not saved, and why; `None` if everything is.
    #[must_use]
    pub fn sentence(&self) -> Option<String> {
        if self.records.is_empty() {
            return None;
        }
        Some(format!("Not saved yet: {}. {}", self.kinds(), self.cause))
    }

    /// Counts by kind: `2 answers, 1 bet`.
    fn kinds(&self) -> String {
        let of = |activity: &Activity| match activity {
            Activity::SessionStarted(_) => ("the beginning of a set", "the beginnings of sets"),
            Activity::Answer(_) => ("answer", "answers"),
            Activity::Prediction { .. } => ("prediction", "predictions"),
            Activity::Bet { .. } => ("bet", "bets"),
            Activity::Repair { .. } => ("repair", "repairs"),
            Activity::SessionEnded { .. } => ("the end of a set", "the ends of sets"),
            Activity::Step { step, .. } => step_words(step.event()),
            Activity::Undone { .. } => ("answer taken back", "answers taken back"),
            Activity::Suspended { .. } | Activity::Buried { .. } => {
                ("question put aside", "questions put aside")
            }
            Activity::Redriven { .. } => ("redrive", "redrives"),
            Activity::Planned(_) => ("your plan", "your plan"),
            Activity::Reported(_) => ("report", "reports"),
            Activity::Position { .. } => ("your place in the text", "your place in the text"),
            Activity::Countdown(_) => ("the clock", "the clock"),
        };
        let mut kinds: Vec<((&str, &str), usize)> = Vec::new();
        let (work, rest): (Vec<_>, Vec<_>) =
            self.records().partition(|record| record.activity.is_work());
        for record in work.into_iter().chain(rest) {
            let words = of(&record.activity);
            match kinds.iter_mut().find(|(known, _)| *known == words) {
                Some((_, count)) => *count += 1,
                None => kinds.push((words, 1)),
            }
        }
        let counted = |((one, many), count): &((&str, &str), usize)| match count {
            _ if one.contains(' ') => (if *count == 1 { one } else { many }).to_string(),
            1 => format!("1 {one}"),
            count => format!("{count} {many}"),
        };
        kinds.iter().map(counted).collect::<Vec<_>>().join(", ")
    }
}

/// What the learner would miss of a step of a set.
fn step_words(event: &Event) -> (&'static str, &'static str) {
    match event {
        Event::Selected { .. }
        | Event::Struck { .. }
        | Event::Flagged { .. }
        | Event::Rated { .. } => ("what you marked", "what you marked"),
        Event::TimeUp | Event::Submitted { .. } | Event::Reviewed | Event::GivenUp => {
            ("the end of a set", "the ends of sets")
        }
        Event::Answered { .. } => ("answer", "answers"),
        Event::Undone { .. } => ("answer taken back", "answers taken back"),
        Event::Begun
        | Event::Moved { .. }
        | Event::Explained { .. }
        | Event::Gone { .. }
        | Event::Edited { .. } => ("your place in the set", "your place in the set"),
        Event::Passed { .. }
        | Event::Slept { .. }
        | Event::SetBack { .. }
        | Event::Paused { .. }
        | Event::Resumed => ("the clock", "the clock"),
    }
}

/// Shortens a cause to one sentence for a notice.
fn told(cause: &StoreError) -> String {
    match cause {
        StoreError::Busy { .. } => "Another program holds the study history.".to_owned(),
        other => other.to_string(),
    }
}

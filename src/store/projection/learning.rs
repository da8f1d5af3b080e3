//! What records say of concepts and misconceptions: the schedule and the profile.

use rusqlite::{OptionalExtension, Row, named_params};

use super::Rows;
use crate::store::form::{Day, Delivered};
use crate::study::day::StudyDay;
use crate::study::evidence::{Evidence, Outcome, Subject};
use crate::study::id::{ItemId, MisconceptionId, Version};
use crate::study::memory::{ALGORITHM, Memory};
use crate::study::profile::Belief;
use crate::study::record::Answer;
use crate::study::schedule::Scheduled;

/// Columns for [`scheduled`].
pub(in crate::store) const SCHEDULED: &str =
    "stability, difficulty, reviewed, interval, reviews, lapses, missed, delivery, right_days";
/// Columns for [`belief`].
pub(in crate::store) const BELIEF: &str = "held, refused, chosen, avoided";

impl Rows<'_> {
    /// An answer is evidence on what its question asks for, and on the misconceptions in its options.
    pub(super) fn learn_of_answer(&self, answer: &Answer) -> rusqlite::Result<()> {
        let outcome =
            Outcome { correct: answer.correct, certainty: answer.certainty, slow: answer.slow };
        let read = || self.of_course(&answer.item, answer.version, &answer.choice);
        self.learn(answer.evidence.clone().or_else(read), outcome)
    }

    /// So is a prediction or a bet, which were made before anything was taught.
    pub(super) fn learn_of_choice(
        &self,
        (item, version): (&ItemId, Version),
        choice: u8,
        correct: bool,
        evidence: Option<&Evidence>,
    ) -> rusqlite::Result<()> {
        let outcome = Outcome { correct, certainty: None, slow: false };
        let read = || self.of_course(item, version, &[choice]);
        self.learn(evidence.cloned().or_else(read), outcome)
    }

    /// Records from before evidence was stamped are read as the course is now.
    fn of_course(&self, item: &ItemId, version: Version, choice: &[u8]) -> Option<Evidence> {
        self.catalog.evidence(&self.record.scenario, item, version, choice)
    }

    fn learn(&self, evidence: Option<Evidence>, outcome: Outcome) -> rusqlite::Result<()> {
        let Some(evidence) = evidence else { return Ok(()) };
        for concept in &evidence.concepts {
            self.review(&Subject::Concept(concept.clone()), outcome, true)?;
        }
        let wrong = Outcome { correct: false, ..outcome };
        for held in &evidence.held {
            self.believe(held, |belief| belief.chosen(wrong))?;
            self.review(&Subject::Misconception(held.clone()), wrong, true)?;
        }
        // Another wrong option says nothing about those that were not chosen.
        if outcome.correct {
            for refused in &evidence.refused {
                self.believe(refused, |belief| belief.avoided(outcome))?;
                self.review(&Subject::Misconception(refused.clone()), outcome, false)?;
            }
        }
        Ok(())
    }

    /// Reviews a subject; one that is not scheduled yet is scheduled if it `begins` so. A misconception that the
    /// learner never held is nothing to forget.
    fn review(&self, subject: &Subject, outcome: Outcome, begins: bool) -> rusqlite::Result<()> {
        let day = self.record.day;
        match self.scheduled(subject)? {
            Some(before) => self.schedule(subject, &before.after(subject, outcome, day)),
            None if begins => self.schedule(subject, &Scheduled::first(subject, outcome, day)),
            None => Ok(()),
        }
    }

    pub(super) fn redrive(&self, subject: &Subject) -> rusqlite::Result<()> {
        match self.scheduled(subject)? {
            Some(before) => self.schedule(subject, &before.redriven()),
            None => Ok(()),
        }
    }

    fn scheduled(&self, subject: &Subject) -> rusqlite::Result<Option<Scheduled>> {
        let sql = format!(
            "SELECT {SCHEDULED} FROM subject WHERE scenario = :scenario AND subject = :subject"
        );
        let parameters =
            named_params! { ":scenario": self.record.scenario, ":subject": subject.to_string() };
        self.connection.prepare_cached(&sql)?.query_row(parameters, scheduled).optional()
    }

    fn schedule(&self, subject: &Subject, is: &Scheduled) -> rusqlite::Result<()> {
        let delivered = Delivered(is.delivery);
        self.write(
            "INSERT INTO subject (scenario, subject, algorithm, stability, difficulty, reviewed, \
             interval, reviews, lapses, missed, delivery, right_days) VALUES (:scenario, :subject, \
             :algorithm, :stability, :difficulty, :reviewed, :interval, :reviews, :lapses, \
             :missed, :delivery, :right_days) \
             ON CONFLICT DO UPDATE SET algorithm = :algorithm, stability = :stability, \
             difficulty = :difficulty, reviewed = :reviewed, interval = :interval, \
             reviews = :reviews, lapses = :lapses, missed = :missed, delivery = :delivery, \
             right_days = :right_days",
            named_params! {
                ":scenario": self.record.scenario,
                ":subject": subject.to_string(),
                ":algorithm": ALGORITHM,
                ":stability": is.memory.stability,
                ":difficulty": is.memory.difficulty,
                ":reviewed": Day(is.reviewed.0),
                ":interval": is.interval,
                ":reviews": is.reviews,
                ":lapses": is.lapses,
                ":missed": is.missed,
                ":delivery": delivered.name(),
                ":right_days": delivered.right_days(),
            },
        )
    }

    fn believe(
        &self,
        misconception: &MisconceptionId,
        change: impl Fn(Belief) -> Belief,
    ) -> rusqlite::Result<()> {
        let sql = format!(
            "SELECT {BELIEF} FROM belief \
             WHERE scenario = :scenario AND misconception = :misconception"
        );
        let key = named_params! {
            ":scenario": self.record.scenario, ":misconception": misconception,
        };
        let before = self.connection.prepare_cached(&sql)?.query_row(key, belief).optional()?;
        let is = change(before.unwrap_or_default());
        self.write(
            "INSERT INTO belief (scenario, misconception, held, refused, chosen, avoided, latest) \
             VALUES (:scenario, :misconception, :held, :refused, :chosen, :avoided, :latest) \
             ON CONFLICT DO UPDATE SET held = :held, refused = :refused, chosen = :chosen, \
             avoided = :avoided, latest = :latest",
            named_params! {
                ":scenario": self.record.scenario,
                ":misconception": misconception,
                ":held": is.held,
                ":refused": is.refused,
                ":chosen": is.chosen,
                ":avoided": is.avoided,
                ":latest": self.seq,
            },
        )
    }
}

/// Reads the [`SCHEDULED`] columns.
pub(in crate::store) fn scheduled(row: &Row<'_>) -> rusqlite::Result<Scheduled> {
    let name: String = row.get("delivery")?;
    Ok(Scheduled {
        memory: Memory { stability: row.get("stability")?, difficulty: row.get("difficulty")? },
        reviewed: StudyDay(row.get::<_, Day>("reviewed")?.0),
        interval: row.get("interval")?,
        reviews: row.get("reviews")?,
        lapses: row.get("lapses")?,
        missed: row.get("missed")?,
        delivery: Delivered::named(&name, row.get("right_days")?),
    })
}

/// Reads the [`BELIEF`] columns.
pub(in crate::store) fn belief(row: &Row<'_>) -> rusqlite::Result<Belief> {
    Ok(Belief {
        held: row.get("held")?,
        refused: row.get("refused")?,
        chosen: row.get("chosen")?,
        avoided: row.get("avoided")?,
    })
}

//! When a subject is due: its memory, its interval in study days, and whether it lies in the learner's dead-letter
//! queue.

use super::day::StudyDay;
use super::evidence::{Outcome, Subject};
use super::memory::{Grade, Memory};
use super::shuffle::keyed;

/// Chance of recall at which a review is due.
pub const RETENTION: f64 = 0.9;
/// Lapses from which a subject is dead-lettered.
pub const LAPSES_MAX: u32 = 4;
/// Right days in a row after a redrive that cure a subject.
pub const CURED_AFTER: u32 = 2;

/// A subject with its place in the schedule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scheduled {
    pub memory: Memory,
    /// Day of the evidence that last moved the memory.
    pub reviewed: StudyDay,
    /// Days from then to the next review, whatever the exam's date; at least 1.
    pub interval: u32,
    /// Days with evidence.
    pub reviews: u32,
    /// Days that began with a miss, after the first.
    pub lapses: u32,
    /// Whether anything was missed since, or on, that day: then it comes back the next day.
    pub missed: bool,
    pub delivery: Delivery,
}

/// Whether a subject is asked, by analogy with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// It is asked when it is due.
    Scheduled,
    /// Missed too often: it waits in the dead-letter queue until it is redriven.
    DeadLettered,
    /// It has another try, and this many right days so far.
    Redriven { right_days: u32 },
}

impl Scheduled {
    /// A subject after its first evidence.
    #[must_use]
    pub fn first(subject: &Subject, outcome: Outcome, day: StudyDay) -> Self {
        let grade = outcome.grade();
        let memory = Memory::first(grade);
        Self {
            memory,
            reviewed: day,
            interval: interval(subject, memory, grade, 1, 0),
            reviews: 1,
            lapses: 0,
            missed: !outcome.correct,
            delivery: Delivery::Scheduled,
        }
    }

    /// The subject after more evidence. Only the first of a study day moves the memory: what is asked ten times in an
    /// hour is not remembered ten times as long. Evidence from a day that is over counts as another of the latest day.
    #[must_use]
    pub fn after(self, subject: &Subject, outcome: Outcome, day: StudyDay) -> Self {
        let days = day.since(self.reviewed);
        if days == 0 {
            return Self { missed: self.missed || !outcome.correct, ..self };
        }
        let grade = outcome.grade();
        let memory = self.memory.reviewed(grade, days);
        let reviews = self.reviews + 1;
        let reviewed = Self {
            memory,
            reviewed: day,
            interval: interval(subject, memory, grade, reviews, self.interval),
            reviews,
            lapses: self.lapses + u32::from(!outcome.correct),
            missed: !outcome.correct,
            delivery: self.delivery,
        };
        reviewed.delivered(outcome.correct, grade)
    }

    fn delivered(self, correct: bool, grade: Grade) -> Self {
        match self.delivery {
            Delivery::Scheduled if self.lapses >= LAPSES_MAX => self.dead_lettered(),
            Delivery::Redriven { .. } if !correct => self.dead_lettered(),
            Delivery::Redriven { right_days } if grade != Grade::Again => {
                let right_days = right_days + 1;
                if right_days >= CURED_AFTER {
                    return Self { lapses: 0, delivery: Delivery::Scheduled, ..self };
                }
                Self { delivery: Delivery::Redriven { right_days }, ..self }
            }
            Delivery::Scheduled | Delivery::DeadLettered | Delivery::Redriven { .. } => self,
        }
    }

    fn dead_lettered(self) -> Self {
        Self { delivery: Delivery::DeadLettered, ..self }
    }

    /// The subject after a redrive, due at once.
    #[must_use]
    pub fn redriven(self) -> Self {
        match self.delivery {
            Delivery::DeadLettered => {
                Self { delivery: Delivery::Redriven { right_days: 0 }, missed: true, ..self }
            }
            Delivery::Scheduled | Delivery::Redriven { .. } => self,
        }
    }

    /// The day on which it is due, at the latest the day of the exam; `None` in the dead-letter queue.
    #[must_use]
    pub fn due(&self, exam: Option<StudyDay>) -> Option<StudyDay> {
        if self.delivery == Delivery::DeadLettered {
            return None;
        }
        let interval = if self.missed { 1 } else { self.interval };
        let to_exam = exam.map(|exam| exam.since(self.reviewed)).filter(|days| *days > 0);
        Some(self.reviewed.plus(interval.min(to_exam.unwrap_or(interval))))
    }

    /// Chance of recall on a day.
    #[must_use]
    pub fn recall(&self, on: StudyDay) -> f64 {
        self.memory.recall(f64::from(on.since(self.reviewed)))
    }
}

/// Days to the next review: as many as the memory lasts, moved a little so that what was learned together is not asked
/// together for ever. The move depends on the subject and the count alone, so a replay gives the same day.
fn interval(subject: &Subject, memory: Memory, grade: Grade, count: u32, latest: u32) -> u32 {
    if grade == Grade::Again {
        return 1;
    }
    let raw = memory.interval(RETENTION);
    let spread = spread(raw);
    let most = (raw + spread).round().max(1.0);
    let mut least = (raw - spread).round().max(1.0);
    // What is remembered longer than before is never asked sooner than before.
    if raw > f64::from(latest) {
        least = least.max(f64::from(latest)).min(most);
    }
    let days = (most - least) as u64 + 1;
    least as u32 + (keyed(u64::from(count), "interval", &subject.to_string()) % days) as u32
}

/// Days by which an interval may be moved either way: none below two and a half, then a share that shrinks.
fn spread(raw: f64) -> f64 {
    if raw < 2.5 {
        return 0.0;
    }
    let share = |from: f64, to: f64, part: f64| part * (raw.min(to) - from).max(0.0);
    1.0 + share(2.5, 7.0, 0.15) + share(7.0, 20.0, 0.1) + share(20.0, f64::MAX, 0.05)
}

#[cfg(test)]
mod tests;

//! What the days until the exam are best spent on, and what to expect of them.
//!
//! Each day takes, within its minutes, the reviews and unread sections that add most expected recall at the exam for a
//! minute. What a day cannot hold waits, and what no day holds is dropped: the plan says so instead of piling it up on
//! the eve.

mod course;

use std::collections::BTreeMap;

use self::course::{Candidate, Course};
use super::day::StudyDay;
use super::evidence::Subject;
use super::id::{ConceptId, LessonId};
use super::schedule::Scheduled;

/// Days of which a plan is made at most: nobody keeps to more.
pub const DAYS_MAX: u32 = 120;
/// Minutes that a review takes: a question, its explanation, and often another question.
pub const REVIEW_MINUTES: f64 = 1.5;
/// Share of study sessions in which the count of known concepts lies within the interval.
const INTERVAL: (f64, f64) = (0.1, 0.9);

/// Something to do on a day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    Review(Subject),
    Read(LessonId),
}

/// A section that is not read yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Unread {
    pub lesson: LessonId,
    /// Minutes for the rest of the section and its two questions.
    pub minutes: f64,
    pub concepts: Vec<ConceptId>,
}

/// What is known before the first day.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outset {
    pub subjects: BTreeMap<Subject, Scheduled>,
    /// Unread sections in the order of the course.
    pub unread: Vec<Unread>,
    /// All concepts of the course.
    pub concepts: Vec<ConceptId>,
}

/// One day of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Day {
    pub day: StudyDay,
    pub work: Vec<Work>,
    pub minutes: f64,
}

/// What the days before the exam hold, and what to expect of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    pub days: Vec<Day>,
    /// What no day has room for: sections that stay unread, and subjects that are due and not reviewed.
    pub dropped: Vec<Work>,
    /// Expected number of concepts recalled at the exam.
    pub expected: f64,
    /// Number of concepts in the course.
    pub of: usize,
    /// In eight runs of ten the number lies within these.
    pub interval: (u32, u32),
}

/// Plans the days from `today` to the eve of the exam, `minutes` each. `None` if the exam is not ahead.
#[must_use]
pub fn forecast(
    outset: &Outset,
    today: StudyDay,
    exam: StudyDay,
    minutes: u16,
) -> Option<Forecast> {
    let (days, course) = best(outset, today, exam, minutes)?;
    Some(Forecast {
        dropped: course.dropped(exam),
        expected: course.expected(exam),
        of: outset.concepts.len(),
        interval: interval(outset, &days, exam),
        days,
    })
}

/// The days with the most recall at the exam, and the learner after them.
fn best(
    outset: &Outset,
    today: StudyDay,
    exam: StudyDay,
    minutes: u16,
) -> Option<(Vec<Day>, Course)> {
    let count = exam.since(today).min(DAYS_MAX);
    if count == 0 {
        return None;
    }
    let by_gain = days_of(outset, (today, exam, count), minutes, Order::Gain);
    let plain = days_of(outset, (today, exam, count), minutes, Order::Due);
    // The order by gain looks no day ahead, so it may be worse; never worse than the plain schedule.
    let is_better = by_gain.1.expected(exam) >= plain.1.expected(exam);
    Some(if is_better { by_gain } else { plain })
}

/// In which order a day is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// By gain of recall at the exam for a minute.
    Gain,
    /// What has been due longest first, then the sections: the schedule without a plan.
    Due,
}

fn days_of(
    outset: &Outset,
    (today, exam, count): (StudyDay, StudyDay, u32),
    minutes: u16,
    order: Order,
) -> (Vec<Day>, Course) {
    let mut course = Course::new(outset);
    let days = (0..count).map(|ahead| {
        let day = today.plus(ahead);
        fill(&mut course, (day, exam), f64::from(minutes), order)
    });
    (days.collect(), course)
}

/// Fills a day. One piece of work that is longer than a day has all of it: else it would never be done.
fn fill(course: &mut Course, (day, exam): (StudyDay, StudyDay), minutes: f64, order: Order) -> Day {
    let mut filled = Day { day, work: Vec::new(), minutes: 0.0 };
    let mut candidates = sorted(course.candidates(day, exam, order == Order::Gain), order);
    loop {
        let left = minutes - filled.minutes;
        let fits = candidates.iter().position(|candidate| candidate.minutes <= left);
        let is_too_long = filled.work.is_empty() && minutes > 0.0 && !candidates.is_empty();
        let Some(next) = fits.or(is_too_long.then_some(0)) else { return filled };
        let Candidate { work, minutes, .. } = candidates.remove(next);
        course.done(&work, day);
        if let Work::Read(_) = work {
            // There is another section now, and what this one teaches is known.
            candidates = sorted(course.candidates(day, exam, order == Order::Gain), order);
        }
        filled.minutes += minutes;
        filled.work.push(work);
    }
}

fn sorted(mut candidates: Vec<Candidate>, order: Order) -> Vec<Candidate> {
    candidates.sort_by(|a, b| match order {
        Order::Gain => (b.gain / b.minutes).total_cmp(&(a.gain / a.minutes)),
        Order::Due => a.due.cmp(&b.due),
    });
    candidates
}

/// Learners that are tried to see how far the count of known concepts spreads.
const LEARNERS: u64 = 200;

/// Lets many learners follow the plan, each forgetting by chance, and counts what they know at the exam.
fn interval(outset: &Outset, days: &[Day], exam: StudyDay) -> (u32, u32) {
    let mut counts: Vec<u32> =
        (0..LEARNERS).map(|learner| course::follow(outset, days, exam, learner)).collect();
    counts.sort_unstable();
    let at = |share: f64| {
        let place = (share * (counts.len() - 1) as f64).round() as usize;
        counts.get(place).copied().unwrap_or(0)
    };
    (at(INTERVAL.0), at(INTERVAL.1))
}

#[cfg(test)]
mod tests;

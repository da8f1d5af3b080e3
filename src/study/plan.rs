//! The learner's plan: when the exam is, and how much time there is for it.

use chrono::NaiveDate;

use super::day::Rollover;

/// What the learner said last. Without a date reviews have no end; without minutes a day holds what is due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Plan {
    /// Date of the exam.
    pub exam: Option<NaiveDate>,
    /// Minutes of study a day.
    pub minutes: Option<u16>,
    /// End of the study day.
    pub rollover: Rollover,
}

//! Study days: a night's study belongs to the day it began on.

use chrono::{DateTime, Days, FixedOffset, NaiveDate, TimeDelta};

/// Hour of the night at which a study day ends and the next begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rollover(u8);

impl Rollover {
    /// A rollover at that hour, from 0 to 23; `None` if the clock has no such hour.
    #[must_use]
    pub fn at(hour: u8) -> Option<Self> {
        (hour < 24).then_some(Self(hour))
    }

    /// Hours after midnight.
    #[must_use]
    pub fn hour(self) -> u8 {
        self.0
    }
}

impl Default for Rollover {
    fn default() -> Self {
        Self(4)
    }
}

/// A study day: the local date, moved back by the rollover. It is stamped on each record and never computed anew, so
/// neither a journey nor another rollover changes the days that were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StudyDay(pub NaiveDate);

impl StudyDay {
    /// The study day of an instant, by the learner's clock at the time. Days are dates, never 86,400 seconds.
    #[must_use]
    pub fn of(at: DateTime<FixedOffset>, rollover: Rollover) -> Self {
        let back = TimeDelta::hours(i64::from(rollover.0));
        let local = at.naive_local();
        Self(local.checked_sub_signed(back).unwrap_or(local).date())
    }

    /// Days from `earlier` to this one; 0 if the clock was set back in between.
    #[must_use]
    pub fn since(self, earlier: Self) -> u32 {
        u32::try_from((self.0 - earlier.0).num_days()).unwrap_or(0)
    }

    /// The study day that many days later.
    #[must_use]
    pub fn plus(self, days: u32) -> Self {
        Self(self.0.checked_add_days(Days::new(u64::from(days))).unwrap_or(NaiveDate::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(at: &str, rollover: u8) -> String {
        let at = DateTime::parse_from_rfc3339(at).unwrap();
        StudyDay::of(at, Rollover::at(rollover).unwrap()).0.to_string()
    }

    /// Behaviour 37: the local date after moving back by the rollover.
    #[test]
    fn a_night_belongs_to_the_day_before() {
        assert_eq!(day("2026-11-28T03:59:59+01:00", 4), "2026-11-27");
        assert_eq!(day("2026-11-28T04:00:00+01:00", 4), "2026-11-28");
        assert_eq!(day("2026-11-28T00:00:00+01:00", 0), "2026-11-28");
        assert_eq!(day("2026-01-01T00:30:00-08:00", 4), "2025-12-31");
    }

    /// Behaviours 37 and 38: the clock where the learner is decides, also on days of 23 and 25 hours.
    #[test]
    fn days_are_dates_wherever_the_learner_is() {
        // The night in which clocks go forward is an hour shorter, and still one day.
        assert_eq!(day("2026-03-29T05:00:00+02:00", 4), "2026-03-29");
        assert_eq!(day("2026-03-29T01:59:00+01:00", 4), "2026-03-28");
        // The same instant, in two places.
        assert_eq!(day("2026-11-28T23:00:00+00:00", 4), "2026-11-28");
        assert_eq!(day("2026-11-29T08:00:00+09:00", 4), "2026-11-29");
    }

    /// Behaviour 10: days are clamped at none when the clock goes back.
    #[test]
    fn a_clock_set_back_makes_no_negative_days() {
        let date = |day| StudyDay(NaiveDate::from_ymd_opt(2026, 11, day).unwrap());
        assert_eq!(date(28).since(date(27)), 1);
        assert_eq!(date(27).since(date(28)), 0);
        assert_eq!(date(28).plus(3).0.to_string(), "2026-12-01");
        assert_eq!(date(28).plus(u32::MAX).0, NaiveDate::MAX);
    }

    #[test]
    fn no_day_rolls_over_at_an_hour_that_no_clock_has() {
        assert_eq!(Rollover::at(24), None);
        assert_eq!(Rollover::at(23).map(Rollover::hour), Some(23));
        assert_eq!(Rollover::default().hour(), 4);
    }
}

//! Reads the projections for the home screen, the reader and a new set of questions.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, FixedOffset, NaiveDate};
use rusqlite::{OptionalExtension, Row, named_params};

use super::form::{Bits, Day, Time};
use super::{Store, StoreError};
use crate::study::day::StudyDay;
use crate::study::id::{LessonId, ScenarioId};
use crate::study::progress::{
    ItemProgress, KNOWN_FROM, LessonProgress, Predicted, Progress, QuestionProgress, Score,
    SessionSummary,
};
use crate::study::reading::Anchor;

/// Number of sessions the home screen lists.
const SESSIONS_SHOWN: u32 = 5;

/// Columns for [`summary`].
pub(super) const SUMMARY: &str =
    "session, mode, started, ended, planned, correct, answered, spent_ms";

impl Store {
    /// Reads everything the home screen shows at that time.
    pub fn progress(
        &self,
        scenario: &ScenarioId,
        now: DateTime<FixedOffset>,
    ) -> Result<Progress, StoreError> {
        self.read_progress(scenario, now).map_err(|cause| self.explain(&cause))
    }

    fn read_progress(
        &self,
        scenario: &ScenarioId,
        now: DateTime<FixedOffset>,
    ) -> rusqlite::Result<Progress> {
        let plan = self.read_plan(scenario)?;
        let today = StudyDay::of(now, plan.rollover);
        let (lessons, latest_lesson) = self.read_lessons(scenario)?;
        let (sessions, sessions_begun) = self.read_sessions(scenario)?;
        let (open, elsewhere) = self.read_open(scenario)?;
        Ok(Progress {
            lessons,
            latest_lesson,
            questions: self.read_questions(scenario)?,
            open,
            elsewhere,
            sessions,
            days: self.read_days(scenario, today.0)?,
            sessions_begun,
            bets: self.read_bets(scenario)?,
            repairs: self.read_repairs(scenario)?,
            plan,
            subjects: self.read_subjects(scenario)?,
            profile: self.read_profile(scenario)?,
            aside: self.read_aside(scenario)?,
            median_ms: self.read_median(scenario)?,
        })
    }

    /// Reads which scenario the latest record belongs to; `None` for an empty history.
    pub fn latest_scenario(&self) -> Result<Option<ScenarioId>, StoreError> {
        let read = || {
            self.connection
                .prepare_cached("SELECT scenario FROM record ORDER BY seq DESC LIMIT 1")?
                .query_row([], |row| row.get("scenario"))
                .optional()
        };
        read().map_err(|cause| self.explain(&cause))
    }

    fn read_bets(&self, scenario: &ScenarioId) -> rusqlite::Result<BTreeMap<String, Predicted>> {
        let sql = "SELECT item, version, choice, correct FROM bet WHERE scenario = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(self
            .readable(("bet", "item"), statement.query([scenario])?, predicted)?
            .into_iter()
            .collect())
    }

    fn read_repairs(&self, scenario: &ScenarioId) -> rusqlite::Result<BTreeMap<String, u8>> {
        let sql = "SELECT incident, changes FROM repair WHERE scenario = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query([scenario])?;
        let repairs = self.readable(("repair", "incident"), rows, |row| {
            Ok((row.get("incident")?, row.get("changes")?))
        })?;
        Ok(repairs.into_iter().collect())
    }

    /// Reads the progress of one lesson; `None` if it was never opened.
    pub fn lesson(
        &self,
        scenario: &ScenarioId,
        lesson: &LessonId,
    ) -> Result<Option<LessonProgress>, StoreError> {
        let (mut lessons, _) = self.read_lessons(scenario).map_err(|cause| self.explain(&cause))?;
        Ok(lessons.remove(lesson.as_str()))
    }

    fn read_lessons(
        &self,
        scenario: &ScenarioId,
    ) -> rusqlite::Result<(BTreeMap<String, LessonProgress>, Option<String>)> {
        let mut statement = self.connection.prepare_cached(
            "SELECT lesson, heading, ordinal, block, hash, word, line, reached FROM reading \
             WHERE scenario = ?1 ORDER BY latest",
        )?;
        let rows = statement.query([scenario])?;
        let lessons = self.readable(("place in", "lesson"), rows, |row| {
            let lesson: String = row.get("lesson")?;
            let place = Anchor {
                heading: row.get("heading")?,
                ordinal: row.get("ordinal")?,
                block: row.get("block")?,
                hash: row.get::<_, Bits>("hash")?.0,
                word: row.get("word")?,
                line: row.get("line")?,
            };
            Ok((lesson, LessonProgress { place, reached: row.get("reached")? }))
        })?;
        let latest = lessons.last().map(|(lesson, _)| lesson.clone());
        let lessons = lessons.into_iter().collect();
        Ok((lessons, latest))
    }

    fn read_questions(
        &self,
        scenario: &ScenarioId,
    ) -> rusqlite::Result<BTreeMap<String, QuestionProgress>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT lesson, count(*) AS answered, sum(correct != 0) AS right, \
             sum(running >= :known_from) AS known FROM item \
             WHERE scenario = :scenario GROUP BY lesson",
        )?;
        let rows =
            statement.query(named_params! { ":scenario": scenario, ":known_from": KNOWN_FROM })?;
        let questions = self.readable(("answers on", "lesson"), rows, |row| {
            let progress = QuestionProgress {
                answered: row.get("answered")?,
                right: row.get("right")?,
                known: row.get("known")?,
            };
            Ok((row.get("lesson")?, progress))
        })?;
        Ok(questions.into_iter().collect())
    }

    fn read_days(
        &self,
        scenario: &ScenarioId,
        today: NaiveDate,
    ) -> rusqlite::Result<BTreeMap<NaiveDate, Score>> {
        let from = today.checked_sub_days(Days::new(6)).unwrap_or(today);
        let mut statement = self.connection.prepare_cached(
            "SELECT day, correct, answered FROM day WHERE scenario = :scenario AND day >= :from",
        )?;
        let rows = statement.query(named_params! { ":scenario": scenario, ":from": Day(from) })?;
        let days = self.readable(("day", "day"), rows, |row| {
            let day: Day = row.get("day")?;
            Ok((day.0, Score { right: row.get("correct")?, of: row.get("answered")? }))
        })?;
        Ok(days.into_iter().collect())
    }

    fn read_sessions(&self, scenario: &ScenarioId) -> rusqlite::Result<(Vec<SessionSummary>, u64)> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {SUMMARY} FROM session WHERE scenario = :scenario \
             ORDER BY begun DESC LIMIT :shown"
        ))?;
        let rows =
            statement.query(named_params! { ":scenario": scenario, ":shown": SESSIONS_SHOWN })?;
        let sessions = self.readable(("set", "session"), rows, summary)?;
        let begun: i64 = self
            .connection
            .prepare_cached(
                "SELECT ifnull(max(begun), 0) AS begun FROM session WHERE scenario = ?1",
            )?
            .query_row([scenario], |row| row.get("begun"))?;
        Ok((sessions, begun as u64))
    }

    /// Reads the predictions made in a lesson, by id.
    pub fn predictions(
        &self,
        scenario: &ScenarioId,
        lesson: &LessonId,
    ) -> Result<BTreeMap<String, Predicted>, StoreError> {
        let read = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT item, version, choice, correct FROM prediction \
                 WHERE scenario = :scenario AND lesson = :lesson",
            )?;
            let rows =
                statement.query(named_params! { ":scenario": scenario, ":lesson": lesson })?;
            Ok(self.readable(("prediction", "item"), rows, predicted)?.into_iter().collect())
        };
        read().map_err(|cause| self.explain(&cause))
    }

    /// Reads what is known about every question ever answered, by id.
    pub fn items(
        &self,
        scenario: &ScenarioId,
    ) -> Result<BTreeMap<String, ItemProgress>, StoreError> {
        let read = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT item, answered, correct, latest FROM item WHERE scenario = ?1",
            )?;
            let items =
                self.readable(("question", "item"), statement.query([scenario])?, |row| {
                    let item = ItemProgress {
                        answered: row.get("answered")?,
                        right: row.get("correct")?,
                        latest: row.get("latest")?,
                    };
                    Ok((row.get("item")?, item))
                })?;
            Ok(items.into_iter().collect())
        };
        read().map_err(|cause| self.explain(&cause))
    }
}

/// Reads an id with its prediction or bet.
fn predicted(row: &Row<'_>) -> rusqlite::Result<(String, Predicted)> {
    let predicted = Predicted {
        version: row.get("version")?,
        choice: row.get("choice")?,
        correct: row.get("correct")?,
    };
    Ok((row.get("item")?, predicted))
}

/// Reads a session from the [`SUMMARY`] columns.
pub(super) fn summary(row: &Row<'_>) -> rusqlite::Result<SessionSummary> {
    Ok(SessionSummary {
        id: row.get("session")?,
        mode: row.get("mode")?,
        started: row.get::<_, Time>("started")?.0,
        ended: row.get::<_, Option<Time>>("ended")?.map(|time| time.0),
        planned: row.get("planned")?,
        marks: Score { right: row.get("correct")?, of: row.get("answered")? },
        spent_ms: row.get::<_, Bits>("spent_ms")?.0,
    })
}

//! Reads the projections: what the home screen, the reader and a new set of questions ask for.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, FixedOffset, NaiveDate};
use rusqlite::{Row, params};

use super::{Store, StoreError, columns};
use crate::study::progress::{
    ItemProgress, KNOWN_FROM, LessonProgress, Predicted, Progress, QuestionProgress, Score,
    SessionSummary,
};
use crate::study::quiz::Mode;
use crate::study::reading::Anchor;

/// Sessions that the home screen lists.
const SESSIONS_SHOWN: u32 = 5;

/// The columns of [`summary`].
pub(super) const SUMMARY: &str =
    "session, mode, started, ended, planned, correct, answered, spent_ms";

impl Store {
    /// All that the home screen tells. `today` is the local date.
    pub fn progress(&self, scenario: &str, today: NaiveDate) -> Result<Progress, StoreError> {
        self.read_progress(scenario, today).map_err(|cause| self.explain(&cause))
    }

    fn read_progress(&self, scenario: &str, today: NaiveDate) -> rusqlite::Result<Progress> {
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
            days: self.read_days(scenario, today)?,
            sessions_begun,
            bets: self.read_bets(scenario)?,
            repairs: self.read_repairs(scenario)?,
        })
    }

    fn read_bets(&self, scenario: &str) -> rusqlite::Result<BTreeMap<String, Predicted>> {
        let sql = "SELECT item, version, choice, correct FROM bet WHERE scenario = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(self.readable("bet", statement.query([scenario])?, predicted)?.into_iter().collect())
    }

    fn read_repairs(&self, scenario: &str) -> rusqlite::Result<BTreeMap<String, u8>> {
        let sql = "SELECT incident, changes FROM repair WHERE scenario = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query([scenario])?;
        let repairs = self.readable("repair", rows, |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(repairs.into_iter().collect())
    }

    /// How far one lesson has been read; `None` when it was never opened.
    pub fn lesson(
        &self,
        scenario: &str,
        lesson: &str,
    ) -> Result<Option<LessonProgress>, StoreError> {
        let (mut lessons, _) = self.read_lessons(scenario).map_err(|cause| self.explain(&cause))?;
        Ok(lessons.remove(lesson))
    }

    fn read_lessons(
        &self,
        scenario: &str,
    ) -> rusqlite::Result<(BTreeMap<String, LessonProgress>, Option<String>)> {
        let mut statement = self.connection.prepare_cached(
            "SELECT lesson, heading, ordinal, block, hash, word, reached, line FROM reading \
             WHERE scenario = ?1 ORDER BY latest",
        )?;
        let rows = statement.query([scenario])?;
        let lessons = self.readable("place in", rows, |row| {
            let lesson: String = row.get(0)?;
            let place = Anchor {
                heading: row.get(1)?,
                ordinal: row.get(2)?,
                block: row.get(3)?,
                hash: row.get::<_, i64>(4)? as u64,
                word: row.get(5)?,
                line: row.get(7)?,
            };
            Ok((lesson, LessonProgress { place, reached: row.get(6)? }))
        })?;
        let latest = lessons.last().map(|(lesson, _)| lesson.clone());
        let lessons = lessons.into_iter().collect();
        Ok((lessons, latest))
    }

    fn read_questions(
        &self,
        scenario: &str,
    ) -> rusqlite::Result<BTreeMap<String, QuestionProgress>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT lesson, count(*), sum(correct != 0), sum(running >= ?2) FROM item \
             WHERE scenario = ?1 GROUP BY lesson",
        )?;
        let rows = statement.query(params![scenario, KNOWN_FROM])?;
        let questions = self.readable("answers on", rows, |row| {
            let (answered, right, known) = (row.get(1)?, row.get(2)?, row.get(3)?);
            Ok((row.get(0)?, QuestionProgress { answered, right, known }))
        })?;
        Ok(questions.into_iter().collect())
    }

    fn read_days(
        &self,
        scenario: &str,
        today: NaiveDate,
    ) -> rusqlite::Result<BTreeMap<NaiveDate, Score>> {
        let from = today.checked_sub_days(Days::new(6)).unwrap_or(today);
        let mut statement = self.connection.prepare_cached(
            "SELECT day, correct, answered FROM day WHERE scenario = ?1 AND day >= ?2",
        )?;
        let rows = statement.query(params![scenario, from.to_string()])?;
        let days = self.readable("day", rows, |row| {
            let day = row.get::<_, String>(0)?.parse::<NaiveDate>();
            let day = day.map_err(|cause| columns::unreadable(0, Box::new(cause)))?;
            Ok((day, Score { right: row.get(1)?, of: row.get(2)? }))
        })?;
        Ok(days.into_iter().collect())
    }

    fn read_sessions(&self, scenario: &str) -> rusqlite::Result<(Vec<SessionSummary>, u64)> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {SUMMARY} FROM session WHERE scenario = ?1 ORDER BY begun DESC LIMIT ?2"
        ))?;
        let rows = statement.query(params![scenario, SESSIONS_SHOWN])?;
        let sessions = self.readable("set", rows, summary)?;
        let begun: i64 = self
            .connection
            .prepare_cached("SELECT ifnull(max(begun), 0) FROM session WHERE scenario = ?1")?
            .query_row([scenario], |row| row.get(0))?;
        Ok((sessions, begun as u64))
    }

    /// What was predicted in a lesson, by the prediction's id.
    pub fn predictions(
        &self,
        scenario: &str,
        lesson: &str,
    ) -> Result<BTreeMap<String, Predicted>, StoreError> {
        let read = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT item, version, choice, correct FROM prediction \
                 WHERE scenario = ?1 AND lesson = ?2",
            )?;
            let rows = statement.query([scenario, lesson])?;
            Ok(self.readable("prediction", rows, predicted)?.into_iter().collect())
        };
        read().map_err(|cause| self.explain(&cause))
    }

    /// What is known of every question that was ever answered, by its id.
    pub fn items(&self, scenario: &str) -> Result<BTreeMap<String, ItemProgress>, StoreError> {
        let read = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT item, answered, correct, latest FROM item WHERE scenario = ?1",
            )?;
            let items = self.readable("question", statement.query([scenario])?, |row| {
                let item =
                    ItemProgress { answered: row.get(1)?, right: row.get(2)?, latest: row.get(3)? };
                Ok((row.get(0)?, item))
            })?;
            Ok(items.into_iter().collect())
        };
        read().map_err(|cause| self.explain(&cause))
    }
}

/// An id with what was predicted or bet.
fn predicted(row: &Row<'_>) -> rusqlite::Result<(String, Predicted)> {
    let version = row.get::<_, i64>(1)? as u64;
    Ok((row.get(0)?, Predicted { version, choice: row.get(2)?, correct: row.get(3)? }))
}

pub(super) fn mode(row: &Row<'_>, column: usize) -> rusqlite::Result<Mode> {
    let id: String = row.get(column)?;
    Mode::from_id(&id).ok_or_else(|| {
        columns::unreadable(column, format!("the kind of set {id} is unknown").into())
    })
}

/// A session from the columns of [`SUMMARY`].
pub(super) fn summary(row: &Row<'_>) -> rusqlite::Result<SessionSummary> {
    let time = |column: usize| -> rusqlite::Result<Option<DateTime<FixedOffset>>> {
        let Some(text) = row.get::<_, Option<String>>(column)? else { return Ok(None) };
        let time = DateTime::parse_from_rfc3339(&text).map_err(|cause| {
            let cause = format!("the time {text} cannot be read: {cause}");
            columns::unreadable(column, cause.into())
        })?;
        Ok(Some(time))
    };
    let Some(started) = time(2)? else {
        return Err(columns::unreadable(2, "it has no beginning".into()));
    };
    Ok(SessionSummary {
        id: row.get(0)?,
        mode: mode(row, 1)?,
        started,
        ended: time(3)?,
        planned: row.get(4)?,
        marks: Score { right: row.get(5)?, of: row.get(6)? },
        spent_ms: row.get::<_, i64>(7)? as u64,
    })
}

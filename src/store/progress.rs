//! Reads the projections: what the home screen, the reader and a new set of questions ask for.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, FixedOffset, NaiveDate};
use rusqlite::{OptionalExtension, Row, params};

use super::{Store, StoreError, columns};
use crate::study::progress::{
    ItemProgress, LessonProgress, Marks, OpenSession, Predicted, QuestionProgress, SessionSummary,
    Today,
};
use crate::study::quiz::Mode;
use crate::study::reading::Place;
use crate::study::record::{Answer, Deed};

/// Sessions that the home screen lists.
const SESSIONS_SHOWN: u32 = 5;

/// The columns of [`summary`].
pub(super) const SUMMARY: &str =
    "session, mode, started, ended, planned, correct, answered, spent_ms";

impl Store {
    /// All that the home screen tells. `today` is the local date.
    pub fn today(&self, scenario: &str, today: NaiveDate) -> Result<Today, StoreError> {
        self.read_today(scenario, today).map_err(|cause| self.explain(&cause))
    }

    fn read_today(&self, scenario: &str, today: NaiveDate) -> rusqlite::Result<Today> {
        let (lessons, latest_lesson) = self.read_lessons(scenario)?;
        let (sessions, sessions_begun) = self.read_sessions(scenario)?;
        Ok(Today {
            lessons,
            latest_lesson,
            questions: self.read_questions(scenario)?,
            open: self.read_open(scenario)?,
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
        let rows = statement.query_map([scenario], |row| {
            let version = row.get::<_, i64>(1)? as u64;
            Ok((row.get(0)?, Predicted { version, choice: row.get(2)?, correct: row.get(3)? }))
        })?;
        rows.collect()
    }

    fn read_repairs(&self, scenario: &str) -> rusqlite::Result<BTreeMap<String, u8>> {
        let sql = "SELECT incident, changes FROM repair WHERE scenario = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([scenario], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
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
            "SELECT lesson, heading, ordinal, block, hash, word, reached FROM reading \
             WHERE scenario = ?1 ORDER BY latest",
        )?;
        let mut rows = statement.query([scenario])?;
        let mut lessons = BTreeMap::new();
        let mut latest = None;
        while let Some(row) = rows.next()? {
            let lesson: String = row.get(0)?;
            let place = Place {
                heading: row.get(1)?,
                ordinal: row.get(2)?,
                block: row.get(3)?,
                hash: row.get::<_, i64>(4)? as u64,
                word: row.get(5)?,
            };
            latest = Some(lesson.clone());
            lessons.insert(lesson, LessonProgress { place, reached: row.get(6)? });
        }
        Ok((lessons, latest))
    }

    fn read_questions(
        &self,
        scenario: &str,
    ) -> rusqlite::Result<BTreeMap<String, QuestionProgress>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT lesson, count(*), sum(correct) FROM item WHERE scenario = ?1 GROUP BY lesson",
        )?;
        let rows = statement.query_map([scenario], |row| {
            Ok((row.get(0)?, QuestionProgress { answered: row.get(1)?, right: row.get(2)? }))
        })?;
        rows.collect()
    }

    fn read_days(
        &self,
        scenario: &str,
        today: NaiveDate,
    ) -> rusqlite::Result<BTreeMap<NaiveDate, Marks>> {
        let from = today.checked_sub_days(Days::new(6)).unwrap_or(today);
        let mut statement = self.connection.prepare_cached(
            "SELECT day, correct, answered FROM day WHERE scenario = ?1 AND day >= ?2",
        )?;
        let mut rows = statement.query(params![scenario, from.to_string()])?;
        let mut days = BTreeMap::new();
        while let Some(row) = rows.next()? {
            if let Ok(day) = row.get::<_, String>(0)?.parse() {
                days.insert(day, Marks { right: row.get(1)?, of: row.get(2)? });
            }
        }
        Ok(days)
    }

    fn read_sessions(&self, scenario: &str) -> rusqlite::Result<(Vec<SessionSummary>, u64)> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {SUMMARY} FROM session WHERE scenario = ?1 ORDER BY begun DESC LIMIT ?2"
        ))?;
        let rows = statement.query_map(params![scenario, SESSIONS_SHOWN], summary)?;
        let sessions = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        let begun: i64 = self
            .connection
            .prepare_cached("SELECT ifnull(max(begun), 0) FROM session WHERE scenario = ?1")?
            .query_row([scenario], |row| row.get(0))?;
        Ok((sessions, begun as u64))
    }

    /// The latest session, if it has not ended.
    fn read_open(&self, scenario: &str) -> rusqlite::Result<Option<OpenSession>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT session, mode, seed, items, limit_ms, left_ms, ended, answered, planned \
             FROM session WHERE scenario = ?1 ORDER BY begun DESC LIMIT 1",
        )?;
        let found = statement
            .query_row([scenario], |row| {
                let ended: Option<String> = row.get(6)?;
                let unfinished = row.get::<_, i64>(7)? < row.get::<_, i64>(8)?;
                let items: String = row.get(3)?;
                let mode = Mode::from_id(&row.get::<_, String>(1)?);
                let Some(mode) = mode.filter(|_| ended.is_none() && unfinished) else {
                    return Ok(None);
                };
                Ok(Some(OpenSession {
                    id: row.get(0)?,
                    mode,
                    seed: row.get::<_, i64>(2)? as u64,
                    items: serde_json::from_str(&items).unwrap_or_default(),
                    limit_ms: row.get(4)?,
                    left_ms: row.get(5)?,
                    answers: Vec::new(),
                }))
            })
            .optional()?
            .flatten();
        let Some(mut open) = found else { return Ok(None) };
        open.answers = self.read_answers(&open.id)?;
        Ok(Some(open))
    }

    /// The answers of a session in the order they were given.
    pub(super) fn read_answers(&self, session: &str) -> rusqlite::Result<Vec<Answer>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {} FROM record WHERE session = ?1 AND kind = 'answer' ORDER BY seq",
            columns::READ
        ))?;
        let rows = statement.query_map([session], |row| columns::record(row, 0))?;
        let mut answers = Vec::new();
        for record in rows {
            if let Deed::Answer(answer) = record?.deed {
                answers.push(answer);
            }
        }
        Ok(answers)
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
            let rows = statement.query_map([scenario, lesson], |row| {
                let version = row.get::<_, i64>(1)? as u64;
                Ok((row.get(0)?, Predicted { version, choice: row.get(2)?, correct: row.get(3)? }))
            })?;
            rows.collect::<rusqlite::Result<_>>()
        };
        read().map_err(|cause| self.explain(&cause))
    }

    /// What is known of every question that was ever answered, by its id.
    pub fn items(&self, scenario: &str) -> Result<BTreeMap<String, ItemProgress>, StoreError> {
        let read = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT item, answered, correct, latest FROM item WHERE scenario = ?1",
            )?;
            let rows = statement.query_map([scenario], |row| {
                let item =
                    ItemProgress { answered: row.get(1)?, right: row.get(2)?, latest: row.get(3)? };
                Ok((row.get(0)?, item))
            })?;
            rows.collect::<rusqlite::Result<_>>()
        };
        read().map_err(|cause| self.explain(&cause))
    }
}

/// A session from the columns of [`SUMMARY`].
pub(super) fn summary(row: &Row<'_>) -> rusqlite::Result<SessionSummary> {
    let time = |text: Option<String>| -> Option<DateTime<FixedOffset>> {
        text.and_then(|text| DateTime::parse_from_rfc3339(&text).ok())
    };
    Ok(SessionSummary {
        id: row.get(0)?,
        mode: Mode::from_id(&row.get::<_, String>(1)?).unwrap_or(Mode::Traps),
        started: time(row.get(2)?).unwrap_or_default(),
        ended: time(row.get(3)?),
        planned: row.get(4)?,
        marks: Marks { right: row.get(5)?, of: row.get(6)? },
        spent_ms: row.get::<_, i64>(7)? as u64,
    })
}

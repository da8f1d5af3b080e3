//! Unfinished sets: one that this window can resume, and one that another window has.

use chrono::{DateTime, FixedOffset};
use rusqlite::named_params;

use super::form::{Items, Time};
use super::{Store, StoreError, columns, restore};
use crate::study::id::{ItemId, ScenarioId, Seed, SessionId};
use crate::study::mode::{Mode, NamedMode};
use crate::study::progress::{Elsewhere, OpenSession, Progress};
use crate::study::record::{Activity, Answer, SessionStart, Standing};

/// Maximum number of unfinished sets to inspect, newest first.
const OPEN_MAX: u32 = 50;

/// An unfinished set without its answers. Its mode may be one that only another window can ask.
struct Found {
    id: SessionId,
    mode: NamedMode,
    seed: Seed,
    items: Vec<ItemId>,
    limit_ms: u32,
    left_ms: u32,
    answered: u32,
    planned: u32,
}

impl Store {
    /// Returns everything needed to ask a set. This window takes the newest unfinished set that no
    /// other window has. If there is none, it takes the number that seeds the next draw, so that
    /// two windows starting at the same moment draw different sets.
    pub fn take_set(
        &mut self,
        scenario: &ScenarioId,
        now: DateTime<FixedOffset>,
    ) -> Result<Progress, StoreError> {
        let mut found = self.progress(scenario, now)?;
        for _ in 0..OPEN_MAX {
            let Some(open) = &found.open else { break };
            let session = open.id.clone();
            let is_held = self.hold(scenario, &session);
            // Another window may have answered in it before this one took it.
            found = self.progress(scenario, now)?;
            if is_held && found.open.as_ref().is_some_and(|open| open.id == session) {
                return Ok(found);
            }
        }
        found.open = None;
        while !self.hold(scenario, &format!("new {}", found.sessions_begun).into()) {
            found.sessions_begun += 1;
        }
        Ok(found)
    }

    /// Reads the latest unfinished set that this window may resume, and the latest that another
    /// window has.
    pub(super) fn read_open(
        &self,
        scenario: &ScenarioId,
    ) -> rusqlite::Result<(Option<OpenSession>, Option<Elsewhere>)> {
        let (mut open, mut elsewhere) = (None, None);
        for found in self.read_unended(scenario)? {
            if self.is_elsewhere(scenario, &found.id) {
                let Found { id, mode, answered, planned, .. } = found;
                elsewhere = elsewhere.or(Some(Elsewhere { id, mode, answered, planned }));
            } else if open.is_none()
                && let Some(mode) = found.mode.known()
            {
                open = Some(self.complete(scenario, found, mode)?);
            }
        }
        Ok((open, elsewhere))
    }

    /// Reads the unfinished sets, newest first, without their answers.
    fn read_unended(&self, scenario: &ScenarioId) -> rusqlite::Result<Vec<Found>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT session, mode, seed, items, limit_ms, left_ms, answered, planned FROM session \
             WHERE scenario = :scenario AND ended IS NULL AND (whole OR answered < planned) \
             ORDER BY begun DESC LIMIT :most",
        )?;
        let rows = statement.query(named_params! { ":scenario": scenario, ":most": OPEN_MAX })?;
        self.readable(("set", "session"), rows, |row| {
            Ok(Found {
                id: row.get("session")?,
                mode: row.get("mode")?,
                seed: row.get("seed")?,
                items: row.get::<_, Items>("items")?.0,
                limit_ms: row.get("limit_ms")?,
                left_ms: row.get("left_ms")?,
                answered: row.get("answered")?,
                planned: row.get("planned")?,
            })
        })
    }

    fn complete(
        &self,
        scenario: &ScenarioId,
        found: Found,
        mode: Mode,
    ) -> rusqlite::Result<OpenSession> {
        let answered = found.answered as usize;
        let mut open = OpenSession {
            answers: self.read_answers(scenario, &found.id)?,
            standing: None,
            id: found.id,
            mode,
            seed: found.seed,
            items: found.items,
            limit_ms: found.limit_ms,
            left_ms: found.left_ms,
        };
        if open.answers.len() < answered {
            // An unreadable answer was still given: do not ask its question again.
            let given = open.answers.iter().map(|answer| answer.item.clone());
            open.items = given.chain(open.items.iter().skip(answered).cloned()).collect();
        }
        let standing = self.read_standing(scenario, &open.id)?;
        open.standing = standing.filter(|standing| usize::from(standing.question) == answered);
        Ok(open)
    }

    /// Reads a set as it was stored: its draw, and every record since, in order; `None` without a
    /// draw.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn stored_set(
        &self,
        scenario: &ScenarioId,
        session: &SessionId,
    ) -> Result<Option<(SessionStart, Vec<Activity>)>, StoreError> {
        let read = || -> rusqlite::Result<_> {
            let mut statement = self.connection.prepare_cached(&format!(
                "SELECT {} FROM record WHERE scenario = :scenario AND session = :session \
                 ORDER BY seq",
                columns::READ
            ))?;
            let rows =
                statement.query(named_params! { ":scenario": scenario, ":session": session })?;
            let mut set = None;
            for activity in self.readable(("record", "seq"), rows, columns::activity)? {
                match (activity, &mut set) {
                    // A second draw under the same name replaces the first.
                    (Some(Activity::SessionStarted(start)), set) => {
                        *set = Some((start, Vec::new()));
                    }
                    (Some(activity), Some((_, records))) => records.push(activity),
                    (Some(_), None) | (None, _) => {}
                }
            }
            Ok(set)
        };
        read().map_err(|cause| self.explain(&cause))
    }

    /// Reads the answers of a session in the order given, without those that were taken back.
    pub(super) fn read_answers(
        &self,
        scenario: &ScenarioId,
        session: &SessionId,
    ) -> rusqlite::Result<Vec<Answer>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {} FROM record \
             WHERE scenario = :scenario AND session = :session AND kind = 'answer' ORDER BY seq",
            columns::READ
        ))?;
        let undone = restore::undone_in(&self.connection, scenario, session)?.all;
        let rows = statement.query(named_params! { ":scenario": scenario, ":session": session })?;
        let activities = self.readable(("record", "seq"), rows, |row| {
            if undone.contains(&row.get("seq")?) {
                return Ok(None);
            }
            // An answer with an unreadable time is reported, but counts.
            let named = format!("record {}", row.get::<_, i64>("seq")?);
            self.skip(&named, row.get::<_, Time>("at"))?;
            columns::activity(row)
        })?;
        let mut answers = Vec::new();
        for activity in activities.into_iter().flatten() {
            if let Activity::Answer(answer) = activity {
                answers.push(answer);
            }
        }
        Ok(answers)
    }

    /// Reads the last stored state of a session's current question.
    fn read_standing(
        &self,
        scenario: &ScenarioId,
        session: &SessionId,
    ) -> rusqlite::Result<Option<Standing>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {} FROM record \
             WHERE scenario = :scenario AND session = :session AND kind = 'countdown' \
             ORDER BY seq DESC LIMIT 1",
            columns::READ
        ))?;
        let rows = statement.query(named_params! { ":scenario": scenario, ":session": session })?;
        let activities = self.readable(("record", "seq"), rows, columns::activity)?;
        Ok(activities.into_iter().flatten().find_map(|activity| match activity {
            Activity::Countdown(standing) => Some(standing),
            _ => None,
        }))
    }
}

#[cfg(test)]
mod tests;

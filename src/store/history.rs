//! The history for printing: every session, oldest first.

use chrono::{DateTime, FixedOffset};

use super::form::Time;
use super::progress::{SUMMARY, summary};
use super::{Store, StoreError};
use crate::study::id::ScenarioId;
use crate::study::progress::SessionSummary;
use crate::study::record::{Answer, Kind};

/// A session with its scenario and its answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionHistory {
    pub scenario: ScenarioId,
    pub summary: SessionSummary,
    pub answers: Vec<Answer>,
}

/// Records of a kind this program does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKind {
    /// The kind's stored name.
    pub name: String,
    pub records: u32,
    /// Time of the latest one.
    pub latest: DateTime<FixedOffset>,
}

impl Store {
    /// Returns the kinds of record that a newer program wrote here, ordered by their latest record.
    pub fn unknown_kinds(&self) -> Result<Vec<UnknownKind>, StoreError> {
        let read = || {
            let known: Vec<String> =
                Kind::ALL.iter().map(|kind| format!("'{}'", kind.name())).collect();
            // With MAX, SQLite takes the other columns of each kind from the row with the maximum.
            let sql = format!(
                "SELECT kind, count(*) AS records, at, max(seq) AS latest FROM record \
                 WHERE kind NOT IN ({}) GROUP BY kind ORDER BY latest",
                known.join(", ")
            );
            let mut statement = self.connection.prepare(&sql)?;
            self.readable(("records of the kind", "kind"), statement.query([])?, |row| {
                Ok(UnknownKind {
                    name: row.get("kind")?,
                    records: row.get("records")?,
                    latest: row.get::<_, Time>("at")?.0,
                })
            })
        };
        read().map_err(|cause| self.explain(&cause))
    }

    /// Returns all sessions, oldest first, each with its answers.
    pub fn history(&self) -> Result<Vec<SessionHistory>, StoreError> {
        let read = || {
            let sql = format!("SELECT {SUMMARY}, scenario FROM session ORDER BY begun");
            let mut statement = self.connection.prepare(&sql)?;
            let rows = statement.query([])?;
            let sessions = self.readable(("set", "session"), rows, |row| {
                Ok((summary(row)?, row.get::<_, ScenarioId>("scenario")?))
            })?;
            let mut all = Vec::new();
            for (summary, scenario) in sessions {
                let answers = self.read_answers(&scenario, &summary.id)?;
                all.push(SessionHistory { scenario, summary, answers });
            }
            Ok::<_, rusqlite::Error>(all)
        };
        read().map_err(|cause| self.explain(&cause))
    }
}

#[cfg(test)]
mod tests;

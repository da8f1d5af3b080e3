//! The history as it is printed: every session, oldest first.

use super::progress::{SUMMARY, summary};
use super::{Store, StoreError};
use crate::study::id::ScenarioId;
use crate::study::progress::SessionSummary;
use crate::study::record::Answer;

/// A session with the scenario it belongs to and its answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionHistory {
    pub scenario: ScenarioId,
    pub summary: SessionSummary,
    pub answers: Vec<Answer>,
}

impl Store {
    /// All sessions, oldest first, each with its answers.
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
                let answers = self.read_answers(&summary.id)?;
                all.push(SessionHistory { scenario, summary, answers });
            }
            Ok::<_, rusqlite::Error>(all)
        };
        read().map_err(|cause| self.explain(&cause))
    }
}

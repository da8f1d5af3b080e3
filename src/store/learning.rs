//! Reads what the learner knows: the schedule, the profile, the plan, and what was put aside.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, named_params};

use super::Store;
use super::form::Day;
use super::projection::learning::{BELIEF, SCHEDULED, belief, scheduled};
use crate::study::day::{Rollover, StudyDay};
use crate::study::evidence::Subject;
use crate::study::id::{ItemId, ScenarioId};
use crate::study::plan::Plan;
use crate::study::profile::Profile;
use crate::study::progress::Aside;
use crate::study::schedule::Scheduled;

/// Number of the latest answers whose median time is the learner's.
const MEDIAN_OF: u32 = 50;
/// Fewer answers have no median worth the name.
const MEDIAN_FROM: usize = 5;

impl Store {
    pub(super) fn read_plan(&self, scenario: &ScenarioId) -> rusqlite::Result<Plan> {
        let sql = "SELECT exam, minutes, rollover FROM plan WHERE scenario = ?1";
        let plan = self.connection.prepare_cached(sql)?.query_row([scenario], |row| {
            Ok(Plan {
                exam: row.get::<_, Option<Day>>("exam")?.map(|day| day.0),
                minutes: row.get("minutes")?,
                rollover: Rollover::at(row.get("rollover")?).unwrap_or_default(),
            })
        });
        Ok(plan.optional()?.unwrap_or_default())
    }

    pub(super) fn read_subjects(
        &self,
        scenario: &ScenarioId,
    ) -> rusqlite::Result<BTreeMap<Subject, Scheduled>> {
        let sql = format!("SELECT subject, {SCHEDULED} FROM subject WHERE scenario = ?1");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query([scenario])?;
        let subjects = self.readable(("schedule of", "subject"), rows, |row| {
            // A newer program may schedule something else.
            let subject = Subject::from_form(&row.get::<_, String>("subject")?);
            subject.map(|subject| scheduled(row).map(|is| (subject, is))).transpose()
        })?;
        Ok(subjects.into_iter().flatten().collect())
    }

    pub(super) fn read_profile(&self, scenario: &ScenarioId) -> rusqlite::Result<Profile> {
        let sql = format!("SELECT misconception, {BELIEF} FROM belief WHERE scenario = ?1");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query([scenario])?;
        let beliefs = self.readable(("evidence on", "misconception"), rows, |row| {
            Ok((row.get("misconception")?, belief(row)?))
        })?;
        Ok(Profile { beliefs: beliefs.into_iter().collect() })
    }

    pub(super) fn read_aside(
        &self,
        scenario: &ScenarioId,
    ) -> rusqlite::Result<BTreeMap<ItemId, Aside>> {
        let sql = "SELECT item, suspended, buried FROM aside WHERE scenario = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query([scenario])?;
        let aside = self.readable(("question put aside", "item"), rows, |row| {
            let buried = row.get::<_, Option<Day>>("buried")?.map(|day| StudyDay(day.0));
            Ok((row.get("item")?, Aside { is_suspended: row.get("suspended")?, buried }))
        })?;
        Ok(aside.into_iter().collect())
    }

    /// Median time of the latest answers, in milliseconds; `None` while there are too few.
    pub(super) fn read_median(&self, scenario: &ScenarioId) -> rusqlite::Result<Option<u32>> {
        let sql = "SELECT elapsed_ms FROM record \
                   WHERE kind = 'answer' AND scenario = :scenario ORDER BY seq DESC LIMIT :of";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query(named_params! { ":scenario": scenario, ":of": MEDIAN_OF })?;
        // An answer whose time cannot be read is reported where it is shown.
        let times = rows.mapped(|row| Ok(row.get::<_, u32>("elapsed_ms").ok()));
        let mut times: Vec<u32> = times.filter_map(Result::transpose).collect::<Result<_, _>>()?;
        times.sort_unstable();
        Ok((times.len() >= MEDIAN_FROM).then(|| times[times.len() / 2]))
    }
}

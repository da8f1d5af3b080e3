//! Updates the projections for a new record, and rebuilds them from all records. Both use the same
//! function, so the results cannot differ.

pub(super) mod learning;

use rusqlite::{Connection, ToSql, named_params};

use super::columns;
use super::form::{Bits, Day, Items, Time};
use super::restore;
use super::unreadable::Skipped;
use crate::study::attempt::event::Event;
use crate::study::evidence::Catalog;
use crate::study::id::{ItemId, LabId, LessonId, SessionId, Version};
use crate::study::plan::Plan;
use crate::study::reading::Anchor;
use crate::study::record::{Activity, Answer, Record, SessionStart, Standing};

/// A table derived entirely from records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    pub name: &'static str,
    /// Singular and plural of what a row stands for.
    pub words: (&'static str, &'static str),
}

/// All projections.
pub(super) const TABLES: [Table; 11] = [
    Table { name: "reading", words: ("lesson", "lessons") },
    Table { name: "prediction", words: ("prediction", "predictions") },
    Table { name: "item", words: ("question", "questions") },
    Table { name: "session", words: ("set", "sets") },
    Table { name: "day", words: ("day", "days") },
    Table { name: "bet", words: ("bet", "bets") },
    Table { name: "repair", words: ("repair", "repairs") },
    Table { name: "subject", words: ("subject", "subjects") },
    Table { name: "belief", words: ("misconception", "misconceptions") },
    Table { name: "aside", words: ("question put aside", "questions put aside") },
    Table { name: "plan", words: ("plan", "plans") },
];

/// Applies a new record, which is the latest. Taking back an answer rolls the projections back to before it and
/// applies what came after it again, so that they are as if it had never been given.
pub fn append(
    connection: &Connection,
    seq: i64,
    record: &Record,
    catalog: &dyn Catalog,
) -> rusqlite::Result<()> {
    // A movement changes nothing when it is applied again, and there are many: it leaves nothing to take back.
    if let Activity::Position { .. } = &record.activity {
        return apply(connection, seq, record, catalog);
    }
    let Activity::Undone { session, .. } = &record.activity else {
        return restore::watched(connection, seq, || apply(connection, seq, record, catalog));
    };
    // The record itself is read like any other: it says which answer is taken back.
    let undone = restore::undone_in(connection, &record.scenario, session)?;
    let Some(answer) = undone.latest else {
        return restore::watched(connection, seq, || apply(connection, seq, record, catalog));
    };
    if !restore::roll_back(connection, answer)? {
        return rebuild(connection, &Skipped::default(), catalog).map(|_| ());
    }
    let sql = format!("SELECT {} FROM record WHERE seq > ?1 ORDER BY seq", columns::READ);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([answer])?;
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get("seq")?;
        if undone.all.contains(&seq) {
            continue;
        }
        // What cannot be read was skipped the first time, too.
        if let Ok(Some(record)) = columns::record(row) {
            restore::watched(connection, seq, || apply(connection, seq, &record, catalog))?;
        }
    }
    Ok(())
}

/// Applies one record.
fn apply(
    connection: &Connection,
    seq: i64,
    record: &Record,
    catalog: &dyn Catalog,
) -> rusqlite::Result<()> {
    let rows = Rows { connection, seq, record, catalog };
    match &record.activity {
        Activity::Position { lesson, place, reached } => rows.read(lesson, place, *reached),
        Activity::Prediction { lesson, item, version, choice, correct, evidence } => {
            rows.predict(lesson, item, *version, *choice, *correct)?;
            rows.learn_of_choice((item, *version), *choice, *correct, evidence.as_ref())
        }
        Activity::SessionStarted(start) => rows.begin(start),
        Activity::Countdown(standing) => rows.stand(standing),
        Activity::Answer(answer) => rows.answer(answer),
        Activity::SessionEnded { session } => rows.end(session),
        Activity::Bet { item, version, choice, correct, evidence, seed: _ } => {
            rows.bet(item, *version, *choice, *correct)?;
            rows.learn_of_choice((item, *version), *choice, *correct, evidence.as_ref())
        }
        Activity::Repair { incident, version, changes } => {
            rows.repair(incident, *version, *changes)
        }
        Activity::Suspended { item, is_suspended } => rows.suspend(item, *is_suspended),
        Activity::Buried { item } => rows.bury(item),
        Activity::Redriven { subject } => rows.redrive(subject),
        Activity::Planned(plan) => rows.plan(plan),
        Activity::Step { session, step } => rows.step(session, step.event()),
        // A rebuild leaves out the answer; what was over because of it goes on.
        Activity::Undone { session, .. } => rows.reopen(session),
        Activity::Reported(_) => Ok(()),
    }
}

/// The rows that one record changes.
struct Rows<'a> {
    connection: &'a Connection,
    seq: i64,
    record: &'a Record,
    catalog: &'a dyn Catalog,
}

impl Rows<'_> {
    /// Runs a statement whose parameters are named after their columns.
    fn write(&self, sql: &str, parameters: &[(&str, &dyn ToSql)]) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute(parameters).map(|_| ())
    }

    fn read(&self, lesson: &LessonId, place: &Anchor, reached: u16) -> rusqlite::Result<()> {
        self.write(
            "INSERT INTO reading \
             (scenario, lesson, heading, ordinal, block, hash, word, line, reached, latest) VALUES \
             (:scenario, :lesson, :heading, :ordinal, :block, :hash, :word, :line, :reached, \
             :latest) \
             ON CONFLICT DO UPDATE SET heading = :heading, ordinal = :ordinal, block = :block, \
             hash = :hash, word = :word, line = :line, reached = max(reached, :reached), \
             latest = :latest",
            named_params! {
                ":scenario": self.record.scenario,
                ":lesson": lesson,
                ":heading": place.heading,
                ":ordinal": place.ordinal,
                ":block": place.block,
                ":hash": Bits(place.hash),
                ":word": place.word,
                ":line": place.line,
                ":reached": reached,
                ":latest": self.seq,
            },
        )
    }

    fn predict(
        &self,
        lesson: &LessonId,
        item: &ItemId,
        version: Version,
        choice: u8,
        correct: bool,
    ) -> rusqlite::Result<()> {
        self.write(
            "INSERT INTO prediction (scenario, item, lesson, version, choice, correct) \
             VALUES (:scenario, :item, :lesson, :version, :choice, :correct) \
             ON CONFLICT DO UPDATE SET lesson = :lesson, version = :version, choice = :choice, \
             correct = :correct",
            named_params! {
                ":scenario": self.record.scenario,
                ":item": item,
                ":lesson": lesson,
                ":version": version,
                ":choice": choice,
                ":correct": correct,
            },
        )
    }

    fn begin(&self, start: &SessionStart) -> rusqlite::Result<()> {
        self.write(
            "INSERT INTO session (scenario, session, mode, seed, items, planned, \
             limit_ms, left_ms, answered, correct, spent_ms, started, ended, begun, whole) VALUES \
             (:scenario, :session, :mode, :seed, :items, :planned, :limit_ms, :limit_ms, 0, 0, 0, \
             :started, NULL, :begun, :whole) \
             ON CONFLICT DO UPDATE SET mode = :mode, seed = :seed, items = :items, \
             planned = :planned, limit_ms = :limit_ms, left_ms = :limit_ms, answered = 0, \
             correct = 0, spent_ms = 0, started = :started, ended = NULL, begun = :begun, \
             whole = :whole",
            named_params! {
                ":scenario": self.record.scenario,
                ":session": start.session,
                ":mode": start.mode,
                ":seed": start.seed,
                ":items": Items(start.items.clone()),
                ":planned": start.items.len() as i64,
                ":limit_ms": start.limit_ms,
                ":started": Time(self.record.at),
                ":begun": self.seq,
                ":whole": start.drawn.is_some(),
            },
        )
    }

    fn stand(&self, standing: &Standing) -> rusqlite::Result<()> {
        self.write(
            "UPDATE session SET left_ms = :left_ms \
             WHERE scenario = :scenario AND session = :session",
            named_params! {
                ":scenario": self.record.scenario,
                ":session": standing.session,
                ":left_ms": standing.left_ms,
            },
        )
    }

    fn end(&self, session: &SessionId) -> rusqlite::Result<()> {
        self.write(
            "UPDATE session SET ended = :ended WHERE scenario = :scenario AND session = :session",
            named_params! {
                ":scenario": self.record.scenario,
                ":session": session,
                ":ended": Time(self.record.at),
            },
        )
    }

    fn reopen(&self, session: &SessionId) -> rusqlite::Result<()> {
        self.write(
            "UPDATE session SET ended = NULL WHERE scenario = :scenario AND session = :session \
             AND whole",
            named_params! { ":scenario": self.record.scenario, ":session": session },
        )
    }

    /// A set is over when it is submitted or given up; the rest of what happens in it is read from
    /// the records when it is opened again.
    fn step(&self, session: &SessionId, event: &Event) -> rusqlite::Result<()> {
        match event {
            Event::Submitted { .. } | Event::GivenUp => self.end(session),
            Event::Begun
            | Event::Passed { .. }
            | Event::Slept { .. }
            | Event::SetBack { .. }
            | Event::Selected { .. }
            | Event::Struck { .. }
            | Event::Flagged { .. }
            | Event::Rated { .. }
            | Event::Answered { .. }
            | Event::Moved { .. }
            | Event::Explained { .. }
            | Event::Paused { .. }
            | Event::Resumed
            | Event::TimeUp
            | Event::Gone { .. }
            | Event::Edited { .. }
            | Event::Undone { .. }
            | Event::Reviewed => Ok(()),
        }
    }

    /// Counts an answer for its session, its question and its day.
    fn answer(&self, answer: &Answer) -> rusqlite::Result<()> {
        let scenario = &self.record.scenario;
        self.write(
            "UPDATE session SET answered = answered + 1, correct = correct + :correct, \
             spent_ms = spent_ms + :elapsed_ms, left_ms = limit_ms \
             WHERE scenario = :scenario AND session = :session",
            named_params! {
                ":scenario": scenario,
                ":session": answer.session,
                ":correct": answer.correct,
                ":elapsed_ms": answer.elapsed_ms,
            },
        )?;
        self.write(
            "INSERT INTO item (scenario, item, lesson, answered, correct, latest, running) \
             VALUES (:scenario, :item, :lesson, 1, :correct, :latest, :correct) \
             ON CONFLICT DO UPDATE SET lesson = :lesson, answered = answered + 1, \
             correct = :correct, latest = :latest, running = (running + 1) * :correct",
            named_params! {
                ":scenario": scenario,
                ":item": answer.item,
                ":lesson": answer.lesson,
                ":correct": answer.correct,
                ":latest": self.seq,
            },
        )?;
        self.write(
            "INSERT INTO day (scenario, day, answered, correct) \
             VALUES (:scenario, :day, 1, :correct) \
             ON CONFLICT DO UPDATE SET answered = answered + 1, correct = correct + :correct",
            named_params! {
                ":scenario": scenario,
                ":day": Day(self.record.day.0),
                ":correct": answer.correct,
            },
        )?;
        self.learn_of_answer(answer)
    }

    fn bet(
        &self,
        item: &ItemId,
        version: Version,
        choice: u8,
        correct: bool,
    ) -> rusqlite::Result<()> {
        self.write(
            "INSERT INTO bet (scenario, item, version, choice, correct, made, won) \
             VALUES (:scenario, :item, :version, :choice, :correct, 1, :correct) \
             ON CONFLICT DO UPDATE SET version = :version, choice = :choice, correct = :correct, \
             made = made + 1, won = won + :correct",
            named_params! {
                ":scenario": self.record.scenario,
                ":item": item,
                ":version": version,
                ":choice": choice,
                ":correct": correct,
            },
        )
    }

    fn repair(&self, incident: &LabId, version: Version, changes: u8) -> rusqlite::Result<()> {
        self.write(
            "INSERT INTO repair (scenario, incident, version, changes) \
             VALUES (:scenario, :incident, :version, :changes) \
             ON CONFLICT DO UPDATE SET version = :version, changes = min(changes, :changes)",
            named_params! {
                ":scenario": self.record.scenario,
                ":incident": incident,
                ":version": version,
                ":changes": changes,
            },
        )
    }

    fn suspend(&self, item: &ItemId, is_suspended: bool) -> rusqlite::Result<()> {
        self.write(
            "INSERT INTO aside (scenario, item, suspended) VALUES (:scenario, :item, :suspended) \
             ON CONFLICT DO UPDATE SET suspended = :suspended",
            named_params! {
                ":scenario": self.record.scenario,
                ":item": item,
                ":suspended": is_suspended,
            },
        )
    }

    fn bury(&self, item: &ItemId) -> rusqlite::Result<()> {
        self.write(
            "INSERT INTO aside (scenario, item, suspended, buried) \
             VALUES (:scenario, :item, 0, :day) ON CONFLICT DO UPDATE SET buried = :day",
            named_params! {
                ":scenario": self.record.scenario,
                ":item": item,
                ":day": Day(self.record.day.0),
            },
        )
    }

    fn plan(&self, plan: &Plan) -> rusqlite::Result<()> {
        self.write(
            "INSERT INTO plan (scenario, exam, minutes, rollover) \
             VALUES (:scenario, :exam, :minutes, :rollover) \
             ON CONFLICT DO UPDATE SET exam = :exam, minutes = :minutes, rollover = :rollover",
            named_params! {
                ":scenario": self.record.scenario,
                ":exam": plan.exam.map(Day),
                ":minutes": plan.minutes,
                ":rollover": plan.rollover.hour(),
            },
        )
    }
}

/// The result of a rebuild.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Number of records in the history, of any kind.
    pub records: u32,
    /// How many of them are of a kind this program does not know.
    pub unknown: u32,
    /// Each projection's table with its number of rows.
    pub rows: Vec<(Table, u32)>,
}

/// Empties the projections and applies every record in order, but for answers that were taken back. Unreadable records are added to
/// `skipped`; records of an unknown kind change nothing. Must run inside a transaction that holds
/// the file.
pub(super) fn rebuild(
    connection: &Connection,
    skipped: &Skipped,
    catalog: &dyn Catalog,
) -> rusqlite::Result<Rebuilt> {
    let mut rebuilt = Rebuilt::default();
    let undone = restore::undone(connection)?;
    for table in TABLES {
        connection.execute(&format!("DELETE FROM {}", table.name), [])?;
    }
    let sql = format!("SELECT {} FROM record ORDER BY seq", columns::READ);
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get("seq")?;
        rebuilt.records += 1;
        if undone.all.contains(&seq) {
            continue;
        }
        match skipped.skip(&format!("record {seq}"), columns::record(row))? {
            Some(Some(record)) => apply(connection, seq, &record, catalog)?,
            Some(None) => rebuilt.unknown += 1,
            None => {}
        }
    }
    for table in TABLES {
        let sql = format!("SELECT count(*) AS rows FROM {}", table.name);
        let count = connection.query_row(&sql, [], |row| row.get("rows"))?;
        rebuilt.rows.push((table, count));
    }
    restore::forget(connection)?;
    Ok(rebuilt)
}

#[cfg(test)]
pub(super) mod tests;

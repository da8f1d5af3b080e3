//! Keeps the projections up to date with a record that was just appended, and can make them anew
//! from all records: both through the same function, so that they cannot differ.

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::columns;
use crate::study::record::{Activity, Answer, Record, SessionStart};

/// Tables that hold nothing but what records say.
const TABLES: [&str; 7] = ["reading", "prediction", "item", "session", "day", "bet", "repair"];

/// Applies one record.
pub fn apply(connection: &Connection, seq: i64, record: &Record) -> rusqlite::Result<()> {
    let scenario = &record.scenario;
    match &record.activity {
        Activity::Position { lesson, place, reached } => connection
            .prepare_cached(
                "INSERT INTO reading VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
                 ON CONFLICT DO UPDATE SET heading = ?3, ordinal = ?4, block = ?5, hash = ?6, \
                 word = ?7, reached = max(reached, ?8), latest = ?9, line = ?10",
            )?
            .execute(params![
                scenario,
                lesson,
                place.heading,
                place.ordinal,
                place.block,
                place.hash as i64,
                place.word,
                reached,
                seq,
                place.line
            ]),
        Activity::Prediction { lesson, item, version, choice, correct } => connection
            .prepare_cached("INSERT OR REPLACE INTO prediction VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute(params![scenario, item, lesson, *version as i64, choice, correct]),
        Activity::SessionStarted(start) => begin(connection, seq, record, start),
        Activity::Countdown(standing) => connection
            .prepare_cached("UPDATE session SET left_ms = ?3 WHERE scenario = ?1 AND session = ?2")?
            .execute(params![scenario, standing.session, standing.left_ms]),
        Activity::Answer(answer) => count(connection, seq, record, answer),
        Activity::SessionEnded { session } => connection
            .prepare_cached("UPDATE session SET ended = ?3 WHERE scenario = ?1 AND session = ?2")?
            .execute(params![scenario, session, record.at.to_rfc3339()]),
        Activity::Bet { item, version, choice, correct, .. } => connection
            .prepare_cached(
                "INSERT INTO bet VALUES (?1, ?2, ?3, ?4, ?5, 1, ?5) ON CONFLICT DO UPDATE SET \
                 version = ?3, choice = ?4, correct = ?5, made = made + 1, won = won + ?5",
            )?
            .execute(params![scenario, item, *version as i64, choice, correct]),
        Activity::Repair { incident, version, changes } => connection
            .prepare_cached(
                "INSERT INTO repair VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET \
                 version = ?3, changes = min(changes, ?4)",
            )?
            .execute(params![scenario, incident, *version as i64, changes]),
    }
    .map(|_| ())
}

fn begin(
    connection: &Connection,
    seq: i64,
    record: &Record,
    start: &SessionStart,
) -> rusqlite::Result<usize> {
    let items = serde_json::Value::from(start.items.clone()).to_string();
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO session VALUES \
             (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, 0, 0, 0, ?8, NULL, ?9)",
        )?
        .execute(params![
            record.scenario,
            start.session,
            start.mode,
            start.seed as i64,
            items,
            start.items.len() as i64,
            start.limit_ms,
            record.at.to_rfc3339(),
            seq
        ])
}

fn count(
    connection: &Connection,
    seq: i64,
    record: &Record,
    answer: &Answer,
) -> rusqlite::Result<usize> {
    let scenario = &record.scenario;
    connection
        .prepare_cached(
            "UPDATE session SET answered = answered + 1, correct = correct + ?3, \
             spent_ms = spent_ms + ?4, left_ms = limit_ms WHERE scenario = ?1 AND session = ?2",
        )?
        .execute(params![scenario, answer.session, answer.correct, answer.elapsed_ms])?;
    connection
        .prepare_cached(
            "INSERT INTO item VALUES (?1, ?2, ?3, 1, ?4, ?5, ?4) ON CONFLICT DO UPDATE SET \
             lesson = ?3, answered = answered + 1, correct = ?4, latest = ?5, \
             running = (running + 1) * ?4",
        )?
        .execute(params![scenario, answer.item, answer.lesson, answer.correct, seq])?;
    connection
        .prepare_cached(
            "INSERT INTO day VALUES (?1, ?2, 1, ?3) ON CONFLICT DO UPDATE SET \
             answered = answered + 1, correct = correct + ?3",
        )?
        .execute(params![scenario, record.at.date_naive().to_string(), answer.correct])
}

/// Empties the projections and applies every record in order, but those that `skip` names.
pub fn rebuild(
    connection: &Connection,
    skip: impl Fn(i64, rusqlite::Result<Record>) -> rusqlite::Result<Option<Record>>,
) -> rusqlite::Result<()> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    for table in TABLES {
        transaction.execute(&format!("DELETE FROM {table}"), [])?;
    }
    {
        let sql = format!("SELECT seq, {} FROM record ORDER BY seq", columns::READ);
        let mut statement = transaction.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let seq: i64 = row.get(0)?;
            if let Some(record) = skip(seq, columns::record(row, 1))? {
                apply(&transaction, seq, &record)?;
            }
        }
    }
    transaction.commit()
}

//! Takes answers back. Each change of a projection leaves a statement that restores the row of before, so what an
//! answer caused is undone to the last row, whatever it was.
//!
//! The statements are written by temporary triggers, made from the tables as they are; a rebuild, which changes every
//! row, goes without them.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, named_params};

use crate::study::id::{ScenarioId, SessionId};

/// How many of the latest records can be taken back without a rebuild.
const KEPT: i64 = 400;

/// Makes the triggers on these tables, for this connection.
pub(super) fn watch(connection: &Connection, tables: &[&str]) -> rusqlite::Result<()> {
    connection.execute_batch("CREATE TEMP TABLE IF NOT EXISTS change (seq INTEGER) STRICT;")?;
    for name in tables {
        let (all, keys) = names(connection, name)?;
        let quoted = |names: &[String], of: &str| -> String {
            let quoted = names.iter().map(|name| format!("quote({of}.{name})"));
            quoted.collect::<Vec<_>>().join(" || ',' || ")
        };
        let (columns, values) = (all.join(","), quoted(&all, "old"));
        let put_back = format!(
            "'INSERT INTO {name} ({columns}) VALUES (' || {values} || ') ON CONFLICT DO UPDATE \
             SET {}'",
            all.iter()
                .map(|name| format!("{name} = excluded.{name}"))
                .collect::<Vec<_>>()
                .join(",")
        );
        let remove = format!(
            "'DELETE FROM {name} WHERE ({}) = (' || {} || ')'",
            keys.join(","),
            quoted(&keys, "new")
        );
        for (event, statement) in [("INSERT", &remove), ("UPDATE", &put_back)] {
            connection.execute_batch(&format!(
                "CREATE TEMP TRIGGER IF NOT EXISTS restore_{name}_{event} AFTER {event} ON \
                 main.{name} WHEN EXISTS (SELECT 1 FROM change) BEGIN \
                 INSERT INTO restore (seq, sql) SELECT seq, {statement} FROM change; END;"
            ))?;
        }
    }
    Ok(())
}

/// Names of all columns of a table, and of those of its key.
fn names(connection: &Connection, table: &str) -> rusqlite::Result<(Vec<String>, Vec<String>)> {
    let mut statement = connection.prepare("SELECT name, pk FROM pragma_table_info(?1)")?;
    let rows = statement.query_map([table], |row| Ok((row.get("name")?, row.get("pk")?)))?;
    let columns: Vec<(String, i64)> = rows.collect::<rusqlite::Result<_>>()?;
    let keys = columns.iter().filter(|(_, key)| *key > 0).map(|(name, _)| name.clone()).collect();
    Ok((columns.into_iter().map(|(name, _)| name).collect(), keys))
}

/// Runs changes that the record `seq` causes, and keeps how to take them back.
pub(super) fn watched(
    connection: &Connection,
    seq: i64,
    changes: impl FnOnce() -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    connection.prepare_cached("INSERT INTO change (seq) VALUES (?1)")?.execute([seq])?;
    let result = changes();
    connection.prepare_cached("DELETE FROM change")?.execute([])?;
    result?;
    // Now and then is often enough.
    if seq % 256 == 0 {
        start_at(connection, seq - KEPT)?;
    }
    Ok(())
}

/// Restores the rows as they were before the record `seq`; `false` if that is too long ago.
pub(super) fn roll_back(connection: &Connection, seq: i64) -> rusqlite::Result<bool> {
    let from: i64 = connection
        .query_row("SELECT restores_from FROM database", [], |row| row.get("restores_from"))?;
    if seq < from {
        return Ok(false);
    }
    let mut statement =
        connection.prepare_cached("SELECT sql FROM restore WHERE seq >= ?1 ORDER BY step DESC")?;
    let steps: Vec<String> =
        statement.query_map([seq], |row| row.get("sql"))?.collect::<rusqlite::Result<_>>()?;
    for step in steps {
        connection.execute_batch(&step)?;
    }
    connection.execute("DELETE FROM restore WHERE seq >= ?1", [seq])?;
    Ok(true)
}

/// Forgets how to take back what there is: a rebuild has made every row anew.
pub(super) fn forget(connection: &Connection) -> rusqlite::Result<()> {
    let sql = "SELECT ifnull(max(seq), 0) + 1 AS next FROM record";
    let next: i64 = connection.query_row(sql, [], |row| row.get("next"))?;
    connection.execute("DELETE FROM restore", [])?;
    connection.execute("UPDATE database SET restores_from = ?1", [next]).map(|_| ())
}

fn start_at(connection: &Connection, seq: i64) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM restore WHERE seq < ?1", [seq])?;
    let sql = "UPDATE database SET restores_from = max(restores_from, ?1)";
    connection.execute(sql, [seq]).map(|_| ())
}

/// The answers that were taken back, by `seq`.
#[derive(Debug, Default)]
pub(super) struct Undone {
    pub all: BTreeSet<i64>,
    /// The one that was taken back last; `None` if there was nothing to take back.
    pub latest: Option<i64>,
}

/// The answers of a session that were taken back.
pub(super) fn undone_in(
    connection: &Connection,
    scenario: &ScenarioId,
    session: &SessionId,
) -> rusqlite::Result<Undone> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, scenario, session, kind, CASE WHEN json_valid(detail) \
         THEN json_extract(detail, '$.question') END AS question \
         FROM record WHERE session = :session AND scenario = :scenario \
         AND kind IN ('answer', 'undone') ORDER BY seq",
    )?;
    taken_back(statement.query(named_params! { ":session": session, ":scenario": scenario })?)
}

/// All answers that were taken back.
pub(super) fn undone(connection: &Connection) -> rusqlite::Result<Undone> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, scenario, session, kind, CASE WHEN json_valid(detail) \
         THEN json_extract(detail, '$.question') END AS question \
         FROM record WHERE session IN (SELECT session FROM record WHERE kind = 'undone') \
         AND kind IN ('answer', 'undone') ORDER BY seq",
    )?;
    taken_back(statement.query([])?)
}

/// Each `undone` takes back the latest answer to its question that was not taken back before.
fn taken_back(mut rows: rusqlite::Rows<'_>) -> rusqlite::Result<Undone> {
    let mut given: BTreeMap<(ScenarioId, SessionId, Option<i64>), Vec<i64>> = BTreeMap::new();
    let mut undone = Undone::default();
    while let Some(row) = rows.next()? {
        let key = (row.get("scenario")?, row.get("session")?, row.get("question")?);
        let answers = given.entry(key).or_default();
        if row.get::<_, String>("kind")? == "answer" {
            answers.push(row.get("seq")?);
        } else {
            undone.latest = answers.pop();
            undone.all.extend(undone.latest);
        }
    }
    Ok(undone)
}

#[cfg(test)]
mod tests;

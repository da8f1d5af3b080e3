//! Upgrades: nothing is lost, nothing is half done, and shipped migrations never change.

use std::path::Path;

use rusqlite::Connection;
use tempfile::TempDir;

use std::rc::Rc;

use super::*;
use crate::store::projection::tests::dump;
use crate::store::tests::{answer, at, filled, record, records};
use crate::store::{FILE_NAME, NoCourse, Store};
use crate::study::evidence::Evidence;
use crate::study::id::{ItemId, ScenarioId, Seed, Version};
use crate::study::record::{Activity, Kind};
use crate::study::shuffle;

/// Inserts an answer to `q0` as programs before study days wrote it.
fn insert_old(connection: &Connection, second: i64, correct: bool) {
    let sql = "INSERT INTO record (event_id, scenario, kind, at, session, item, version, seed, \
               shown, choice, correct, elapsed_ms, detail) VALUES ('e' || :second, 'made-up', \
               'answer', :at, 's1', 'q0', -2, 7, '2,0,1,3', :choice, :correct, 1500, \
               '{\"lesson\":\"first\",\"question\":0}')";
    let choice = if correct { "0" } else { "1" };
    let at = at(second).to_rfc3339();
    let values = rusqlite::named_params! {
        ":second": second, ":at": at, ":choice": choice, ":correct": correct,
    };
    connection.execute(sql, values).unwrap();
}

/// The columns that every format has, of every record.
fn old_columns(connection: &Connection) -> Vec<String> {
    let sql = "SELECT seq || event_id || at || session || item || version || seed || shown || \
               choice || correct || elapsed_ms || detail AS whole FROM record ORDER BY seq";
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get("whole")).unwrap();
    rows.map(Result::unwrap).collect()
}

/// A course in which the second option of `q0` tempts those who hold `once`.
#[derive(Debug)]
struct OneQuestion;

impl Catalog for OneQuestion {
    fn evidence(
        &self,
        _: &ScenarioId,
        item: &ItemId,
        _: Version,
        choice: &[u8],
    ) -> Option<Evidence> {
        let (held, refused) = match choice {
            [0] => (vec![], vec!["once".into()]),
            _ => (vec!["once".into()], vec![]),
        };
        (*item == "q0").then(|| Evidence { concepts: vec!["queues".into()], held, refused })
    }
}

/// A future migration.
fn step(sql: &'static str) -> Migration {
    Migration { sql, kinds: &[], rebuilds: false }
}

#[test]
fn the_list_of_migrations_is_the_folder() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let texts: Vec<String> =
        files.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    assert_eq!(texts, ALL.iter().map(|step| step.sql).collect::<Vec<_>>());
    for (index, path) in files.iter().enumerate() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(name.starts_with(&format!("{:04}-", index + 1)), "{name}");
    }
}

#[test]
fn an_older_file_is_backed_up_and_upgraded_with_nothing_lost() {
    let directory = TempDir::new().unwrap();
    drop(filled(&directory));
    let path = directory.path().join(FILE_NAME);
    let next = [ALL, &[step("CREATE TABLE later (x TEXT) STRICT;")]].concat();
    let store = Store::open_file(&path, &next, Rc::new(NoCourse)).unwrap();
    let count = |connection: &Connection| -> i64 {
        connection.query_row("SELECT count(*) FROM record", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(count(&store.connection), 7);
    let before = ALL.len() as i64;
    let backup = Connection::open(backup_path(&path, before)).unwrap();
    assert_eq!(count(&backup), 7);
    let version: i64 = backup.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, before);
}

#[test]
fn a_history_of_every_past_format_opens_with_all_its_records() {
    for past in 1..ALL.len() {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join(FILE_NAME);
        let old = Store::open_file(&path, &ALL[..past], Rc::new(NoCourse)).unwrap();
        // As an older program left it: wrong once, then right twice.
        for second in 0..3 {
            insert_old(&old.connection, second, second > 0);
        }
        let item = "INSERT INTO item (scenario, item, lesson, answered, correct, latest) \
                    VALUES ('made-up', ?1, 'lesson', 3, 1, 3)";
        let Activity::Answer(given) = answer("s1", 0, true) else { panic!() };
        old.connection.execute(item, [given.item]).unwrap();
        let before = old_columns(&old.connection);
        drop(old);
        let mut store = Store::open_with(directory.path(), Rc::new(OneQuestion)).unwrap();
        let kept = old_columns(&store.connection);
        assert_eq!(kept, before, "format {past}: no record is rewritten");
        assert_eq!(kept.len(), 3);
        assert_eq!(records(&store.connection).len(), 3, "all of them are read");
        let upgraded = store.progress(&"made-up".into(), at(0)).unwrap().questions;
        assert_eq!(upgraded.values().map(|q| (q.right, q.known)).collect::<Vec<_>>(), [(1, 1)]);
        feeds_memory_and_profile(&store);
        let bet = |correct| Activity::Bet {
            item: "lab#1".into(),
            version: Version(u64::MAX),
            seed: Seed(7),
            choice: 2,
            correct,
            evidence: None,
        };
        store.append(&record(4, bet(false))).unwrap();
        store.append(&record(5, bet(true))).unwrap();
        for changes in [3, 1, 2] {
            let incident = "broken".into();
            store
                .append(&record(6, Activity::Repair { incident, version: Version(5), changes }))
                .unwrap();
        }
        store.rebuild().unwrap();
        let progress = store.progress(&"made-up".into(), at(0)).unwrap();
        assert_eq!(progress.questions.values().map(|q| q.known).sum::<u32>(), 1);
        let bet = progress.bets["lab#1"];
        assert_eq!((bet.version, bet.choice, bet.correct), (Version(u64::MAX), 2, true));
        assert_eq!(progress.repairs["broken"], 1, "the fewest settings it took");
        let count: i64 = store
            .connection
            .query_row("SELECT count(*) FROM record", [], |row| row.get(0))
            .unwrap();
        assert_eq!(count, 8);
    }
}

/// What was answered before there was a memory is remembered at once: wrong, then right on the same day.
fn feeds_memory_and_profile(store: &Store) {
    let progress = store.progress(&"made-up".into(), at(0)).unwrap();
    let subjects: Vec<String> = progress.subjects.keys().map(ToString::to_string).collect();
    assert_eq!(subjects, ["concept:queues", "misconception:once"]);
    for subject in progress.subjects.values() {
        assert_eq!((subject.reviews, subject.missed, subject.interval), (1, true, 1));
        assert_eq!(subject.reviewed.0, at(0).date_naive());
    }
    let belief = progress.profile.beliefs["once"];
    assert_eq!((belief.chosen, belief.avoided), (1, 2));
}

/// Records are ordered by moments, which never go back, even where the clock did.
#[test]
fn records_of_before_get_moments_in_the_order_in_which_they_were_written() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join(FILE_NAME);
    let old = Store::open_file(&path, &ALL[..4], Rc::new(NoCourse)).unwrap();
    for second in [5, 3, 9, 1] {
        insert_old(&old.connection, second, true);
    }
    old.connection.execute("UPDATE record SET at = 'once' WHERE seq = 4", []).unwrap();
    drop(old);
    let mut store = Store::open(directory.path()).unwrap();
    store.append(&record(2, answer("s2", 0, true))).unwrap();
    let sql = "SELECT moment - (SELECT min(moment) FROM record) AS after FROM record ORDER BY seq";
    let mut statement = store.connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get("after")).unwrap();
    let moments: Vec<i64> = rows.map(Result::unwrap).collect();
    assert_eq!(moments, [0, 1, 240_000_000, 240_000_001, 240_000_002]);
}

#[test]
fn an_upgrade_that_fails_changes_nothing() {
    let directory = TempDir::new().unwrap();
    drop(filled(&directory));
    let path = directory.path().join(FILE_NAME);
    let wrong = "CREATE TABLE later (x TEXT) STRICT; SELECT nonsense;";
    let broken = [ALL, &[step(wrong)]].concat();
    assert!(Store::open_file(&path, &broken, Rc::new(NoCourse)).is_err());
    let store = Store::open(directory.path()).unwrap();
    let tables: i64 = store
        .connection
        .query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'later'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(tables, 0);
}

/// Hash of every shipped migration. A line never changes: anything new, including a kind of record,
/// is another migration, another line and so another format.
const SHIPPED: [u64; 5] = [
    0x467a_396b_b0e9_99fc,
    0xffe6_80f7_fbff_a8b5,
    0xcaae_77df_695f_4527,
    0x9e43_9ddd_c64c_0aa6,
    0xc8d9_f177_ce59_6f87,
];

#[test]
fn a_migration_that_has_shipped_is_never_changed() {
    let digest = |step: &Migration| {
        let kinds: Vec<&str> = step.kinds.iter().map(|kind| kind.name()).collect();
        let rest = format!("{} {}", kinds.join(" "), step.rebuilds);
        shuffle::keyed(0, step.sql, &rest)
    };
    assert_eq!(ALL.iter().map(digest).collect::<Vec<_>>(), SHIPPED);
}

#[test]
fn a_new_kind_of_record_raises_the_format() {
    let introduced: Vec<&str> =
        ALL.iter().flat_map(|step| step.kinds).map(|kind| kind.name()).collect();
    let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(introduced, known, "add a migration that names the new kind, and its line above");
}

/// A history with a wrong projection, and the rows it should have.
fn with_a_wrong_count(directory: &TempDir) -> Vec<String> {
    let store = filled(directory);
    let right = dump(&store.connection);
    store.connection.execute("UPDATE item SET answered = 99", []).unwrap();
    assert_ne!(dump(&store.connection), right);
    right
}

#[test]
fn a_migration_may_ask_for_projections_made_anew() {
    for rebuilds in [true, false] {
        let directory = TempDir::new().unwrap();
        let right = with_a_wrong_count(&directory);
        let path = directory.path().join(FILE_NAME);
        let later = "ALTER TABLE item ADD COLUMN later INTEGER NOT NULL DEFAULT 0";
        let asks = Migration { rebuilds, ..step("UPDATE item SET answered = answered + 1") };
        let next = [ALL, &[asks, step(later)]].concat();
        let store = Store::open_file(&path, &next, Rc::new(NoCourse)).unwrap();
        let sql = "ALTER TABLE item DROP COLUMN later";
        store.connection.execute(sql, []).unwrap();
        assert_eq!(dump(&store.connection) == right, rebuilds);
    }
}

#[test]
fn a_rebuild_that_fails_takes_the_whole_upgrade_back() {
    let directory = TempDir::new().unwrap();
    with_a_wrong_count(&directory);
    let path = directory.path().join(FILE_NAME);
    let before = dump(&Connection::open(&path).unwrap());
    let broken = Migration { rebuilds: true, ..step("DELETE FROM bet; DROP TABLE day") };
    let refused = Store::open_file(&path, &[ALL, &[broken]].concat(), Rc::new(NoCourse))
        .unwrap_err()
        .to_string();
    assert!(refused.contains("no such table: day"), "{refused}");
    let store = Store::open(directory.path()).unwrap();
    assert_eq!(dump(&store.connection), before);
}

#[test]
fn a_row_that_the_rebuild_of_an_upgrade_cannot_read_is_named_and_stops_nothing() {
    let directory = TempDir::new().unwrap();
    let store = filled(&directory);
    store.connection.execute("UPDATE record SET at = 'once' WHERE seq = 2", []).unwrap();
    drop(store);
    let asks = Migration { rebuilds: true, ..step("") };
    let path = directory.path().join(FILE_NAME);
    let store = Store::open_file(&path, &[ALL, &[asks]].concat(), Rc::new(NoCourse)).unwrap();
    let told = store.take_skipped().unwrap();
    assert!(told.contains("record 2 (the time once cannot be read"), "{told}");
    assert_eq!(store.history().unwrap().len(), 1);
}

#[test]
fn a_history_of_every_past_format_can_be_upgraded_with_a_rebuild() {
    for past in 1..=ALL.len() {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join(FILE_NAME);
        let old = Store::open_file(&path, &ALL[..past], Rc::new(NoCourse)).unwrap();
        for second in 0..3 {
            insert_old(&old.connection, second, second > 0);
        }
        drop(old);
        let asks = Migration { rebuilds: true, ..step("") };
        let store = Store::open_file(&path, &[ALL, &[asks]].concat(), Rc::new(NoCourse)).unwrap();
        let questions = store.progress(&"made-up".into(), at(0)).unwrap().questions;
        let known: Vec<_> = questions.values().map(|q| (q.answered, q.right, q.known)).collect();
        assert_eq!(known, [(1, 1, 1)], "format {past}");
    }
}

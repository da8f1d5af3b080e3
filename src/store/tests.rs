//! The store from inside: durable forms, projections, upgrades, refusals.

use chrono::{DateTime, FixedOffset, TimeDelta};
use tempfile::TempDir;

use super::*;
use crate::study::day::{Rollover, StudyDay};
use crate::study::id::{Seed, Version};
use crate::study::reading::Anchor;
use crate::study::record::{Activity, Answer, SessionStart, Standing};

pub(super) fn at(minute: i64) -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339("2026-11-23T18:00:00+01:00").unwrap() + TimeDelta::minutes(minute)
}

pub(super) fn record(minute: i64, activity: Activity) -> Record {
    let day = StudyDay::of(at(minute), Rollover::default());
    Record { scenario: "made-up".into(), at: at(minute), day, activity }
}

pub(super) fn answer(session: &str, question: u16, correct: bool) -> Activity {
    Activity::Answer(Answer {
        session: session.into(),
        question,
        item: format!("q{question}").into(),
        version: Version(u64::MAX - 1),
        lesson: "first".into(),
        seed: Seed(1 << 63),
        shown: vec![2, 0, 1, 3],
        choice: if correct { vec![0] } else { vec![] },
        correct,
        certainty: None,
        elapsed_ms: 1500,
        is_first: None,
        slow: false,
        how: None,
        evidence: None,
    })
}

pub(super) fn position(word: u32, reached: u16) -> Activity {
    let place =
        Anchor { heading: "a".into(), ordinal: 2, block: 7, hash: u64::MAX, word, line: -2 };
    Activity::Position { lesson: "first".into(), place, reached }
}

pub(super) fn start(session: &str) -> Activity {
    Activity::SessionStarted(SessionStart {
        session: session.into(),
        mode: "traps".into(),
        seed: Seed(1 << 63),
        items: vec!["q0".into(), "q1".into(), "q2".into()],
        limit_ms: 60_000,
        drawn: None,
    })
}

/// One record of every kind, in a plausible order.
fn evening() -> Vec<Record> {
    let prediction = Activity::Prediction {
        lesson: "first".into(),
        item: "p".into(),
        version: Version(3),
        choice: 1,
        correct: true,
        evidence: None,
    };
    let countdown = Activity::Countdown(Standing {
        session: "s1".into(),
        question: 1,
        left_ms: 41_250,
        item: "q1".into(),
        version: Version(u64::MAX - 1),
        chosen: vec![3, 0],
    });
    let activities = [
        position(3, 200),
        prediction,
        position(9, 900),
        position(1, 100),
        start("s1"),
        answer("s1", 0, true),
        countdown,
    ];
    activities
        .into_iter()
        .enumerate()
        .map(|(minute, activity)| record(minute as i64, activity))
        .collect()
}

pub(super) fn filled(directory: &TempDir) -> Store {
    let mut store = Store::open(directory.path()).unwrap();
    for record in evening() {
        store.append(&record).unwrap();
    }
    store
}

/// Reads every record as stored.
pub(super) fn records(connection: &Connection) -> Vec<Vec<rusqlite::types::Value>> {
    let mut statement = connection.prepare("SELECT * FROM record ORDER BY seq").unwrap();
    let columns = statement.column_count();
    let row = |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect();
    statement.query_map([], row).unwrap().map(Result::unwrap).collect()
}

#[test]
fn a_format_that_no_redrive_writes_is_refused_in_one_sentence() {
    let directory = tempfile::tempdir().unwrap();
    drop(Store::open(directory.path()).unwrap());
    let file = directory.path().join(FILE_NAME);
    let raw = Connection::open(&file).unwrap();
    raw.pragma_update(None, "user_version", -3).unwrap();
    drop(raw);
    let refused = Store::open(directory.path()).unwrap_err().to_string();
    assert!(refused.contains("its format is -3") && !refused.contains('\n'), "{refused}");
}

#[test]
fn every_kind_of_record_comes_back_as_it_was_written() {
    let directory = TempDir::new().unwrap();
    let mut store = filled(&directory);
    let mut written = evening();
    written.push(record(9, Activity::SessionEnded { session: "s1".into() }));
    store.append(&written[7]).unwrap();
    let sql = format!("SELECT {} FROM record ORDER BY seq", columns::READ);
    let mut statement = store.connection.prepare(&sql).unwrap();
    let read: Vec<Record> = statement
        .query_map([], columns::record)
        .unwrap()
        .map(|read| read.unwrap().unwrap())
        .collect();
    assert_eq!(read, written);
}

#[test]
fn the_stored_form_of_a_countdown_is_pinned_and_one_from_before_the_choice_was_kept_is_read() {
    let directory = TempDir::new().unwrap();
    let mut store = filled(&directory);
    let sql = "SELECT session, item, version, choice, detail FROM record WHERE kind = 'countdown'";
    let row: (String, String, i64, String, String) = store
        .connection
        .query_row(sql, [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })
        .unwrap();
    let detail = r#"{"question":1,"left_ms":41250}"#;
    assert_eq!(row, ("s1".into(), "q1".into(), -2, "3,0".into(), detail.into()));
    let standing = |store: &Store| {
        let open = store.progress(&"made-up".into(), at(0)).unwrap().open.unwrap();
        (open.left_ms, open.standing.unwrap())
    };
    let (left, stood) = standing(&store);
    assert_eq!((left, stood.item.as_str(), stood.chosen), (41_250, "q1", vec![3, 0]));
    let old =
        "UPDATE record SET item = NULL, version = NULL, choice = NULL WHERE kind = 'countdown'";
    store.connection.execute(old, []).unwrap();
    let (left, stood) = standing(&store);
    assert_eq!((left, stood.item.as_str(), stood.chosen), (41_250, "", vec![]));
    assert!(store.rebuild().is_ok() && store.take_skipped().is_none());
}

#[test]
fn the_stored_form_of_an_answer_is_pinned() {
    let directory = TempDir::new().unwrap();
    let store = filled(&directory);
    let row: (String, String, i64, i64, String, String, bool, String, String) = store
        .connection
        .query_row(
            "SELECT kind, item, version, seed, shown, choice, correct, detail, at \
             FROM record WHERE kind = 'answer'",
            [],
            |row| {
                Ok((
                    row.get(0)?,
                    row.get(1)?,
                    row.get(2)?,
                    row.get(3)?,
                    row.get(4)?,
                    row.get(5)?,
                    row.get(6)?,
                    row.get(7)?,
                    row.get(8)?,
                ))
            },
        )
        .unwrap();
    let expected = (
        "answer".into(),
        "q0".into(),
        -2,
        i64::MIN,
        "2,0,1,3".into(),
        "0".into(),
        true,
        r#"{"lesson":"first","question":0}"#.into(),
        "2026-11-23T18:05:00+01:00".into(),
    );
    assert_eq!(row, expected);
}

#[test]
fn event_ids_are_the_databases_id_a_word_of_the_opening_and_a_counter() {
    let directory = TempDir::new().unwrap();
    let store = filled(&directory);
    let odd: i64 = store
        .connection
        .query_row(
            "SELECT count(*) FROM record, database WHERE event_id NOT LIKE id || '-%-' || seq \
             OR length(event_id) != 31",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(odd, 0);
}

#[test]
fn an_event_that_is_there_already_is_not_written_twice() {
    let directory = TempDir::new().unwrap();
    let mut store = filled(&directory);
    let event = store.name_event();
    let again = record(9, answer("s1", 1, true));
    for _ in 0..3 {
        store.append_as(&event, &again, PATIENCE).unwrap();
    }
    let history = store.history().unwrap();
    assert_eq!(history[0].answers.len(), 2);
    assert_eq!(history[0].summary.marks.of, 2, "the projections count it once too");
}

#[test]
fn what_a_full_disk_does_not_take_is_written_in_order_when_there_is_room() {
    let directory = TempDir::new().unwrap();
    let mut store = Store::open(directory.path()).unwrap();
    let pages: i64 = store.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    let limit = |store: &Store, pages: i64| {
        store.connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
    };
    limit(&store, pages).unwrap();
    let mut unwritten = unwritten::Unwritten::default();
    unwritten.append(&mut store, record(0, start("s1")));
    for question in 0..60 {
        unwritten.append(&mut store, record(1, answer("s1", question, true)));
    }
    let told = unwritten.sentence().unwrap();
    assert!(told.contains("Not saved yet: ") && told.contains("disk is full"), "{told}");
    unwritten.retry(&mut store);
    assert!(!unwritten.is_empty());
    limit(&store, 1_000_000).unwrap();
    unwritten.retry(&mut store);
    assert_eq!(unwritten.sentence(), None);
    let history = store.history().unwrap();
    let order: Vec<u16> = history[0].answers.iter().map(|answer| answer.question).collect();
    assert_eq!(order, (0..60).collect::<Vec<u16>>());
}

#[test]
fn a_history_on_a_read_only_mount_is_read_and_keeps_nothing() {
    let directory = TempDir::new().unwrap();
    let odd = directory.path().join("a b?c#d%41");
    std::fs::create_dir(&odd).unwrap();
    let mut store = Store::open(&odd).unwrap();
    for record in evening() {
        store.append(&record).unwrap();
    }
    drop(store);
    let before = std::fs::read(odd.join(FILE_NAME)).unwrap();
    let mut store =
        Store::open_sealed(&odd.join(FILE_NAME), migration::ALL, Rc::new(NoCourse)).unwrap();
    assert!(store.is_read_only());
    assert_eq!(store.history().unwrap().len(), 1);
    let mut unwritten = unwritten::Unwritten::default();
    unwritten.append(&mut store, record(9, answer("s1", 1, true)));
    assert!(unwritten.sentence().is_some_and(|told| told.starts_with("Not saved yet: 1 answer.")));
    let refused = store.rebuild().unwrap_err().to_string();
    assert!(refused.contains("is read-only and cannot be rebuilt"), "{refused}");
    assert_eq!(std::fs::read_dir(&odd).unwrap().count(), 1, "nothing is made beside it");
    assert_eq!(std::fs::read(odd.join(FILE_NAME)).unwrap(), before);
}

#[test]
fn home_is_told_what_the_records_say() {
    let directory = TempDir::new().unwrap();
    let store = filled(&directory);
    let progress = store.progress(&"made-up".into(), at(0)).unwrap();
    let lesson = &progress.lessons["first"];
    assert_eq!((lesson.place.word, lesson.reached), (1, 900), "the place is the latest");
    assert_eq!(lesson.place.hash, u64::MAX);
    assert_eq!(progress.latest_lesson.as_deref(), Some("first"));
    let open = progress.open.unwrap();
    assert_eq!((open.left_ms, open.answers.len(), open.seed), (41_250, 1, Seed(1 << 63)));
    assert_eq!(open.items, ["q0", "q1", "q2"]);
    assert_eq!(progress.days[&at(0).date_naive()].of, 1);
    assert_eq!(progress.questions["first"].right, 1);
    assert_eq!(
        store.progress(&"another".into(), at(0)).unwrap(),
        crate::study::progress::Progress::default()
    );
}

#[test]
fn an_answer_gives_the_next_question_its_full_time() {
    let directory = TempDir::new().unwrap();
    let mut store = filled(&directory);
    store.append(&record(8, answer("s1", 1, false))).unwrap();
    let progress = store.progress(&"made-up".into(), at(0)).unwrap();
    assert_eq!(progress.open.unwrap().left_ms, 60_000);
    store.append(&record(9, answer("s1", 2, false))).unwrap();
    let progress = store.progress(&"made-up".into(), at(0)).unwrap();
    assert_eq!(progress.open, None, "all answered: there is nothing to resume");
    assert_eq!(progress.sessions[0].marks.of, 3);
}

#[test]
fn what_is_appended_is_there_for_another_instance_at_once() {
    let directory = TempDir::new().unwrap();
    let mut one = Store::open(directory.path()).unwrap();
    let mut two = Store::open(directory.path()).unwrap();
    for round in 0..20 {
        one.append(&record(round, position(1, 100))).unwrap();
        two.append(&record(round, answer("s1", 0, true))).unwrap();
    }
    let count: i64 =
        one.connection.query_row("SELECT count(*) FROM record", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 40);
}

#[test]
fn a_question_is_known_when_it_was_right_twice_running() {
    let directory = TempDir::new().unwrap();
    let mut store = Store::open(directory.path()).unwrap();
    let mut known = |second: i64, correct: bool| {
        store.append(&record(second, answer("s1", 0, correct))).unwrap();
        let stands = |store: &Store| {
            let progress = store.progress(&"made-up".into(), at(0)).unwrap();
            let q = progress.questions.values().next().copied().unwrap();
            (q.right, q.known)
        };
        let before = stands(&store);
        store.rebuild().unwrap();
        assert_eq!(stands(&store), before);
        before
    };
    assert_eq!(known(1, true), (1, 0), "once may be luck");
    assert_eq!(known(2, true), (1, 1));
    assert_eq!(known(3, true), (1, 1));
    assert_eq!(known(4, false), (0, 0), "a wrong answer begins anew");
    assert_eq!(known(5, true), (1, 0));
    assert_eq!(known(6, true), (1, 1));
}

#[test]
fn a_newer_file_is_refused_unchanged() {
    let directory = TempDir::new().unwrap();
    let store = filled(&directory);
    store.connection.pragma_update(None, "user_version", 99).unwrap();
    drop(store);
    let path = directory.path().join(FILE_NAME);
    let before = std::fs::read(&path).unwrap();
    let refused = Store::open(directory.path()).unwrap_err();
    assert!(refused.to_string().contains("newer Redrive (format 99"), "{refused}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_damaged_file_and_another_programs_file_are_refused_unchanged() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join(FILE_NAME);
    std::fs::write(&path, "these are not the pages of a database, but words".repeat(100)).unwrap();
    let before = std::fs::read(&path).unwrap();
    let refused = Store::open(directory.path()).unwrap_err();
    assert!(matches!(refused, StoreError::Damaged { .. }), "{refused}");
    assert_eq!(std::fs::read(&path).unwrap(), before);

    std::fs::remove_file(&path).unwrap();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    let before = std::fs::read(&path).unwrap();
    let refused = Store::open(directory.path()).unwrap_err();
    assert!(refused.to_string().contains("another program"), "{refused}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_truncated_file_is_refused_unchanged() {
    let directory = TempDir::new().unwrap();
    drop(filled(&directory));
    let path = directory.path().join(FILE_NAME);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let refused =
        Store::open(directory.path()).and_then(|store| store.progress(&"made-up".into(), at(0)));
    let refused = refused.unwrap_err();
    assert!(matches!(refused, StoreError::Damaged { .. }), "{refused}");
    assert_eq!(std::fs::read(&path).unwrap(), &whole[..whole.len() / 2]);
}

#[test]
fn one_record_that_cannot_be_read_is_named_and_hides_nothing_else() {
    let directory = TempDir::new().unwrap();
    let mut store = filled(&directory);
    store.append(&record(8, answer("s1", 1, false))).unwrap();
    for (wrong, told) in [
        ("UPDATE record SET at = 'yesterday' WHERE seq = 6", "record 6 (the time yesterday"),
        ("UPDATE record SET detail = '{' WHERE seq = 6", "record 6 (its detail is no JSON"),
        ("UPDATE record SET elapsed_ms = -1 WHERE seq = 6", "record 6 (-1 is out of range)"),
    ] {
        store.connection.execute_batch(&format!("SAVEPOINT whole; {wrong}")).unwrap();
        let progress = store.progress(&"made-up".into(), at(0)).unwrap();
        let open = progress.open.unwrap();
        // The question of an unreadable answer is not asked again.
        let next = &open.items[open.answers.len()];
        assert_eq!((next.as_str(), open.items.last().unwrap().as_str()), ("q2", "q2"), "{wrong}");
        assert_eq!(progress.sessions.len(), 1);
        let sentence = store.take_skipped().unwrap();
        assert!(sentence.contains(told), "{sentence}");
        assert_eq!(store.take_skipped(), None, "told once");
        store.connection.execute_batch("ROLLBACK TO whole; RELEASE whole").unwrap();
    }
}

/// Runs every query on the history.
fn ask_everything(store: &Store) -> Result<usize, StoreError> {
    let progress = store.progress(&"made-up".into(), at(0))?;
    store.items(&"made-up".into())?;
    store.lesson(&"made-up".into(), &"first".into())?;
    store.predictions(&"made-up".into(), &"first".into())?;
    store.history()?;
    store.unknown_kinds()?;
    Ok(progress.lessons.len() + progress.bets.len() + progress.repairs.len())
}

#[test]
fn any_wrong_value_in_any_place_is_a_sentence_and_never_an_error() {
    let directory = TempDir::new().unwrap();
    let mut store = filled(&directory);
    let (item, incident) = ("lab#1".into(), "broken".into());
    let bet = Activity::Bet {
        item,
        version: Version(1),
        seed: Seed(7),
        choice: 2,
        correct: true,
        evidence: None,
    };
    store.append(&record(8, bet)).unwrap();
    store
        .append(&record(8, Activity::Repair { incident, version: Version(1), changes: 2 }))
        .unwrap();
    let all = ask_everything(&store).unwrap();
    assert_eq!((all, store.take_skipped()), (3, None));
    let (mut tried, mut named) = (0, 0);
    for table in ["record", "reading", "prediction", "item", "session", "day", "bet", "repair"] {
        let columns: Vec<String> = store
            .connection
            .prepare(&format!("SELECT name FROM pragma_table_info('{table}')"))
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        for column in columns {
            for value in ["NULL", "-1", "9223372036854775807", "'x'", "CAST(x'ff1b' AS TEXT)", "''"]
            {
                let wrong = format!("UPDATE OR IGNORE {table} SET {column} = {value}");
                store.connection.execute_batch("SAVEPOINT whole").unwrap();
                if store.connection.execute(&wrong, []).is_ok() {
                    tried += 1;
                    let asked = ask_everything(&store);
                    assert!(asked.is_ok(), "{wrong}: {}", asked.unwrap_err());
                    if let Some(told) = store.take_skipped() {
                        named += 1;
                        assert!(!told.contains(char::is_control), "{wrong}: {told:?}");
                    }
                }
                store.connection.execute_batch("ROLLBACK TO whole; RELEASE whole").unwrap();
            }
        }
    }
    assert!(tried > 150 && named > 60, "{tried} tried, {named} named");
}

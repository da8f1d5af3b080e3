//! Records of a newer program: kept as they are, shown under their stored name, and counted as
//! nothing else.

use tempfile::TempDir;

use crate::store::tests::{answer, at, filled, record, records, start};
use crate::store::{FILE_NAME, Store};
use crate::study::record::{Activity, Record};
use rusqlite::Connection;

/// An unfinished set of an unknown kind, after one of a known kind.
fn with_a_sprint(directory: &TempDir) -> Store {
    let mut store = filled(directory);
    store.append(&record(8, Activity::SessionEnded { session: "s1".into() })).unwrap();
    let Activity::SessionStarted(mut sprint) = start("s2") else { panic!() };
    sprint.mode = "sprint".into();
    store.append(&record(9, Activity::SessionStarted(sprint))).unwrap();
    store.append(&record(10, answer("s2", 0, true))).unwrap();
    store
}

#[test]
fn a_set_of_an_unknown_kind_is_listed_under_its_own_name_and_hides_nothing() {
    let directory = TempDir::new().unwrap();
    let mut store = with_a_sprint(&directory);
    let before = records(&store.connection);
    for _ in 0..2 {
        let history = store.history().unwrap();
        let titles: Vec<&str> = history.iter().map(|set| set.summary.mode.title()).collect();
        assert_eq!(titles, ["Timed traps", "sprint"]);
        assert_eq!(history[1].answers.len(), 1);
        let home = store.progress(&"made-up".into(), at(0)).unwrap();
        let titles: Vec<&str> = home.sessions.iter().map(|set| set.mode.title()).collect();
        assert_eq!(titles, ["sprint", "Timed traps"]);
        assert_eq!(store.take_skipped(), None, "nothing is wrong with it");
        store.rebuild().unwrap();
    }
    assert_eq!(records(&store.connection), before);
}

#[test]
fn a_set_of_an_unknown_kind_is_never_gone_on_with() {
    let directory = TempDir::new().unwrap();
    let mut store = with_a_sprint(&directory);
    let progress = store.progress(&"made-up".into(), at(0)).unwrap();
    assert_eq!((progress.open, progress.elsewhere), (None, None));
    assert_eq!(store.take_set(&"made-up".into(), at(0)).unwrap().open, None);
    // An older known set is offered although the unknown one is newer.
    store.append(&record(7, start("s3"))).unwrap();
    store.connection.execute("UPDATE session SET begun = 1 WHERE session = 's3'", []).unwrap();
    let open = store.take_set(&"made-up".into(), at(0)).unwrap().open.unwrap();
    assert_eq!(open.id, "s3");
}

#[test]
fn a_set_of_an_unknown_kind_in_another_window_is_told_under_its_own_name() {
    let directory = TempDir::new().unwrap();
    let store = with_a_sprint(&directory);
    let mut other = Store::open(directory.path()).unwrap();
    assert!(other.hold(&"made-up".into(), &"s2".into()));
    let progress = store.progress(&"made-up".into(), at(0)).unwrap();
    let told = progress.elsewhere.unwrap().told();
    assert_eq!(told, "sprint is open in another window, at 2 of 3");
}

#[test]
fn records_of_an_unknown_kind_are_kept_and_named_and_change_no_projection() {
    let directory = TempDir::new().unwrap();
    let mut store = filled(&directory);
    let raw = Connection::open(directory.path().join(FILE_NAME)).unwrap();
    for (seq, minute) in [(8, 30), (9, 31)] {
        // The meaning of its columns is unknown, so only its kind and time are read.
        let sql = "INSERT INTO record (seq, event_id, scenario, kind, at, session, item, correct, \
                   elapsed_ms, detail) VALUES (?1, 'their-' || ?1, 'made-up', 'dream', ?2, 's1', \
                   'q1', 1, -7, 'no JSON')";
        raw.execute(sql, (seq, at(minute).to_rfc3339())).unwrap();
    }
    let before = records(&store.connection);
    let progress = store.progress(&"made-up".into(), at(0)).unwrap();
    store.append(&record(40, answer("s1", 1, true))).unwrap();
    store.append(&record(40, answer("s1", 2, true))).unwrap();
    store.rebuild().unwrap();
    assert_eq!(records(&store.connection)[..9], before);
    let home = store.progress(&"made-up".into(), at(0)).unwrap();
    assert_eq!((progress.sessions[0].marks.of, home.sessions[0].marks.of), (1, 3));
    let unknown = store.unknown_kinds().unwrap();
    let told: Vec<_> = unknown.iter().map(|kind| (kind.name.as_str(), kind.records)).collect();
    assert_eq!((told, unknown[0].latest), (vec![("dream", 2)], at(31)));
    assert_eq!(store.take_skipped(), None);
}

#[test]
fn two_scenarios_may_have_a_set_of_the_same_name() {
    let directory = TempDir::new().unwrap();
    let mut store = filled(&directory);
    let another =
        |minute, activity| Record { scenario: "another".into(), ..record(minute, activity) };
    store.append(&another(20, start("s1"))).unwrap();
    store.append(&another(21, answer("s1", 0, false))).unwrap();
    let right: Vec<Vec<bool>> = store
        .history()
        .unwrap()
        .iter()
        .map(|set| set.answers.iter().map(|answer| answer.correct).collect())
        .collect();
    assert_eq!(right, [[true], [false]]);
    let progress = store.progress(&"another".into(), at(0)).unwrap();
    let open = progress.open.unwrap();
    assert_eq!((open.answers.len(), open.standing), (1, None), "the clock is the other set's");
}

//! What was taken back never happened.

use tempfile::TempDir;

use super::*;
use crate::store::Store;
use crate::store::projection::tests::{Dice, dump};
use crate::store::tests::{answer, at, record, start};
use crate::study::record::{Activity, Record, Standing};

fn undone(session: &str, question: u16) -> Activity {
    Activity::Undone { session: session.into(), question }
}

fn filled(activities: &[Activity]) -> (TempDir, Store) {
    let directory = TempDir::new().unwrap();
    let mut store = Store::open(directory.path()).unwrap();
    for (minute, activity) in activities.iter().enumerate() {
        store.append(&record(minute as i64, activity.clone())).unwrap();
    }
    (directory, store)
}

/// Behaviours 34 and 35: the answer and all it caused, in every projection.
#[test]
fn an_answer_that_was_taken_back_leaves_no_row_changed() {
    let before = [start("s1"), answer("s1", 0, false), answer("s1", 1, true)];
    let (_directory, plain) = filled(&before);
    let after = [&before[..], &[answer("s1", 2, false), undone("s1", 2)]].concat();
    let (_other, store) = filled(&after);
    assert_eq!(dump(&store.connection), dump(&plain.connection));
}

#[test]
fn what_came_after_it_stays() {
    let (first, second) = (answer("s1", 0, false), answer("s2", 0, true));
    let given = [start("s1"), first, start("s2"), second.clone(), undone("s1", 0)];
    let (_directory, mut store) = filled(&given);
    let progress = store.progress(&"made-up".into(), at(9)).unwrap();
    let marks: Vec<u32> = progress.sessions.iter().map(|session| session.marks.of).collect();
    assert_eq!(marks, [1, 0], "the newest first");
    let kept = dump(&store.connection);
    store.rebuild().unwrap();
    assert_eq!(dump(&store.connection), kept);
}

#[test]
fn each_takes_back_one_answer_and_none_takes_back_nothing() {
    let given = [start("s1"), answer("s1", 0, false), undone("s1", 0), answer("s1", 0, true)];
    let (_directory, mut store) = filled(&given);
    let marks = |store: &Store| store.progress(&"made-up".into(), at(9)).unwrap().sessions[0].marks;
    assert_eq!((marks(&store).right, marks(&store).of), (1, 1));
    let answers = &store.history().unwrap()[0].answers;
    assert_eq!(answers.iter().map(|answer| answer.correct).collect::<Vec<_>>(), [true]);
    let open = store.progress(&"made-up".into(), at(9)).unwrap().open.unwrap();
    assert_eq!(open.answers.len(), 1, "the set goes on after the one that stands");
    store.append(&record(5, undone("s1", 0))).unwrap();
    assert_eq!(marks(&store).of, 0);
    let kept = dump(&store.connection);
    store.append(&record(6, undone("s1", 0))).unwrap();
    store.append(&record(7, undone("never begun", 0))).unwrap();
    assert_eq!(dump(&store.connection), kept);
}

/// What is too long ago to be rolled back is rebuilt without it.
#[test]
fn an_answer_of_long_ago_is_taken_back_as_well() {
    let given = [start("s1"), answer("s1", 0, false), answer("s1", 1, true)];
    let (_directory, mut store) = filled(&given);
    store.rebuild().unwrap();
    store.append(&record(5, undone("s1", 0))).unwrap();
    let (_other, plain) = filled(&[start("s1"), answer("s1", 1, true)]);
    // Without the ranks of the records, which count the one that was taken back.
    let counts = |store: &Store| {
        let progress = store.progress(&"made-up".into(), at(9)).unwrap();
        (progress.sessions[0].marks, progress.questions, progress.days)
    };
    assert_eq!(counts(&store), counts(&plain));
}

/// Many histories, each with something taken back: a history without it has the same rows.
#[test]
fn taking_back_is_the_same_as_never_having_done_it() {
    let mut taken_back = 0;
    for seed in 0..25 {
        let mut dice = Dice::new(seed);
        let directory = TempDir::new().unwrap();
        let mut store = Store::open(directory.path()).unwrap();
        let records: Vec<Record> = (0..40).map(|_| dice.exam()).collect();
        for record in &records {
            let before = restore_rows(&store);
            store.append(record).unwrap();
            let is_undo = matches!(record.activity, Activity::Undone { .. });
            taken_back += usize::from(is_undo && before != restore_rows(&store));
        }
        let kept = dump(&store.connection);
        store.rebuild().unwrap();
        assert_eq!(dump(&store.connection), kept, "seed {seed}");
    }
    assert!(taken_back > 30, "{taken_back} were taken back");
}

fn restore_rows(store: &Store) -> i64 {
    let sql = "SELECT count(*) AS rows FROM restore";
    store.connection.query_row(sql, [], |row| row.get("rows")).unwrap()
}

/// The statements do not pile up.
#[test]
fn only_the_latest_records_can_be_rolled_back() {
    let directory = TempDir::new().unwrap();
    let mut store = Store::open(directory.path()).unwrap();
    store.append(&record(0, start("s1"))).unwrap();
    for minute in 0..900 {
        let standing = Standing { session: "s1".into(), left_ms: minute, ..Standing::default() };
        store.append(&record(i64::from(minute), Activity::Countdown(standing))).unwrap();
    }
    assert!(restore_rows(&store) < 700, "{}", restore_rows(&store));
    assert!(!roll_back(&store.connection, 100).unwrap());
    assert!(roll_back(&store.connection, 800).unwrap());
}

//! Histories of several machines come together.

use rusqlite::types::Value as Sql;
use tempfile::TempDir;

use super::*;
use crate::store::projection::tests::{Dice, dump};
use crate::store::tests::{answer, filled, record, start};

fn text(store: &Store) -> String {
    let mut lines = Vec::new();
    store.export(|line| lines.push(line)).unwrap();
    lines.join("\n")
}

fn empty() -> (TempDir, Store) {
    let directory = TempDir::new().unwrap();
    let store = Store::open(directory.path()).unwrap();
    (directory, store)
}

/// A machine with a history of its own.
fn machine(seed: u64) -> (TempDir, Store) {
    let (directory, mut store) = empty();
    let mut dice = Dice::new(seed);
    for _ in 0..25 {
        store.append(&dice.exam()).unwrap();
    }
    (directory, store)
}

/// Everything that is kept: every column of every record in order, and every row of every projection.
fn whole(store: &Store) -> (Vec<Vec<Sql>>, Vec<String>) {
    let sql = format!("SELECT seq, {} FROM record ORDER BY seq", COLUMNS.join(", "));
    let mut statement = store.connection.prepare(&sql).unwrap();
    let count = statement.column_count();
    let read = |row: &Row<'_>| (0..count).map(|column| row.get(column)).collect();
    let rows = statement.query_map([], read).unwrap().map(Result::unwrap).collect();
    (rows, dump(&store.connection))
}

/// Behaviour 49: a union by event id, whichever machine is imported into which, and in which order.
#[test]
fn histories_merge_in_any_order_to_the_same_database() {
    for seed in 0..6 {
        let mut machines: Vec<_> = (0..3).map(|number| machine(seed * 10 + number)).collect();
        let texts: Vec<String> = machines.iter().map(|(_, store)| text(store)).collect();
        let orders = [[0, 1, 2], [2, 1, 0], [1, 2, 0]];
        let mut merged = Vec::new();
        for order in orders {
            let (_directory, mut store) = empty();
            for number in order {
                store.import(&texts[number]).unwrap();
            }
            merged.push(whole(&store));
        }
        // One machine imports the others, one of them by way of another.
        let [(_, first), (_, second), (_, third)] = &mut machines[..] else { panic!() };
        second.import(&text(third)).unwrap();
        first.import(&text(second)).unwrap();
        merged.push(whole(first));
        for other in &merged[1..] {
            assert_eq!(*other, merged[0], "seed {seed}");
        }
        assert_eq!(merged[0].0.len(), 75);
    }
}

#[test]
fn what_is_imported_twice_is_there_once() {
    let (_directory, source) = machine(1);
    let (_other, mut store) = empty();
    let would = store.preview(&text(&source)).unwrap();
    let first = store.import(&text(&source)).unwrap();
    assert_eq!((would, first.count(), first.known), (first.clone(), 25, 0));
    let once = whole(&store);
    let again = store.import(&text(&source)).unwrap();
    assert_eq!((again.count(), again.known), (0, 25));
    assert_eq!(whole(&store), once);
    assert_eq!(text(&store), text(&source), "and comes out as it went in");
}

#[test]
fn a_preview_changes_nothing_and_lists_what_would_come() {
    let directory = TempDir::new().unwrap();
    let source = filled(&directory);
    let (_other, store) = empty();
    let would = store.preview(&text(&source)).unwrap();
    let answers = ("answer".to_owned(), "2026-11-23".to_owned());
    assert_eq!(would.new.get(&answers), Some(&1), "{would:?}");
    assert!(whole(&store).0.is_empty());
}

#[test]
fn records_written_after_an_import_come_last() {
    let (_directory, source) = machine(2);
    let (_other, mut store) = empty();
    // This machine's clock is behind the other's.
    store.append(&record(-90_000, start("s9"))).unwrap();
    store.import(&text(&source)).unwrap();
    store.append(&record(-80_000, answer("s9", 0, true))).unwrap();
    let kept = whole(&store);
    let (_third, mut other) = empty();
    other.import(&text(&store)).unwrap();
    assert_eq!(whole(&other), kept);
    assert_eq!(kept.0.last().unwrap()[3], Sql::Text("answer".into()));
}

#[test]
fn a_kind_that_a_newer_program_wrote_is_carried_on() {
    let (_directory, source) = machine(3);
    source.connection.execute("UPDATE record SET kind = 'dream' WHERE seq = 4", []).unwrap();
    let (_other, mut store) = empty();
    store.import(&text(&source)).unwrap();
    assert_eq!(store.unknown_kinds().unwrap()[0].name, "dream");
}

#[test]
fn what_is_no_export_is_refused_with_its_line_and_nothing_is_imported() {
    let (_directory, mut store) = empty();
    let head = format!("{{\"{HEAD}\":1}}");
    let good = r#"{"event_id":"a-1","scenario":"s","kind":"bet","at":"2026-11-23T18:00:00+01:00","moment":1"#;
    for (text, told) in [
        (String::new(), "first line"),
        ("[1, 2]".to_owned(), "first line"),
        ("{\"name\":\"deck\"}".to_owned(), "first line"),
        (format!("{{\"{HEAD}\":99}}"), "newer Redrive (format 99"),
        (format!("{head}\n{good}}}\nnonsense"), "line 3 is no record"),
        (format!("{head}\n7"), "line 2 is no record of a Redrive history: it is no JSON object"),
        (format!("{head}\n{{}}"), "it has no event_id"),
        (format!("{head}\n{good},\"tenth\":1}}"), "a field tenth that no record has"),
        (format!("{head}\n{good},\"seed\":\"x\"}}"), "its seed is of another type"),
        (format!("{head}\n{good},\"seed\":1e300}}"), "its seed is out of range"),
        (format!("{head}\n{good},\"day\":\"x\"}}"), "its day x cannot be read"),
        (format!("{head}\n{}", good.replace("2026", "once") + "}"), "its time once-11-23"),
    ] {
        let refused = store.import(&text).unwrap_err().to_string();
        assert!(refused.contains(told), "{text}\n{refused}");
        assert!(whole(&store).0.is_empty());
    }
    store.import(&format!("{head}\n\n{good}}}\n")).unwrap();
    assert_eq!(whole(&store).0.len(), 1);
}

//! Pins the stored form of every value: files must stay readable for ever.

use rusqlite::ToSql;
use rusqlite::types::{FromSql, Value};

use super::{Bits, Day, EventId, Items, Options, Time};
use crate::store::tests::at;
use crate::study::id::{ItemId, LabId, LessonId, ScenarioId, Seed, SessionId, Version};
use crate::study::mode::{Mode, NamedMode};
use crate::study::record::Kind;

/// Writes a value to a database, compares type and content with `stored`, and reads it back.
fn pinned<T>(value: &T, stored: &Value)
where
    T: ToSql + FromSql + PartialEq + std::fmt::Debug,
{
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    let column = match stored {
        Value::Text(_) => "TEXT",
        _ => "INTEGER",
    };
    connection.execute_batch(&format!("CREATE TABLE one (value {column}) STRICT")).unwrap();
    connection.execute("INSERT INTO one (value) VALUES (?1)", [value]).unwrap();
    let read = |row: &rusqlite::Row<'_>| Ok((row.get("value")?, row.get("value")?));
    let (raw, back): (Value, T) = connection.query_row("SELECT value FROM one", [], read).unwrap();
    assert_eq!((&raw, &back), (stored, value));
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[test]
fn ids_are_stored_as_their_text() {
    pinned(&ScenarioId::from("made-up"), &text("made-up"));
    pinned(&LessonId::from("first"), &text("first"));
    pinned(&ItemId::from("lab#1"), &text("lab#1"));
    pinned(&LabId::from("broken"), &text("broken"));
    pinned(&SessionId::from("00ff00ff00ff00ff"), &text("00ff00ff00ff00ff"));
    pinned(&EventId::from("0a-1b-7".to_owned()), &text("0a-1b-7"));
    pinned(&ItemId::from("zähler ✓"), &text("zähler ✓"));
}

#[test]
fn sixty_four_bits_are_stored_as_a_signed_number() {
    for (bits, stored) in [
        (0, 0),
        (1, 1),
        (i64::MAX as u64, i64::MAX),
        (1 << 63, i64::MIN),
        (u64::MAX - 1, -2),
        (u64::MAX, -1),
    ] {
        pinned(&Version(bits), &Value::Integer(stored));
        pinned(&Seed(bits), &Value::Integer(stored));
        pinned(&Bits(bits), &Value::Integer(stored));
    }
}

#[test]
fn times_are_stored_with_their_offset_and_days_as_the_calendar_writes_them() {
    pinned(&Time(at(7)), &text("2026-11-23T18:07:00+01:00"));
    let exact = at(0) + chrono::TimeDelta::milliseconds(250);
    pinned(&Time(exact), &text("2026-11-23T18:00:00.250+01:00"));
    pinned(&Day(at(0).date_naive()), &text("2026-11-23"));
}

#[test]
fn lists_are_stored_as_text() {
    pinned(&Options(vec![2, 0, 1, 255]), &text("2,0,1,255"));
    pinned(&Options(vec![0]), &text("0"));
    pinned(&Options(vec![]), &text(""));
    pinned(&Items(vec!["q2".into(), "say \"q\"".into()]), &text(r#"["q2","say \"q\""]"#));
    pinned(&Items(vec![]), &text("[]"));
}

#[test]
fn a_version_and_a_seed_are_written_as_sixteen_hexadecimal_digits() {
    assert_eq!(Version(255).to_string(), "00000000000000ff");
    assert_eq!(Seed(u64::MAX).to_string(), "ffffffffffffffff");
}

#[test]
fn kinds_of_record_and_modes_of_sets_are_stored_by_their_names() {
    let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    let stored = [
        "position",
        "prediction",
        "session-started",
        "countdown",
        "answer",
        "session-ended",
        "bet",
        "repair",
        "undone",
        "suspended",
        "buried",
        "redriven",
        "plan",
        "reported",
        "begun",
        "passed",
        "slept",
        "set-back",
        "select",
        "strike",
        "flag",
        "certainty",
        "moved",
        "explained",
        "paused",
        "resumed",
        "time-up",
        "gone",
        "edited",
        "submitted",
        "reviewed",
        "given-up",
    ];
    assert_eq!(names, stored);
    for kind in Kind::ALL {
        assert_eq!(Kind::from_name(kind.name()), Some(*kind));
    }
    pinned(&NamedMode::Known(Mode::Traps), &text("traps"));
    pinned(&NamedMode::Known(Mode::Check), &text("check"));
    pinned(&NamedMode::Unknown("sprint".into()), &text("sprint"));
    pinned(&NamedMode::Unknown(String::new()), &text(""));
    assert_eq!(NamedMode::from("").title(), "unnamed");
}

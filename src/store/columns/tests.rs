//! Pins the row of each kind of record, and checks that values are written and read by column name.

use std::path::Path;
use std::time::Duration;

use chrono::NaiveDate;

use super::record as record_of;
use super::*;
use crate::store::Store;
use crate::store::tests::{answer, position, record, start};
use crate::study::attempt::event::{Event, PauseCause};
use crate::study::attempt::item::OptionId;
use crate::study::attempt::phase::{Ending, View};
use crate::study::attempt::slot::{DrawnItem, Marks, SlotNo};
use crate::study::attempt::timer::Timer;
use crate::study::record::{Drawn, Step};

/// Formats a record's row as SQL literals, without absent values.
fn row(store: &mut Store, activity: Activity) -> String {
    store.append(&record(7, activity)).unwrap();
    let names = READ.split(", ").skip(1).map(str::trim);
    let quoted: Vec<String> = names.map(|name| format!("quote({name}) AS {name}")).collect();
    let sql = format!("SELECT {} FROM record ORDER BY seq DESC LIMIT 1", quoted.join(", "));
    let read = |row: &Row<'_>| {
        let columns = row.as_ref().column_names();
        columns.map(|name| Ok(format!("{name}={}", row.get::<_, String>(name)?))).collect()
    };
    let values: Vec<String> = store.connection.query_row(&sql, [], read).unwrap();
    let same = ["scenario='made-up'", "at='2026-11-23T18:07:00+01:00'", "day='2026-11-23'"];
    let told = values.iter().filter(|value| !value.ends_with("=NULL"));
    told.filter(|value| !same.contains(&value.as_str())).cloned().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_row_of_every_kind_of_record_is_pinned() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = Store::open(directory.path()).unwrap();
    let (version, seed) = (Version(u64::MAX), Seed(1 << 63));
    let standing = Standing {
        session: "s1".into(),
        question: 1,
        left_ms: u32::MAX,
        item: "q1".into(),
        version,
        chosen: vec![3, 0],
    };
    let (lesson, item) = ("first".into(), "p".into());
    let prediction =
        Activity::Prediction { lesson, item, version, choice: 1, correct: true, evidence: None };
    let item = "lab#1".into();
    let bet = Activity::Bet { item, version, seed, choice: 2, correct: false, evidence: None };
    let pinned = [
        (
            position(3, 200),
            "kind='position' item='first'",
            r#"{"heading":"a","ordinal":2,"block":7,"hash":-1,"word":3,"line":-2,"reached":200}"#,
        ),
        (
            prediction,
            "kind='prediction' item='p' version=-1 choice='1' correct=1",
            r#"{"lesson":"first"}"#,
        ),
        (
            start("s1"),
            "kind='session-started' session='s1' seed=-9223372036854775808",
            r#"{"mode":"traps","items":["q0","q1","q2"],"limit_ms":60000}"#,
        ),
        (
            Activity::Countdown(standing),
            "kind='countdown' session='s1' item='q1' version=-1 choice='3,0'",
            r#"{"question":1,"left_ms":4294967295}"#,
        ),
        (
            answer("s1", 1, true),
            "kind='answer' session='s1' item='q1' version=-2 seed=-9223372036854775808 \
shown='2,0,1,3' choice='0' correct=1 elapsed_ms=1500",
            r#"{"lesson":"first","question":1}"#,
        ),
        (
            answer("s1", 2, false),
            "kind='answer' session='s1' item='q2' version=-2 seed=-9223372036854775808 \
shown='2,0,1,3' choice='' correct=0 elapsed_ms=1500",
            r#"{"lesson":"first","question":2}"#,
        ),
        (
            Activity::SessionEnded { session: "s1".into() },
            "kind='session-ended' session='s1'",
            "{}",
        ),
        (
            bet,
            "kind='bet' item='lab#1' version=-1 seed=-9223372036854775808 choice='2' correct=0",
            "{}",
        ),
        (
            Activity::Repair { incident: "broken".into(), version, changes: 255 },
            "kind='repair' item='broken' version=-1",
            r#"{"changes":255}"#,
        ),
    ];
    for (activity, form, detail) in pinned {
        assert_eq!(row(&mut store, activity), format!("{form} detail='{detail}'"));
    }
}

#[test]
fn the_row_of_every_decision_is_pinned() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = Store::open(directory.path()).unwrap();
    let (version, seed) = (Version(u64::MAX), Seed(1 << 63));
    let pinned = [
        (
            Activity::Undone { session: "s1".into(), question: 2 },
            "kind='undone' session='s1'",
            r#"{"question":2}"#,
        ),
        (
            Activity::Suspended { item: "q1".into(), is_suspended: true },
            "kind='suspended' item='q1'",
            r#"{"suspended":true}"#,
        ),
        (Activity::Buried { item: "q1".into() }, "kind='buried' item='q1'", "{}"),
        (
            Activity::Redriven { subject: Subject::Misconception("once".into()) },
            "kind='redriven' item='misconception:once'",
            "{}",
        ),
        (
            Activity::Planned(Plan {
                exam: NaiveDate::from_ymd_opt(2026, 12, 18),
                minutes: Some(25),
                rollover: Rollover::default(),
            }),
            "kind='plan'",
            r#"{"exam":"2026-12-18","minutes":25,"rollover":4}"#,
        ),
        (
            Activity::Planned(Plan::default()),
            "kind='plan'",
            r#"{"exam":null,"minutes":null,"rollover":4}"#,
        ),
        (
            Activity::Reported(Report {
                item: "q1".into(),
                version,
                seed,
                choice: vec![1, 3],
                words: "two are right".into(),
            }),
            "kind='reported' item='q1' version=-1 seed=-9223372036854775808 choice='1,3'",
            r#"{"words":"two are right"}"#,
        ),
    ];
    for (activity, form, detail) in pinned {
        assert_eq!(row(&mut store, activity), format!("{form} detail='{detail}'"));
    }
}

fn drawn_item() -> DrawnItem {
    DrawnItem {
        item: "q1".into(),
        version: Version(u64::MAX),
        choose: 1,
        shown: [2, 0, 1].map(OptionId).to_vec(),
        key: [OptionId(1)].into(),
        limit: Some(Duration::from_secs(60)),
        is_first: true,
    }
}

const DRAWN: &str = r#"{"item":"q1","version":-1,"choose":1,"shown":[2,0,1],"key":[1],"limit_ms":60000,"first":true}"#;

#[test]
fn the_row_of_every_event_of_a_set_is_pinned_and_read_back() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = Store::open(directory.path()).unwrap();
    let (slot, time) = (SlotNo(2), Duration::from_millis(1500));
    let option = OptionId(3);
    let edited = format!(r#"{{"question":2,"drawn":{DRAWN}}}"#);
    let pinned = [
        (Event::Begun, "begun", "", "{}"),
        (Event::Passed { time }, "passed", "", r#"{"ms":1500}"#),
        (Event::Slept { time, counted: true }, "slept", "", r#"{"ms":1500,"counted":true}"#),
        (Event::SetBack { by: time }, "set-back", "", r#"{"ms":1500}"#),
        (
            Event::Selected { slot, marks: Marks::new([option, OptionId(1)]) },
            "select",
            " choice='1,3'",
            r#"{"question":2}"#,
        ),
        (Event::Selected { slot, marks: None }, "select", " choice=''", r#"{"question":2}"#),
        (
            Event::Struck { slot, option, on: true },
            "strike",
            " choice='3'",
            r#"{"question":2,"on":true}"#,
        ),
        (Event::Flagged { slot, on: false }, "flag", "", r#"{"question":2,"on":false}"#),
        (
            Event::Rated { slot, certainty: Some(Certainty::Certain) },
            "certainty",
            " certainty=3",
            r#"{"question":2}"#,
        ),
        (Event::Rated { slot, certainty: None }, "certainty", "", r#"{"question":2}"#),
        (Event::Moved { to: View::Question(slot) }, "moved", "", r#"{"question":2}"#),
        (
            Event::Moved { to: View::Overview { from: slot } },
            "moved",
            "",
            r#"{"question":2,"overview":true}"#,
        ),
        (Event::Explained { slot }, "explained", "", r#"{"question":2}"#),
        (Event::Paused { cause: PauseCause::Learner }, "paused", "", r#"{"cause":"learner"}"#),
        (Event::Paused { cause: PauseCause::Sleep }, "paused", "", r#"{"cause":"sleep"}"#),
        (Event::Resumed, "resumed", "", "{}"),
        (Event::TimeUp, "time-up", "", "{}"),
        (Event::Gone { slot }, "gone", "", r#"{"question":2}"#),
        (Event::Edited { slot, item: drawn_item() }, "edited", "", &edited),
        (
            Event::Submitted { ending: Ending::NothingLeft },
            "submitted",
            "",
            r#"{"ending":"nothing-left"}"#,
        ),
        (Event::Submitted { ending: Ending::TimeUp }, "submitted", "", r#"{"ending":"time-up"}"#),
        (Event::Submitted { ending: Ending::Learner }, "submitted", "", r#"{"ending":"learner"}"#),
        (Event::Reviewed, "reviewed", "", "{}"),
        (Event::GivenUp, "given-up", "", "{}"),
    ];
    let sql = format!("SELECT {READ} FROM record ORDER BY seq DESC LIMIT 1");
    for (event, kind, columns, detail) in pinned {
        let step = Step::new(event).unwrap();
        let activity = Activity::Step { session: "s1".into(), step };
        let form = format!("kind='{kind}' session='s1'{columns} detail='{detail}'");
        assert_eq!(row(&mut store, activity.clone()), form);
        let read = store.connection.query_row(&sql, [], record_of).unwrap();
        assert_eq!(read.map(|record| record.activity), Some(activity));
    }
}

#[test]
fn the_stored_form_of_a_whole_draw_and_of_how_an_answer_came_about_is_pinned() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = Store::open(directory.path()).unwrap();
    let sql = format!("SELECT {READ} FROM record ORDER BY seq DESC LIMIT 1");
    let Activity::SessionStarted(old) = start("s1") else { panic!() };
    let drawn = Drawn { timer: Timer::Longer, limit: None, items: vec![drawn_item()] };
    let whole = SessionStart { items: vec!["q1".into()], limit_ms: 0, drawn: Some(drawn), ..old };
    let activity = Activity::SessionStarted(whole);
    let detail = format!(
        r#"detail='{{"mode":"traps","items":["q1"],"limit_ms":0,"timer":"1.5","set_limit_ms":null,"drawn":[{DRAWN}]}}'"#
    );
    let stored = row(&mut store, activity.clone());
    assert!(stored.ends_with(&detail), "{stored}");
    let read = store.connection.query_row(&sql, [], record_of).unwrap();
    assert_eq!(read.map(|record| record.activity), Some(activity));
    for how in How::ALL {
        let Activity::Answer(given) = answer("s1", 1, true) else { panic!() };
        let activity = Activity::Answer(Answer { how: Some(how), ..given });
        let stored = row(&mut store, activity.clone());
        let form = match how {
            How::Confirmed => r#""how":"confirmed"}'"#,
            How::Kept => r#""how":"kept"}'"#,
            How::TimedOut => r#""how":"timed-out"}'"#,
        };
        assert!(stored.ends_with(form), "{stored}");
        let read = store.connection.query_row(&sql, [], record_of).unwrap();
        assert_eq!(read.map(|record| record.activity), Some(activity));
    }
}

/// What an answer says beyond its columns: certainty, first attempt, time, evidence.
#[test]
fn the_stored_form_of_evidence_is_pinned_and_read_back() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = Store::open(directory.path()).unwrap();
    let Activity::Answer(given) = answer("s1", 1, true) else { panic!() };
    let evidence = Evidence {
        concepts: vec!["queues".into()],
        held: vec![],
        refused: vec!["once".into(), "twice".into()],
    };
    let given = Answer {
        certainty: Some(Certainty::Certain),
        is_first: Some(false),
        slow: true,
        evidence: Some(evidence),
        ..given
    };
    let stored = row(&mut store, Activity::Answer(given.clone()));
    let detail = r#"detail='{"lesson":"first","question":1,"first":false,"slow":true,"concepts":["queues"],"held":[],"refused":["once","twice"]}'"#;
    assert!(stored.contains("certainty=3") && stored.ends_with(detail), "{stored}");
    let sql = format!("SELECT {READ} FROM record");
    let read = store.connection.query_row(&sql, [], record_of).unwrap();
    assert_eq!(read.map(|record| record.activity), Some(Activity::Answer(given)));
}

#[test]
fn no_statement_reads_or_writes_a_value_by_its_position() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let folder = std::fs::read_dir(source.join("store")).unwrap();
    let mut files: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    files.push(source.join("store.rs"));
    files.retain(|path| path.extension().is_some_and(|ending| ending == "rs"));
    let mut reads = 0;
    for path in files.iter().filter(|path| !path.ends_with("tests.rs")) {
        let text = std::fs::read_to_string(path).unwrap();
        for (number, line) in text.lines().enumerate() {
            let place = format!("{}:{}: {line}", path.display(), number + 1);
            for (at, _) in line.match_indices("row.get") {
                let argument = line[at..].split_once('(').map_or("", |(_, rest)| rest);
                assert!(argument.starts_with(['"', 'k', 'c']), "name the column: {place}");
                reads += 1;
            }
            assert!(!line.contains("?2"), "name the parameters: {place}");
            assert!(!line.contains("SELECT *"), "name the columns: {place}");
            let is_nameless =
                line.contains("INSERT") && line.contains("VALUES") && !line.contains('(');
            assert!(!is_nameless, "name the columns: {place}");
        }
    }
    assert!(reads > 40, "{reads} reads were looked at");
}

//! Projections always equal what the records say, and can be rebuilt from them.

use std::time::Duration;

use chrono::TimeDelta;
use rusqlite::types::Value;
use tempfile::TempDir;

use super::*;
use crate::store::Store;
use crate::store::tests::at;
use crate::study::attempt::event::PauseCause;
use crate::study::attempt::item::OptionId;
use crate::study::attempt::phase::{Ending, View};
use crate::study::attempt::slot::{DrawnItem, Marks, SlotNo};
use crate::study::attempt::timer::Timer;
use crate::study::day::{Rollover, StudyDay};
use crate::study::evidence::{Certainty, Evidence, Subject};
use crate::study::id::Seed;
use crate::study::plan::Plan;
use crate::study::record::{Drawn, How, Kind, Report, Step};
use crate::study::shuffle;

/// Dumps every row of every projection.
pub(in crate::store) fn dump(connection: &Connection) -> Vec<String> {
    let mut all = Vec::new();
    for table in TABLES.map(|table| table.name) {
        let sql = format!("SELECT * FROM {table} ORDER BY 1, 2");
        let mut statement = connection.prepare(&sql).unwrap();
        let columns = statement.column_count();
        let read = |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect();
        let rows = statement.query_map([], read).unwrap();
        let rows: Vec<Vec<Value>> = rows.map(Result::unwrap).collect();
        all.extend(rows.into_iter().map(|row| format!("{table} {row:?}")));
    }
    all
}

/// A generator of numbers that depend only on the seed.
pub(in crate::store) struct Dice(u64);

impl Dice {
    pub(in crate::store) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = shuffle::keyed(self.0, "dice", "");
        self.0
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }

    fn version(&mut self) -> Version {
        Version(self.one(&[0, 1, i64::MAX as u64, 1 << 63, u64::MAX]))
    }

    fn milliseconds(&mut self) -> u32 {
        self.one(&[0, 1, 60_000, u32::MAX])
    }

    fn options(&mut self) -> Vec<u8> {
        (0..self.below(4)).map(|_| self.one(&[0, 1, 3, u8::MAX])).collect()
    }

    fn place(&mut self) -> Anchor {
        Anchor {
            heading: self.one(&["", "a", "b-c"]).into(),
            ordinal: self.one(&[0, 7, u16::MAX]),
            block: self.one(&[0, 7, u32::MAX]),
            hash: self.next(),
            word: self.one(&[0, 7, u32::MAX]),
            line: self.one(&[0, i16::MIN, i16::MAX]),
        }
    }

    fn answer(&mut self) -> Activity {
        Activity::Answer(Answer {
            session: self.one(&["s1", "s2", "never begun"]).into(),
            question: self.one(&[0, 1, u16::MAX]),
            item: self.one(&["q1", "q2", "q3"]).into(),
            version: self.version(),
            lesson: self.one(&["first", "second"]).into(),
            seed: Seed(self.next()),
            shown: self.options(),
            choice: self.options(),
            correct: self.below(2) == 0,
            certainty: self.one(&[None, Some(Certainty::Guess), Some(Certainty::Certain)]),
            elapsed_ms: self.milliseconds(),
            is_first: self.one(&[None, Some(true), Some(false)]),
            slow: self.below(2) == 0,
            how: self.one(&[None, Some(How::Confirmed), Some(How::Kept), Some(How::TimedOut)]),
            evidence: self.evidence(),
        })
    }

    fn evidence(&mut self) -> Option<Evidence> {
        fn ids<T: for<'a> From<&'a str>>(dice: &mut Dice, of: &[&str]) -> Vec<T> {
            (0..dice.below(3)).map(|_| T::from(dice.one(of))).collect()
        }
        (self.below(4) > 0).then(|| Evidence {
            concepts: ids(self, &["queues", "topics"]),
            held: ids(self, &["once", "twice"]),
            refused: ids(self, &["once", "twice", "never"]),
        })
    }

    fn subject(&mut self) -> Subject {
        match self.below(2) {
            0 => Subject::Concept(self.one(&["queues", "topics"]).into()),
            _ => Subject::Misconception(self.one(&["once", "twice"]).into()),
        }
    }

    fn start(&mut self) -> Activity {
        Activity::SessionStarted(SessionStart {
            session: self.one(&["s1", "s2"]).into(),
            mode: self.one(&["traps", "check", "sprint"]).into(),
            seed: Seed(self.next()),
            items: (0..self.below(4)).map(|item| format!("q{item}").into()).collect(),
            limit_ms: self.milliseconds(),
            drawn: (self.below(2) == 0).then(|| self.drawn()),
        })
    }

    fn drawn(&mut self) -> Drawn {
        let limits = [None, Some(Duration::ZERO), Some(Duration::from_secs(90))];
        Drawn {
            timer: self.one(&Timer::ALL),
            limit: self.one(&limits),
            items: (0..self.below(3)).map(|_| self.drawn_item()).collect(),
        }
    }

    fn drawn_item(&mut self) -> DrawnItem {
        DrawnItem {
            item: self.one(&["q1", "q2"]).into(),
            version: self.version(),
            choose: self.one(&[1, 2, u8::MAX]),
            shown: self.options().into_iter().map(OptionId).collect(),
            key: self.options().into_iter().map(OptionId).collect(),
            limit: self.one(&[None, Some(Duration::from_secs(60))]),
            is_first: self.below(2) == 0,
        }
    }

    /// An event that has this kind of record; an answer and its undoing have none.
    fn event(&mut self, kind: Kind) -> Event {
        let slot = SlotNo(self.one(&[0, 1, u16::MAX]));
        let option = OptionId(self.one(&[0, 1, u8::MAX]));
        let time = Duration::from_millis(u64::from(self.milliseconds()));
        let on = self.below(2) == 0;
        match kind {
            Kind::Begun => Event::Begun,
            Kind::Passed => Event::Passed { time },
            Kind::Slept => Event::Slept { time, counted: on },
            Kind::SetBack => Event::SetBack { by: time },
            Kind::Selected => Event::Selected {
                slot,
                marks: Marks::new(self.options().into_iter().map(OptionId)),
            },
            Kind::Struck => Event::Struck { slot, option, on },
            Kind::Flagged => Event::Flagged { slot, on },
            Kind::Rated => {
                Event::Rated { slot, certainty: self.one(&[None, Some(Certainty::FairlySure)]) }
            }
            Kind::Moved if on => Event::Moved { to: View::Overview { from: slot } },
            Kind::Moved => Event::Moved { to: View::Question(slot) },
            Kind::Explained => Event::Explained { slot },
            Kind::Paused if on => Event::Paused { cause: PauseCause::Sleep },
            Kind::Paused => Event::Paused { cause: PauseCause::Learner },
            Kind::Resumed => Event::Resumed,
            Kind::TimeUp => Event::TimeUp,
            Kind::Gone => Event::Gone { slot },
            Kind::Edited => Event::Edited { slot, item: self.drawn_item() },
            Kind::Submitted => {
                let endings = [Ending::Learner, Ending::TimeUp, Ending::NothingLeft];
                Event::Submitted { ending: self.one(&endings) }
            }
            Kind::GivenUp => Event::GivenUp,
            _ => Event::Reviewed,
        }
    }

    fn prediction(&mut self) -> Activity {
        Activity::Prediction {
            lesson: self.one(&["first", "second"]).into(),
            item: self.one(&["p1", "p2"]).into(),
            version: self.version(),
            choice: self.one(&[0, 1, u8::MAX]),
            correct: self.below(2) == 0,
            evidence: self.evidence(),
        }
    }

    fn bet(&mut self) -> Activity {
        Activity::Bet {
            item: self.one(&["lab#1", "lab#2"]).into(),
            version: self.version(),
            seed: Seed(self.next()),
            choice: self.one(&[0, 1, u8::MAX]),
            correct: self.below(2) == 0,
            evidence: self.evidence(),
        }
    }

    fn report(&mut self) -> Activity {
        Activity::Reported(Report {
            item: self.one(&["q1", "q2"]).into(),
            version: self.version(),
            seed: Seed(self.next()),
            choice: self.options(),
            words: self.one(&["", "two are right: a \"b\"\n"]).into(),
        })
    }

    fn activity(&mut self) -> Activity {
        let correct = self.below(2) == 0;
        match self.one(Kind::ALL) {
            Kind::Position => Activity::Position {
                lesson: self.one(&["first", "second"]).into(),
                place: self.place(),
                reached: self.one(&[0, 400, 1000, u16::MAX]),
            },
            Kind::Prediction => self.prediction(),
            Kind::SessionStarted => self.start(),
            Kind::Countdown => Activity::Countdown(Standing {
                session: self.one(&["s1", "s2", "never begun"]).into(),
                question: self.one(&[0, 1, u16::MAX]),
                left_ms: self.milliseconds(),
                item: self.one(&["", "q1"]).into(),
                version: self.version(),
                chosen: self.options(),
            }),
            Kind::Answer => self.answer(),
            Kind::SessionEnded => {
                Activity::SessionEnded { session: self.one(&["s1", "s2", "never begun"]).into() }
            }
            Kind::Bet => self.bet(),
            Kind::Repair => Activity::Repair {
                incident: self.one(&["broken", "slow"]).into(),
                version: self.version(),
                changes: self.one(&[0, 1, u8::MAX]),
            },
            Kind::Undone => Activity::Undone {
                session: self.one(&["s1", "s2", "never begun"]).into(),
                question: self.one(&[0, 1, u16::MAX]),
            },
            kind @ (Kind::Begun
            | Kind::Passed
            | Kind::Slept
            | Kind::SetBack
            | Kind::Selected
            | Kind::Struck
            | Kind::Flagged
            | Kind::Rated
            | Kind::Moved
            | Kind::Explained
            | Kind::Paused
            | Kind::Resumed
            | Kind::TimeUp
            | Kind::Gone
            | Kind::Edited
            | Kind::Submitted
            | Kind::Reviewed
            | Kind::GivenUp) => Activity::Step {
                session: self.one(&["s1", "s2", "never begun"]).into(),
                step: Step::new(self.event(kind)).unwrap(),
            },
            Kind::Suspended => {
                Activity::Suspended { item: self.one(&["q1", "q2"]).into(), is_suspended: correct }
            }
            Kind::Buried => Activity::Buried { item: self.one(&["q1", "q2"]).into() },
            Kind::Redriven => Activity::Redriven { subject: self.subject() },
            Kind::Planned => Activity::Planned(Plan {
                exam: self.one(&[None, Some(at(0).date_naive())]),
                minutes: self.one(&[None, Some(0), Some(u16::MAX)]),
                rollover: Rollover::at(self.one(&[0, 4, 23])).unwrap(),
            }),
            Kind::Reported => self.report(),
        }
    }

    /// A record as of a set in which much is answered and taken back.
    pub(in crate::store) fn exam(&mut self) -> Record {
        let mut record = self.record();
        let question = self.one(&[0, 1]);
        match self.below(3) {
            0 => {
                record.activity = Activity::Undone { session: "s1".into(), question };
                record.scenario = "made-up".into();
            }
            1 => {
                if let Activity::Answer(answer) = self.answer() {
                    let answer = Answer { session: "s1".into(), question, ..answer };
                    record.activity = Activity::Answer(answer);
                    record.scenario = "made-up".into();
                }
            }
            _ => {}
        }
        record
    }

    pub(in crate::store) fn record(&mut self) -> Record {
        let day = TimeDelta::milliseconds(self.below(4 * 86_400_000) as i64);
        let offset = chrono::FixedOffset::east_opt(self.one(&[0, 3_600, -41_400])).unwrap();
        let at = (at(0) + day).with_timezone(&offset);
        Record {
            scenario: self.one(&["made-up", "another"]).into(),
            at,
            day: StudyDay::of(at, Rollover::at(self.one(&[0, 4])).unwrap()),
            activity: self.activity(),
        }
    }

    /// Changes a projection behind the records' back.
    fn tampering(&mut self, connection: &Connection) -> String {
        let table = self.one(&TABLES).name;
        let sql = format!("SELECT name FROM pragma_table_info('{table}') WHERE type = 'INTEGER'");
        let mut statement = connection.prepare(&sql).unwrap();
        let names = statement.query_map([], |row| row.get("name")).unwrap();
        let columns: Vec<String> = names.map(Result::unwrap).collect();
        let column = &columns[self.below(columns.len() as u64) as usize];
        match self.below(3) {
            0 => format!("DELETE FROM {table}"),
            1 => format!("UPDATE {table} SET {column} = ~{column}"),
            _ => format!("UPDATE OR REPLACE {table} SET scenario = 'nobody''s'"),
        }
    }
}

#[test]
fn whatever_was_done_a_rebuild_changes_nothing_and_repairs_everything() {
    let mut repaired = 0;
    for seed in 0..12 {
        let directory = TempDir::new().unwrap();
        let mut store = Store::open(directory.path()).unwrap();
        let mut dice = Dice(seed);
        for _ in 0..dice.below(80) {
            store.append(&dice.record()).unwrap();
        }
        let kept = dump(&store.connection);
        store.rebuild().unwrap();
        assert_eq!(dump(&store.connection), kept, "seed {seed}");
        for _ in 0..4 {
            let sql = dice.tampering(&store.connection);
            store.connection.execute(&sql, []).unwrap();
            repaired += usize::from(dump(&store.connection) != kept);
            store.rebuild().unwrap();
            assert_eq!(dump(&store.connection), kept, "seed {seed}: {sql}");
        }
        assert_eq!(store.take_skipped(), None);
    }
    assert!(repaired > 24, "{repaired} were changed");
}

#[test]
fn every_table_but_what_is_kept_is_a_projection() {
    let directory = TempDir::new().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' \
               AND name NOT IN ('record', 'database', 'restore') ORDER BY name";
    let mut statement = store.connection.prepare(sql).unwrap();
    let names = statement.query_map([], |row| row.get("name")).unwrap();
    let names: Vec<String> = names.map(Result::unwrap).collect();
    let mut tables = TABLES.map(|table| table.name);
    tables.sort_unstable();
    assert_eq!(names, tables);
}

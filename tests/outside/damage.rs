//! What happens to the history while the program runs: held by somebody, removed, replaced. Nothing
//! that was accepted is lost, nothing is told as kept that is not, and nothing is written twice.

use std::path::Path;

use redrive::store::{FILE_NAME, Store};
use redrive::tui::app::Open;
use redrive::tui::runtime::Then;
use rusqlite::Connection;
use tempfile::TempDir;

use super::support::{Dice, evening, open, play, says, says_not, text, trials};

const SIZE: (u16, u16) = (80, 24);
const NOT_SAVED: &str = "not saved yet";

/// Another program that holds the file until this is dropped.
fn hold(directory: &Path) -> Connection {
    let other = Connection::open(directory.join(FILE_NAME)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    other
}

/// For each set, which questions were answered, in the order in which they are kept.
fn kept(directory: &Path) -> Vec<Vec<u16>> {
    let history = Store::open(directory).unwrap().history().unwrap();
    let answers = |session: &redrive::store::history::SessionHistory| {
        assert_eq!(session.summary.marks.of as usize, session.answers.len());
        session.answers.iter().map(|answer| answer.question).collect()
    };
    history.iter().map(answers).collect()
}

#[test]
fn a_set_begun_and_answered_while_another_program_holds_the_history_is_kept_when_it_lets_go() {
    let directory = TempDir::new().unwrap();
    let mut runtime = open(directory.path(), &Open::Home, SIZE);
    let other = hold(directory.path());
    play(&mut runtime, "t");
    says(&runtime, NOT_SAVED);
    assert!(runtime.app().page().to_string().contains(NOT_SAVED));
    play(&mut runtime, "d<enter><enter>ab<enter><enter>");
    says(&runtime, NOT_SAVED);
    assert_eq!(kept(directory.path()), Vec::<Vec<u16>>::new());
    drop(other);
    play(&mut runtime, "<wait 300ms>");
    says(&runtime, "Everything is saved now.");
    says_not(&runtime, NOT_SAVED);
    assert_eq!(kept(directory.path()), [vec![0, 1]]);
}

#[test]
fn leaving_with_something_unsaved_is_asked_about_once() {
    let directory = TempDir::new().unwrap();
    let mut runtime = open(directory.path(), &Open::Traps, SIZE);
    let other = hold(directory.path());
    assert_eq!(play(&mut runtime, "d<enter><c-c>"), Then::GoOn);
    says(&runtime, "Not saved yet: 1 answer");
    says(&runtime, "Leave again to lose it.");
    assert_eq!(play(&mut runtime, "<c-c>"), Then::Quit);
    assert!(runtime.unsaved().is_some_and(|told| told.contains("1 answer")));
    drop(other);
}

#[test]
fn no_set_is_drawn_while_answers_to_the_last_one_wait() {
    let directory = TempDir::new().unwrap();
    let mut runtime = open(directory.path(), &Open::Traps, SIZE);
    let other = hold(directory.path());
    play(&mut runtime, "d<enter><enter>ab<enter><enter>a<enter><enter><enter>t");
    says(&runtime, "A new set waits until the last answers are saved.");
    drop(other);
    play(&mut runtime, "<wait 1s>");
    assert_eq!(kept(directory.path()), [vec![0, 1, 2]]);
}

#[test]
fn a_history_that_is_removed_while_the_program_runs_is_put_back_whole() {
    for what in ["the file", "the file and its log", "the directory"] {
        let parent = TempDir::new().unwrap();
        let directory = parent.path().join("history");
        let mut runtime = open(&directory, &Open::Traps, SIZE);
        play(&mut runtime, "d<enter><enter>");
        match what {
            "the file" => std::fs::remove_file(directory.join(FILE_NAME)).unwrap(),
            "the directory" => std::fs::remove_dir_all(&directory).unwrap(),
            _ => {
                for entry in std::fs::read_dir(&directory).unwrap() {
                    std::fs::remove_file(entry.unwrap().path()).unwrap();
                }
            }
        }
        play(&mut runtime, "ab<enter><enter>");
        assert!(!text(&runtime).contains(NOT_SAVED), "{what}: {}", text(&runtime));
        assert_eq!(kept(&directory), [vec![0, 1]], "{what}");
        play(&mut runtime, "a<enter><enter>");
        drop(runtime);
        assert_eq!(kept(&directory), [vec![0, 1, 2]], "{what}");
    }
}

#[test]
fn a_history_that_is_replaced_while_the_program_runs_is_left_alone() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join(FILE_NAME);
    let mut runtime = open(directory.path(), &Open::Traps, SIZE);
    play(&mut runtime, "d<enter><enter>");
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    play(&mut runtime, "ab<enter><enter>");
    says(&runtime, NOT_SAVED);
    std::fs::remove_dir(&file).unwrap();
    std::fs::write(&file, "somebody's letter").unwrap();
    play(&mut runtime, "<wait 1s>");
    says(&runtime, NOT_SAVED);
    assert_eq!(std::fs::read(&file).unwrap(), b"somebody's letter");
    std::fs::remove_file(&file).unwrap();
    play(&mut runtime, "<wait 1s>");
    says_not(&runtime, NOT_SAVED);
    assert_eq!(kept(directory.path()), [vec![0, 1]]);
}

#[test]
fn one_unreadable_set_is_named_on_home_and_in_the_table_and_the_rest_is_shown() {
    let directory = TempDir::new().unwrap();
    let mut runtime = open(directory.path(), &Open::Traps, SIZE);
    play(&mut runtime, "d<enter><enter>ab<enter><enter>a<enter><enter>");
    drop(runtime);
    drop(open(directory.path(), &Open::Traps, SIZE));
    let raw = Connection::open(directory.path().join(FILE_NAME)).unwrap();
    raw.execute("UPDATE session SET started = 'once' WHERE answered = 0", []).unwrap();
    drop(raw);
    let runtime = open(directory.path(), &Open::Home, SIZE);
    says(&runtime, "the time once cannot be read");
    says_not(&runtime, "New here?");
    let printed = std::process::Command::new(env!("CARGO_BIN_EXE_redrive"))
        .args(["history", "--data-dir"])
        .arg(directory.path())
        .output()
        .unwrap();
    assert_eq!(printed.status.code(), Some(1));
    assert_eq!(String::from_utf8(printed.stdout).unwrap().lines().count(), 2);
    let told = String::from_utf8(printed.stderr).unwrap();
    assert!(told.contains("the time once cannot be read") && told.lines().count() == 1, "{told}");
}

/// `redrive history` over a directory: exit status, standard output, standard error.
fn history(directory: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let printed = std::process::Command::new(env!("CARGO_BIN_EXE_redrive"))
        .args(["history", "--data-dir"])
        .arg(directory)
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (printed.status.code(), text(printed.stdout), text(printed.stderr))
}

#[test]
fn what_a_newer_program_wrote_is_shown_under_its_own_name_and_counted_as_nothing_else() {
    let directory = TempDir::new().unwrap();
    let mut runtime = open(directory.path(), &Open::Traps, SIZE);
    play(&mut runtime, "d<enter><enter>ab<enter><enter>a<enter><enter>");
    drop(runtime);
    let raw = Connection::open(directory.path().join(FILE_NAME)).unwrap();
    let sprint = "UPDATE session SET mode = 'sprint'; UPDATE record SET detail = \
                  json_set(detail, '$.mode', 'sprint') WHERE kind = 'session-started'";
    raw.execute_batch(sprint).unwrap();
    let dream = "INSERT INTO record (seq, event_id, scenario, kind, at) SELECT max(seq) + 1, \
                 'theirs', scenario, 'dream', '2026-11-24T07:00:00+01:00' FROM record";
    raw.execute(dream, []).unwrap();
    drop(raw);
    let runtime = open(directory.path(), &Open::Home, SIZE);
    says(&runtime, "sprint");
    says_not(&runtime, "skipped");
    let (status, table, told) = history(directory.path(), &[]);
    assert_eq!((status, told.as_str()), (Some(0), ""));
    assert!(table.contains("  sprint  ") && !table.contains("Timed traps"), "{table}");
    let kept = "1 record of kind dream (2026-11-24 07:00) was written by a newer Redrive. It is \
                kept unchanged and counted nowhere.\n";
    assert!(table.ends_with(kept), "{table}");
    let (status, json, told) = history(directory.path(), &["--format", "json"]);
    assert_eq!((status, told.as_str()), (Some(0), kept));
    let sessions: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&sessions[0]["mode"], sessions.as_array().unwrap().len()), (&"sprint".into(), 1));
}

#[test]
fn a_rebuild_says_what_it_made_and_repairs_what_was_changed() {
    let directory = TempDir::new().unwrap();
    let mut runtime = open(directory.path(), &Open::Traps, SIZE);
    play(&mut runtime, "d<enter><enter>ab<enter><enter>a<enter><enter>");
    drop(runtime);
    let before = history(directory.path(), &[]);
    let raw = Connection::open(directory.path().join(FILE_NAME)).unwrap();
    let count = |sql: &str| raw.query_row(sql, [], |row| row.get::<_, u32>(0)).unwrap();
    let records = count("SELECT count(*) FROM record");
    raw.execute_batch("DELETE FROM session; UPDATE item SET answered = 99").unwrap();
    assert_ne!(history(directory.path(), &[]), before);
    let (status, told, error) = history(directory.path(), &["--rebuild"]);
    assert_eq!((status, error.as_str()), (Some(0), ""));
    let path = directory.path().join(FILE_NAME);
    let made = format!(
        "The study history {} was rebuilt from its {records} records: 3 questions, 1 set, 1 day, 3 subjects, 3 misconceptions.\n",
        path.display()
    );
    assert_eq!(told, made);
    assert_eq!(history(directory.path(), &[]), before);
    assert_eq!(count("SELECT count(*) FROM item WHERE answered = 99"), 0);
    assert_eq!(count("SELECT count(*) FROM record"), records);
}

#[test]
fn a_rebuild_names_what_it_could_not_read_and_what_it_does_not_know() {
    let directory = TempDir::new().unwrap();
    let mut runtime = open(directory.path(), &Open::Traps, SIZE);
    play(&mut runtime, "d<enter><enter>ab<enter><enter>");
    drop(runtime);
    let raw = Connection::open(directory.path().join(FILE_NAME)).unwrap();
    let last = "(SELECT max(seq) FROM record WHERE kind = 'answer')";
    raw.execute(&format!("UPDATE record SET at = 'once' WHERE seq = {last}"), []).unwrap();
    let dream = "INSERT INTO record (seq, event_id, scenario, kind, at) SELECT max(seq) + 1, \
                 'theirs', scenario, 'dream', '2026-11-24T07:00:00+01:00' FROM record";
    raw.execute(dream, []).unwrap();
    let (status, told, error) = history(directory.path(), &["--rebuild"]);
    assert_eq!(status, Some(1), "what could not be read is no success");
    assert!(told.contains("1 question, 1 set, 1 day"), "{told}");
    assert!(told.ends_with(" 1 record of a kind that this Redrive does not know was skipped.\n"));
    assert!(
        error.contains("the time once cannot be read") && error.lines().count() == 1,
        "{error}"
    );
}

#[test]
fn a_rebuild_that_cannot_be_is_a_sentence_and_changes_nothing() {
    let directory = TempDir::new().unwrap();
    let missing = directory.path().join("nowhere");
    let (status, told, error) = history(&missing, &["--rebuild"]);
    assert_eq!((status, told.as_str(), missing.exists()), (Some(1), "", false));
    assert!(error.contains(" no study history ") && error.contains(" to rebuild"), "{error}");
    drop(open(directory.path(), &Open::Traps, SIZE));
    let file = directory.path().join(FILE_NAME);
    let other = hold(directory.path());
    let (status, told, error) = history(directory.path(), &["--rebuild"]);
    assert_eq!((status, told.as_str()), (Some(1), ""));
    assert!(error.starts_with("Another program holds the study history "), "{error}");
    other.execute_batch("ROLLBACK; PRAGMA user_version = 99").unwrap();
    drop(other);
    let before = std::fs::read(&file).unwrap();
    let (status, told, error) = history(directory.path(), &["--rebuild"]);
    assert_eq!((status, told.as_str()), (Some(1), ""));
    assert!(error.contains("was written by a newer Redrive (format 99"), "{error}");
    assert_eq!(std::fs::read(&file).unwrap(), before);
    let (status, _, error) = history(directory.path(), &["--rebuild", "--format", "json"]);
    assert_eq!(status, Some(2), "{error}");
}

#[test]
fn whatever_befalls_the_file_between_keys_every_answer_is_kept_once_and_in_order() {
    let keys = ["d<enter>", "<enter>", "ab<enter>", "<enter>", "a<enter>", "<enter>"];
    for trial in 1..=u64::from(trials(4)) {
        let mut dice = Dice::new(trial);
        let directory = TempDir::new().unwrap();
        let file = directory.path().join(FILE_NAME);
        let mut runtime = open(directory.path(), &Open::Home, SIZE);
        let mut held = None;
        for key in std::iter::once("t").chain(keys) {
            match dice.roll(4) {
                0 => held = held.or_else(|| file.is_file().then(|| hold(directory.path()))),
                1 => held = None,
                2 if held.is_none() => drop(std::fs::remove_file(&file)),
                _ => {}
            }
            play(&mut runtime, key);
            assert_eq!(
                text(&runtime).contains(NOT_SAVED),
                runtime.unsaved().is_some(),
                "trial {trial}"
            );
        }
        drop(held);
        play(&mut runtime, "<wait 1s>");
        assert_eq!(runtime.unsaved(), None, "trial {trial}");
        assert_eq!(kept(directory.path()), [vec![0, 1, 2]], "trial {trial}");
    }
}

/// Opens a history and asks it everything: either it works, or it is refused in one line and is left
/// byte for byte as it was.
fn works_or_is_refused(bytes: &[u8], what: &str) -> bool {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join(FILE_NAME);
    std::fs::write(&file, bytes).unwrap();
    let told = match Store::open(directory.path()) {
        Ok(store) => {
            let asked = store
                .progress(&"reminder-letters".into(), evening())
                .and_then(|_| store.items(&"reminder-letters".into()))
                .and_then(|_| store.history());
            asked.err().map(|cause| cause.to_string())
        }
        Err(cause) => {
            assert!(std::fs::read(&file).unwrap() == bytes, "{what}: refused, and changed");
            Some(cause.to_string())
        }
    };
    let Some(told) = told else { return true };
    assert!(!told.contains('\n') && told.contains(FILE_NAME), "{what}: {told}");
    false
}

#[test]
fn a_truncated_or_flipped_history_works_or_is_refused_unchanged() {
    let directory = TempDir::new().unwrap();
    let mut runtime = open(directory.path(), &Open::Traps, SIZE);
    play(&mut runtime, "d<enter><enter>ab<enter><enter>");
    drop(runtime);
    let whole = std::fs::read(directory.path().join(FILE_NAME)).unwrap();
    assert!(works_or_is_refused(&whole, "whole"));
    let mut dice = Dice::new(0);
    for trial in 0..trials(60) {
        let at = dice.roll(whole.len() as u64) as usize;
        works_or_is_refused(&whole[..at], &format!("{at} bytes of {}", whole.len()));
        // Most that can be wrong is said on the first pages.
        let at = if trial % 2 == 0 { at % 4096 } else { at };
        let bit = dice.roll(8);
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << bit;
        works_or_is_refused(&flipped, &format!("bit {bit} of byte {at}"));
    }
    for length in (1..whole.len()).step_by(4096).chain([99, 100, 511, 512, 4095]) {
        assert!(!works_or_is_refused(&whole[..length], "truncated"), "{length}");
    }
}

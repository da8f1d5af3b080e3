//! The history goes out of one machine and comes into another.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// Runs the program on the made-up course with a history in `directory`.
fn redrive(directory: &Path, arguments: &[&str]) -> (i32, String, String) {
    let course = crate::support::course();
    let mut command = Command::new(env!("CARGO_BIN_EXE_redrive"));
    command.env("LC_ALL", "C.UTF-8").env_remove("REDRIVE_DATA_DIR");
    command.arg("--data-dir").arg(directory).arg("--content").arg(course).args(arguments);
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Answers two questions and makes a prediction.
fn study(directory: &Path, now: &str) {
    let keys = ["--now", now, "--keys", "<enter>1<esc>t12<enter><enter>12<enter><esc>"];
    let (status, _, error) = redrive(directory, &keys);
    assert_eq!((status, error.as_str()), (0, ""));
}

#[test]
fn an_import_first_says_what_would_come_and_then_brings_it_once() {
    let (laptop, tower) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    study(laptop.path(), "2026-11-23T18:00:00+01:00");
    study(tower.path(), "2026-11-24T18:00:00+01:00");
    let (status, exported, error) = redrive(laptop.path(), &["export"]);
    assert_eq!((status, error.as_str()), (0, ""));
    let file = tower.path().join("laptop.jsonl");
    std::fs::write(&file, &exported).unwrap();
    let file = file.to_str().unwrap();

    let before = redrive(tower.path(), &["export"]).1;
    let (status, would, _) = redrive(tower.path(), &["import", file]);
    assert_eq!(status, 0);
    assert!(would.starts_with("2026-11-23  2 answers, 1 prediction, 1 set, "), "{would}");
    assert!(would.contains("Nothing was changed: --apply imports them."), "{would}");
    assert_eq!(redrive(tower.path(), &["export"]).1, before);

    let (status, did, _) = redrive(tower.path(), &["import", file, "--apply"]);
    assert!(status == 0 && did.contains(" imported; 0 were here already."), "{did}");
    let both = redrive(tower.path(), &["export"]).1;
    let lines = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(lines(&both), &lines(&before) | &lines(&exported));
    let (_, again, _) = redrive(tower.path(), &["import", file, "--apply"]);
    assert!(again.starts_with("Nothing new: all of its "), "{again}");
    assert_eq!(redrive(tower.path(), &["export"]).1, both);
    let sessions = redrive(tower.path(), &["history"]).1;
    assert_eq!(sessions.lines().count(), 3, "{sessions}");
}

#[test]
fn a_file_that_is_no_export_is_refused_in_a_sentence() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("notes.txt");
    std::fs::write(&file, "buy milk\n").unwrap();
    let (status, out, error) = redrive(directory.path(), &["import", file.to_str().unwrap()]);
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(error.ends_with("notes.txt was not imported: it is no export of a Redrive history: its first line does not say so.\n"), "{error}");
    let (status, _, error) = redrive(directory.path(), &["import", "/nowhere/x"]);
    assert!(status == 2 && error.contains("The file /nowhere/x cannot be read"), "{error}");
}

#[test]
fn answers_are_a_table() {
    let directory = TempDir::new().unwrap();
    let none = redrive(directory.path(), &["export", "--format", "csv"]);
    assert_eq!(none.0, 1);
    assert!(none.2.starts_with("There is no study history in "), "{}", none.2);
    study(directory.path(), "2026-11-23T18:00:00+01:00");
    let (status, table, _) = redrive(directory.path(), &["export", "--format", "csv"]);
    assert_eq!(status, 0);
    let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(lines.len(), 3, "{table}");
    assert_eq!(lines[0][4], "item");
    assert!(lines.iter().all(|line| line.len() == lines[0].len()), "{table}");
    assert!(lines[1..].iter().all(|line| line[10] == "true"), "first attempts: {table}");
}

#[test]
fn each_question_is_a_note_for_anki() {
    let directory = TempDir::new().unwrap();
    let (status, notes, error) = redrive(directory.path(), &["export", "--format", "anki"]);
    assert_eq!((status, error.as_str()), (0, ""));
    let head: Vec<&str> = notes.lines().take_while(|line| line.starts_with('#')).collect();
    assert_eq!(head, ["#separator:tab", "#html:true", "#guid column:1", "#tags column:4"]);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .has_headers(false)
        .comment(Some(b'#'))
        .from_reader(notes.as_bytes());
    let notes: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let library = crate::support::made_up();
    let scenario = &library.index().scenarios[0];
    assert_eq!(notes.len(), scenario.question_count as usize);
    for note in &notes {
        assert_eq!(note.len(), 4);
        assert!(note[0].starts_with("redrive:reminder-letters:"), "{note:?}");
        assert!(note[1].contains("<ol type=\"A\"><li>") && !note[1].contains("{{c"), "{note:?}");
        assert!(note[2].starts_with("<p><b>") && note[2].contains("<i>"), "{note:?}");
        assert!(note[3].contains("redrive::task::"), "{note:?}");
    }
    assert!(!directory.path().join("redrive.db").exists(), "no history is made");
}

//! `redrive history`: prints the study sessions as a table or JSON, or rebuilds everything derived
//! from the records.

use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::course::Courses;
use super::{Failure, Shared, print};
use crate::store::Store;
use crate::store::history::{SessionHistory, UnknownKind};
use crate::store::projection::Rebuilt;
use crate::study::catalog::CourseCatalog;
use crate::study::evidence::Certainty;
use crate::study::record::Answer;
use crate::visible;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Rebuild everything derived from the records, and report the result
    #[arg(long, conflicts_with = "format")]
    rebuild: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Json,
}

pub(super) fn run(arguments: &Arguments, shared: &Shared) -> Result<ExitCode, Failure> {
    let directory = shared.data_directory()?;
    if arguments.rebuild && shared.course.is_some() {
        return Err(Failure::usage(
            "--rebuild rebuilds the history of all courses: leave --course out.",
        ));
    }
    let store =
        Store::open_existing(&directory, Rc::new(CourseCatalog::new(Rc::new(shared.library()?))))?;
    if arguments.rebuild {
        return rebuild(store, &directory);
    }
    let (sessions, unknown, skipped) = match store {
        Some(store) => (store.history()?, store.unknown_kinds()?, store.take_skipped()),
        None => (Vec::new(), Vec::new(), None),
    };
    let sessions = of_course(sessions, shared)?;
    match arguments.format {
        Format::Table => {
            // Rows that could not be read do not mean that the history is empty.
            if !sessions.is_empty() || skipped.is_none() {
                print::text(&table(&sessions))?;
            }
            for kind in &unknown {
                print::text(&format!("{}\n", kept(kind)))?;
            }
        }
        Format::Json => {
            let list: Vec<Value> = sessions.iter().map(session).collect();
            print::json(&format!("{:#}\n", Value::from(list)))?;
            // The JSON is a list of sessions and has no place for unknown kinds.
            for kind in &unknown {
                print::error(&kept(kind));
            }
        }
    }
    ended(skipped)
}

/// Keeps the sessions of the course that `--course` names. A history may hold sessions of a course
/// that the library no longer has; an id that neither has is a usage error.
fn of_course(
    mut sessions: Vec<SessionHistory>,
    shared: &Shared,
) -> Result<Vec<SessionHistory>, Failure> {
    if let Some(id) = &shared.course {
        sessions.retain(|session| session.scenario.as_str() == id);
        if sessions.is_empty() {
            Courses::load(shared)?;
        }
    }
    Ok(sessions)
}

/// Reports skipped rows last, and exits with a failure if there were any.
fn ended(skipped: Option<String>) -> Result<ExitCode, Failure> {
    match skipped {
        Some(sentence) => Err(Failure { sentence, status: 1 }),
        None => Ok(ExitCode::SUCCESS),
    }
}

fn rebuild(store: Option<Store>, directory: &Path) -> Result<ExitCode, Failure> {
    let Some(mut store) = store else {
        let directory = directory.display();
        let sentence = format!(
            "There is no study history in {directory} to rebuild: name its directory with \
             --data-dir."
        );
        return Err(Failure { sentence, status: 1 });
    };
    let rebuilt = store.rebuild()?;
    print::text(&made(&rebuilt, store.path()))?;
    ended(store.take_skipped())
}

/// `The study history … was rebuilt from its 12 records: 2 questions, 1 set.`
fn made(rebuilt: &Rebuilt, path: &Path) -> String {
    let rows = rebuilt.rows.iter().filter(|(_, count)| *count > 0);
    let rows: Vec<String> = rows.map(|(table, count)| counted(*count, table.words)).collect();
    let rows = if rows.is_empty() { "nothing yet".to_owned() } else { rows.join(", ") };
    let path = path.display();
    let records = counted(rebuilt.records, RECORDS);
    let left_out = match rebuilt.unknown {
        0 => String::new(),
        count => format!(
            " {} of a kind that this Redrive does not know {} skipped.",
            counted(count, RECORDS),
            if count == 1 { "was" } else { "were" }
        ),
    };
    format!("The study history {path} was rebuilt from its {records}: {rows}.{left_out}\n")
}

const RECORDS: (&str, &str) = ("record", "records");

fn counted(count: u32, (one, many): (&str, &str)) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Describes records that a newer program wrote, under their stored name.
fn kept(kind: &UnknownKind) -> String {
    let UnknownKind { name, records, latest } = kind;
    let name = visible::line(name);
    let latest = latest.format("%Y-%m-%d %H:%M");
    match records {
        1 => format!(
            "1 record of kind {name} ({latest}) was written by a newer Redrive. It is kept \
             unchanged and counted nowhere."
        ),
        many => format!(
            "{many} records of kind {name} (the last {latest}) were written by a newer \
             Redrive. They are kept unchanged and counted nowhere."
        ),
    }
}

fn table(sessions: &[SessionHistory]) -> String {
    use std::fmt::Write;
    if sessions.is_empty() {
        return "No sessions yet: redrive quiz starts one.\n".to_owned();
    }
    let mut text = format!(
        "{:<16}  {:<14}  {:>5}  {:>5}  {:>5}  {:>7}  {}\n",
        "started", "mode", "asked", "right", "%", "spent", "scenario"
    );
    for session in sessions {
        let summary = &session.summary;
        let _ = writeln!(
            text,
            "{:<16}  {:<14}  {:>2}/{:<2}  {:>5}  {:>5}  {:>5} s  {}",
            summary.started.format("%Y-%m-%d %H:%M"),
            visible::line(summary.mode.title()),
            summary.marks.of,
            summary.planned,
            summary.marks.right,
            summary.marks.percent(),
            summary.spent_ms / 1000,
            visible::line(session.scenario.as_str()),
        );
    }
    text
}

fn session(session: &SessionHistory) -> Value {
    let summary = &session.summary;
    json!({
        "scenario": session.scenario.as_str(),
        "session": summary.id.as_str(),
        "mode": summary.mode.id(),
        "started": summary.started.to_rfc3339(),
        "ended": summary.ended.map(|ended| ended.to_rfc3339()),
        "planned": summary.planned,
        "answered": summary.marks.of,
        "right": summary.marks.right,
        "spent_ms": summary.spent_ms,
        "answers": session.answers.iter().map(answer).collect::<Vec<_>>(),
    })
}

fn answer(answer: &Answer) -> Value {
    json!({
        "item": answer.item.as_str(),
        "version": answer.version.to_string(),
        "lesson": answer.lesson.as_str(),
        "shown": answer.shown,
        "choice": answer.choice,
        "correct": answer.correct,
        "certainty": answer.certainty.map(Certainty::number),
        "elapsed_ms": answer.elapsed_ms,
    })
}

//! `redrive history`: the study sessions, as a table or as JSON.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::{Failure, Shared, print};
use crate::store::Store;
use crate::store::history::{SessionHistory, UnknownKind};
use crate::study::record::Answer;
use crate::visible;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Json,
}

pub(super) fn run(arguments: &Arguments, shared: &Shared) -> Result<ExitCode, Failure> {
    let store = Store::open_existing(&shared.data_directory()?)?;
    let (sessions, unknown, skipped) = match store {
        Some(store) => (store.history()?, store.unknown_kinds()?, store.take_skipped()),
        None => (Vec::new(), Vec::new(), None),
    };
    match arguments.format {
        // What could not be read is no reason to say that there is nothing.
        Format::Table if sessions.is_empty() && skipped.is_some() => {}
        Format::Table => {
            print::text(&table(&sessions))?;
            for kind in &unknown {
                print::text(&format!("{}\n", kept(kind)))?;
            }
        }
        Format::Json => {
            let list: Vec<Value> = sessions.iter().map(session).collect();
            print::json(&format!("{:#}\n", Value::from(list)))?;
            // The list is one of sessions.
            for kind in &unknown {
                print::error(&kept(kind));
            }
        }
    }
    match skipped {
        Some(sentence) => Err(Failure { sentence, status: 1 }),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// Says what a newer program wrote, under its own name.
fn kept(kind: &UnknownKind) -> String {
    let UnknownKind { name, records, latest } = kind;
    let name = visible::line(name);
    let latest = latest.format("%Y-%m-%d %H:%M");
    match records {
        1 => format!(
            "1 record of the kind {name} ({latest}) was written by a newer Redrive. It is kept as \
             it is, and counted nowhere."
        ),
        many => format!(
            "{many} records of the kind {name} (the last {latest}) were written by a newer \
             Redrive. They are kept as they are, and counted nowhere."
        ),
    }
}

fn table(sessions: &[SessionHistory]) -> String {
    use std::fmt::Write;
    if sessions.is_empty() {
        return "No sessions yet: redrive quiz begins one.\n".to_owned();
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
        "certainty": answer.certainty,
        "elapsed_ms": answer.elapsed_ms,
    })
}

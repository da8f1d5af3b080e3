//! `redrive export` and `redrive import`: the history out and in, and the questions for Anki.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;

use clap::{Args, ValueEnum};

use super::course::Courses;
use super::{Failure, Shared, print, read_at_most};
use crate::content::course::{Misconception, Question, ScenarioEntry};
use crate::content::visible;
use crate::store::Store;
use crate::store::exchange::Imported;
use crate::store::history::SessionHistory;
use crate::study::catalog::CourseCatalog;
use crate::study::evidence::Certainty;
use crate::study::reading::plain;
use crate::tui::count::counted;

/// Size limit of an import: some years of study.
const IMPORT_BYTES_MAX: u64 = 1 << 30;

#[derive(Debug, Args)]
pub(super) struct Export {
    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// Every record, one JSON object a line, for `redrive import`
    Json,
    /// Every answer, a line each, for a spreadsheet
    Csv,
    /// Every question of the course, a note each, for Anki
    Anki,
}

#[derive(Debug, Args)]
pub(super) struct Import {
    /// An export of another machine
    file: PathBuf,
    /// Import it; without this, only say what would come
    #[arg(long)]
    apply: bool,
}

pub(super) fn export(arguments: &Export, shared: &Shared) -> Result<ExitCode, Failure> {
    let courses = Courses::load(shared)?;
    if let Format::Anki = arguments.format {
        print::text(&anki(&courses)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    if shared.course.is_some() && matches!(arguments.format, Format::Json) {
        return Err(Failure::usage(
            "An export holds the history of all courses: leave --course out.",
        ));
    }
    let directory = shared.data_directory()?;
    let store = Store::open_existing(&directory, catalog(courses))?;
    let Some(store) = store else {
        let sentence = format!(
            "There is no study history in {} to export: name its directory with --data-dir.",
            directory.display()
        );
        return Err(Failure { sentence, status: 1 });
    };
    match arguments.format {
        Format::Csv => {
            let mut sessions = store.history()?;
            if let Some(id) = &shared.course {
                sessions.retain(|session| session.scenario.as_str() == id);
            }
            print::text(&csv(&sessions)?)?;
        }
        Format::Json | Format::Anki => {
            let mut text = String::new();
            store.export(|line| {
                text.push_str(&line);
                text.push('\n');
            })?;
            print::json(&text)?;
        }
    }
    match store.take_skipped() {
        Some(sentence) => Err(Failure { sentence, status: 1 }),
        None => Ok(ExitCode::SUCCESS),
    }
}

fn catalog(courses: Courses) -> Rc<CourseCatalog> {
    Rc::new(CourseCatalog::new(Rc::new(courses.into_library())))
}

/// Joins lines of fields.
fn table(separator: u8, lines: &[Vec<String>]) -> Result<String, Failure> {
    let mut writer = csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
    for line in lines {
        writer.write_record(line)?;
    }
    let bytes = writer.into_inner()?;
    Ok(String::from_utf8(bytes)?)
}

fn csv(sessions: &[SessionHistory]) -> Result<String, Failure> {
    const HEAD: [&str; 12] = [
        "scenario",
        "session",
        "mode",
        "started",
        "item",
        "version",
        "lesson",
        "choice",
        "correct",
        "certainty",
        "first",
        "seconds",
    ];
    let mut lines = vec![HEAD.map(str::to_owned).to_vec()];
    for session in sessions {
        let summary = &session.summary;
        for answer in &session.answers {
            let choice: Vec<String> = answer.choice.iter().map(u8::to_string).collect();
            let certainty = answer.certainty.map(|is| Certainty::number(is).to_string());
            lines.push(vec![
                session.scenario.to_string(),
                summary.id.to_string(),
                summary.mode.id().to_owned(),
                summary.started.to_rfc3339(),
                answer.item.to_string(),
                answer.version.to_string(),
                answer.lesson.to_string(),
                choice.join(" "),
                answer.correct.to_string(),
                certainty.unwrap_or_default(),
                answer.is_first.map(|is| is.to_string()).unwrap_or_default(),
                format!("{:.1}", f64::from(answer.elapsed_ms) / 1000.0),
            ]);
        }
    }
    table(b',', &lines)
}

/// The questions as notes: an id by which Anki knows a note again, front, back, tags.
fn anki(courses: &Courses) -> Result<String, Failure> {
    let mut lines = Vec::new();
    for scenario in courses.all() {
        let misconceptions = courses.library().misconceptions(scenario)?;
        for entry in courses.library().questions(scenario)? {
            let question = courses.library().question(&entry)?;
            lines.push(note(&misconceptions, scenario, &question));
        }
    }
    let head = "#separator:tab\n#html:true\n#guid column:1\n#tags column:4\n";
    Ok(format!("{head}{}", table(b'\t', &lines)?))
}

fn note(
    misconceptions: &[Misconception],
    scenario: &ScenarioEntry,
    question: &Question,
) -> Vec<String> {
    let letter = |index: usize| char::from(b'A' + (index % 26) as u8);
    let (mut options, mut reasons) = (Vec::new(), Vec::new());
    let mut right = Vec::new();
    for (index, option) in question.options.iter().enumerate() {
        options.push(format!("<li>{}</li>", escaped(&plain(&option.text))));
        if option.right {
            right.push(letter(index).to_string());
        }
        let named = misconceptions.iter().find(|known| Some(&known.id) == option.trap.as_ref());
        let named = named.map(|known| format!(" <i>{}</i>", escaped(&known.name)));
        reasons.push(format!(
            "<p>{}{} {}</p>",
            letter(index),
            named.unwrap_or_default(),
            escaped(&plain(&option.why))
        ));
    }
    let stem = question.stem.iter().map(|part| format!("<p>{}</p>", escaped(&plain(part))));
    let stem = stem.collect::<Vec<_>>().join("\n");
    let choose = if question.choose > 1 {
        format!("<p>Choose {}.</p>", question.choose)
    } else {
        String::new()
    };
    let mut tags = vec![format!("redrive::{}::{}", scenario.id, question.lesson)];
    tags.push(format!("redrive::task::{}", question.task));
    tags.extend(question.concepts.iter().map(|concept| format!("redrive::concept::{concept}")));
    vec![
        format!("redrive:{}:{}", scenario.id, question.id),
        format!("{stem}{choose}<ol type=\"A\">{}</ol>", options.join("")),
        format!("<p><b>{}</b></p>{}", right.join(", "), reasons.join("")),
        tags.join(" "),
    ]
}

/// Text that HTML does not read as its own.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

pub(super) fn import(arguments: &Import, shared: &Shared) -> Result<ExitCode, Failure> {
    let text = read_at_most(IMPORT_BYTES_MAX, &arguments.file, "file")?;
    let courses = Courses::load(shared)?;
    let mut store = Store::open_with(&shared.data_directory()?, catalog(courses))?;
    let refused = |cause: &dyn std::fmt::Display| {
        let file = visible::line(&arguments.file.display().to_string()).into_owned();
        Failure { sentence: format!("{file} was not imported: {cause}."), status: 1 }
    };
    let imported = if arguments.apply { store.import(&text) } else { store.preview(&text) };
    let imported = imported.map_err(|cause| refused(&cause))?;
    print::text(&listed(&imported, arguments.apply))?;
    Ok(ExitCode::SUCCESS)
}

/// Kinds of record that are work, by their stored names, and what one is called.
const WORK: [(&str, &str); 5] = [
    ("answer", "answer"),
    ("prediction", "prediction"),
    ("bet", "bet"),
    ("repair", "repair"),
    ("session-started", "set"),
];
/// The others: movements in the text, clocks, and what a newer program wrote.
const OTHER: (&str, &str) = ("", "other record");

/// What came or would come, by study day.
fn listed(imported: &Imported, is_done: bool) -> String {
    let mut lines = Vec::new();
    let mut days: BTreeMap<&str, BTreeMap<usize, u32>> = BTreeMap::new();
    for ((kind, day), count) in &imported.new {
        let work = WORK.iter().position(|(name, ..)| name == kind).unwrap_or(WORK.len());
        *days.entry(day).or_default().entry(work).or_default() += count;
    }
    for (day, kinds) in days {
        let counts = kinds.into_iter().map(|(work, count)| {
            let (_, what) = WORK.get(work).copied().unwrap_or(OTHER);
            counted(count as usize, what)
        });
        let counts: Vec<String> = counts.collect();
        lines.push(format!("{}  {}", visible::line(day), counts.join(", ")));
    }
    let (count, known) = (imported.count(), imported.known);
    let records = |count: u32| counted(count as usize, "record");
    lines.push(match (count, is_done) {
        (0, _) => format!("Nothing new: all of its {} are here already.", records(known)),
        (_, true) => format!("{} imported; {known} were here already.", records(count)),
        (_, false) => format!(
            "{} would come; {known} are here already. Nothing was changed: --apply imports them.",
            records(count)
        ),
    });
    lines.join("\n") + "\n"
}

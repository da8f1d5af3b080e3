//! The command line: one verb per file. Errors end here, as sentences on standard error.

mod check;
mod course;
mod exchange;
mod history;
mod place;
mod plan;
mod print;
mod progress;
mod run_workflow;
mod simulate;
mod study;
mod test_event_pattern;

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::{DateTime, FixedOffset};
use clap::{Args, Parser, Subcommand};

use crate::clock::Clock;
use crate::tui::motion::Motion;

/// Exit status for a usage error, or a command that cannot work here.
const USAGE: u8 = 2;

/// An interactive study terminal for AWS exams: read, answer timed traps, and watch a live
/// pipeline retry and dead-letter its messages. No network, no account.
#[derive(Debug, Parser)]
#[command(name = "redrive", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    shared: Shared,
    #[command(flatten)]
    script: Script,
}

/// Options every verb accepts.
#[derive(Debug, Clone, Args)]
struct Shared {
    /// Directory of the study history [default: the XDG data directory]
    #[arg(long, global = true, value_name = "DIR", env = "REDRIVE_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// Read the course from a folder instead of the built-in one
    #[arg(long, global = true, value_name = "DIR")]
    content: Option<PathBuf>,
    /// Open this course, by the name of its folder
    #[arg(long, global = true, value_name = "ID")]
    course: Option<String>,
    /// Amount of motion on the screen; less motion means fewer repaints
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "HOW",
        default_value = "full",
        env = "REDRIVE_MOTION"
    )]
    motion: Motion,
}

/// Options for running the app without a terminal.
#[derive(Debug, Clone, Args)]
struct Script {
    /// Run the app on scripted keys, without a terminal: 'jj<enter><wait 2s>'
    #[arg(long, global = true, value_name = "SCRIPT")]
    keys: Option<String>,
    /// Print the last frame
    #[arg(long, global = true)]
    print: bool,
    /// Print the last screen as text in reading order instead of its picture
    #[arg(long, global = true)]
    plain: bool,
    /// Columns and rows of the frame
    #[arg(long, global = true, value_name = "WxH", default_value = "80x24")]
    size: String,
    /// Set the wall clock of a scripted run, such as 2026-11-23T18:00:00+01:00
    #[arg(long, global = true, value_name = "TIME")]
    now: Option<String>,
}

impl Script {
    /// Returns the wall time of a run: `--now`, or the current time.
    fn wall(&self) -> Result<DateTime<FixedOffset>, Failure> {
        match &self.now {
            None => Ok(Clock::system().now().wall),
            Some(time) => DateTime::parse_from_rfc3339(time).map_err(|_| {
                Failure::usage(format!(
                    "--now {time} is not a time: write it as 2026-11-23T18:00:00+01:00."
                ))
            }),
        }
    }
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Open a lesson by name or number
    Read {
        /// `resilience` or `7`; without it, the contents
        lesson: Option<String>,
    },
    /// Open a set of timed traps
    Quiz,
    /// Open the live pipeline
    Live {
        /// A design of the course, or an experiment file; without it, the main design of the course
        what: Option<String>,
    },
    /// Open a lab or an incident; without an id, list them
    Lab { id: Option<String> },
    /// Check a content folder like a compiler: report every mistake with its place
    Check(check::Arguments),
    /// Print the study sessions
    History(history::Arguments),
    /// Plan the days until the exam, or print the plan
    Plan(plan::Arguments),
    /// Print the study history, its answers, or the questions of the course for Anki
    Export(exchange::Export),
    /// Import the history of another machine: first say what would come
    Import(exchange::Import),
    /// Run a design, a lab or an experiment without a screen, and print the outcome
    Simulate(simulate::Arguments),
    /// Print whether an event matches an EventBridge event pattern
    TestEventPattern(test_event_pattern::Arguments),
    /// Run an Amazon States Language workflow on a virtual clock
    RunWorkflow(run_workflow::Arguments),
}

impl Verb {
    /// The verb as it is typed.
    fn name(&self) -> &'static str {
        match self {
            Self::Read { .. } => "read",
            Self::Quiz => "quiz",
            Self::Live { .. } => "live",
            Self::Lab { .. } => "lab",
            Self::Check(_) => "check",
            Self::History(_) => "history",
            Self::Plan(_) => "plan",
            Self::Export(_) => "export",
            Self::Import(_) => "import",
            Self::Simulate(_) => "simulate",
            Self::TestEventPattern(_) => "test-event-pattern",
            Self::RunWorkflow(_) => "run-workflow",
        }
    }
}

/// Runs the command line and returns the exit status.
#[must_use]
pub fn main() -> ExitCode {
    told_panics();
    let cli = match parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(status) => return status,
    };
    let done = match &cli.verb {
        Some(verb @ (Verb::TestEventPattern(_) | Verb::RunWorkflow(_)))
            if cli.shared.course.is_some() =>
        {
            Err(Failure::usage(format!("{} opens no course: leave --course out.", verb.name())))
        }
        Some(Verb::Check(arguments)) => check::run(arguments, &cli.shared),
        Some(Verb::History(arguments)) => history::run(arguments, &cli.shared),
        Some(Verb::Plan(arguments)) => plan::run(arguments, &cli.shared, &cli.script),
        Some(Verb::Export(arguments)) => exchange::export(arguments, &cli.shared),
        Some(Verb::Import(arguments)) => exchange::import(arguments, &cli.shared),
        Some(Verb::Simulate(arguments)) => simulate::run(arguments, &cli.shared),
        Some(Verb::TestEventPattern(arguments)) => test_event_pattern::run(arguments),
        Some(Verb::RunWorkflow(arguments)) => {
            cli.script.wall().and_then(|wall| run_workflow::run(arguments, wall.timestamp_micros()))
        }
        verb => study::run(verb.as_ref(), &cli.shared, &cli.script),
    };
    done.unwrap_or_else(|failure| {
        if !failure.sentence.is_empty() {
            print::error(&failure.sentence);
        }
        ExitCode::from(failure.status)
    })
}

/// Parses the command line. On `--help` or an error, prints the text and returns the exit status.
fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Cli, ExitCode> {
    Cli::try_parse_from(arguments).map_err(|told| {
        // The message repeats arguments, so print it like any other foreign text.
        let text = told.render().to_string();
        let status = u8::try_from(told.exit_code()).unwrap_or(USAGE);
        if status == 0 {
            let _ = print::text(&text);
        } else {
            print::error(text.trim_end());
        }
        ExitCode::from(status)
    })
}

/// Reports a panic, which is a bug of ours; its message may quote foreign text.
fn told_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let trace = std::backtrace::Backtrace::capture();
        print::error(&format!("Redrive hit a bug and stopped: {panic}"));
        if trace.status() == std::backtrace::BacktraceStatus::Captured {
            print::error(&trace.to_string());
        }
    }));
}

/// Why a verb failed: a sentence and the exit status.
struct Failure {
    sentence: String,
    status: u8,
}

impl Failure {
    /// A usage error, or a command that cannot work here.
    fn usage(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), status: USAGE }
    }

    /// The reader closed the pipe: stop without an error.
    fn enough() -> Self {
        Self { sentence: String::new(), status: 0 }
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { sentence: error.to_string(), status: 1 }
    }
}

/// Returns a document given on the command line, as its text or as `file://` and a path.
fn document(given: &str) -> Result<String, Failure> {
    match given.strip_prefix("file://") {
        None => Ok(given.to_owned()),
        Some(path) => read(Path::new(path), "file"),
    }
}

/// Size limit of a document: a pipe may never end.
const DOCUMENT_BYTES_MAX: u64 = 64 << 20;

/// Reads a file named on the command line and strips a byte order mark; `what` names the file in
/// messages.
fn read(path: &Path, what: &str) -> Result<String, Failure> {
    read_at_most(DOCUMENT_BYTES_MAX, path, what)
}

/// Reads a file of at most so many bytes.
fn read_at_most(most: u64, path: &Path, what: &str) -> Result<String, Failure> {
    let unread = |cause: String| {
        Failure::usage(format!("The {what} {} cannot be read: {cause}.", path.display()))
    };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|cause| unread(cause.to_string()))?;
    let read = file.take(most + 1).read_to_end(&mut bytes);
    read.map_err(|cause| unread(cause.to_string()))?;
    if bytes.len() as u64 > most {
        return Err(unread(format!("it has more than {} MiB", most >> 20)));
    }
    let text = String::from_utf8(bytes).map_err(|_| unread("it is not UTF-8 text".to_owned()))?;
    Ok(unmarked(&text).to_owned())
}

/// Strips the byte order mark that some editors write.
fn unmarked(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

//! The command line: one verb, one file. Errors end here, as sentences on standard error.

mod check;
mod history;
mod place;
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

/// Exit status of a command that was given wrongly or cannot work here.
const USAGE: u8 = 2;

/// An interactive SAA-C03 study terminal: read, answer timed traps, and watch a live order
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

/// What every verb knows.
#[derive(Debug, Clone, Args)]
struct Shared {
    /// Where the study history is kept [default: the XDG data directory]
    #[arg(long, global = true, value_name = "DIR", env = "REDRIVE_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// Read the course from a folder instead of the built-in one
    #[arg(long, global = true, value_name = "DIR")]
    content: Option<PathBuf>,
    /// How much moves on the screen; less motion means fewer repaints
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

/// Running the app without a terminal.
#[derive(Debug, Clone, Args)]
struct Script {
    /// Run the app on scripted keys, without a terminal: 'jj<enter><wait 2s>'
    #[arg(long, global = true, value_name = "SCRIPT")]
    keys: Option<String>,
    /// Print the last frame
    #[arg(long, global = true)]
    print: bool,
    /// Print the last screen in reading order instead of its picture
    #[arg(long, global = true)]
    plain: bool,
    /// Columns and rows of the printed frame
    #[arg(long, global = true, value_name = "WxH", default_value = "80x24")]
    size: String,
    /// The wall clock of a scripted run, such as 2026-11-23T18:00:00+01:00
    #[arg(long, global = true, value_name = "TIME")]
    now: Option<String>,
}

impl Script {
    /// The wall clock of a run: as given, or as it is.
    fn wall(&self) -> Result<DateTime<FixedOffset>, Failure> {
        match &self.now {
            None => Ok(Clock::system().now().wall),
            Some(time) => DateTime::parse_from_rfc3339(time).map_err(|_| {
                Failure::usage(format!(
                    "--now {time} is no time: write it as 2026-11-23T18:00:00+01:00."
                ))
            }),
        }
    }
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Open a lesson, by its name or number
    Read {
        /// `resilience` or `7`; the contents when left out
        lesson: Option<String>,
    },
    /// Open a set of timed traps
    Quiz,
    /// Open the live order pipeline
    Live {
        /// A design of the course, or the file of an experiment; the first design when left out
        what: Option<String>,
    },
    /// Open a lab or an incident; the list of them when none is named
    Lab { id: Option<String> },
    /// Check a folder of content, like a compiler: every mistake, with its place
    Check(check::Arguments),
    /// Print the study sessions
    History(history::Arguments),
    /// Run a design, a lab or an experiment without a screen, and say what came of it
    Simulate(simulate::Arguments),
    /// Say whether an event matches an EventBridge event pattern
    TestEventPattern(test_event_pattern::Arguments),
    /// Run a workflow in Amazon States Language on a virtual clock
    RunWorkflow(run_workflow::Arguments),
}

/// Runs the command line and says how it ended.
#[must_use]
pub fn main() -> ExitCode {
    told_panics();
    let cli = match parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(status) => return status,
    };
    let done = match &cli.verb {
        Some(Verb::Check(arguments)) => check::run(arguments, &cli.shared),
        Some(Verb::History(arguments)) => history::run(arguments, &cli.shared),
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

/// What the command line says; or help, or what is wrong with it, told, and the exit status.
fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Cli, ExitCode> {
    Cli::try_parse_from(arguments).map_err(|told| {
        // It repeats arguments, and is printed as all is that somebody else wrote.
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

/// A panic is a mistake of ours, and its message may quote what somebody else wrote.
fn told_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let trace = std::backtrace::Backtrace::capture();
        print::error(&format!("Redrive has made a mistake and stops: {panic}"));
        if trace.status() == std::backtrace::BacktraceStatus::Captured {
            print::error(&trace.to_string());
        }
    }));
}

/// Why a verb could not do its work: a sentence, and the exit status.
struct Failure {
    sentence: String,
    status: u8,
}

impl Failure {
    /// The command was given wrongly, or cannot work here.
    fn usage(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), status: USAGE }
    }

    /// Nobody reads on: the work ends, and nothing was wrong.
    fn enough() -> Self {
        Self { sentence: String::new(), status: 0 }
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { sentence: error.to_string(), status: 1 }
    }
}

/// A document given on the command line: its text, or `file://` and where it is.
fn document(given: &str) -> Result<String, Failure> {
    match given.strip_prefix("file://") {
        None => Ok(given.to_owned()),
        Some(path) => read(Path::new(path), "file"),
    }
}

/// No document is larger: what comes through a pipe may have no end.
const DOCUMENT_BYTES_MAX: u64 = 64 << 20;

/// The text of a file that the command line names, without a byte order mark before it; `what` it is,
/// for messages.
fn read(path: &Path, what: &str) -> Result<String, Failure> {
    let unread = |cause: String| {
        Failure::usage(format!("The {what} {} cannot be read: {cause}.", path.display()))
    };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|cause| unread(cause.to_string()))?;
    let read = file.take(DOCUMENT_BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|cause| unread(cause.to_string()))?;
    if bytes.len() as u64 > DOCUMENT_BYTES_MAX {
        return Err(unread(format!("it has more than {} MiB", DOCUMENT_BYTES_MAX >> 20)));
    }
    let text = String::from_utf8(bytes).map_err(|_| unread("it is not UTF-8 text".to_owned()))?;
    Ok(unmarked(&text).to_owned())
}

/// A text without the byte order mark that some editors put before it.
fn unmarked(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

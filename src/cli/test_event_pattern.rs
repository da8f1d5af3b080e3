//! `redrive test-event-pattern`: prints whether an event matches, like the AWS CLI's command of the
//! same name.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Failure, document, print, unmarked};
use crate::sim::aws::pattern::{Pattern, Scratch};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Event pattern: JSON, or `file://` and a path
    #[arg(long, value_name = "JSON", required_unless_present = "cases", requires = "event")]
    event_pattern: Option<String>,
    /// Event: JSON, or `file://` and a path
    #[arg(long, value_name = "JSON", requires = "event_pattern")]
    event: Option<String>,
    /// File of JSON lines {"pattern": …, "event": …}; prints true, false or invalid for each. -
    /// reads standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["event_pattern", "event"])]
    cases: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if let Some(file) = &arguments.cases {
        return batch(file);
    }
    let pattern = document(arguments.event_pattern.as_deref().unwrap_or_default())?;
    let pattern = Pattern::parse(&pattern)
        .map_err(|reason| Failure::usage(format!("The event pattern is not valid. {reason}")))?;
    let event = document(arguments.event.as_deref().unwrap_or_default())?;
    let event: Value = serde_json::from_str(&event)
        .map_err(|cause| Failure::usage(format!("The event is not JSON: {cause}.")))?;
    print::json(&format!("{{\"Result\": {}}}\n", pattern.matches(&event)))?;
    Ok(ExitCode::SUCCESS)
}

/// One line of a batch. Documents stay text, so a pattern that is not JSON counts as an invalid
/// pattern.
#[derive(Deserialize)]
struct Case<'a> {
    #[serde(borrow)]
    pattern: &'a RawValue,
    #[serde(borrow)]
    event: Option<&'a RawValue>,
}

/// Maximum length of a line.
const LINE_BYTES_MAX: u64 = 16 << 20;

/// Buffered bytes at which answers are flushed.
const AT_ONCE: usize = 1 << 16;

fn batch(file: &Path) -> Result<ExitCode, Failure> {
    let mut input: Box<dyn BufRead> = if file == Path::new("-") {
        Box::new(BufReader::new(io::stdin()))
    } else {
        let opened = File::open(file).map_err(|cause| {
            Failure::usage(format!("The file {} cannot be read: {cause}.", file.display()))
        })?;
        Box::new(BufReader::new(opened))
    };
    let mut answers = String::new();
    let mut line = String::new();
    let mut last: Option<(String, Option<Pattern>)> = None;
    let mut scratch = Scratch::default();
    for number in 1.. {
        line.clear();
        let read = input.by_ref().take(LINE_BYTES_MAX).read_line(&mut line).map_err(|cause| {
            Failure::usage(format!("{}:{number} cannot be read: {cause}.", file.display()))
        })?;
        if read == 0 {
            break;
        }
        if read as u64 == LINE_BYTES_MAX {
            print::text(&answers)?;
            return Err(Failure::usage(format!(
                "{}:{number} has more than {} MiB.",
                file.display(),
                LINE_BYTES_MAX >> 20
            )));
        }
        let line = if number == 1 { unmarked(&line) } else { &line };
        if line.trim().is_empty() {
            continue;
        }
        match answer(line, &mut last, &mut scratch) {
            Ok(answer) => {
                answers.push_str(answer);
                answers.push('\n');
            }
            Err(reason) => {
                print::text(&answers)?;
                return Err(Failure::usage(format!("{}:{number}: {reason}", file.display())));
            }
        }
        if answers.len() >= AT_ONCE {
            print::text(&answers)?;
            answers.clear();
        }
    }
    print::text(&answers)?;
    Ok(ExitCode::SUCCESS)
}

/// Answers one line. Consecutive lines with the same pattern parse it once.
fn answer(
    line: &str,
    last: &mut Option<(String, Option<Pattern>)>,
    scratch: &mut Scratch,
) -> Result<&'static str, String> {
    let case: Case<'_> = serde_json::from_str(line).map_err(|cause| {
        format!("this is not a case {{\"pattern\": …, \"event\": …}}: {cause}.")
    })?;
    let text = case.pattern.get();
    if last.as_ref().is_none_or(|(read, _)| read != text) {
        *last = Some((text.to_owned(), Pattern::parse(text).ok()));
    }
    let Some((_, Some(pattern))) = last else { return Ok("invalid") };
    let event = case.event.map_or("{}", RawValue::get);
    let matches = pattern.matches_text(event, scratch)?;
    Ok(if matches { "true" } else { "false" })
}

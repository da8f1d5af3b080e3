//! `redrive check`: every mistake in the content, like a compiler.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{Failure, Shared, print};
use crate::content::{self, problem};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A folder of scenarios, or of one
    #[arg(default_value = "content")]
    folder: PathBuf,
}

pub(super) fn run(arguments: &Arguments, shared: &Shared) -> Result<ExitCode, Failure> {
    use std::fmt::Write;
    let folder = shared.content.as_ref().unwrap_or(&arguments.folder);
    let report = content::check(folder);
    let mut text = problem::render(&report.problems);
    for scenario in &report.scenarios {
        let _ = writeln!(
            text,
            "{}: {} lessons, {} questions, {} misconceptions, {} references, {} facts, {} terms, \
             {} designs",
            scenario.id,
            scenario.lessons,
            scenario.questions,
            scenario.misconceptions,
            scenario.references,
            scenario.facts,
            scenario.terms,
            scenario.designs,
        );
    }
    let _ = writeln!(text, "{} errors, {} notes", report.errors(), report.notes());
    print(&text)?;
    Ok(if report.errors() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

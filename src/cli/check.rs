//! `redrive check`: reports every mistake in the content, like a compiler.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{Failure, Shared, course, print};
use crate::content::{self, problem};
use crate::tui::count::counted;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A folder of scenarios, or a single scenario
    #[arg(default_value = "content")]
    folder: PathBuf,
}

pub(super) fn run(arguments: &Arguments, shared: &Shared) -> Result<ExitCode, Failure> {
    use std::fmt::Write;
    let folder = shared.content.as_ref().unwrap_or(&arguments.folder);
    let report = content::check_and_prove(folder, shared.course.as_deref());
    if let Some(id) = shared.course.as_ref().filter(|_| !report.courses.is_empty()) {
        course::known(id, report.courses.iter().map(String::as_str))?;
    }
    let mut text = problem::render(&report.problems);
    for scenario in &report.scenarios {
        let _ = writeln!(
            text,
            "{}: {}",
            scenario.id,
            [
                counted(scenario.lessons, "lesson"),
                counted(scenario.questions, "question"),
                counted(scenario.misconceptions, "misconception"),
                counted(scenario.references, "reference"),
                counted(scenario.facts, "fact"),
                counted(scenario.terms, "term"),
                counted(scenario.designs, "design"),
                counted(scenario.labs, "lab"),
            ]
            .join(", "),
        );
    }
    let (errors, notes) = (counted(report.errors(), "error"), counted(report.notes(), "note"));
    let _ = writeln!(text, "{errors}, {notes}");
    print::text(&text)?;
    Ok(if report.errors() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

//! The course: from files to checked, encoded data.
//!
//! ```text
//! source ─▸ lesson, question, catalogue, overview, exam, design ─▸ scenario ─▸ pack ─▸ library
//!            │ (form: TOML, prose: Markdown)                        │ rules
//!            ╰────────────────────── loader ────────────────────────╯─▸ problem
//! ```
//!
//! Readers never stop at a mistake: they report it to the loader and go on. The build script runs this
//! same code over the shipped course, and `--content` runs it over any other, so both are held to
//! the same rules. Nothing here draws, asks questions or knows a scenario by name.

mod catalogue;
pub mod course;
pub mod design;
mod exam;
pub mod experiment;
mod form;
mod hash;
pub mod lab;
mod lesson;
mod library;
pub mod loader;
mod overview;
mod pack;
pub mod problem;
mod proof;
mod prose;
mod question;
mod rules;
#[cfg(test)]
mod sample;
mod scenario;
mod scene;
mod seen;
pub mod source;
mod trap;
pub mod visible;

pub use library::{Library, LibraryError};
pub use pack::Packed;
pub use problem::{Problem, Severity};
pub use prose::REFERENCE_MARK;

use scenario::Scenario;
use source::Folder;
use std::path::Path;

/// The result of checking a course without running it.
#[derive(Debug)]
pub struct Report {
    /// Errors and notes, file by file.
    pub problems: Vec<Problem>,
    pub scenarios: Vec<Tally>,
    /// Ids of all scenarios in the folder, including those that were left out of the check.
    pub courses: Vec<String>,
    /// The course, if it has no errors.
    pub library: Option<Library>,
}

/// The size of a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    pub id: String,
    pub lessons: usize,
    pub questions: usize,
    pub misconceptions: usize,
    pub references: usize,
    pub facts: usize,
    pub terms: usize,
    pub designs: usize,
    pub labs: usize,
}

impl Report {
    #[must_use]
    pub fn errors(&self) -> usize {
        self.problems.iter().filter(|problem| problem.is_error()).count()
    }

    #[must_use]
    pub fn notes(&self) -> usize {
        self.problems.len() - self.errors()
    }
}

/// Checks a folder of scenarios, or a single scenario.
#[must_use]
pub fn check(dir: &Path) -> Report {
    let (folders, problems) = source::read(dir);
    check_folders(&folders, problems)
}

/// Like [`check`], and also runs the labs to verify that bets and goals hold. `only` limits it to
/// the scenario of that id.
#[must_use]
pub fn check_and_prove(dir: &Path, only: Option<&str>) -> Report {
    let (mut folders, problems) = source::read(dir);
    let courses = folders.iter().map(|folder| folder.id.clone()).collect();
    folders.retain(|folder| only.is_none_or(|id| folder.id == id));
    let mut report = Report { courses, ..check_folders(&folders, problems) };
    if report.errors() == 0 {
        for folder in &folders {
            let (scenario, _) = read_scenario(folder);
            let mut loader = loader::Loader::new(folder);
            proof::check(&scenario, &mut loader);
            report.problems.extend(loader.told());
        }
        problem::sort(&mut report.problems);
    }
    report
}

/// Checks scenarios already in memory; `problems` holds those found while reading them.
#[must_use]
pub fn check_folders(folders: &[Folder], problems: Vec<Problem>) -> Report {
    let (scenarios, packed, problems) = encode(folders, problems);
    let tallies = scenarios.iter().map(Scenario::tally).collect();
    let courses = folders.iter().map(|folder| folder.id.clone()).collect();
    let mut report = Report { problems, scenarios: tallies, courses, library: None };
    match packed.map(Library::from_packed) {
        Some(Ok(library)) => report.library = Some(library),
        Some(Err(error)) => report.problems.push(Problem::of_file("", &error.to_string())),
        None => {}
    }
    report
}

/// Checks and encodes a folder for the build script.
///
/// # Errors
/// All errors and notes, if there is at least one error.
pub fn pack_folder(dir: &Path) -> Result<Packed, Vec<Problem>> {
    let (folders, problems) = source::read(dir);
    let (_, packed, problems) = encode(&folders, problems);
    packed.ok_or(problems)
}

fn encode(
    folders: &[Folder],
    mut problems: Vec<Problem>,
) -> (Vec<Scenario>, Option<Packed>, Vec<Problem>) {
    let mut scenarios = Vec::new();
    for folder in folders {
        let (scenario, found) = read_scenario(folder);
        scenarios.push(scenario);
        problems.extend(found);
    }
    problem::sort(&mut problems);
    // Scenarios may share a file, and its mistakes are found with each of them.
    problems.dedup();
    if problems.iter().any(Problem::is_error) {
        return (scenarios, None, problems);
    }
    match pack::pack(&scenarios) {
        Ok(packed) => (scenarios, Some(packed), problems),
        Err(error) => {
            problems.push(Problem::of_file("", &error.to_string()));
            (scenarios, None, problems)
        }
    }
}

/// Reads a scenario and holds every rule against it; the problems are sorted.
fn read_scenario(folder: &Folder) -> (Scenario, Vec<Problem>) {
    let mut loader = loader::Loader::new(folder);
    let scenario = scenario::read(&mut loader);
    rules::check(&scenario, &mut loader);
    let mut problems = loader.told();
    problem::sort(&mut problems);
    (scenario, problems)
}

impl Scenario {
    fn tally(&self) -> Tally {
        Tally {
            id: self.id.clone(),
            lessons: self.lessons.len(),
            questions: self.questions.entries.len(),
            misconceptions: self.misconceptions.entries.len(),
            references: self.references.entries.len(),
            facts: self.facts.entries.len(),
            terms: self.glossary.entries.len(),
            designs: self.designs.len(),
            labs: self.labs.len(),
        }
    }
}

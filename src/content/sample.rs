//! For tests only: the made-up course of `tests/fixtures`, with changes. What is there to be run, its
//! second design and its labs, is left out.

use super::Problem;
use super::scenario::Scenario;
use super::source::Folder;

/// Id of the sample scenario.
pub const ID: &str = "reminder-letters";

macro_rules! of_sample {
    ($path:literal) => {
        include_str!(concat!("../../tests/fixtures/course/reminder-letters/", $path))
    };
}

const FILES: [(&str, &str); 10] = [
    ("scenario.toml", of_sample!("scenario.toml")),
    ("exam.toml", of_sample!("exam.toml")),
    ("references.toml", of_sample!("references.toml")),
    ("facts.toml", of_sample!("facts.toml")),
    ("glossary.toml", of_sample!("glossary.toml")),
    ("misconceptions.toml", of_sample!("misconceptions.toml")),
    ("lessons/01-tray.md", of_sample!("lessons/01-tray.md")),
    ("questions/01-tray.toml", of_sample!("questions/01-tray.toml")),
    ("designs/tray.toml", of_sample!("designs/tray.toml")),
    ("workflows/letter.asl.json", of_sample!("workflows/letter.asl.json")),
];

/// The course with the first `from` replaced by `to` in each named file.
pub fn folder(changes: &[(&str, &str, &str)]) -> Folder {
    let mut folder = Folder::new(ID, FILES);
    for (path, from, to) in changes {
        let source = folder.sources.iter_mut().find(|source| source.path == *path);
        let source = source.unwrap_or_else(|| panic!("the sample has no {path}"));
        assert!(source.text.contains(from), "{path} has no `{from}`");
        source.text = source.text.replacen(from, to, 1);
    }
    folder
}

/// The course with an additional file.
pub fn with_file(path: &str, text: &str) -> Folder {
    Folder::new(ID, FILES.into_iter().chain([(path, text)]))
}

/// The course without one of its files.
pub fn without_file(path: &str) -> Folder {
    Folder::new(ID, FILES.into_iter().filter(|(name, _)| *name != path))
}

/// Reads a copy of the sample; returns all problems found, the sample's usual ones included.
pub fn read(folder: &Folder) -> (Scenario, Vec<Problem>) {
    crate::read_scenario(folder)
}

/// The problems of a course beyond those of the sample: `severity file:line message`.
pub fn told(folder: &Folder) -> Vec<String> {
    let said = |problem: &Problem| problem.message.clone();
    let usual: Vec<String> = read(&self::folder(&[])).1.iter().map(said).collect();
    let (_, problems) = read(folder);
    let news = problems.iter().filter(|problem| !usual.contains(&problem.message));
    news.map(|problem| {
        let severity = if problem.is_error() { "error" } else { "note" };
        format!("{severity} {}:{} {}", problem.file, problem.line, problem.message)
    })
    .collect()
}

/// Asserts that one change in one file causes exactly one problem, which reads `expected`.
#[track_caller]
pub fn one(path: &str, from: &str, to: &str, expected: &str) {
    assert_eq!(told(&folder(&[(path, from, to)])), [expected]);
}

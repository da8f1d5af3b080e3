//! A whole folder of content: every mistake in it, and the scenarios that were read.

use std::path::Path;

use super::problem::{Problem, Severity};
use super::scenario::Draft;
use super::source::Source;
use super::{parse, rule, source};

/// What a folder holds.
#[derive(Debug, Clone, Default)]
pub struct Report {
    pub scenarios: Vec<Draft>,
    /// Errors first in each file, by line.
    pub problems: Vec<Problem>,
}

impl Report {
    /// Whether the content can be used.
    #[must_use]
    pub fn is_good(&self) -> bool {
        !self.problems.iter().any(Problem::is_error)
    }

    /// How many problems of a severity there are.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.problems.iter().filter(|problem| problem.severity == severity).count()
    }
}

/// Reads and checks a folder of scenarios, or a folder that is one.
#[must_use]
pub fn folder(folder: &Path) -> Report {
    let sources = match source::read(folder) {
        Ok(sources) => sources,
        Err(problems) => return Report { scenarios: Vec::new(), problems },
    };
    if sources.iter().any(|source| source.path == "scenario.toml") {
        let name = folder.canonicalize().ok();
        let name = name.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy());
        let id = name.unwrap_or_default().into_owned();
        return scenarios(&sources, &[(id, String::new())]);
    }
    let ids: std::collections::BTreeSet<&str> =
        sources.iter().filter_map(|source| source.path.split_once('/')).map(|(id, _)| id).collect();
    let places: Vec<(String, String)> =
        ids.into_iter().map(|id| (id.to_owned(), format!("{id}/"))).collect();
    if places.is_empty() {
        let message = "There is no scenario in this folder.".to_owned();
        let help = "A scenario is a folder with a scenario.toml.";
        let name = folder.display().to_string();
        return Report {
            scenarios: Vec::new(),
            problems: vec![Problem::about(&name, message, help)],
        };
    }
    scenarios(&sources, &places)
}

/// Checks scenarios given as (id, prefix of their paths).
#[must_use]
pub fn scenarios(sources: &[Source], places: &[(String, String)]) -> Report {
    let mut report = Report::default();
    for (id, prefix) in places {
        let (draft, problems) = parse::scenario(id, prefix, sources);
        report.problems.extend(problems);
        report.problems.extend(rule::problems(&draft, sources));
        report.scenarios.push(draft);
    }
    report.problems.sort_by(|one, two| {
        let key = |problem: &Problem| (problem.file.clone(), problem.line, problem.column);
        key(one).cmp(&key(two))
    });
    report.problems.dedup();
    report
}

//! The course in memory: a decoded index, and everything else decoded on demand.
//!
//! From here on, the built-in course and one from `--content DIR` are the same.

use super::course::{
    DesignEntry, DesignSource, Extent, Index, LabEntry, LabSource, Lesson, LessonEntry,
    Misconception, Question, QuestionEntry, Reference, ScenarioEntry, Term, Traps,
};
use super::pack::{self, PackError, Packed};
use super::problem::Problem;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::path::Path;

/// A checked, encoded course.
#[derive(Debug, Clone)]
pub struct Library {
    index: Index,
    blobs: Cow<'static, [u8]>,
}

/// A piece of the course that cannot be decoded.
#[derive(Debug, thiserror::Error)]
#[error("{what} cannot be read: {why}. Build or install the program again")]
pub struct LibraryError {
    what: String,
    #[source]
    why: PackError,
}

impl Library {
    /// Decodes the index and nothing else.
    pub fn new(index: &[u8], blobs: Cow<'static, [u8]>) -> Result<Self, LibraryError> {
        let index = pack::unseal(index)
            .map_err(|why| LibraryError { what: "The course's index".to_owned(), why })?;
        Ok(Self { index, blobs })
    }

    /// Loads a course from a folder of scenarios or a single scenario; returns its errors if it has
    /// any.
    pub fn from_folder(dir: &Path) -> Result<Self, Vec<Problem>> {
        let report = super::check(dir);
        report.library.ok_or_else(|| {
            let mut problems = report.problems;
            problems.retain(Problem::is_error);
            problems
        })
    }

    pub(super) fn from_packed(packed: Packed) -> Result<Self, LibraryError> {
        Self::new(&packed.index, Cow::Owned(packed.blobs))
    }

    /// Titles, sizes and extents of everything in the course; always decoded.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    fn read<T: DeserializeOwned>(
        &self,
        extent: Extent,
        what: impl FnOnce() -> String,
    ) -> Result<T, LibraryError> {
        pack::piece(&self.blobs, extent).map_err(|why| LibraryError { what: what(), why })
    }

    /// Decodes a lesson.
    pub fn lesson(&self, entry: &LessonEntry) -> Result<Lesson, LibraryError> {
        self.read(entry.extent, || format!("The lesson `{}`", entry.id))
    }

    /// Decodes the list of a scenario's questions, without their texts.
    pub fn questions(&self, scenario: &ScenarioEntry) -> Result<Vec<QuestionEntry>, LibraryError> {
        self.read(scenario.questions, || format!("The list of questions of `{}`", scenario.id))
    }

    /// Decodes a question.
    pub fn question(&self, entry: &QuestionEntry) -> Result<Question, LibraryError> {
        self.read(entry.extent, || format!("The question `{}`", entry.id))
    }

    /// Decodes a scenario's misconceptions.
    pub fn misconceptions(
        &self,
        scenario: &ScenarioEntry,
    ) -> Result<Vec<Misconception>, LibraryError> {
        self.read(scenario.misconceptions, || format!("The misconceptions of `{}`", scenario.id))
    }

    /// Decodes the misconceptions behind the options of everything that a scenario asks.
    pub fn traps(&self, scenario: &ScenarioEntry) -> Result<Traps, LibraryError> {
        self.read(scenario.traps, || format!("The traps of `{}`", scenario.id))
    }

    /// Decodes the pages of AWS's documentation that a scenario cites.
    pub fn references(&self, scenario: &ScenarioEntry) -> Result<Vec<Reference>, LibraryError> {
        self.read(scenario.references, || format!("The references of `{}`", scenario.id))
    }

    /// Decodes a scenario's glossary.
    pub fn glossary(&self, scenario: &ScenarioEntry) -> Result<Vec<Term>, LibraryError> {
        self.read(scenario.glossary, || format!("The glossary of `{}`", scenario.id))
    }

    /// Decodes a lab: its TOML, still unparsed.
    pub fn lab(&self, entry: &LabEntry) -> Result<LabSource, LibraryError> {
        self.read(entry.extent, || format!("The lab `{}`", entry.id))
    }

    /// Decodes a design: its TOML and its workflows, still unparsed.
    pub fn design(&self, entry: &DesignEntry) -> Result<DesignSource, LibraryError> {
        self.read(entry.extent, || format!("The design `{}`", entry.id))
    }
}

#[cfg(test)]
mod tests;

//! The course as the program uses it: an index in memory, everything else decoded when it is
//! opened. The shipped course and a folder named on the command line are the same to everybody.

use std::borrow::Cow;
use std::path::Path;

use serde::de::DeserializeOwned;
use thiserror::Error;

use super::check;
use super::course::{
    DesignEntry, DesignSource, Extent, Index, Lesson, LessonEntry, Misconception, Question,
    QuestionEntry, Reference, ScenarioEntry, Term,
};
use super::pack::{self, Pack};
use super::problem::Problem;

/// Bytes that are not the encoded course they should be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("The course cannot be decoded ({what}: {cause}). Build Redrive again.")]
pub struct LibraryError {
    what: String,
    cause: String,
}

/// The scenarios there are, and the way to their contents.
#[derive(Debug, Clone)]
pub struct Library {
    index: Index,
    blobs: Cow<'static, [u8]>,
}

impl Library {
    /// Decodes an index over blobs that stay as they are.
    pub fn new(index: &[u8], blobs: Cow<'static, [u8]>) -> Result<Self, LibraryError> {
        let index = postcard::from_bytes(index).map_err(|cause| LibraryError {
            what: "its index".to_owned(),
            cause: cause.to_string(),
        })?;
        Ok(Self { index, blobs })
    }

    /// Reads a folder of scenarios, checked and encoded as the build does it.
    pub fn from_folder(folder: &Path) -> Result<Self, Vec<Problem>> {
        let report = check::folder(folder);
        if !report.is_good() {
            return Err(report.problems);
        }
        let about = |cause: String| {
            let message = format!("The course cannot be encoded: {cause}.");
            vec![Problem::about(&folder.display().to_string(), message, "")]
        };
        let Pack { index, blobs } = pack::encode(&report.scenarios).map_err(about)?;
        Self::new(&index, Cow::Owned(blobs)).map_err(|cause| about(cause.to_string()))
    }

    /// Everything that is known without decoding a blob.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    pub fn lesson(&self, entry: &LessonEntry) -> Result<Lesson, LibraryError> {
        self.decode(entry.extent, &entry.id)
    }

    pub fn questions(&self, entry: &ScenarioEntry) -> Result<Vec<QuestionEntry>, LibraryError> {
        self.decode(entry.questions, "the questions")
    }

    pub fn question(&self, entry: &QuestionEntry) -> Result<Question, LibraryError> {
        self.decode(entry.extent, &entry.id)
    }

    pub fn misconceptions(&self, entry: &ScenarioEntry) -> Result<Vec<Misconception>, LibraryError> {
        self.decode(entry.misconceptions, "the misconceptions")
    }

    pub fn references(&self, entry: &ScenarioEntry) -> Result<Vec<Reference>, LibraryError> {
        self.decode(entry.references, "the references")
    }

    pub fn glossary(&self, entry: &ScenarioEntry) -> Result<Vec<Term>, LibraryError> {
        self.decode(entry.glossary, "the glossary")
    }

    pub fn design(&self, entry: &DesignEntry) -> Result<DesignSource, LibraryError> {
        self.decode(entry.extent, &entry.id)
    }

    fn decode<T: DeserializeOwned>(&self, extent: Extent, what: &str) -> Result<T, LibraryError> {
        let wrong = |cause: &str| LibraryError { what: what.to_owned(), cause: cause.to_owned() };
        let start = extent.offset as usize;
        let end = start.saturating_add(extent.len as usize);
        let bytes = self.blobs.get(start..end).ok_or_else(|| wrong("bytes are missing"))?;
        postcard::from_bytes(bytes).map_err(|cause| wrong(&cause.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::parse::tests::{made_up, place};

    fn pack() -> Pack {
        let report = check::scenarios(&made_up(), &[place()]);
        let errors: Vec<_> = report.problems.iter().filter(|problem| problem.is_error()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        pack::encode(&report.scenarios).unwrap()
    }

    #[test]
    fn what_was_read_comes_out_of_the_pack() {
        let Pack { index, blobs } = pack();
        let library = Library::new(&index, Cow::Owned(blobs)).unwrap();
        let scenario = &library.index().scenarios[0];
        assert_eq!((scenario.lessons.len(), scenario.question_count), (2, 1));
        let lesson = library.lesson(&scenario.lessons[0]).unwrap();
        assert_eq!(lesson.headings, scenario.lessons[0].headings);
        let entries = library.questions(scenario).unwrap();
        let question = library.question(&entries[0]).unwrap();
        assert_eq!((question.version, question.options.len()), (entries[0].version, 4));
        assert_eq!(library.references(scenario).unwrap().len(), 1);
        assert_eq!(library.lesson(&scenario.overview).unwrap().title, "Made up");
    }

    #[test]
    fn damaged_bytes_are_an_error_and_never_a_panic() {
        let Pack { index, blobs } = pack();
        for cut in 0..index.len() {
            assert!(Library::new(&index[..cut], Cow::Owned(Vec::new())).is_err());
        }
        for at in 0..blobs.len() {
            let mut damaged = blobs.clone();
            damaged[at] ^= 0xff;
            let library = Library::new(&index, Cow::Owned(damaged)).unwrap();
            let scenario = &library.index().scenarios[0];
            let _ = library.lesson(&scenario.lessons[0]);
            let _ = library.questions(scenario);
        }
        let empty = Library::new(&index, Cow::Owned(Vec::new())).unwrap();
        let missing = empty.lesson(&empty.index().scenarios[0].lessons[0]).unwrap_err();
        assert!(missing.to_string().contains("bytes are missing"), "{missing}");
    }
}

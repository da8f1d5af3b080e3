//! The shipped course, as the build script encoded it. Apart, because the build script uses the rest
//! of this layer before these bytes exist.

use super::library::{Library, LibraryError};
use std::borrow::Cow;

static INDEX: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/course.index"));
static BLOBS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/course.blobs"));

impl Library {
    /// The course inside the program.
    pub fn embedded() -> Result<Self, LibraryError> {
        Self::new(INDEX, Cow::Borrowed(BLOBS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_of_the_embedded_course_can_be_read() {
        let library = Library::embedded().unwrap();
        for scenario in &library.index().scenarios {
            library.lesson(&scenario.overview).unwrap();
            for entry in &scenario.lessons {
                assert_eq!(library.lesson(entry).unwrap().headings, entry.headings);
            }
            for entry in library.questions(scenario).unwrap() {
                assert_eq!(library.question(&entry).unwrap().version, entry.version);
            }
            library.misconceptions(scenario).unwrap();
            library.references(scenario).unwrap();
            library.glossary(scenario).unwrap();
            for entry in &scenario.designs {
                assert_eq!(library.design(entry).unwrap().id, entry.id);
            }
        }
        assert!(!library.index().scenarios.is_empty());
    }
}

//! The shipped course, as the build script encoded it.

use crate::content::{Library, LibraryError};
use std::borrow::Cow;

static INDEX: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/course.index"));
static BLOBS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/course.blobs"));

/// The course inside the program.
///
/// # Errors
/// If the bytes are not those of a course: they were encoded by another version of this program.
pub fn course() -> Result<Library, LibraryError> {
    Library::new(INDEX, Cow::Borrowed(BLOBS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_of_the_embedded_course_can_be_read() {
        let library = course().unwrap();
        for scenario in &library.index().scenarios {
            library.lesson(&scenario.overview).unwrap();
            for entry in &scenario.lessons {
                assert_eq!(library.lesson(entry).unwrap().headings, entry.headings);
            }
            for entry in library.questions(scenario).unwrap() {
                assert_eq!(library.question(&entry).unwrap().version, entry.version);
            }
            library.misconceptions(scenario).unwrap();
            library.traps(scenario).unwrap();
            library.references(scenario).unwrap();
            library.glossary(scenario).unwrap();
            for entry in &scenario.designs {
                assert_eq!(library.design(entry).unwrap().id, entry.id);
            }
        }
        assert!(!library.index().scenarios.is_empty());
    }
}

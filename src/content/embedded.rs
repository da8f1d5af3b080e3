//! The shipped course, as the build encoded it. Not part of what the build itself uses.

use std::borrow::Cow;

use super::library::{Library, LibraryError};

static INDEX: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/course.index"));
static BLOBS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/course.blobs"));

impl Library {
    /// The shipped course. Decodes the index and nothing else.
    pub fn embedded() -> Result<Self, LibraryError> {
        Self::new(INDEX, Cow::Borrowed(BLOBS))
    }
}

//! The course: from files to checked, encoded data.

pub mod course;

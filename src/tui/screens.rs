//! The screens, one file each. A screen is a value with pure methods: an intent in, an outcome out, and
//! drawing shows its state.

pub mod contents;
pub mod courses;
pub mod glossary;
pub mod help;
pub mod home;
pub mod labs;
pub mod live;
pub mod quiz;
pub mod reader;

//! The screens, one file each. A screen is a value with pure methods: an intent in, an outcome
//! out; what it draws is what it holds.

pub mod contents;
pub mod courses;
pub mod glossary;
pub mod help;
pub mod home;
pub mod labs;
pub mod live;
pub mod quiz;
pub mod reader;

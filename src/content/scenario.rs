//! A scenario on its way from files to the pack: the data, and where in the files it stands, so
//! that a rule over the whole can still point at a line.

use std::ops::Range;

use super::course::{
    Concept, DesignSource, Lesson, Misconception, Prediction, Question, Reference, Term,
};

/// Where something stands: a file by its path, and a span of its text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    pub file: String,
    pub span: Range<usize>,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    pub value: T,
    pub origin: Origin,
}

/// Everything that was read of one scenario.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    pub id: String,
    pub title: String,
    pub series: String,
    pub level: String,
    pub concepts: Vec<Located<Concept>>,
    /// Numbered 0; `None` when `scenario.toml` could not be read.
    pub overview: Option<Located<Lesson>>,
    pub lessons: Vec<Located<Lesson>>,
    pub questions: Vec<Located<Question>>,
    pub misconceptions: Vec<Located<Misconception>>,
    pub references: Vec<Located<Reference>>,
    pub glossary: Vec<Located<Term>>,
    pub facts: Vec<Located<Fact>>,
    pub designs: Vec<Located<(String, DesignSource)>>,
    pub predictions: Vec<Located<Prediction>>,
    /// Names used for something defined elsewhere.
    pub mentions: Vec<Mention>,
}

/// A fact that the scenario must teach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub id: String,
    pub text: String,
}

/// A name that must be defined somewhere in the scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    pub kind: MentionKind,
    pub name: String,
    pub origin: Origin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MentionKind {
    Concept,
    Fact,
    Reference,
    Misconception,
    /// `lesson#anchor`
    Anchor,
    /// A lesson's id.
    Lesson,
    Design,
}

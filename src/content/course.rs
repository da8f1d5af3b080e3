//! What a checked course is made of: plain data, ready to be encoded.
//!
//! Nothing here reads files or Markdown (that is `parse`), and nothing here knows how it looks
//! (that is `tui`). Everything is encoded with postcard, which is not self-describing: no untagged
//! enums, no skipped fields.

use serde::{Deserialize, Serialize};

/// What start-up decodes, and all of it: enough for the home screen, however large the course is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    pub scenarios: Vec<ScenarioEntry>,
}

/// One scenario as the index knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScenarioEntry {
    /// The folder's name; stands in every record.
    pub id: String,
    pub title: String,
    /// The series the scenario belongs to.
    pub series: String,
    /// The exam it prepares for.
    pub level: String,
    pub concepts: Vec<Concept>,
    /// The page around the lessons (`scenario.toml`), made into a lesson numbered 0.
    pub overview: LessonEntry,
    /// The lessons in reading order.
    pub lessons: Vec<LessonEntry>,
    pub question_count: u32,
    /// `Vec<QuestionEntry>`.
    pub questions: Extent,
    /// `Vec<Misconception>`.
    pub misconceptions: Extent,
    /// `Vec<Reference>`.
    pub references: Extent,
    /// `Vec<Term>`.
    pub glossary: Extent,
    pub designs: Vec<DesignEntry>,
    pub labs: Vec<LabEntry>,
}

/// Where an encoded value stands among the blobs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    pub offset: u32,
    pub len: u32,
}

/// One of the ten concepts that lessons and questions name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concept {
    pub id: String,
    pub title: String,
}

/// A lesson as the index knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonEntry {
    pub id: String,
    /// 1 for the first section; 0 is the overview.
    pub number: u8,
    pub title: String,
    pub minutes: u8,
    pub headings: Vec<HeadingEntry>,
    /// A [`Lesson`].
    pub extent: Extent,
}

/// A heading with an anchor. The lesson's own title is heading 0, with the lesson's id as its anchor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadingEntry {
    /// `{#id}`: stable for ever; positions and questions point at it.
    pub id: String,
    pub level: u8,
    pub title: String,
    /// Index of the heading's own block in [`Lesson::blocks`].
    pub block: u32,
}

/// A whole lesson.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lesson {
    pub id: String,
    pub number: u8,
    pub title: String,
    pub minutes: u8,
    pub concepts: Vec<String>,
    pub teaches: Vec<String>,
    pub references: Vec<String>,
    pub headings: Vec<HeadingEntry>,
    /// Block 0 is always the lesson's title, a level-1 [`BlockKind::Heading`].
    pub blocks: Vec<Block>,
}

/// The unit of a reading position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Index into [`Lesson::headings`] of the heading this block stands under.
    pub heading: u16,
    /// Place among the blocks of that heading, the heading's own block being 0.
    pub ordinal: u16,
    /// Of the block's words alone, so that a change of emphasis keeps it.
    pub hash: u64,
    pub kind: BlockKind,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum BlockKind {
    Heading {
        level: u8,
        text: Vec<Span>,
    },
    Paragraph(Vec<Span>),
    List(Vec<ListItem>),
    /// Paragraphs of a quotation.
    Quote(Vec<Vec<Span>>),
    Code {
        language: String,
        lines: Vec<String>,
    },
    Table {
        columns: Vec<Alignment>,
        header: Vec<Vec<Span>>,
        rows: Vec<Vec<Vec<Span>>>,
    },
    Diagram(Diagram),
    Predict(Prediction),
    Contrast(Contrast),
    Rule,
}

/// One item of a list; nesting is a depth, not a tree, because it is only ever drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListItem {
    pub depth: u8,
    pub marker: Marker,
    pub text: Vec<Span>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Marker {
    Bullet,
    Number(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Alignment {
    Left,
    Centre,
    Right,
}

/// A run of text in one style.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub text: String,
    pub style: Emphasis,
    /// Where the text leads, when it is a link.
    pub link: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Emphasis {
    Plain,
    Light,
    Strong,
    Code,
}

/// A picture in characters, with the sentence that says the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagram {
    pub caption: String,
    /// At most 72 columns wide; where it does not fit, `alt` is shown.
    pub art: Vec<String>,
    /// What the picture shows, in words.
    pub alt: String,
    /// What the pipeline shows of it, if anything.
    pub scene: Option<Scene>,
}

/// A run in the state that a picture or a question speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scene {
    /// What is run, as a file has it.
    pub experiment: String,
    /// The instant it opens at, in milliseconds.
    pub at_ms: u64,
    /// The path of the part to look at.
    pub part: String,
    /// What is to be seen there then.
    pub text: String,
}

/// A question the reader commits to before the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prediction {
    /// `lesson#anchor`, or what the author gave; stable for ever.
    pub id: String,
    /// Hash of question, options and answer.
    pub version: u64,
    pub ask: Vec<Span>,
    pub options: Vec<Vec<Span>>,
    /// Index of the right option.
    pub answer: u8,
    /// What is said after the section, beside what the reader chose.
    pub reveal: Vec<Span>,
}

/// Two services that are mistaken for each other, and the words that decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contrast {
    pub between: [String; 2],
    /// The one question that tells them apart.
    pub decides: Vec<Span>,
    /// A phrase of a requirement, and which of the two (0 or 1) it asks for.
    pub when: Vec<(Vec<Span>, u8)>,
}

/// A question as drawing a set needs it, without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionEntry {
    pub id: String,
    pub version: u64,
    /// Exam task statement, such as `2.1`.
    pub task: String,
    pub concepts: Vec<String>,
    pub teaches: Vec<String>,
    /// The lesson's id.
    pub lesson: String,
    /// The heading's id in that lesson.
    pub anchor: String,
    pub choose: u8,
    /// A [`Question`].
    pub extent: Extent,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub id: String,
    /// Hash of stem, options and key: a changed question is another version of the same item.
    pub version: u64,
    pub task: String,
    pub concepts: Vec<String>,
    pub teaches: Vec<String>,
    pub lesson: String,
    pub anchor: String,
    pub references: Vec<String>,
    pub choose: u8,
    /// Paragraphs.
    pub stem: Vec<Vec<Span>>,
    pub options: Vec<Choice>,
    /// What the pipeline shows of it, if anything.
    pub scene: Option<Scene>,
}

/// An answer option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    pub text: Vec<Span>,
    pub right: bool,
    /// The misconception that makes a wrong option tempting.
    pub trap: Option<String>,
    pub why: Vec<Span>,
    /// The requirement a wrong option would be the answer to.
    pub right_when: Option<Vec<Span>>,
}

/// A mistaken idea with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Misconception {
    pub id: String,
    pub name: String,
    /// What people think.
    pub belief: Vec<Span>,
    /// Why it is not so.
    pub truth: Vec<Span>,
    /// `lesson#anchor`.
    pub lesson: String,
    pub teaches: Vec<String>,
}

/// A page of AWS's documentation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    pub id: String,
    pub title: String,
    pub address: String,
    /// When somebody last read it, `2026-11-23`.
    pub checked: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    pub term: String,
    pub meaning: Vec<Span>,
}

/// A lab or an incident as the index knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabEntry {
    pub id: String,
    pub title: String,
    pub kind: LabKind,
    pub teaches: Vec<String>,
    /// `lesson#anchor`.
    pub lesson: String,
    /// How many bets it asks for.
    pub bets: u32,
    /// A [`LabSource`].
    pub extent: Extent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabKind {
    /// Something to bet on, and to watch.
    Lab,
    /// Something wrong in production, to be repaired.
    Incident,
}

/// A lab's file, which stays text as designs do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabSource {
    pub id: String,
    /// The TOML.
    pub text: String,
}

/// A design as the index knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesignEntry {
    pub id: String,
    pub title: String,
    /// A [`DesignSource`].
    pub extent: Extent,
}

/// A design file and the documents it names. It stays text (AWS's JSON must), and is read when a
/// run is opened, never at start-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesignSource {
    pub id: String,
    /// The TOML.
    pub text: String,
    /// (file name under `workflows/`, text).
    pub workflows: Vec<(String, String)>,
}

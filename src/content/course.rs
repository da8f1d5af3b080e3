//! The data types of a checked course: plain data, ready to encode.
//!
//! Nothing here reads files or Markdown (see `source` and `prose`) or knows how the course looks
//! (see `tui`). Everything is encoded with postcard, which is not self-describing: no untagged
//! enums, no skipped fields.

use redrive_sim::design::Noun;
use serde::{Deserialize, Serialize};

/// Everything start-up decodes: enough for the home screen, however large the course is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    pub scenarios: Vec<ScenarioEntry>,
}

/// Index entry of a scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScenarioEntry {
    /// The folder's name, which every record contains.
    pub id: String,
    pub title: String,
    /// The series the scenario belongs to.
    pub series: String,
    /// The exam the scenario prepares for.
    pub exam: Exam,
    pub concepts: Vec<Concept>,
    /// The overview page (`scenario.toml`), stored as lesson number 0.
    pub overview: LessonEntry,
    /// Lessons in reading order.
    pub lessons: Vec<LessonEntry>,
    pub question_count: u32,
    /// Extent of a `Vec<QuestionEntry>`.
    pub questions: Extent,
    /// Extent of a `Vec<Misconception>`.
    pub misconceptions: Extent,
    /// Extent of the [`Traps`].
    pub traps: Extent,
    /// Extent of a `Vec<Reference>`.
    pub references: Extent,
    /// Extent of a `Vec<Term>`.
    pub glossary: Extent,
    /// The main design first, the others by id.
    pub designs: Vec<DesignEntry>,
    pub labs: Vec<LabEntry>,
}

impl ScenarioEntry {
    /// What flows through the scenario's main design.
    #[must_use]
    pub fn noun(&self) -> Noun {
        self.designs.first().map_or_else(Noun::default, |design| design.noun.clone())
    }
}

/// Blueprint of an exam.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exam {
    /// Its code, such as `ABC-1`.
    pub code: String,
    pub title: String,
    /// Time that the exam gives for a question, on average.
    pub seconds: u8,
    /// Domains in the order of the exam guide.
    pub domains: Vec<Domain>,
}

/// A domain of an exam.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Domain {
    pub title: String,
    /// Share of the exam, in percent.
    pub weight: u8,
    /// Titles of its task statements, in order.
    pub tasks: Vec<String>,
}

impl Exam {
    /// Finds a task statement, such as `2.1`: the first of the second domain.
    #[must_use]
    pub fn task(&self, id: &str) -> Option<(&Domain, &str)> {
        let (domain, task) = id.split_once('.')?;
        let index = |number: &str| number.parse::<usize>().ok()?.checked_sub(1);
        let domain = self.domains.get(index(domain)?)?;
        let title = domain.tasks.get(index(task)?)?;
        Some((domain, title))
    }
}

/// Position of an encoded value among the blobs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    pub offset: u32,
    pub len: u32,
}

/// One of the concepts that lessons and questions refer to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concept {
    pub id: String,
    pub title: String,
}

/// Index entry of a lesson.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonEntry {
    pub id: String,
    /// 1 for the first section; 0 is the overview.
    pub number: u8,
    pub title: String,
    pub minutes: u8,
    pub headings: Vec<HeadingEntry>,
    /// Extent of the [`Lesson`].
    pub extent: Extent,
}

/// A heading with an anchor. Heading 0 is the lesson's own title, and its anchor is the lesson's
/// id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadingEntry {
    /// `{#id}`: permanent, because positions and questions refer to it.
    pub id: String,
    pub level: u8,
    pub title: String,
    /// Index of the heading's own block in [`Lesson::blocks`].
    pub block: u32,
}

/// A complete lesson.
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
    /// Index among the blocks of that heading; the heading's own block is 0.
    pub ordinal: u16,
    /// Hash of the block's words only, so a change of emphasis keeps it.
    pub hash: u64,
    pub kind: BlockKind,
}

/// A block with its contents.
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

/// An item of a list. Nesting is a depth rather than a tree, because items are only ever drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListItem {
    pub depth: u8,
    pub marker: Marker,
    pub text: Vec<Span>,
}

/// Sign in front of a list item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Marker {
    Bullet,
    Number(u32),
}

/// Alignment of a table's column.
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
    /// Target of the link, if the text is one.
    pub link: Option<String>,
}

/// Style of a run of text. `Light` is Markdown's single asterisk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Emphasis {
    Plain,
    Light,
    Strong,
    Code,
}

/// A picture in characters, with a text alternative.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagram {
    pub caption: String,
    /// At most 72 columns wide. If the window is narrower, `alt` is shown instead.
    pub art: Vec<String>,
    /// What the picture shows, in words.
    pub alt: String,
    /// Scene that shows it in the pipeline, if any.
    pub scene: Option<Scene>,
}

/// A run in the state that a picture or a question describes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scene {
    /// The experiment to run, as TOML.
    pub experiment: String,
    /// The instant it opens at, in milliseconds.
    pub at_ms: u64,
    /// Path of the part to look at.
    pub part: String,
    /// What the reader sees there at that instant.
    pub text: String,
}

/// A question the reader answers before reading the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prediction {
    /// `lesson#anchor`, or the id the author gave; permanent.
    pub id: String,
    /// Hash of question, options and answer.
    pub version: u64,
    pub ask: Vec<Span>,
    pub options: Vec<PredictionOption>,
    /// Index of the right option.
    pub answer: u8,
    /// Explanation shown after the section, beside the reader's choice.
    pub reveal: Vec<Span>,
}

/// An option of a prediction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PredictionOption {
    pub text: Vec<Span>,
    /// The misconception that makes a wrong option tempting.
    pub trap: Option<String>,
}

/// Two services that are easily confused, and the words that decide between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contrast {
    pub between: [String; 2],
    /// The one question that tells them apart.
    pub decides: Vec<Span>,
    /// Phrases from requirements, each with the service it calls for (0 or 1).
    pub when: Vec<(Vec<Span>, u8)>,
}

/// Index entry of a question: what drawing a set needs, without its text.
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
    /// Extent of the [`Question`].
    pub extent: Extent,
}

/// A question with its options, decoded when it is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub id: String,
    /// Hash of stem, options and key: a changed question is a new version of the same item.
    pub version: u64,
    pub task: String,
    pub concepts: Vec<String>,
    pub teaches: Vec<String>,
    pub lesson: String,
    pub anchor: String,
    pub references: Vec<String>,
    pub choose: u8,
    /// Paragraphs of the question.
    pub stem: Vec<Vec<Span>>,
    pub options: Vec<Choice>,
    /// Scene that shows it in the pipeline, if any.
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
    /// The requirement that would make a wrong option right.
    pub right_when: Option<Vec<Span>>,
}

/// A named misconception.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Misconception {
    pub id: String,
    pub name: String,
    /// What people believe.
    pub belief: Vec<Span>,
    /// Why it is wrong.
    pub truth: Vec<Span>,
    /// `lesson#anchor`.
    pub lesson: String,
    pub teaches: Vec<String>,
    /// Id of the lab that shows why it is wrong, if there is one.
    pub lab: Option<String>,
}

/// The misconceptions behind the options of everything that a scenario asks, so that an answer can
/// be read without the text that it belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traps {
    pub questions: Vec<ItemTraps>,
    /// Predictions of the overview and of the lessons.
    pub predictions: Vec<ItemTraps>,
    pub bets: Vec<ItemTraps>,
}

/// The misconceptions behind the options of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemTraps {
    /// The id that records hold: of a question, of a prediction, or `lab#1` for a lab's first bet.
    pub id: String,
    /// The version that records hold: of a question, of a prediction, or of a bet's lab.
    pub version: u64,
    /// A misconception for each wrong option, `None` for a right one.
    pub options: Vec<Option<String>>,
}

/// A page of AWS's documentation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    pub id: String,
    pub title: String,
    pub address: String,
    /// When somebody last read it, such as `2026-11-23`.
    pub checked: String,
}

/// A term and its meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    pub term: String,
    pub meaning: Vec<Span>,
}

/// Index entry of a lab or an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabEntry {
    pub id: String,
    pub title: String,
    pub kind: LabKind,
    pub teaches: Vec<String>,
    /// `lesson#anchor`.
    pub lesson: String,
    /// Number of bets.
    pub bets: u32,
    /// Extent of the [`LabSource`].
    pub extent: Extent,
}

/// Kind of a lab file: its `kind` field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabKind {
    /// An experiment to bet on and to watch.
    Lab,
    /// A fault in production to repair.
    Incident,
}

/// A lab file, kept as text like a design.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabSource {
    pub id: String,
    /// The TOML source.
    pub text: String,
}

/// Index entry of a design.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesignEntry {
    pub id: String,
    pub title: String,
    /// What flows through it.
    pub noun: Noun,
    /// Extent of the [`DesignSource`].
    pub extent: Extent,
}

/// A design file and the documents it names. It stays text (AWS's JSON must) and is parsed when a
/// run is opened, never at start-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesignSource {
    pub id: String,
    /// The TOML source.
    pub text: String,
    /// Pairs of file name under `workflows/` and text.
    pub workflows: Vec<(String, String)>,
}

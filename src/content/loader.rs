//! Shared state while a scenario is read: its files, the problems found so far, and its link
//! targets.
//!
//! Parsers report here instead of stopping, so one mistake never hides the others.

use super::course::Exam;
use super::problem::{Problem, Severity};
use super::source::Folder;
use std::collections::BTreeMap;
use std::ops::Range;

use redrive_sim::design::{Duration, Experiment};

/// A byte range in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceSpan {
    /// Index among the folder's sources.
    pub file: usize,
    pub start: usize,
    pub end: usize,
}

impl SourceSpan {
    /// Creates a span from a byte range; `file` is an index among the folder's sources.
    #[must_use]
    pub fn new(file: usize, span: Range<usize>) -> Self {
        Self { file, start: span.start, end: span.end }
    }

    /// Start of the file, for something missing from it.
    #[must_use]
    pub fn top(file: usize) -> Self {
        Self::new(file, 0..0)
    }
}

/// A value with its place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Located<T> {
    pub value: T,
    pub place: SourceSpan,
}

/// A reference to something elsewhere in the course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    pub target: Target,
    pub place: SourceSpan,
}

/// Destination of a [`Use`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// `lesson` or `lesson#anchor`.
    Lesson(String),
    /// A design's id.
    Design(String),
    /// A lab's id.
    Lab(String),
    /// A misconception's id.
    Misconception(String),
}

/// A scene that has been read, with the places of what a run can show to be wrong.
#[derive(Debug, Clone)]
pub struct SceneDraft {
    pub experiment: Experiment,
    pub at: Duration,
    pub part: Located<String>,
    pub claim: Located<String>,
    /// Where the experiment's fields stand, and the scene's own table for those left out.
    pub places: Vec<(&'static str, SourceSpan)>,
    pub place: SourceSpan,
}

impl SceneDraft {
    /// Where a field of the experiment stands, by the beginning of its path.
    #[must_use]
    pub fn place_of(&self, path: &str) -> SourceSpan {
        let field = path.split('.').next().unwrap_or_default();
        let found = self.places.iter().find(|(name, _)| *name == field);
        found.map_or(self.place, |(_, place)| *place)
    }
}

/// Collects the problems of a scenario and what its parts refer to.
#[derive(Debug)]
pub struct Loader<'s> {
    pub folder: &'s Folder,
    pub found: Vec<Problem>,
    pub uses: Vec<Use>,
    /// Scenes that pictures and questions lead to.
    pub scenes: Vec<SceneDraft>,
    /// Addresses by id; `None` if the file is missing or damaged, which is reported once, at the
    /// file.
    pub references: Option<BTreeMap<String, String>>,
    /// Blueprint of the exam; `None` if the file is missing or damaged.
    pub exam: Option<Exam>,
    /// Number of errors and notes so far, including those beyond the limit.
    said: [usize; 2],
    /// Sink for problems beyond the limit.
    unheard: Problem,
}

/// Maximum number of errors, and of notes, reported per scenario: nobody reads more at once, and a
/// folder of garbage would fill the memory.
const TOLD_MAX: usize = 1_000;

impl<'s> Loader<'s> {
    /// Creates a loader that has found nothing yet.
    #[must_use]
    pub fn new(folder: &'s Folder) -> Self {
        Self {
            folder,
            found: Vec::new(),
            uses: Vec::new(),
            scenes: Vec::new(),
            references: None,
            exam: None,
            said: [0; 2],
            unheard: Problem::of_file("", ""),
        }
    }

    /// Text of a file, which outlives the loader.
    #[must_use]
    pub fn text(&self, file: usize) -> &'s str {
        self.folder.sources.get(file).map_or("", |source| &source.text)
    }

    /// Path of a file as shown to people.
    #[must_use]
    pub fn shown(&self, file: usize) -> String {
        let path = self.folder.sources.get(file).map_or("", |source| source.path.as_str());
        let folder = self.folder.shown.trim_end_matches('/');
        match (path.strip_prefix("../"), folder.rsplit_once('/')) {
            (Some(beside), Some((parent, _))) => format!("{parent}/{beside}"),
            (Some(beside), None) if !folder.is_empty() => beside.to_owned(),
            _ => format!("{}{path}", self.folder.shown),
        }
    }

    /// Formats `file:line`, for a message that points to a second place.
    #[must_use]
    pub fn line(&self, place: SourceSpan) -> String {
        let at = Problem::of_span(
            &self.shown(place.file),
            self.text(place.file),
            place.start..place.end,
            "",
        );
        format!("{}:{}", at.file, at.line)
    }

    /// Reports a mistake that keeps the course from being built.
    pub fn error(&mut self, place: SourceSpan, message: impl AsRef<str>) -> &mut Problem {
        self.say(Severity::Error, place, message.as_ref())
    }

    /// Reports something that deserves a look; the course still builds.
    pub fn note(&mut self, place: SourceSpan, message: impl AsRef<str>) -> &mut Problem {
        self.say(Severity::Note, place, message.as_ref())
    }

    fn say(&mut self, severity: Severity, place: SourceSpan, message: &str) -> &mut Problem {
        let said = &mut self.said[usize::from(severity == Severity::Note)];
        *said += 1;
        if *said > TOLD_MAX {
            return &mut self.unheard;
        }
        let span = place.start..place.end;
        let mut problem =
            Problem::of_span(&self.shown(place.file), self.text(place.file), span, message);
        problem.severity = severity;
        let at = self.found.len();
        self.found.push(problem);
        &mut self.found[at]
    }

    /// Returns the problems, plus the number of errors beyond the limit.
    #[must_use]
    pub fn told(mut self) -> Vec<Problem> {
        let more = self.said[0].saturating_sub(TOLD_MAX);
        if more > 0 {
            let message = format!("this scenario has {more} mistakes more than are told here");
            self.found.push(Problem::of_file(&self.folder.shown, &message));
        }
        self.found
    }

    /// Reports a missing file.
    pub fn missing(&mut self, path: &str) -> &mut Problem {
        let shown = format!("{}{path}", self.folder.shown);
        let at = self.found.len();
        self.found.push(Problem::of_file(&shown, "this file is missing"));
        &mut self.found[at]
    }

    /// Returns the address of a reference, or reports an error at `place`.
    pub fn address(&mut self, id: &str, place: SourceSpan) -> Option<String> {
        let known = self.references.as_ref()?;
        if let Some(address) = known.get(id) {
            return Some(address.clone());
        }
        let guess = nearest(id, known.keys().map(String::as_str)).map(str::to_owned);
        self.error(place, format!("there is no reference `{id}` in references.toml"))
            .help(suggestion(guess.as_deref(), "add it there, with the page's address"));
        None
    }
}

/// Returns `did you mean …?`, or `otherwise` if nothing is similar.
#[must_use]
pub fn suggestion(guess: Option<&str>, otherwise: &str) -> String {
    guess.map_or_else(|| otherwise.to_owned(), |guess| format!("did you mean `{guess}`?"))
}

/// Finds the known word closest to `word`, if any is similar at all.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (edits(word, candidate), candidate))
        .filter(|(edits, candidate)| *edits <= candidate.chars().count().max(3) / 3)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Edit distance in letters.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        row[0] = left;
        for (other, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = *cell;
            left = changed.min(left + 1).min(diagonal + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_recognised_and_a_stranger_is_not() {
        let known = ["buffers", "alarms", "notify"];
        assert_eq!(nearest("bufers", known), Some("buffers"));
        assert_eq!(nearest("alarm", known), Some("alarms"));
        assert_eq!(nearest("workflow", known), None);
        assert_eq!((edits("kitten", "sitting"), edits("", "ab"), edits("ab", "")), (3, 2, 2));
    }

    #[test]
    fn rubbish_is_told_up_to_a_limit_and_never_passes() {
        let folder = Folder::new("s", [("a.md", "text")]);
        let mut loader = Loader::new(&folder);
        for _ in 0..5_000 {
            loader.note(SourceSpan::top(0), "a note");
        }
        for _ in 0..3_000 {
            loader.error(SourceSpan::top(0), "an error").help("do something");
        }
        let told = loader.told();
        assert_eq!(told.len(), 2 * TOLD_MAX + 1);
        assert_eq!(told.iter().filter(|problem| problem.is_error()).count(), TOLD_MAX + 1);
        let last = told.last().unwrap();
        assert_eq!(last.message, "this scenario has 2000 mistakes more than are told here");
    }

    #[test]
    fn an_unknown_reference_is_an_error_only_while_the_references_are_known() {
        let folder = Folder::new("s", [("a.md", "text [ref:sqs]")]);
        let mut loader = Loader::new(&folder);
        assert_eq!(loader.address("sqs", SourceSpan::new(0, 5..14)), None);
        assert!(loader.found.is_empty());

        loader.references = Some([("sqs-dlq".to_owned(), "https://a".to_owned())].into());
        assert_eq!(loader.address("sqs-dlq", SourceSpan::top(0)).as_deref(), Some("https://a"));
        assert_eq!(loader.address("sqs", SourceSpan::new(0, 5..14)), None);
        assert_eq!(loader.found[0].message, "there is no reference `sqs` in references.toml");
        assert_eq!(loader.found[0].column, 6);
    }
}

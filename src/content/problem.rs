//! A mistake in the content, told the way a compiler tells it: what, where, and what to do.

use std::fmt;
use std::ops::Range;

use super::source::Source;

/// Whether the content can be used in spite of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    /// Worth knowing; the course is built all the same.
    Note,
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub severity: Severity,
    /// Relative to the content folder.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The line it stands on.
    pub excerpt: String,
    /// Characters that the caret underlines.
    pub length: usize,
    pub message: String,
    /// What to do.
    pub help: String,
}

impl Problem {
    /// An error at a span of a file's text.
    #[must_use]
    pub fn at(source: &Source, span: Range<usize>, message: String, help: &str) -> Self {
        let text = &source.text;
        let start = floor(text, span.start);
        let end = floor(text, span.end).max(start);
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
        Self {
            severity: Severity::Error,
            file: source.path.clone(),
            line: text[..line_start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            excerpt: text[line_start..line_end].trim_end().to_owned(),
            length: text[start..end.min(line_end).max(start)].chars().count().max(1),
            message,
            help: help.to_owned(),
        }
    }

    /// A mistake that is not at a place in a file.
    #[must_use]
    pub fn about(file: &str, message: String, help: &str) -> Self {
        Self {
            severity: Severity::Error,
            file: file.to_owned(),
            line: 1,
            column: 1,
            excerpt: String::new(),
            length: 0,
            message,
            help: help.to_owned(),
        }
    }

    /// The same, as a note.
    #[must_use]
    pub fn note(self) -> Self {
        Self { severity: Severity::Note, ..self }
    }

    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// The last character boundary at or before `index`.
fn floor(text: &str, index: usize) -> usize {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Note => "note",
        };
        writeln!(f, "{severity}: {}", self.message)?;
        writeln!(f, "  --> {}:{}:{}", self.file, self.line, self.column)?;
        if self.length > 0 {
            let gutter = " ".repeat(self.line.to_string().len());
            let tabs = |text: &str| text.replace('\t', " ");
            writeln!(f, "{gutter} |")?;
            writeln!(f, "{} | {}", self.line, tabs(&self.excerpt))?;
            let lead = " ".repeat(self.column - 1);
            writeln!(f, "{gutter} | {lead}{}", "^".repeat(self.length))?;
        }
        if !self.help.is_empty() {
            writeln!(f, "  = help: {}", self.help)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_points_at_its_place() {
        let source = Source { path: "questions/a.toml".into(), text: "one\nzwö bad three\n".into() };
        let at = source.text.find("bad").unwrap();
        let problem = Problem::at(&source, at..at + 3, "This is bad.".into(), "Make it good.");
        let expected = "error: This is bad.\n  --> questions/a.toml:2:5\n  |\n2 | zwö bad three\n  \
                        |     ^^^\n  = help: Make it good.\n";
        assert_eq!(problem.to_string(), expected);
    }

    #[test]
    fn any_span_is_survived() {
        let source = Source { path: "x".into(), text: "é".into() };
        for (start, end) in [(0, 0), (1, 1), (1, 9), (9, 99), (2, 1)] {
            let problem = Problem::at(&source, start..end, "m".into(), "");
            assert!(problem.to_string().contains("x:1:"));
        }
    }
}
